// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace platter {

/// An extent of the guest's view and the layer that serves it.
struct LayeredExtent {
    Extent extent; ///< Unallocated: no layer has anything, zeros are read
    std::size_t layer
        = 0; ///< index into BackingChain::layers; for Unallocated: see `beyondBacking`
    /// Unallocated only: the search ended at `layer` because the layer below is shorter.
    bool beyondBacking = false;
};

using LayeredExtentSink = std::function<void(const LayeredExtent&)>;

/// A guest disk: one state of the top image over everything it rests on. The one place that turns
/// extents into bytes (decrypts, decompresses, falls through to backing files), for all formats.
/// Thread-safe.
class VirtualDisk {
public:
    /// The present state of the chain's top image, or its snapshot with index `snapshot`.
    explicit VirtualDisk(BackingChain chain, std::optional<std::size_t> snapshot = std::nullopt);
    /// A disk of one image's state without anything below: for tests and for VM state areas.
    VirtualDisk(std::shared_ptr<const Image> image, std::shared_ptr<const GuestMapping> state);
    ~VirtualDisk();
    VirtualDisk(VirtualDisk&&) noexcept;
    VirtualDisk& operator=(VirtualDisk&&) noexcept;

    Bytes size() const;
    const BackingChain& chain() const;
    /// Which snapshot of the top image it is; nothing: the present state.
    std::optional<std::size_t> snapshot() const;

    /// Fills `buffer` from guest offset `at`; what lies past size() reads as zeros.
    /// Throws FormatError naming the damaged table entry, IoError, PassphraseError, CodecError.
    void read(GuestOffset at, std::span<std::byte> buffer) const;

    /// Every extent of [from, from + length) in rising order, searched down the chain, in bounded
    /// memory.
    void scan(
        GuestOffset from, Bytes length, const LayeredExtentSink& sink, const JobControl& job) const;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

/// The index of the snapshot of `image` with this id, else with this name; throws Error naming what
/// exists.
std::size_t findSnapshot(const Image& image, std::string_view idOrName);

} // namespace platter
