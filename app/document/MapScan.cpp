// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/MapScan.h"

#include "app/document/MapAspectScan.h"

#include <algorithm>
#include <utility>

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

    MapCategory categoryOf(std::optional<MapKind> kind)
    {
        return kind ? MapCategory{static_cast<std::uint8_t>(*kind)} : std::nullopt;
    }

    /// Where a place lies in the image file, if it does.
    std::optional<HostOffset> hostOf(const MapPlace& place, MapView view)
    {
        if (view == MapView::File)
            return HostOffset{place.start};
        return place.layer == 0 ? place.host : std::nullopt;
    }

    /// Reads the counts of the clusters behind the places, unless they are in too many pieces.
    void readCounts(const MapSubject& subject, MapDetail& detail, const JobControl& job)
    {
        if (subject.image->formatId() != "qcow2"
            || (subject.view == MapView::Guest && subject.image->externalDataFile()))
            return;
        HostOffset first{~std::uint64_t{0}};
        HostOffset end{};
        for (const MapPlace& place : detail.places) {
            if (const auto host = hostOf(place, subject.view)) {
                first = std::min(first, *host);
                end = std::max(end, *host + place.length);
            }
        }
        if (first >= end)
            return;
        subject.image->scanRefcounts(
            first, end - first,
            [&](const RefcountRun& run) {
                if (detail.counts.size() <= mostPlaces)
                    detail.counts.push_back(run);
            },
            job);
        if (detail.counts.size() > mostPlaces)
            detail.counts.clear();
    }

    void scanCategories(const MapSubject& subject, std::uint64_t from, Bytes length,
        const MapCategorySink& sink, const JobControl& job)
    {
        if (subject.aspect.colour == MapAspect::Colour::Kind)
            forEachPlace(
                subject, from, length,
                [&](const MapPlace& place) { sink(place.length, categoryOf(place.kind)); }, job);
        else
            scanAspect(subject, from, length, sink, job);
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

std::optional<std::pair<std::uint64_t, std::uint64_t>> MapDetail::countsOf(
    std::uint64_t from, Bytes asked) const
{
    const auto touched = placesOf(from, asked);
    if (!touched || counts.empty())
        return {};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> found;
    for (const MapPlace& place : *touched) {
        const auto host = hostOf(place, view);
        if (!host)
            continue;
        // A compressed cluster is one stream: the cluster that it begins in speaks for it.
        const bool stream = place.compression == MapPlace::Compression::Stream;
        const std::uint64_t skipped = from > place.start && !stream ? from - place.start : 0;
        const std::uint64_t stop = std::min(place.end(), from + asked.value) - place.start;
        const HostOffset first{host->value + skipped};
        const HostOffset end{host->value + (stream ? 1 : stop)};
        auto run = std::partition_point(counts.begin(), counts.end(),
            [&](const RefcountRun& counted) { return counted.end() <= first; });
        for (; run != counts.end() && run->start < end; ++run) {
            if (!run->count)
                continue;
            found = found ? std::pair{std::min(found->first, *run->count),
                        std::max(found->second, *run->count)}
                          : std::pair{*run->count, *run->count};
        }
    }
    return found;
}

std::vector<MapRange> emptyAtOnce(const MapSubject& subject)
{
    std::vector<MapRange> empty;
    if (subject.view != MapView::Guest || subject.belowIsUnknown)
        return empty;
    const auto& layers = subject.disk->chain().layers;
    const std::uint64_t size = subject.size().value;
    bool top = true;
    for (const OpenedImage& layer : layers) {
        std::vector<MapRange> gaps;
        const GuestMapping& state = layer.image->activeState();
        state.scanOutline([&](const Extent& gap) {
            gaps.push_back({gap.start.value, gap.end().value});
        });
        if (state.size().value < size) // behind the end of a shorter layer there is nothing
            gaps.push_back({state.size().value, size});
        if (std::exchange(top, false)) {
            empty = std::move(gaps);
            continue;
        }
        // Empty is what no layer has.
        std::vector<MapRange> both;
        for (std::size_t a = 0, b = 0; a < empty.size() && b < gaps.size();) {
            const std::uint64_t from = std::max(empty[a].from, gaps[b].from);
            const std::uint64_t end = std::min(empty[a].end, gaps[b].end);
            if (from < end)
                both.push_back({from, end});
            empty[a].end < gaps[b].end ? ++a : ++b;
        }
        empty = std::move(both);
    }
    return empty;
}

MapSubject prepared(MapSubject subject, const JobControl& job)
{
    if (!subject.hostCategories)
        subject.hostCategories
            = hostCategoriesFor(*subject.image, subject.view, subject.aspect, job);
    return subject;
}

std::shared_ptr<const MapPyramid> scanMap(
    const MapSubject& subject, const PyramidSink& publish, const JobControl& job)
{
    return buildPyramid(
        std::make_shared<MapPyramid>(
            subject.size(), subject.image->clusterSize().value_or(4_KiB), emptyAtOnce(subject)),
        [&](const MapCategorySink& sink) { scanCategories(subject, 0, subject.size(), sink, job); },
        publish);
}

std::shared_ptr<const MapPyramid> scanSmallMap(
    const MapSubject& subject, const PyramidSink& publish, const JobControl& job)
{
    constexpr std::uint64_t parts = 8192;
    return buildPyramid(
        std::make_shared<MapPyramid>(
            subject.size(), Bytes{subject.size().value / parts}, emptyAtOnce(subject)),
        [&](const MapCategorySink& sink) { scanCategories(subject, 0, subject.size(), sink, job); },
        publish);
}

MapDetail scanMapDetail(
    const MapSubject& subject, std::uint64_t from, Bytes length, const JobControl& job)
{
    MapDetail detail;
    detail.start = from;
    detail.length = length;
    detail.placesEnd = from + length.value;
    const bool byKind = subject.aspect.colour == MapAspect::Colour::Kind;
    const auto pyramid = std::make_shared<MapPyramid>(length, subject.unit());
    forEachPlace(
        subject, from, length,
        [&](const MapPlace& place) {
            if (byKind)
                pyramid->append(place.length, categoryOf(place.kind));
            if (detail.places.size() < mostPlaces)
                detail.places.push_back(place);
            else if (detail.placesEnd > place.start)
                detail.placesEnd = place.start;
        },
        job);
    if (!byKind)
        scanCategories(
            subject, from, length,
            [&](Bytes part, MapCategory category) { pyramid->append(part, category); }, job);
    pyramid->finish();
    detail.pyramid = pyramid;
    detail.view = subject.view;
    readCounts(subject, detail, job);
    return detail;
}

namespace {

    /// Thrown through a scan that has told enough.
    struct Enough { };

    /// Scans until `sink` says that it has enough.
    template <class Sink>
    void untilEnough(const MapSubject& subject, std::uint64_t from, Bytes length, const Sink& sink,
        const JobControl& job)
    {
        try {
            forEachPlace(
                subject, from, length,
                [&](const MapPlace& place) {
                    if (!sink(place))
                        throw Enough{};
                },
                job);
        } catch (const Enough&) {
        }
    }

} // namespace

std::optional<std::uint64_t> neighbourExtent(
    const MapSubject& subject, std::uint64_t from, int direction, const JobControl& job)
{
    std::optional<std::uint64_t> found;
    const std::uint64_t size = subject.size().value;
    if (direction > 0) {
        untilEnough(
            subject, from, Bytes{size - from},
            [&](const MapPlace& place) {
                if (place.start > from)
                    found = place.start;
                return !found;
            },
            job);
        return found;
    }
    // Backwards: looks at twice as much each time, so that near neighbours are found at once.
    for (std::uint64_t reach = subject.unit().value * 1024;;) {
        const std::uint64_t start = from > reach ? from - reach : 0;
        std::vector<std::uint64_t> starts; // the last two below `from`
        untilEnough(
            subject, start, Bytes{from - start + 1},
            [&](const MapPlace& place) {
                if (place.start > start || start == 0)
                    starts.push_back(place.start);
                if (starts.size() > 2)
                    starts.erase(starts.begin());
                return true;
            },
            job);
        // From inside an extent to its start, from its start to that of the one before.
        while (!starts.empty() && starts.back() >= from)
            starts.pop_back();
        if (!starts.empty())
            return starts.back();
        if (start == 0)
            return {};
        reach = reach > size / 2 ? size : reach * 2;
    }
}

std::optional<std::uint64_t> inOtherView(
    const MapSubject& subject, std::uint64_t from, const JobControl& job)
{
    std::optional<std::uint64_t> found;
    untilEnough(
        subject, from, Bytes{1},
        [&](const MapPlace& place) {
            const std::uint64_t inside = from - place.start;
            if (subject.view == MapView::File && place.guest)
                found = place.guest->value + inside;
            else if (subject.view == MapView::Guest && place.host && place.layer == 0)
                found = place.host->value
                    + (place.compression == MapPlace::Compression::None ? inside : 0);
            return false;
        },
        job);
    return found;
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

MapTotals& MapTotals::operator+=(const MapTotals& more)
{
    for (std::size_t category = 0; category < mapKinds; ++category)
        of[category] += more.of[category];
    ground += more.ground;
    unread += more.unread;
    if (more.counting == Counting::About)
        counting = Counting::About;
    return *this;
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
        totals.of[kind] = pyramid.total(kind);
        told += totals.of[kind];
    }
    const std::uint64_t size = pyramid.size().value;
    totals.unread = pyramid.unread();
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
