// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/Journal.h"
#include "core/io/DiskFile.h"

#include <memory>
#include <vector>

/// The journal beside the part file of a conversion: what the part file was made from, and how far
/// it surely is. A head, then one checkpoint after another, each on whole pages of its own.
namespace platter::part {

using Digest = journal::Digest; ///< SHA-256
using Id = journal::Id;

inline constexpr std::uint32_t version = 2;
inline constexpr std::uint64_t pageBytes = 4096; ///< head and checkpoints begin at multiples
inline constexpr std::uint32_t mostWitnesses = 64; ///< of a checkpoint
inline constexpr std::uint64_t mostOutcomeBytes = std::uint64_t{256} << 20; ///< of a checkpoint

struct Head {
    std::array<std::byte, 8> magic{}; ///< "PLTRPART"
    std::uint32_t version = 0;
    std::uint32_t unused = 0;
    Id id{}; ///< random
    Digest key{}; ///< of all that decides the bytes of the target
    // The part file, and that of an external data file; zeros: there is none.
    std::uint64_t imageDevice = 0;
    std::uint64_t imageInode = 0;
    std::uint64_t imageBirth = 0; ///< nanoseconds since 1970; 0: not known
    std::uint64_t dataDevice = 0;
    std::uint64_t dataInode = 0;
    std::uint64_t dataBirth = 0;
    // The header and the key material of a LUKS volume in the part file; zeros: there are none.
    HostOffset keyAt{};
    Bytes keyLength{};
    Digest keyDigest{}; ///< of these bytes
    Digest checksum{}; ///< of all bytes before it
};

/// What lies in front of a checkpoint's witnesses and outcomes.
struct CheckpointHead {
    std::uint32_t magic = 0;
    std::uint32_t witnesses = 0; ///< how many follow
    std::uint64_t index = 0; ///< from 0
    std::uint64_t done = 0; ///< pieces that the part file holds
    std::uint64_t plan = 0; ///< see RunLog
    Bytes imageLength{}; ///< of the part file
    Bytes dataLength{}; ///< of that of the data file
    Bytes outcomes{}; ///< bytes that follow the witnesses: of the pieces since the last checkpoint
    Digest previous{}; ///< checksum of the checkpoint before; of the first: that of the head
    Digest payload{}; ///< of what follows
    Digest checksum{}; ///< of all bytes of the structure before it
};

/// A place that was written, and what was written there.
struct Witness {
    enum class File : std::uint32_t { Image = 0, Data = 1 };
    std::uint32_t file = 0;
    std::uint32_t length = 0; ///< bytes; at most mostWitnessed
    HostOffset at{};
    std::array<std::byte, 16> hash{}; ///< the beginning of a SHA-256
};
inline constexpr std::size_t mostWitnessed = 512; ///< bytes of one place

extern const FieldTable<Head> headFields;
extern const FieldTable<CheckpointHead> checkpointFields;
extern const FieldTable<Witness> witnessFields;

std::array<std::byte, 16> witnessHash(std::span<const std::byte> bytes);

/// Which file it is, as a head names it.
struct FileName {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t birth = 0;
    bool operator==(const FileName&) const = default;
};
FileName nameOf(const DiskFile& file);
FileName imageOf(const Head& head);
FileName dataOf(const Head& head);

/// Appends to a journal. One thread.
class Writer {
public:
    /// Begins a journal in an empty file. Nothing is synced.
    Writer(std::shared_ptr<ByteFile> file, Head head);
    /// Goes on behind `end`, where the checkpoint with number `count` - 1 and this checksum ends,
    /// and cuts off what lies behind.
    Writer(std::shared_ptr<ByteFile> file, HostOffset end, std::uint64_t count,
        const Digest& checksum);

    /// Appends a checkpoint; index, previous and checksums are filled in here. Nothing is synced.
    void append(CheckpointHead head, std::span<const Witness> witnesses,
        std::span<const std::byte> outcomes);
    ByteFile& file() { return *m_file; }

private:
    std::shared_ptr<ByteFile> m_file;
    HostOffset m_end;
    std::uint64_t m_count = 0;
    Digest m_last;
};

/// Reads a journal, which may be torn or hostile: only what its checksums and its real size bear
/// out is believed.
class Reader {
public:
    /// Verifies all checkpoints up to the first that does not fit; what is behind it never was.
    /// Throws FormatError if there is no valid head; IoError.
    explicit Reader(std::shared_ptr<const ByteFile> file);

    struct Checkpoint {
        CheckpointHead head;
        HostOffset at{};
        HostOffset end{};
    };
    const Head& head() const { return m_head; }
    const std::vector<Checkpoint>& checkpoints() const { return m_checkpoints; }
    std::vector<Witness> witnessesOf(const Checkpoint& checkpoint) const;
    std::vector<std::byte> outcomesOf(const Checkpoint& checkpoint) const;

private:
    bool readNext(HostOffset at);

    std::shared_ptr<const ByteFile> m_file;
    Head m_head;
    std::vector<Checkpoint> m_checkpoints;
};

} // namespace platter::part
