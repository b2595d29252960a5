// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"
#include "core/base/Units.h"
#include "core/codecs/Compress.h"
#include "core/crypto/NewKey.h"
#include "core/io/ByteFile.h"
#include "core/io/IoBytes.h"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace platter {

/// What a VDI image has besides its disk, for one that is made from it.
struct VdiOrigin {
    std::array<std::byte, 16> uuid{}; ///< as stored; children and registries know the image by it
    std::array<std::byte, 16> modificationUuid{}; ///< as stored; says which content it is
    std::array<std::byte, 256> comment{};
    std::array<std::uint32_t, 3> legacyGeometry{}; ///< cylinders, heads, sectors; 0: not set
    std::array<std::uint32_t, 3> geometry{}; ///< what the guest's BIOS sees; 0: not set
    Bytes diskSize{};
    bool fixed = false;

    bool operator==(const VdiOrigin&) const = default;
};

/// How a new image is to be made. What is not given follows the format's own choice, which is that
/// of QEMU; what a format cannot have is refused by its writer.
struct NewImage {
    enum class Preallocation {
        Off,
        Metadata, ///< every cluster has its place, nothing is stored for it
        Falloc, ///< and the file system has reserved it
        Full, ///< and it is written with zeros
    };

    Bytes size{}; ///< of the disk
    std::optional<Bytes> clusterSize;
    std::optional<unsigned> version; ///< QCOW2: 2 or 3
    std::optional<unsigned> refcountBits; ///< QCOW2
    std::optional<bool> lazyRefcounts; ///< QCOW2
    std::optional<bool> extendedL2; ///< QCOW2
    std::optional<Compression> compression; ///< QCOW2: what compressed clusters are coded with
    bool compress = false; ///< whether guest data is stored compressed
    CompressionLevel level = CompressionLevel::Default;
    std::string backingName; ///< empty: no backing file
    std::string backingFormat;
    Preallocation preallocation = Preallocation::Off;
    /// VDI: every block has its place. Nothing: as in `vdiOrigin`, else not.
    std::optional<bool> fixed;
    /// VDI, as stored. Nothing: that of `vdiOrigin`; all zeros, or nothing at all: a random one.
    std::optional<std::array<std::byte, 16>> uuid;
    std::optional<VdiOrigin> vdiOrigin; ///< VDI: of the image that has the same content

    std::optional<NewEncryption> encryption; ///< QCOW2, QCOW
    /// The key for it. Without one a writer can be made, to have it refuse what it cannot do, but
    /// nothing can be written.
    std::shared_ptr<const NewKey> key;

    /// QCOW2: the external data file as the image will name it; empty: guest data is in the image.
    std::string dataFileName;
    bool dataFileRaw = false; ///< QCOW2: the data file is a raw image of the disk for itself
    ByteFile* dataFile = nullptr; ///< that file, empty; nullptr: as with `key`
    bool operator==(const NewImage&) const = default;
};

/// A stretch of the guest disk on its way into a new image, and what encoding has made of it.
/// Used again for the next stretch, so that its memory and its encoder are.
struct GuestPiece {
    enum class Content : std::uint8_t {
        Absent, ///< left to the backing file
        Zero,
        Data,
    };
    struct Run {
        Bytes length{};
        Content content = Content::Absent;
    };

    /// Where the bytes of a unit lie as the guest sees them.
    struct Source {
        const ByteFile* file = nullptr; ///< nullptr: they are in `bytes`
        HostOffset at{};
    };

    GuestOffset start{}; ///< a multiple of ImageWriter::unit()
    Bytes length{};
    std::vector<Run> runs; ///< without gaps; Absent ones begin and end at multiples of granule()
    /// The bytes of the stretch, with zeros to the end of its last unit; only those of Data need to
    /// be right before encode().
    IoBytes bytes;
    /// For each unit, or empty. What has a source is all data, was not read and is not looked at:
    /// the new file shares it.
    std::vector<Source> sources;

    /// Whether the unit is shared, not written.
    bool isShared(std::size_t unit) const { return !sources.empty() && sources[unit].file; }

    struct Unit {
        enum class Kind : std::uint8_t { Absent, Zero, Plain, Compressed };
        Kind kind = Kind::Absent;
        std::uint32_t stored = 0; ///< bits: subclusters with data of a Plain one
        std::uint32_t zero = 0; ///< bits: subclusters that read as zeros
        std::uint32_t streamAt = 0; ///< into `streams`
        std::uint32_t streamLength = 0; ///< bytes
    };
    std::vector<Unit> units; ///< made by encode()
    std::vector<std::byte> streams; ///< made by encode(): of the Compressed units
    std::optional<ClusterEncoder> encoder;
    std::stop_token stop; ///< looked at by encode() before each unit

    /// Throws Cancelled if a stop was asked for.
    void checkStop() const
    {
        if (stop.stop_requested())
            throw Cancelled{};
    }
};

/// A persistent dirty bitmap that a new image is to hold.
struct NewBitmap {
    using DirtySink = std::function<void(GuestOffset start, Bytes length)>;

    std::string name;
    Bytes granularity{};
    bool autoLoad = false; ///< see BitmapInfo
    /// Hands out the dirty ranges in rising order. What lies behind the disk is left out.
    std::function<void(const DirtySink& sink)> scan;
};

/// A place in a new image.
struct KeyArea {
    HostOffset at{};
    Bytes length{};
};

