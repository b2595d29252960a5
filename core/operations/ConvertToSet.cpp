// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ConvertToSet.h"

#include "core/base/Json.h"
#include "core/formats/SnapshotFacts.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/DiskStates.h"
#include "core/operations/FileDigest.h"
#include "core/operations/NewFile.h"
#include "core/operations/NewFolder.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr std::size_t longestPart = 80; ///< of an id or a name in a file name
    constexpr const char* manifestName = "manifest.json";

    /// What is left of a text from an image as a part of a file name, on any system.
    std::string plainName(std::string_view untrusted)
    {
        std::string name;
        for (const char letter : untrusted.substr(0, longestPart)) {
            const bool isPlain = (letter >= 'a' && letter <= 'z')
                || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')
                || letter == '-' || letter == '.';
            if (isPlain)
                name += letter;
            else if (name.empty() || name.back() != '_')
                name += '_';
        }
        return name;
    }

    /// Some systems do not tell large letters from small ones.
    std::string folded(std::string name)
    {
        for (char& letter : name) {
            if (letter >= 'A' && letter <= 'Z')
                letter = static_cast<char>(letter - 'A' + 'a');
        }
        return name;
    }

    /// @param verified  nullptr: the file was not verified
    PropertyObject manifestEntry(const Image& image, const SetMember& member, Bytes size,
        const fs::path& folder, const VerifiedState* verified, const JobControl& job)
    {
        PropertyObject entry{
            {"file", {member.file}},
            {"file-length", {std::uint64_t{fs::file_size(folder / member.file)}}},
            {"present", {!member.snapshot.has_value()}},
        };
        if (member.snapshot) {
            for (Property& fact : snapshotFacts(image.snapshots()[*member.snapshot])) {
                if (fact.key != "virtual-size")
                    entry.push_back(std::move(fact));
            }
        }
        entry.push_back({"virtual-size", {size.value}});
        if (verified) {
            const auto file = DiskFile::open(folder / member.file, DiskFile::Access::ReadOnly);
            entry.push_back({"content-hash", {verified->hash}});
            entry.push_back({"sha256", {sha256OfFile(*file, job)}});
        }
        return entry;
    }

    void requireFitting(const ConvertOptions& options, std::size_t members)
    {
        const auto refuse = [](const char* what) { throw UnsupportedError("new-image", what); };
        if (options.keepFrom)
            refuse("A backing file cannot be kept below a set of files; keep the snapshots in one "
                   "image, or convert each alone.");
        if (members > 1 && options.image.uuid && *options.image.uuid != decltype(VdiOrigin::uuid){})
            refuse("Several images cannot have the same UUID.");
    }

} // namespace

std::vector<SetMember> setOf(const Image& image, const std::string& format)
{
    std::set<std::string> taken{"now." + format, manifestName};
    std::vector<SetMember> members;
    for (std::size_t i = 0; i < image.snapshots().size(); ++i) {
        const SnapshotInfo& snapshot = image.snapshots()[i];
        std::string stem = plainName(snapshot.id);
        if (const std::string name = plainName(snapshot.name); !name.empty())
            stem += (stem.empty() ? "" : "-") + name;
        if (stem.empty() || stem.front() == '.' || stem.front() == '-')
            stem.insert(0, "_");
        std::string file = stem + "." + format;
        for (unsigned more = 2; !taken.insert(folded(file)).second; ++more)
            file = stem + "_" + std::to_string(more) + "." + format;
        members.push_back({i, std::move(file)});
    }
    members.push_back({std::nullopt, "now." + format});
    return members;
}

bool isFreeForSet(const fs::path& folder)
{
    std::error_code problem;
    if (!fs::exists(fs::symlink_status(folder, problem)))
        return true;
    return fs::is_directory(folder, problem) && fs::is_empty(folder, problem) && !problem;
}

void convertToSet(const BackingChain& chain, const fs::path& folder, const ConvertOptions& options,
    const JobControl& job)
{
    const Image& image = *chain.layers.front().image;
    requireWholeSnapshotTable(image);
    const std::vector<SetMember> members = setOf(image, options.format);
    requireFitting(options, members.size());
    NewFolder set{folder};
    PropertyList states;
    DiskStates sizes{chain};
    std::uint64_t all = 0;
    for (std::uint32_t state = 0; state < sizes.count(); ++state)
        all += sizes.sizeOf(state).value;
    std::uint64_t done = 0;
    std::vector<VerifiedState> verified;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const SetMember& member = members[i];
        const VirtualDisk disk{chain, member.snapshot};
        ConvertOptions own = options;
        if (member.snapshot)
            own.bitmaps.clear();
        if (options.verification)
            own.verification = Verification{
                options.verification->begins, [&](const VerifiedState& state) {
                    verified.push_back({member.snapshot, member.file, state.size, state.hash});
                }};
        // Writing, verifying and the digest of the file; or writing alone.
        const double parts = options.verification ? 3 : 1;
        const auto control = [&](double first, double count) {
            return JobControl{job.stop,
                [&job, &disk, done, all, parts, first, count](const ProgressUpdate& update) {
                    const double part = (first + count * update.permille() / 1000) / parts;
                    job.step({done
                            + static_cast<std::uint64_t>(
                                part * static_cast<double>(disk.size().value)),
                        all});
                },
                job.hold};
        };
        convert(disk, set.path() / member.file, own, control(0, options.verification ? 2 : 1));
        append(states,
            manifestEntry(image, member, disk.size(), set.path(),
                options.verification ? &verified.back() : nullptr, control(2, 1)));
        done += disk.size().value;
    }
    const PropertyObject manifest{
        {"manifest-version", {std::uint64_t{1}}},
        {"source", {chain.layers.front().path.filename().string()}},
        {"source-format", {image.formatId()}},
        {"format", {options.format}},
        {"states", {std::move(states)}},
    };
    std::string text;
    appendJson(text, {manifest});
    text += '\n';
    writeNewFile(set.path() / manifestName,
        [&](DiskFile& file) { file.write(HostOffset{0}, std::as_bytes(std::span{text})); });
    job.checkStop();
    set.commit();
    for (const VerifiedState& state : verified)
        options.verification->same(state);
}

} // namespace platter
