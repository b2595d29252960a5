// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Commands.h"

#include <array>

namespace platter::cli {

namespace {

    constexpr auto later = OptionSpec::Availability::Later;

    constexpr OptionSpec formatOption{
        "-f", "FMT", "the format of FILE: qcow2, qcow, vdi or raw; else its signature decides"};
    constexpr OptionSpec sourceFormat{
        "-f", "FMT", "the format of SRC: qcow2, qcow, vdi or raw; else its signature decides"};
    constexpr OptionSpec shareOption{"-U", nullptr,
        "look even if a virtual machine may be writing; what is read may not fit together",
        "--force-share"};
    constexpr OptionSpec quietOption{"-q", nullptr, "print nothing but errors", "--quiet"};
    constexpr OptionSpec progressOption{"-p", nullptr, "the same as --progress always"};

    constexpr OptionSpec imageOption{"-o", "OPTS",
        "how the image is made: cluster_size=…,compat=…,… as qemu-img has them, and "
        "compression_level=fast|default|best",
        nullptr, OptionSpec::Availability::Now, nullptr, true};
    constexpr OptionSpec targetPassphraseOption{"--target-passphrase-file", "F",
        "the passphrase for the new image, as --passphrase-file, which serves for it otherwise"};
    constexpr OptionSpec overwriteOption{"--overwrite", nullptr, "replace the file if it exists"};

    constexpr std::array infoOptions{formatOption, shareOption,
        OptionSpec{"--backing-chain", nullptr, "tell about every file of the backing chain"}};
    constexpr std::array headerOptions{formatOption, shareOption};
    constexpr std::array mapOptions{formatOption, shareOption,
        OptionSpec{"-l", "SNAPSHOT", "the disk of this snapshot (ID or name), not the present one"},
        OptionSpec{"--host", nullptr, "what each part of FILE serves, not each part of the disk"}};
    constexpr std::array checkOptions{formatOption, shareOption, quietOption,
        OptionSpec{"--deep", nullptr, "also decode every compressed cluster"},
        OptionSpec{"-r", "leaks|all", "repair FILE; undo takes it back", "--repair"},
        OptionSpec{"--plan", nullptr,
            "write nothing; print what a repair would do and what it would leave"},
        OptionSpec{"--clear-unreadable", nullptr,
            "a repair may clear entries that lead nowhere, or take them from a snapshot"},
        OptionSpec{
            "--free-lost", nullptr, "a repair may free clusters that look like lost tables"}};
    constexpr std::array compareOptions{
        OptionSpec{"-f", "FMT", "the format of A: qcow2, qcow, vdi or raw"},
        OptionSpec{"-F", "FMT", "the format of B"}, shareOption, quietOption, progressOption,
        OptionSpec{"-s", nullptr, "strict: sizes and allocation must be equal too"}};
    constexpr std::array convertOptions{sourceFormat,
        OptionSpec{"-O", "FMT", "the format of DST: qcow2, qcow, vdi or raw"}, shareOption,
        quietOption, progressOption,
        OptionSpec{"-l", "SNAPSHOT", "the disk of this snapshot (ID or name), not the present one"},
        OptionSpec{"-c", nullptr, "store the data compressed"}, imageOption,
        OptionSpec{"-B", "BASE",
            "write what lies above BASE, a file of the chain, and name it as the backing file"},
        OptionSpec{"-F", "FMT", "the format of BASE; else that of the chain"},
        OptionSpec{"-S", "SIZE",
            "to raw: leave out runs of zeros from this length on; 0: DST is stored in full"},
        OptionSpec{"-m", "THREADS", "work on so many threads"},
        OptionSpec{"--decrypt", nullptr,
            "store the data of an encrypted source in the clear; else it stays encrypted as it is"},
        overwriteOption,
        OptionSpec{"--restart", nullptr,
            "begin anew, also where an earlier run was cut off and could be gone on with"},
        OptionSpec{"--keep-snapshots", nullptr,
            "to qcow2: all internal snapshots too, sharing what they share now"},
        OptionSpec{"--all-snapshots", nullptr,
            "each snapshot and the present state to a file of its own; DST is the folder for them, "
            "and gets manifest.json, which says what each file is"},
        OptionSpec{"--verify", nullptr,
            "read DST again before it gets its name, compare it with SRC, and print the content "
            "hash of each state; what differs is not kept. With --all-snapshots, manifest.json has "
            "the hashes and the SHA-256 of each file"},
        OptionSpec{"--no-bitmaps", nullptr, "to qcow2: leave the bitmaps of SRC out"},
        OptionSpec{"--bitmaps", nullptr, "keep the bitmaps; this is done anyway"},
        OptionSpec{"--skip-broken-bitmaps", nullptr,
            "leave out bitmaps that are stale; this is done anyway"},
        targetPassphraseOption};
    constexpr std::array measureOptions{formatOption,
        OptionSpec{"-O", "FMT", "the format to measure for: qcow2, qcow, vdi or raw (raw)"},
        shareOption, progressOption,
        OptionSpec{"-l", "SNAPSHOT", "the disk of this snapshot (ID or name), not the present one"},
        OptionSpec{"-c", nullptr, "as if the data were stored compressed"}, imageOption,
        OptionSpec{"-S", "SIZE", "to raw: as convert has it"},
        OptionSpec{"-m", "THREADS", "work on so many threads"},
        OptionSpec{"--no-bitmaps", nullptr, "to qcow2: without the bitmaps of FILE"},
        OptionSpec{"--keep-snapshots", nullptr,
            "to qcow2: with all internal snapshots; this reads all data, as --exact does"},
        OptionSpec{"--size", "SIZE", "measure a new, empty image of this size, without FILE"},
        OptionSpec{"--exact", nullptr,
            "read all data, as the conversion would; else some of it tells how much is zeros and "
            "how well it compresses"}};
    constexpr std::array hashOptions{formatOption, shareOption, progressOption,
        OptionSpec{"-l", "SNAPSHOT", "the disk of this snapshot (ID or name), not the present one"},
        OptionSpec{"--all", nullptr, "all snapshots and the present state, one a line"},
        OptionSpec{"-m", "THREADS", "work on so many threads"}};
    constexpr std::array createOptions{
        OptionSpec{"-f", "FMT", "the format of FILE: qcow2, qcow, vdi or raw (raw)"},
        OptionSpec{"-b", "BASE", "the backing file, named as seen from the folder of FILE"},
        OptionSpec{"-F", "FMT", "the format of BASE"},
        OptionSpec{"-u", nullptr, "do not look at BASE, which may be missing; SIZE is needed then"},
        OptionSpec{"--count", "N",
            "make N images, all or none; FILE has a place for the number: vm-%03d.qcow2"},
        imageOption, quietOption, overwriteOption, targetPassphraseOption};