/// Writes a new image of one format into an empty file.
///
/// In order: addBitmap(), expect() for what will come, begin(), then put() for pieces in rising
/// guest order, each after encode(), then finish(). The image is complete after finish() and not
/// before. Before finish(), no byte of the file is written twice. encode() may be called from
/// several threads, everything else from one at a time. All throw IoError.
class ImageWriter {
public:
    ImageWriter() = default;
    ImageWriter(const ImageWriter&) = delete;
    ImageWriter& operator=(const ImageWriter&) = delete;
    virtual ~ImageWriter() = default;

    /// Guest bytes that get a place together; pieces consist of whole ones, the last may end with
    /// the disk.
    virtual Bytes unit() const = 0;
    /// The smallest stretch of the guest disk that can be left to the backing file.
    virtual Bytes granule() const { return unit(); }
    /// Whether a range can hide the backing file with zeros that are not stored.
    virtual bool marksZeros() const { return false; }
    /// Whether put() can have the new file share units with files that allow it.
    virtual bool sharesUnits() const { return false; }
    /// Whether pieces without content have to be put too.
    virtual bool wantsEverything() const = 0;

    /// The bits are asked for by finish(), which throws what asking throws. Throws UnsupportedError
    /// (feature "new-image") for what the format cannot have.
    virtual void addBitmap(NewBitmap bitmap);
    /// Content will come somewhere in this range. Ranges rise. Nothing is wrong if there is less.
    virtual void expect(GuestOffset start, Bytes length) = 0;
    virtual void begin() = 0;
    /// Where the header and the key material of a LUKS volume lie, which the constructor has
    /// written.
    virtual std::optional<KeyArea> keyArea() const { return std::nullopt; }
    /// Looks for zeros and compresses: all that needs no place yet. Throws Cancelled.
    virtual void encode(GuestPiece& piece) const = 0;
    virtual void put(const GuestPiece& piece) = 0;
    /// Writes those data that put() keeps back to write them with others.
    virtual void writeWaiting() { }
    virtual void finish() = 0;
};

/// One state of a disk that a new image is to hold.
struct NewState {
    Bytes diskSize{};
    Bytes vmStateSize{}; ///< 0: none
    // The rest is for snapshots: as SnapshotInfo has it.
    std::string id;
    std::string name;
    std::uint32_t dateSeconds = 0;
    std::uint32_t dateNanoseconds = 0;
    std::uint64_t vmClockNanoseconds = 0;
    std::optional<std::uint64_t> icount;
};

/// Writes a new image that holds several states of a disk, which share what is equal, into an empty
/// file.
///
/// For each stretch of tableCoverage() bytes of the disk: addTable() for each table that differs,
/// place() for data, setEntries(); then finish(). encode() may be called from several threads,
/// everything else from one at a time. All throw IoError.
class StatesWriter {
public:
    StatesWriter() = default;
    StatesWriter(const StatesWriter&) = delete;
    StatesWriter& operator=(const StatesWriter&) = delete;
    virtual ~StatesWriter() = default;

    /// What a table says of a unit of the disk.
    struct Entry {
        std::uint64_t word = 0;
        std::uint64_t bitmap = 0;
        bool isNothing() const { return word == 0 && bitmap == 0; }
    };
    using EntrySink = std::function<void(std::size_t unit, const Entry& entry)>;

    virtual void addBitmap(NewBitmap bitmap) = 0; ///< see ImageWriter
    virtual Bytes unit() const = 0;
    virtual Bytes tableCoverage() const = 0;
    /// How many states can have a unit in common.
    virtual std::uint64_t mostReferences() const = 0;
    virtual std::optional<KeyArea> keyArea() const { return std::nullopt; } ///< see ImageWriter
    virtual void encode(GuestPiece& piece) const = 0;
    /// Makes an empty table for stretch `index` of these states. @returns its number
    virtual std::size_t addTable(std::uint64_t index, std::span<const std::uint32_t> states) = 0;
    /// Where in its tables the saved memory of a state begins, as an index for addTable().
    virtual std::uint64_t vmStateIndex(std::uint32_t state) const = 0;
    /// Gives the units [first, end) of an encoded piece a place that so many states refer to.
    virtual void place(const GuestPiece& piece, std::size_t first, std::size_t end,
        std::uint64_t references, const EntrySink& sink)
        = 0;
    /// Writes entries of a table, the first of them with index `first`.
    virtual void setEntries(std::size_t table, std::uint64_t first, std::span<const Entry> entries)
        = 0;
    virtual void writeWaiting() = 0; ///< see ImageWriter
    virtual void finish() = 0;
};

/// The size of a disk in whole sectors. Throws UnsupportedError (feature "new-image") if no format
/// can count its bytes.
Bytes wholeSectors(Bytes size);

/// Whether all bytes are 0.
bool isZero(std::span<const std::byte> bytes);

/// Has `file` share the units of `piece` from `first` on that continue each other in their source,
/// at most up to `end`, or copies them where the file system refuses. @returns the next unit
std::size_t shareUnits(ByteFile& file, HostOffset at, const GuestPiece& piece, std::size_t first,
    std::size_t end, Bytes unit);

/// Clears those bytes of a piece that are no data, up to the end of its last unit.
void clearGaps(GuestPiece& piece, Bytes unit);

} // namespace platter
