// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/MapScan.h"

#include <algorithm>

namespace platter::app {

namespace {

    constexpr std::size_t mostPlaces = 65536; ///< about 6 MiB, whatever the image holds
    constexpr std::uint64_t subclustersPerCluster = 32;

    bool hasSubclusters(const Image& image)
    {
        for (const Property& property : image.formatProperties()) {
            const bool* const value = std::get_if<bool>(&property.value.value);
            if (property.key == "extended-l2" && value)
                return *value;
        }
        return false;
    }

    MapPlace placeOf(const LayeredExtent& layered, const MapSubject& subject)
    {
        const Extent& extent = layered.extent;
        MapPlace place;
        place.start = extent.start.value;
        place.length = extent.length;
        place.kind = mapKindOf(layered);
        place.layer = layered.layer;
        if (extent.kind == ExtentKind::Unallocated && subject.belowIsUnknown)
            place.kind = MapKind::Backing;
        if (extent.kind == ExtentKind::Data || extent.kind == ExtentKind::ZeroAllocated
            || extent.kind == ExtentKind::Compressed)
            place.host = extent.host;
        if (extent.kind == ExtentKind::Compressed)
            place.compression = MapPlace::Compression::Stream;
        place.problem = extent.problem;
        return place;
    }

    MapPlace placeOf(const HostRange& range)
    {
        MapPlace place;
        place.start = range.start.value;
        place.length = range.length;
        place.kind = mapKindOf(range.use);
        place.use = range.use;
        place.guest = range.guest;
        return place;
    }

