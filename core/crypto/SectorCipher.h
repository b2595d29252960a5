// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace platter {

/// Encrypts and decrypts sectors of 512 bytes in place, each on its own. Thread-safe.
class SectorCipher {
public:
    static constexpr std::size_t sectorSize = 512;

    SectorCipher() = default;
    SectorCipher(const SectorCipher&) = delete;
    SectorCipher& operator=(const SectorCipher&) = delete;
    virtual ~SectorCipher() = default;

    /// `data` holds whole sectors, the first of which has number `firstSector` (what that counts is
    /// the format's rule).
    virtual void decrypt(std::uint64_t firstSector, std::span<std::byte> data) const = 0;
    virtual void encrypt(std::uint64_t firstSector, std::span<std::byte> data) const = 0;
};

} // namespace platter
