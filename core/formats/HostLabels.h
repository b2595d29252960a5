// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// What a stretch of the image file is: one field, one table entry, or bytes of one structure that
/// have no field.
struct HostLabel {
    HostOffset start{};
    Bytes length{};
    HostUse use = HostUse::Free;
    std::string structure; ///< "L2 table 3", "Guest data"; empty: nothing owns it
    HostOffset structureAt{};
    Bytes structureLength{};
    std::string note; ///< one line on what the structure is for
    std::optional<FieldMark> field; ///< none: data, padding, rest of a cluster
    std::size_t fieldIndex = 0; ///< of the field in its structure, of the entry in its table
    std::optional<GuestOffset> guest; ///< the guest byte that the first byte holds or speaks of
    HostOffset entry{}; ///< the table entry that leads here; 0: none does
    bool isRest = false; ///< belongs to the structure's clusters but not to the structure
    std::size_t others = 0; ///< further references to the same bytes

    HostOffset end() const { return start + length; }
};

/// Tells of every byte of an image file which structure, field or guest byte it belongs to.
///
/// The references of the whole metadata are collected at the first question, by one scan, and kept
/// sorted. Memory is bounded: of an image with more than `mostOwners` references only those around
/// the place asked for are kept, and another place costs another scan. Thread-safe; a question
/// waits while another one scans.
class HostLabels {
public:
    static constexpr std::size_t defaultMostOwners = std::size_t{1} << 18; ///< about 20 MiB

    explicit HostLabels(
        std::shared_ptr<const Image> image, std::size_t mostOwners = defaultMostOwners);

    const Image& image() const { return *m_image; }

    /// What the bytes of [from, from + length) are: stretches by rising offset without gaps, which
    /// begin at `from` and end with the window or the file. Made for windows of some KiB: every
    /// table entry becomes a label. Throws IoError, FormatError, Cancelled.
    std::vector<HostLabel> labelsOf(HostOffset from, Bytes length, const JobControl& job) const;

    /// Every reference to the byte at `at`, the one that labelsOf() tells first. Throws likewise.
    std::vector<HostOwner> ownersAt(HostOffset at, const JobControl& job) const;

private:
    void collect(HostOffset around, const JobControl& job) const;
    void require(HostOffset at, const JobControl& job) const;
    std::vector<HostOwner> owners(HostOffset from, HostOffset end) const;
    void addUnowned(std::vector<HostLabel>& labels, std::uint64_t from, std::uint64_t end) const;
    void addOwned(std::vector<HostLabel>& labels, std::uint64_t from, std::uint64_t end,
        const HostOwner& owner, std::size_t others) const;

    std::shared_ptr<const Image> m_image;
    std::size_t m_mostOwners;
    mutable std::mutex m_mutex;
    mutable bool m_collected = false;
    mutable std::uint64_t m_start = 0; ///< the references that touch [m_start, m_end) are all here
    mutable std::uint64_t m_end = 0;
    mutable std::uint64_t m_endBefore = 0; ///< of what ends at m_start or before it
    mutable std::vector<HostOwner> m_owners; ///< by start
    mutable std::vector<std::uint64_t> m_reach; ///< the furthest end of the owners up to each
};

} // namespace platter
