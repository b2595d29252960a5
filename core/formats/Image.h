// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/base/Property.h"
#include "core/base/Units.h"
#include "core/codecs/Decompress.h"
#include "core/crypto/SectorCipher.h"
#include "core/disk/Extent.h"
#include "core/edit/EditPlan.h"
#include "core/formats/AmendOptions.h"
#include "core/formats/CheckReport.h"
#include "core/formats/EntryTable.h"
#include "core/formats/HostMap.h"
#include "core/formats/HostOwner.h"
#include "core/formats/HostReference.h"
#include "core/formats/RepairPlan.h"
#include "core/formats/SnapshotReport.h"
#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"
#include "core/layout/Field.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace platter {

/// Another file that an image names, exactly as stored: never to be opened without an OpenPolicy's
/// word.
struct NamedFile {
    enum class Role { Backing, Data, VdiParent };
    Role role = Role::Backing;
    std::string name; ///< untrusted bytes; for a VDI parent: its UUID
    std::optional<std::string> format; ///< as stored; nothing: the image does not say
};

/// An internal snapshot.
struct SnapshotInfo {
    std::string id; ///< untrusted bytes
    std::string name; ///< untrusted bytes
    std::uint32_t dateSeconds = 0; ///< since 1970 UTC
    std::uint32_t dateNanoseconds = 0;
    std::uint64_t vmClockNanoseconds = 0;
    Bytes vmStateSize{};
    Bytes diskSize{};
    std::optional<std::uint64_t> icount;
    HostOffset l1TableOffset{};
    std::uint32_t l1Entries = 0;
};

/// A persistent dirty bitmap.
struct BitmapInfo {
    std::string name; ///< untrusted bytes
    Bytes granularity{};
    bool inUse = false; ///< stale: the program that kept it did not finish
    bool autoLoad = false; ///< enabled at the next opening by a virtual machine
    bool consistent
        = true; ///< false: its bits cannot be trusted (in use, or the autoclear bit is off)
};

/// How guest data of an image is encrypted.
struct EncryptionInfo {
    std::string format; ///< "aes" or "luks"
    bool locked = true; ///< no passphrase has been given yet
    std::optional<unsigned> slot; ///< LUKS: the key slot that opened
};

/// What the first look at header and top tables says, without a check.
struct QuickLook {
    std::vector<Finding> findings; ///< empty: looks fine, not checked yet
};

/// An opened image of one format: what it says of itself and where its guest data lies.
///
/// Opening reads header and top tables only. Everything const may be called from several threads;
/// attachDataFile(), unlock() and unlockLike() belong to the opening, before the image is shared.
class Image {
public:
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    virtual ~Image() = default;

    /// qemu-img's name of the format: "qcow2", "qcow", "vdi", "raw".
    virtual std::string formatId() const = 0;
    /// As shown to people: "QCOW2 version 3".
    virtual std::string formatName() const = 0;
    virtual Bytes virtualSize() const = 0;
    /// Nothing for raw.
    virtual std::optional<Bytes> clusterSize() const { return std::nullopt; }
    /// Whether all that is in the file lies in whole clusters of it.
    virtual bool hasClusterGrid() const { return false; }
    /// The bit that says "refcounts may be stale" (qemu-img's dirty-flag).
    virtual bool isDirty() const { return false; }
    /// The tree below "format-specific" / "data" of qemu-img info; empty: the format has none.
    virtual PropertyObject formatProperties() const { return {}; }
    /// Peculiarities met while opening.
    virtual QuickLook quickLook() const { return {}; }

    const ByteFile& file() const { return *m_file; }
    std::shared_ptr<const ByteFile> sharedFile() const { return m_file; }

    /// The file that Extent::host refers to: file(), or the external data file once attached.
    /// Throws ConsentError if the image has an external data file that was not attached.
    virtual const ByteFile& guestDataFile() const { return *m_file; }

    virtual std::optional<NamedFile> backingFile() const { return std::nullopt; }
    virtual std::optional<NamedFile> externalDataFile() const { return std::nullopt; }
    virtual void attachDataFile(std::shared_ptr<const ByteFile> file);

    virtual std::optional<EncryptionInfo> encryption() const { return std::nullopt; }
    /// Throws PassphraseError if it opens nothing.
    virtual void unlock(std::string_view passphrase, const JobControl& job);
    /// Uses the key by which `before`, an earlier reading of the same file, was unlocked. Needs no
    /// passphrase and no key stretching, and copies no key. Leaves this image locked if `before` is
    /// locked or its key is another one; the old AES method cannot tell and takes it.
    virtual void unlockLike(const Image& before);
    /// The cipher of guest data; nullptr: not encrypted. Throws PassphraseError while locked.
    virtual const SectorCipher* cipher() const { return nullptr; }
    /// Which position numbers the sectors for cipher().
    enum class SectorNumbering { Guest, Host };
    virtual SectorNumbering sectorNumbering() const { return SectorNumbering::Guest; }
    virtual Compression compression() const { return Compression::Deflate; }
    /// Whether stored guest data may lie in holes of the file and so read as zeros without being
    /// marked as such: QEMU asks the file system about such images when it maps them.
    virtual bool dataMayBeHoles() const { return false; }

