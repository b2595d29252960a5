// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/MapAspectScan.h"

#include "core/operations/StateDifference.h"

#include <algorithm>

namespace platter::app {

namespace {

    using Colour = MapAspect::Colour;

    constexpr std::size_t mostRuns = std::size_t{1} << 20; ///< 24 MiB
    constexpr std::uint8_t problem = static_cast<std::uint8_t>(MapKind::Problem);

    /// Cuts what streams by from the start of an address space to a range of it.
    class Cut {
    public:
        Cut(std::uint64_t from, Bytes length, const MapCategorySink& sink)
            : m_from(from)
            , m_end(from + length.value)
            , m_at(from)
            , m_sink(sink)
        {
        }
        /// Ranges rise; gaps between them are ground.
        void add(std::uint64_t start, Bytes length, MapCategory category)
        {
            const std::uint64_t begin = std::max(start, m_from);
            const std::uint64_t end = std::min(start + length.value, m_end);
            if (begin >= end)
                return;
            fill(begin);
            m_sink(Bytes{end - begin}, category);
            m_at = end;
        }
        void finish() { fill(m_end); }

    private:
        void fill(std::uint64_t upTo)
        {
            if (m_at < upTo)
                m_sink(Bytes{upTo - m_at}, MapCategory{});
            m_at = std::max(m_at, upTo);
        }

        std::uint64_t m_from;
        std::uint64_t m_end;
        std::uint64_t m_at;
        const MapCategorySink& m_sink;
    };

    MapCategory snapshotCategory(HostUse use)
    {
        switch (use) {
        case HostUse::Free:
        case HostUse::Leaked: return {};
        case HostUse::Problem: return problem;
        case HostUse::Data:
        case HostUse::ZeroAllocated: return bySnapshot::NowOnly;
        case HostUse::DataShared: return bySnapshot::Shared;
        case HostUse::DataSnapshot:
        case HostUse::CompressedSnapshot:
        case HostUse::VmState: return bySnapshot::SnapshotsOnly;
        case HostUse::Compressed: return bySnapshot::Untold;
        default: return bySnapshot::Metadata;
        }
    }

    /// A use of the file, if the chosen snapshot holds the place or does not.
    MapCategory oneSnapshotCategory(HostUse use, bool held)
    {
        const MapCategory any = snapshotCategory(use);
        if (!any || *any == problem)
            return any;
        if (*any == bySnapshot::Metadata)
            return byOneSnapshot::Metadata;
        if (!held)
            return byOneSnapshot::NotHeld;
        const bool now = *any == bySnapshot::Shared || *any == bySnapshot::Untold;
        return now ? byOneSnapshot::HeldAndNow : byOneSnapshot::Held;
    }

    /// The host ranges that a snapshot's data lies in, joined and rising.
    std::vector<MapRange> heldBy(const Image& image, std::size_t snapshot, const JobControl& job)
    {
        const auto state = image.snapshotState(snapshot);
        std::vector<MapRange> held;
        state->scan(
            GuestOffset{}, state->size(),
            [&](const Extent& extent) {
                const bool compressed = extent.kind == ExtentKind::Compressed;
                if (!compressed && extent.kind != ExtentKind::Data
                    && extent.kind != ExtentKind::ZeroAllocated)
                    return;
                const Bytes length = compressed ? extent.stored : extent.length;
                held.push_back({extent.host.value, (extent.host + length).value});
                if (held.size() > mostRuns)
                    throw Error("The snapshot lies in more pieces than can be kept in memory.");
            },
            job);
        std::sort(held.begin(), held.end(),
            [](const MapRange& a, const MapRange& b) { return a.from < b.from; });
        return held;
    }

    /// What is told of a place of the file, in the terms of the aspect.
    void addUses(
        const Image& image, std::size_t snapshot, HostCategories& to, const JobControl& job)
    {
        HostCategories held;
        std::uint64_t end = 0;
        for (const MapRange& range : heldBy(image, snapshot, job)) {
            const std::uint64_t start = std::max(range.from, end);
            if (start < range.end)
                held.add(HostOffset{start}, Bytes{range.end - start}, byOneSnapshot::Held);
            end = std::max(end, range.end);
        }
        image.scanHost(
            [&](const HostRange& range) {
                HostOffset at = range.start;
                held.forEach(range.start, range.length, [&](Bytes part, MapCategory is) {
                    to.add(at, part, oneSnapshotCategory(range.use, is.has_value()));
                    at += part;
                });
            },
            job);
    }

    MapCategory countCategory(const RefcountRun& run)
    {
        return run.count ? byRefcount::of(*run.count) : MapCategory{problem};
    }

