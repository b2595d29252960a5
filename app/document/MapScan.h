// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapAspect.h"
#include "core/operations/MapPyramid.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <memory>
#include <optional>
#include <vector>

namespace platter::app {

/// Which address space a map shows.
enum class MapView {
    Guest, ///< what the virtual machine sees
    File, ///< what each part of the image file is for
};

/// What a map is made of. A value that keeps everything alive, so that workers may hold it.
struct MapSubject {
    MapView view = MapView::Guest;
    MapAspect aspect; ///< what the colours tell
    std::shared_ptr<const Image> image;
    std::shared_ptr<const VirtualDisk> disk; ///< the image and what below it was opened
    /// The image rests on a file that was not opened: what it does not hold itself is unknown.
    bool belowIsUnknown = false;
    /// What scanMap() found out about the file to colour the guest's view; nothing before.
    std::shared_ptr<const HostCategories> hostCategories;

    Bytes size() const;
    /// A cluster; a subcluster where the guest's view has them.
    Bytes unit() const;
};

/// The guest's view without a byte read: ranges that hold nothing for sure.
std::vector<MapRange> emptyAtOnce(const MapSubject& subject);

/// A part of a map told exactly.
struct MapPlace {
    std::uint64_t start = 0; ///< in the address space of the map
    Bytes length{};
    std::optional<MapKind> kind; ///< nothing: unallocated, free
    HostUse use = HostUse::Free; ///< MapView::File
    std::size_t layer = 0; ///< MapView::Guest: which file of the chain serves it
    /// MapView::Guest: where it begins in the file that serves it.
    std::optional<HostOffset> host;
    /// MapView::Guest: a compressed cluster is one stream, of which no part has a place of its own.
    enum class Compression { None, Stream };
    Compression compression = Compression::None;
    std::optional<GuestOffset> guest; ///< MapView::File: the guest bytes that it holds
    const FindingKind* problem = nullptr; ///< MapView::Guest: why it cannot be followed

    std::uint64_t end() const { return start + length.value; }
};

/// A range of a map place by place, finer than the pyramid of the whole.
struct MapDetail {
    std::uint64_t start = 0;
    Bytes length{};
    std::shared_ptr<const MapPyramid> pyramid; ///< begins at `start`
    std::vector<MapPlace> places; ///< rising; the first 65536
    std::uint64_t placesEnd = 0; ///< up to here `places` tells everything

    MapView view = MapView::Guest;
    /// How often the file counts the clusters behind the places; empty: not told.
    std::vector<RefcountRun> counts; ///< rising

    /// The places that touch a range; nothing where they are not all known.
    std::optional<std::span<const MapPlace>> placesOf(std::uint64_t from, Bytes length) const;
    /// The least and the largest count of the clusters that a range lies in; nothing: not known.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> countsOf(
        std::uint64_t from, Bytes length) const;
};

/// Reads what the colours of the subject need beforehand. Throws as scanMap().
MapSubject prepared(MapSubject subject, const JobControl& job);

/// Reads the whole map of a prepared subject. Throws IoError, FormatError, Cancelled, and Error if
/// the colours cannot be told.
std::shared_ptr<const MapPyramid> scanMap(
    const MapSubject& subject, const PyramidSink& publish, const JobControl& job);

/// A summary of the guest's disk in a few thousand parts, for a small picture. Throws as scanMap().
std::shared_ptr<const MapPyramid> scanSmallMap(
    const MapSubject& subject, const PyramidSink& publish, const JobControl& job);

/// Where the extent before (-1) or after (1) the one at `from` begins, in the map's address space;
/// nothing: there is none. Throws IoError, FormatError, Cancelled.
std::optional<std::uint64_t> neighbourExtent(
    const MapSubject& subject, std::uint64_t from, int direction, const JobControl& job);

/// Where the byte at `from` lies in the other address space; nothing: nowhere, or not known. Throws
/// IoError, FormatError, Cancelled.
std::optional<std::uint64_t> inOtherView(
    const MapSubject& subject, std::uint64_t from, const JobControl& job);

/// Reads a range of the map place by place. Throws IoError, FormatError, Cancelled.
MapDetail scanMapDetail(
    const MapSubject& subject, std::uint64_t from, Bytes length, const JobControl& job);

/// A map as far as it was read, for the painters.
class MapPicture final : public ClusterMapSource {
public:
    /// `pyramid` may be nullptr: nothing was read yet. `detail` may be nullptr.
    MapPicture(Bytes size, Bytes unit, std::shared_ptr<const MapPyramid> pyramid,
        std::shared_ptr<const MapDetail> detail);

    quint64 size() const override { return m_size.value; }
    quint64 unit() const override { return m_unit.value; }
    CellShares shares(quint64 from, quint64 length) const override;

private:
    Bytes m_size;
    Bytes m_unit;
    std::shared_ptr<const MapPyramid> m_pyramid;
    std::shared_ptr<const MapDetail> m_detail;
};

/// What a range of a map is made of, in bytes.
struct MapTotals {
    /// Whether the bytes were counted or follow from rounded shares.
    enum class Counting { Exact, About };

    std::array<Bytes, mapKinds> of{}; ///< by category
    Bytes ground{}; ///< of no category: unallocated, free
    Bytes unread{};
    Counting counting = Counting::Exact;

    /// Adds what another range holds.
    MapTotals& operator+=(const MapTotals& more);
};

/// Sums up the places of [from, from + length).
MapTotals sumOfPlaces(std::span<const MapPlace> places, std::uint64_t from, Bytes length);
/// Sums up all that a pyramid has read.
MapTotals sumOfAll(const MapPyramid& pyramid);
/// Sums up the shares of [from, from + length), looked at in parts of `step`.
MapTotals sumOfShares(const MapPicture& picture, std::uint64_t from, Bytes length, Bytes step);

} // namespace platter::app