    /// Tells about all places of [from, from + length), cut at its ends.
    template <class Sink>
    void forEachPlace(const MapSubject& subject, std::uint64_t from, Bytes length, const Sink& sink,
        const JobControl& job)
    {
        if (subject.view == MapView::Guest) {
            subject.disk->scan(
                GuestOffset{from}, length,
                [&](const LayeredExtent& layered) { sink(placeOf(layered, subject)); }, job);
            return;
        }
        const std::uint64_t end = from + length.value;
        subject.image->scanHost(
            [&](const HostRange& range) {
                MapPlace place = placeOf(range);
                const std::uint64_t placeEnd = std::min(place.end(), end);
                const std::uint64_t start = std::max(place.start, from);
                if (start >= placeEnd)
                    return;
                if (place.guest)
                    place.guest = *place.guest + Bytes{start - place.start};
                place.start = start;
                place.length = Bytes{placeEnd - start};
                sink(place);
            },
            job);
    }

} // namespace

Bytes MapSubject::size() const
{
    return view == MapView::Guest ? disk->size() : image->file().size();
}

Bytes MapSubject::unit() const
{
    const Bytes cluster = image->clusterSize().value_or(4_KiB);
    const bool fine = view == MapView::Guest && hasSubclusters(*image);
    return fine ? Bytes{cluster.value / subclustersPerCluster} : cluster;
}

std::optional<std::span<const MapPlace>> MapDetail::placesOf(std::uint64_t from, Bytes asked) const
{
    if (from < start || from + asked.value > placesEnd)
        return {};
    const auto first = std::partition_point(
        places.begin(), places.end(), [&](const MapPlace& place) { return place.end() <= from; });
    const auto behind = std::partition_point(first, places.end(),
        [&](const MapPlace& place) { return place.start < from + asked.value; });
    return std::span{first, behind};
}

std::shared_ptr<const MapPyramid> scanMap(
    const MapSubject& subject, const PyramidSink& publish, const JobControl& job)
{
    if (subject.view == MapView::File)
        return buildHostPyramid(*subject.image, publish, job);
    if (!subject.belowIsUnknown)
        return buildGuestPyramid(*subject.disk, *subject.image, publish, job);
    const auto pyramid = std::make_shared<MapPyramid>(
        subject.size(), subject.image->clusterSize().value_or(4_KiB));
    publish(pyramid);
    forEachPlace(
        subject, 0, subject.size(),
        [&](const MapPlace& place) {
            pyramid->append(place.length, place.kind ? &*place.kind : nullptr);
        },
        job);
    pyramid->finish();
    return pyramid;
}

MapDetail scanMapDetail(
    const MapSubject& subject, std::uint64_t from, Bytes length, const JobControl& job)
{
    MapDetail detail;
    detail.start = from;
    detail.length = length;
    const auto pyramid = std::make_shared<MapPyramid>(length, subject.unit());
    detail.placesEnd = from + length.value;
    forEachPlace(
        subject, from, length,
        [&](const MapPlace& place) {
            pyramid->append(place.length, place.kind ? &*place.kind : nullptr);
            if (detail.places.size() < mostPlaces)
                detail.places.push_back(place);
            else if (detail.placesEnd > place.start)
                detail.placesEnd = place.start;
        },
        job);
    pyramid->finish();
    detail.pyramid = pyramid;
    return detail;
}

MapPicture::MapPicture(Bytes size, Bytes unit, std::shared_ptr<const MapPyramid> pyramid,
    std::shared_ptr<const MapDetail> detail)
    : m_size(size)
    , m_unit(unit)
    , m_pyramid(std::move(pyramid))
    , m_detail(std::move(detail))
{
}

CellShares MapPicture::shares(quint64 from, quint64 length) const
{
    const bool inDetail = m_detail && from >= m_detail->start
        && from - m_detail->start < m_detail->length.value
        && length <= m_detail->length.value - (from - m_detail->start);
    if (!m_pyramid && !inDetail)
        return {};
    const MapPyramid::Shares shares = inDetail
        ? m_detail->pyramid->shares(from - m_detail->start, Bytes{length})
        : m_pyramid->shares(from, Bytes{length});
    static_assert(mostMapKinds == mapKinds);
    return {shares.of, shares.known, shares.problem};
}

MapTotals sumOfPlaces(std::span<const MapPlace> places, std::uint64_t from, Bytes length)
{
    MapTotals totals;
    totals.ground = length;
    for (const MapPlace& place : places) {
        if (!place.kind)
            continue;
        const std::uint64_t start = std::max(place.start, from);
        const Bytes part{std::min(place.end(), from + length.value) - start};
        totals.of[static_cast<std::size_t>(*place.kind)] += part;
        totals.ground -= part;
    }
    return totals;
}

MapTotals sumOfAll(const MapPyramid& pyramid)
{
    MapTotals totals;
    // The totals grow while the pyramid is filled: what they hold is never more than what follows.
    Bytes told{};
    for (std::size_t kind = 0; kind < mapKinds; ++kind) {
        totals.of[kind] = pyramid.total(static_cast<MapKind>(kind));
        told += totals.of[kind];
    }
    const std::uint64_t size = pyramid.size().value;
    totals.unread = Bytes{size - std::min(size, pyramid.known().value)};
    const std::uint64_t rest = told.value + totals.unread.value;
    totals.ground = Bytes{rest < size ? size - rest : 0};
    return totals;
}

MapTotals sumOfShares(const MapPicture& picture, std::uint64_t from, Bytes length, Bytes step)
{
    MapTotals totals;
    totals.counting = MapTotals::Counting::About;
    const std::uint64_t end = from + length.value;
    for (std::uint64_t at = from; at < end;) {
        const Bytes part{std::min(step.value, end - at)};
        const CellShares shares = picture.shares(at, part.value);
        at += part.value;
        if (!shares.known) {
            totals.unread += part;
            continue;
        }
        std::uint64_t told = 0;
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            const auto bytes = static_cast<std::uint64_t>(
                static_cast<double>(part.value) * shares.of[kind] / 255.0);
            totals.of[kind] += Bytes{bytes};
            told += bytes;
        }
        totals.ground += Bytes{part.value - std::min(part.value, told)};
    }
    return totals;
}

} // namespace platter::app