    /// How far one place lies from the end of the one before.
    class Jumps {
    public:
        explicit Jumps(const Image& image)
            : m_cluster(image.clusterSize().value_or(4_KiB))
        {
        }
        /// Tells the first cluster of a run by its jump and the rest as being in order.
        template <class Tell>
        void add(std::uint64_t start, Bytes length, std::uint64_t other, Bytes otherLength,
            const Tell& tell)
        {
            const std::uint64_t distance = !m_known ? 0
                : other > m_end                     ? other - m_end
                                                    : m_end - other;
            // Streams of compressed clusters are told with more room than they take.
            const bool follows = distance < m_cluster.value && otherLength != length;
            const MapCategory jump = follows ? MapCategory{byFragmentation::InOrder}
                                             : byFragmentation::ofJump(distance);
            const Bytes first{std::min(m_cluster.value, length.value)};
            tell(start, first, jump);
            if (first < length)
                tell(start + first.value, length - first, MapCategory{byFragmentation::InOrder});
            m_known = true;
            m_end = other + otherLength.value;
        }

    private:
        Bytes m_cluster;
        bool m_known = false;
        std::uint64_t m_end = 0;
    };

    void scanGuestFragments(const MapSubject& subject, std::uint64_t from, Bytes length,
        const MapCategorySink& sink, const JobControl& job)
    {
        Cut cut{from, length, sink};
        Jumps jumps{*subject.image};
        const auto tell = [&](std::uint64_t start, Bytes part, MapCategory category) {
            cut.add(start, part, category);
        };
        subject.disk->scan(
            GuestOffset{from}, length,
            [&](const LayeredExtent& layered) {
                const Extent& extent = layered.extent;
                const std::uint64_t start = extent.start.value;
                if (extent.kind == ExtentKind::Damaged)
                    cut.add(start, extent.length, problem);
                else if (extent.kind != ExtentKind::Data && extent.kind != ExtentKind::Compressed)
                    return;
                else if (layered.layer > 0)
                    cut.add(start, extent.length, byFragmentation::Below);
                else
                    jumps.add(start, extent.length, extent.host.value,
                        extent.kind == ExtentKind::Compressed ? extent.stored : extent.length,
                        tell);
            },
            job);
        cut.finish();
    }

    /// The categories of guest data in this image, by where it lies in the file.
    void scanGuestByHost(const MapSubject& subject, std::uint64_t from, Bytes length,
        const MapCategorySink& sink, const JobControl& job)
    {
        static_assert(static_cast<int>(bySnapshot::Below) == byOneSnapshot::Below
            && static_cast<int>(bySnapshot::Below) == byRefcount::Below);
        Cut cut{from, length, sink};
        subject.disk->scan(
            GuestOffset{from}, length,
            [&](const LayeredExtent& layered) {
                const Extent& extent = layered.extent;
                const std::uint64_t start = extent.start.value;
                switch (extent.kind) {
                case ExtentKind::Unallocated:
                case ExtentKind::Zero: return;
                case ExtentKind::Damaged: cut.add(start, extent.length, problem); return;
                case ExtentKind::ZeroAllocated:
                case ExtentKind::Data:
                case ExtentKind::Compressed: break;
                }
                if (layered.layer > 0) {
                    cut.add(start, extent.length, bySnapshot::Below);
                    return;
                }
                if (extent.kind == ExtentKind::Compressed) {
                    // One stream: the cluster that it begins in speaks for it.
                    subject.hostCategories->forEach(
                        extent.host, Bytes{1}, [&](Bytes, MapCategory category) {
                            cut.add(start, extent.length, category);
                        });
                    return;
                }
                std::uint64_t at = start;
                subject.hostCategories->forEach(
                    extent.host, extent.length, [&](Bytes part, MapCategory category) {
                        cut.add(at, part, category);
                        at += part.value;
                    });
            },
            job);
        cut.finish();
    }

    void scanFileFragments(const MapSubject& subject, Cut& cut, const JobControl& job)
    {
        Jumps jumps{*subject.image};
        const auto tell = [&](std::uint64_t start, Bytes part, MapCategory category) {
            cut.add(start, part, category);
        };
        subject.image->scanHost(
            [&](const HostRange& range) {
                const MapCategory use = snapshotCategory(range.use);
                if (range.guest)
                    jumps.add(
                        range.start.value, range.length, range.guest->value, range.length, tell);
                else if (!use || *use == problem)
                    cut.add(range.start.value, range.length, use);
                else
                    cut.add(range.start.value, range.length,
                        *use == bySnapshot::Metadata ? byFragmentation::Metadata
                                                     : byFragmentation::Untold);
            },
            job);
    }

