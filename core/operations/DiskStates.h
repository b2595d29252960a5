// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

namespace platter {

/// The states of a chain's top image: its snapshots, then the present one. Opened when they are
/// needed; the ones used last stay open, as many as a bounded memory holds. For one thread.
class DiskStates {
public:
    /// `chain` must live longer.
    explicit DiskStates(const BackingChain& chain);

    std::uint32_t count() const;
    bool isPresent(std::uint32_t state) const { return state + 1 == count(); }
    Bytes sizeOf(std::uint32_t state) const;

    /// Throw FormatError if the L1 table of the state cannot be used; IoError.
    std::shared_ptr<const VirtualDisk> disk(std::uint32_t state);
    std::shared_ptr<const GuestMapping> mapping(std::uint32_t state);
    /// Whether the tables in memory tell that a range inside the disk, which must not be empty,
    /// reads as zeros; with `keptFrom`, that no layer above that one says anything of it. Asks no
    /// file but for the L1 table of the state.
    bool isKnownEmpty(std::uint32_t state, GuestOffset start, Bytes length,
        std::optional<std::size_t> keptFrom = {});

private:
    template <class What>
    struct Open {
        std::uint32_t state = 0;
        std::shared_ptr<const What> what;
    };

    template <class What>
    static const std::shared_ptr<const What>* find(std::list<Open<What>>& all, std::uint32_t state);
    std::uint64_t tableBytes(std::uint32_t state) const;

    const BackingChain& m_chain;
    const Image& m_image;
    // Used last first.
    std::list<Open<VirtualDisk>> m_disks;
    std::list<Open<GuestMapping>> m_mappings;
    std::uint64_t m_mappingBytes = 0;
};

} // namespace platter
