// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace platter {

/// Says where the bytes of a unit of a disk lie; equal for two states if they share them. All
/// zeros: the unit needs no entry, because it reads as zeros or is left to the backing file.
using UnitKey = std::array<std::byte, 16>;

/// What a new image keeps below itself.
struct KeptLayers {
    std::size_t from = 0; ///< index into BackingChain::layers
    std::uint64_t size = 0; ///< bytes; behind them zeros are read
};

/// Collects the keys of the units of a range, of which the extents come in rising order.
class UnitKeyMaker {
public:
    /// `kept` must live longer. `unit` is in bytes; the range begins at a multiple of it.
    UnitKeyMaker(GuestOffset start, std::uint64_t unit, const std::optional<KeptLayers>& kept,
        std::span<UnitKey> keys);

    void add(const LayeredExtent& layered);
    /// The last unit may end with the disk.
    void finish();

private:
    struct Part {
        std::uint64_t length = 0;
        std::uint64_t host = 0; ///< of the first byte; of a compressed part, of its stream
        std::uint64_t skipped = 0; ///< compressed: bytes of the cluster in front of the part
        std::uint64_t stored = 0; ///< compressed: a stream that is cut short has other bytes
        std::uint32_t layer = 0;
        std::uint32_t kind = 0;
    };

    void addPart(const LayeredExtent& layered, std::uint64_t at, std::uint64_t length);
    void finishUnit(std::uint64_t index);

    std::uint64_t m_start;
    std::uint64_t m_unit;
    const std::optional<KeptLayers>& m_kept;
    std::span<UnitKey> m_keys;
    std::uint64_t m_end = 0;
    std::vector<Part> m_parts;
};

} // namespace platter