    void scanFile(const MapSubject& subject, std::uint64_t from, Bytes length,
        const MapCategorySink& sink, const JobControl& job)
    {
        Cut cut{from, length, sink};
        switch (subject.aspect.colour) {
        case Colour::Refcount:
            subject.image->scanRefcounts(
                HostOffset{from}, length,
                [&](const RefcountRun& run) {
                    cut.add(run.start.value, run.length, countCategory(run));
                },
                job);
            break;
        case Colour::Fragmentation: scanFileFragments(subject, cut, job); break;
        default:
            if (subject.hostCategories) {
                std::uint64_t at = from;
                subject.hostCategories->forEach(
                    HostOffset{from}, length, [&](Bytes part, MapCategory category) {
                        cut.add(at, part, category);
                        at += part.value;
                    });
                break;
            }
            subject.image->scanHost(
                [&](const HostRange& range) {
                    cut.add(range.start.value, range.length, snapshotCategory(range.use));
                },
                job);
        }
        cut.finish();
    }

    MapCategory changeCategory(DifferenceKind kind)
    {
        switch (kind) {
        case DifferenceKind::Same:
        case DifferenceKind::SameContent: return {};
        case DifferenceKind::Changed: return byChange::Changed;
        case DifferenceKind::New: return byChange::New;
        case DifferenceKind::Gone: return byChange::Gone;
        case DifferenceKind::Damaged: break;
        }
        return problem;
    }

} // namespace

MapCategory byRefcount::of(std::uint64_t count)
{
    if (count == 0)
        return {};
    return count == 1 ? One : count == 2 ? Two : count <= 4 ? Few : Many;
}

MapCategory byFragmentation::ofJump(std::uint64_t distance)
{
    return distance == 0 ? InOrder : distance < near ? Near : distance < middling ? Middling : Far;
}

void HostCategories::add(HostOffset start, Bytes length, MapCategory category)
{
    if (!category || length.value == 0)
        return;
    if (!m_runs.empty() && m_runs.back().end == start.value
        && m_runs.back().category == *category) {
        m_runs.back().end += length.value;
        return;
    }
    if (m_runs.size() >= mostRuns)
        throw Error("The file lies in more pieces than can be kept in memory to colour the guest's "
                    "disk by them. Look at the file's own map instead.");
    m_runs.push_back({start.value, start.value + length.value, *category});
}

std::size_t HostCategories::firstBehind(std::uint64_t at) const
{
    return static_cast<std::size_t>(std::partition_point(m_runs.begin(), m_runs.end(),
                                        [&](const Run& run) { return run.end <= at; })
        - m_runs.begin());
}

std::shared_ptr<const HostCategories> hostCategoriesFor(
    const Image& image, MapView view, const MapAspect& aspect, const JobControl& job)
{
    const bool guest = view == MapView::Guest;
    auto categories = std::make_shared<HostCategories>();
    if (aspect.colour == Colour::Snapshot && aspect.choice)
        addUses(image, *aspect.choice, *categories, job);
    else if (aspect.colour == Colour::Snapshot && guest)
        image.scanHost(
            [&](const HostRange& range) {
                categories->add(range.start, range.length, snapshotCategory(range.use));
            },
            job);
    else if (aspect.colour == Colour::Refcount && guest)
        image.scanRefcounts(
            HostOffset{}, image.file().size(),
            [&](const RefcountRun& run) {
                categories->add(run.start, run.length, countCategory(run));
            },
            job);
    else
        return nullptr;
    return categories;
}

void scanAspect(const MapSubject& subject, std::uint64_t from, Bytes length,
    const MapCategorySink& sink, const JobControl& job)
{
    if (subject.view == MapView::File) {
        scanFile(subject, from, length, sink, job);
        return;
    }
    Cut cut{from, length, sink};
    switch (subject.aspect.colour) {
    case Colour::Kind:
    case Colour::Snapshot:
    case Colour::Refcount: scanGuestByHost(subject, from, length, sink, job); return;
    case Colour::Fragmentation: scanGuestFragments(subject, from, length, sink, job); return;
    case Colour::Bitmap:
        subject.image->scanBitmap(
            subject.aspect.choice.value_or(0),
            [&](const Extent& dirty) { cut.add(dirty.start.value, dirty.length, byBitmap::Dirty); },
            job);
        break;
    case Colour::Changed:
        compareStates(
            subject.image, subject.aspect.choice, {}, {},
            [&](const DifferenceRange& range) {
                cut.add(range.start.value, range.length, changeCategory(range.kind));
            },
            job);
        break;
    }
    cut.finish();
}

} // namespace platter::app
