// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/layout/Field.h"

#include <array>
#include <cstddef>
#include <cstdint>

/// The LUKS version 1 header as it lies in the file.
/// Source: LUKS On-Disk Format Specification 1.1, whose names the fields have.
namespace platter::luks {

inline constexpr std::array magicBytes{std::byte{'L'}, std::byte{'U'}, std::byte{'K'},
    std::byte{'S'}, std::byte{0xba}, std::byte{0xbe}};
inline constexpr unsigned slotCount = 8;
inline constexpr std::uint32_t slotActive = 0x00ac71f3;
inline constexpr std::uint32_t slotInactive = 0x0000dead;
inline constexpr std::uint32_t stripesOfSlot = 4000; ///< no other count is ever written
inline constexpr std::uint64_t bytesPerSector = 512; ///< of offsets in the header
inline constexpr std::uint64_t headerSectors = 8; ///< kept for the header before key material

struct Header {
    std::array<std::byte, 6> magic{};
    std::uint16_t version = 0;
    std::array<std::byte, 32> cipherName{};
    std::array<std::byte, 32> cipherMode{};
    std::array<std::byte, 32> hashSpec{};
    std::uint32_t payloadOffset = 0; ///< sectors
    std::uint32_t keyBytes = 0;
    std::array<std::byte, 20> digest{};
    std::array<std::byte, 32> digestSalt{};
    std::uint32_t digestIterations = 0;
    std::array<std::byte, 40> uuid{};
};

struct Slot {
    std::uint32_t state = 0;
    std::uint32_t iterations = 0;
    std::array<std::byte, 32> salt{};
    std::uint32_t keyMaterialOffset = 0; ///< sectors
    std::uint32_t stripes = 0;
};

/// 208 bytes at the start of the area.
extern const FieldTable<Header> headerTable;
inline constexpr Bytes headerLength{208};

/// 48 bytes each, eight of them after the header.
extern const FieldTable<Slot> slotTable;
inline constexpr Bytes slotLength{48};

} // namespace platter::luks