    constexpr std::array snapshotOptions{formatOption, shareOption,
        OptionSpec{"-l", nullptr, "list the snapshots; this is done if nothing else is asked for"},
        OptionSpec{"--tree", nullptr,
            "which snapshot went on from which, and what deleting each would free"},
        OptionSpec{"--diff", "A",
            "how the disk of A differs from that of B; each is an ID, a name or now", nullptr,
            OptionSpec::Availability::Now, "B"},
        OptionSpec{"--content", nullptr,
            "with --diff: read what is stored twice and tell whether it is the same"},
        OptionSpec{"-c", "NAME", "", nullptr, later}, OptionSpec{"-a", "ID", "", nullptr, later},
        OptionSpec{"-d", "ID", "", nullptr, later},
        OptionSpec{"--rename", "ID", "", nullptr, later}};

    constexpr std::array reportOptions{formatOption, shareOption,
        OptionSpec{"-o", "OUT",
            "write to this file, which appears when it is complete; a name that ends with .json is "
            "written as --output json; without -o: standard output"},
        OptionSpec{"--overwrite", nullptr, "replace OUT if it exists"},
        OptionSpec{"--backing-chain", nullptr,
            "look into the files that FILE rests on, too; without it they are named only"}};

    constexpr std::array amendOptions{formatOption,
        OptionSpec{"-o", "OPTS",
            "what to change: compat=1.1, lazy_refcounts=on|off; more options are joined by commas",
            nullptr, OptionSpec::Availability::Now, nullptr, true},
        OptionSpec{"--plan", nullptr, "print what would be written, and write nothing"},
        quietOption, progressOption};
    constexpr std::array undoOptions{
        OptionSpec{"--list", nullptr,
            "list the edits that Platter made to FILE, newest first, and which can be taken back"},
        OptionSpec{"--forget", nullptr,
            "remove the journals of edits that can never be taken back; FILE stays as it is"},
        quietOption};

    constexpr std::array backupOptions{formatOption, overwriteOption, quietOption, progressOption};
    constexpr std::array salvageOptions{
        OptionSpec{"--plan", nullptr,
            "print what would be read from where, and how sure that is; write nothing"},
        OptionSpec{"--cluster-size", "SIZE", "not that of the header or as found"},
        OptionSpec{"--size", "SIZE", "the size of the disk, not that of the header or as found"},
        OptionSpec{"--l1", "OFFSET", "where the L1 table of the present state lies in FILE"},
        OptionSpec{"--order", "HOW",
            "of L2 tables that no L1 table leads to: evidence, or file for one after the other as "
            "they lie in FILE (evidence)"},
        OptionSpec{"--backup", "BACKUP",
            "what FILE has lost is read from this file, which backup-metadata made of it"},
        OptionSpec{"--ignore-header", nullptr, "do not believe the header, though it can be read"},
        overwriteOption, quietOption, progressOption};

    constexpr auto commands = std::to_array<CommandSpec>({
        {"info", "FILE", "what an image says of itself", infoOptions, info},
        {"header", "FILE", "every field of every structure, byte by byte", headerOptions, header},
        {"map", "FILE", "where the parts of the disk lie", mapOptions, map},
        {"check", "FILE", "whether the tables of an image fit together", checkOptions, check},
        {"compare", "A B", "whether two images have the same content", compareOptions, compare, 2},
        {"convert", "SRC DST", "write the content of an image to a new file", convertOptions,
            convert},
        {"snapshot", "FILE", "the states of a disk that an image keeps", snapshotOptions, snapshot},
        {"report", "FILE", "all about an image, as a page with pictures or as JSON", reportOptions,
            report},
        {"undo", "FILE", "take back the newest edit that Platter made to an image", undoOptions,
            undo},
        {"create", "FILE [SIZE]", "make a new image without content", createOptions, create},
        {"compact", "", ""},
        {"resize", "", ""},
        {"rebase", "", ""},
        {"commit", "", ""},
        {"measure", "[FILE]", "what a conversion would need, before doing it", measureOptions,
            measure},
        {"bitmap", "", ""},
        {"amend", "FILE", "change version and features of an image in place", amendOptions, amend},
        {"salvage", "FILE [DST]", "write what is left of a damaged qcow2 image to a new file",
            salvageOptions, salvage},
        {"backup-metadata", "FILE OUT", "a small copy of all tables of a qcow2 image, for salvage",
            backupOptions, backupMetadata},
        {"hash", "FILE", "a hash of what the guest reads, the same in every format", hashOptions,
            hash},
    });

} // namespace

std::span<const CommandSpec> allCommands()
{
    return commands;
}

} // namespace platter::cli
