// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"
#include "core/io/ByteFile.h"
#include "core/layout/Field.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

/// The undo journal as it lies on disk; JOURNAL.md describes the format.
namespace platter::journal {

using Id = std::array<std::byte, 16>;
using Digest = std::array<std::byte, 32>; ///< SHA-256

inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t stateSlots = 4096; ///< where the first of two slots begins
inline constexpr std::uint64_t slotDistance = 4096;
inline constexpr std::uint64_t recordsStart = 12288;
inline constexpr std::uint32_t recordMagic = 0x504c5243; ///< "PLRC"
inline constexpr std::uint64_t recordHeadBytes = 104;
inline constexpr std::uint64_t pieceBytes = 1 << 20; ///< most that one record keeps
/// Platter's own limit: the places of all records are held in memory while they are restored.
inline constexpr std::uint64_t mostRecords = 1 << 21;
inline constexpr std::size_t longestAct = 63;

/// The first page: which image, which edit. Written once.
struct Header {
    std::array<std::byte, 8> magic{}; ///< "PLTRUNDO"
    std::uint32_t version = 0;
    std::uint32_t recordsAt = 0;
    Id id{}; ///< random
    Id previous{}; ///< of the journal whose edit this one goes on from; zeros: none
    std::uint64_t number = 0; ///< edits of an image count from 1
    std::uint64_t made = 0; ///< nanoseconds since 1970
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t birth = 0; ///< of the image, nanoseconds since 1970; 0: not known
    Bytes oldLength{};
    Bytes newLength{}; ///< after the edit
    std::uint64_t oldChanged = 0; ///< time of content before the edit, nanoseconds since 1970
    Bytes firstLength{}; ///< bytes from the start of the image in `firstHash`
    Digest firstHash{};
    std::array<std::byte, 256> name{}; ///< of the image, without folder, padded with NULs
    std::array<std::byte, 64> act{};
    std::array<std::byte, 512> summary{};
    Digest checksum{}; ///< of all bytes before it
};

/// How far an edit is. Without a valid slot the journal is being prepared: the image is untouched.
enum class Phase : std::uint32_t {
    Started = 1, ///< the image may be changed in part
    Complete = 2,
    TakingBack = 3, ///< old bytes may be restored in part
    TakenBack = 4, ///< the image is as it was before
};

/// The changing part, in two slots written in turn: the valid one with the larger serial holds.
struct State {
    std::uint32_t magic = 0;
    std::uint32_t phase = 0;
    std::uint64_t serial = 0;
    Id id{};
    HostOffset recordsEnd{};
    std::uint64_t recordCount = 0;
    Digest recordsDigest{}; ///< over the checksums of all records
    std::uint64_t epoch = 0; ///< Started: the epoch that is being written
    std::uint64_t written = 0; ///< of this slot, nanoseconds since 1970
    Bytes afterLength{}; ///< Complete: of the image
    std::uint64_t afterChanged = 0; ///< Complete: time of the image's content
    std::array<std::byte, 256> problem{}; ///< Started: what stopped the edit, if it could say so
    Digest checksum{};
};

enum class RecordKind : std::uint32_t {
    Bytes = 1, ///< the old bytes follow
    Hole = 2, ///< the range was a hole of the file
    Length = 3, ///< the file ended at `at`
};

/// In front of each record.
struct RecordHead {
    std::uint32_t magic = 0;
    std::uint32_t kind = 0;
    std::uint64_t index = 0;
    HostOffset at{};
    Bytes length{};
    std::uint32_t epoch = 0; ///< from 0
    std::uint32_t hasAfter = 0; ///< 1: `afterHash` is that of the new bytes; 0: there are none
    Digest afterHash{};
    Digest checksum{}; ///< of the journal's id, the head before it, and the old bytes
};

extern const FieldTable<Header> headerFields;
extern const FieldTable<State> stateFields;
extern const FieldTable<RecordHead> recordFields;

Digest sha256(std::initializer_list<std::span<const std::byte>> parts);

/// Now, in nanoseconds since 1970.
std::uint64_t now();

/// Text up to the first NUL; untrusted.
std::string textOf(std::span<const std::byte> padded);
/// Puts as much of `text` into `padded` as leaves a NUL behind it.
void putText(std::span<std::byte> padded, const std::string& text);

/// Writes the header with its checksum.
void writeHeader(ByteFile& file, Header header);
/// Throws FormatError if `file` holds no valid header; IoError.
Header readHeader(const ByteFile& file);

/// Writes the slot that is not the valid one, with checksum, and waits until it is on stable
/// storage. `state.serial` must be one more than that of the valid slot.
void writeState(ByteFile& file, State state);
/// The valid slot with the larger serial; nothing: being prepared. `id`: of the journal; without
/// it, that of the slot is believed, for a journal whose header is damaged.
std::optional<State> readState(const ByteFile& file, const std::optional<Id>& id);

/// The digest over the records' checksums, one after another.
class RecordsDigest {
public:
    explicit RecordsDigest(const Id& id);
    void add(const Digest& checksum);
    const Digest& value() const { return m_value; }

private:
    Digest m_value;
};

} // namespace platter::journal