    /// The present state of the disk. Lives as long as the image.
    virtual const GuestMapping& activeState() const = 0;
    virtual const std::vector<SnapshotInfo>& snapshots() const;
    /// The state of snapshots()[index]. Throws FormatError if its L1 table cannot be used.
    virtual std::shared_ptr<const GuestMapping> snapshotState(std::size_t index) const;
    /// The saved memory of snapshots()[index] as a mapping of snapshots()[index].vmStateSize bytes.
    virtual std::shared_ptr<const GuestMapping> vmState(std::size_t index) const;
    /// What each snapshot uses and from which one each went on. Reads the tables of all states, in
    /// at most 256 MiB of memory. Throws UnsupportedError for a format without snapshots; IoError,
    /// Cancelled.
    virtual SnapshotReport examineSnapshots(const JobControl& job) const;
    virtual const std::vector<BitmapInfo>& bitmaps() const;
    /// The dirty guest ranges of bitmaps()[index] in rising order, as extents of kind Data. Throws
    /// FormatError, IoError.
    virtual void scanBitmap(std::size_t index, const ExtentSink& sink, const JobControl& job) const;
    /// What table and stored bits of bitmaps()[index] take of the file, in whole clusters. Throws
    /// IoError, Cancelled.
    virtual Bytes bitmapBytesInFile(std::size_t index, const JobControl& job) const;

    /// Header, extensions and tables field by field. Tables of many entries (L1, refcount table)
    /// are not included. Never throws for damage that was let in by opening: verdicts tell it.
    virtual std::vector<StructureMark> describe() const = 0;

    /// The tables whose entries describe() leaves out, or of which it lists the first only. Reads
    /// nothing; describeEntries() has their entries.
    virtual std::vector<EntryTable> tables() const { return {}; }
    /// The table that a record of one of tables() names: the L1 table of a snapshot, the table of a
    /// bitmap. Reads nothing.
    virtual std::optional<EntryTable> tableBelow(
        const EntryTable& /*table*/, std::uint64_t /*record*/) const
    {
        return std::nullopt;
    }

    /// The tables of the format whose places are known from opening alone, rising and apart; what
    /// lies between is not known. Never touches the file.
    virtual std::vector<HostRange> fileOutline() const { return {}; }
    /// Which format-own structure or guest data each host range serves. Streams; see HostMap.h.
    virtual void scanHost(const HostSink& sink, const JobControl& job) const = 0;

    /// The table entries that decide about guest byte `at`, in the present state or in that of a
    /// snapshot: from the top table down to the entry that names the data. Each structure is a
    /// table with the one entry as its only field (two fields where an entry has two words); `at`
    /// may lie behind the disk as far as the tables reach. Throws IoError, FormatError; gives
    /// nothing for a format without tables.
    virtual std::vector<StructureMark> entriesOf(
        GuestOffset at, std::optional<std::size_t> snapshot) const;
    /// The first guest byte that entry `entry` of table `table` speaks of: of L2 table `table`, or
    /// of the block map (table 0). Nothing where there is no such entry.
    virtual std::optional<GuestOffset> guestOfEntry(std::uint64_t table, std::uint64_t entry) const;

    /// Hands out every reference to bytes of the file, in any order, one at a time but on any
    /// thread. The engine behind HostLabels. Throws IoError, Cancelled.
    virtual void scanOwners(const OwnerSink& sink, const JobControl& job) const = 0;
    /// The structure that `owner` stands for, first as a whole, then its parts; with those fields
    /// or entries that touch [from, from + length). Throws IoError.
    virtual std::vector<StructureMark> describeOwner(
        const HostOwner& owner, HostOffset from, Bytes length) const = 0;
    /// What the byte at `at` is, which lies between two owners in [gapStart, gapEnd).
    virtual UnownedRange unownedAt(HostOffset at, HostOffset gapStart, HostOffset gapEnd) const = 0;

    /// The stored reference counts of the clusters of [from, from + length), clipped to the file.
    /// Streams in bounded memory, on all processors. Throws IoError, Cancelled, and
    /// UnsupportedError (feature "refcounts") for a format that keeps none.
    virtual void scanRefcounts(
        HostOffset from, Bytes length, const RefcountSink& sink, const JobControl& job) const;

    /// Who refers to the host clusters that [from, from + length) touches: the `most` first places
    /// and the number of all. Reads all metadata, in bounded memory, on all processors. Throws
    /// IoError, Cancelled, and UnsupportedError (feature "references") for a format that cannot
    /// tell.
    virtual HostReferences referencesTo(
        HostOffset from, Bytes length, std::size_t most, const JobControl& job) const;

    /// Throws UnsupportedError (feature "check") for a format without anything to check.
    virtual CheckReport check(const CheckOptions& options, const JobControl& job) const;
    /// What would repair the file, worked out and checked in memory; writes nothing. Throws
    /// UnsupportedError (feature "repair") for a format without repairs, and what opening and
    /// checking throw.
    virtual RepairPlan planRepair(const RepairOptions& options, const JobControl& job) const;

    /// How to change the image as `options` say. Writes nothing; the plan has no step if nothing
    /// has to change. The caller sets EditPlan::base to the stamp of the file as it was opened.
    /// Throws UnsupportedError (feature "amend") for what cannot be changed, with the reason;
    /// IoError.
    virtual EditPlan planAmend(const AmendOptions& options) const;

protected:
    explicit Image(std::shared_ptr<const ByteFile> file)
        : m_file(std::move(file))
    {
    }

private:
    std::shared_ptr<const ByteFile> m_file;
};

} // namespace platter
