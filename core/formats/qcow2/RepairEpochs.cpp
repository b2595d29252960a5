// SPDX-License-Identifier: GPL-3.0-or-later
// In which order the changes of a repair reach the file. Between any two writes the image must be
// no worse than it was: what is pointed at comes before the pointer, a count rises before something
// relies on it and falls when nothing does any more.
#include "core/formats/qcow2/Repair.h"

#include <algorithm>
#include <array>

namespace platter::qcow2 {

namespace {

    using Content = std::vector<std::byte>;

    enum Order : std::size_t {
        NewClusters,
        CountsThatRise,
        PlacesOfCounts,
        Tables,
        HeaderFields,
        CountsThatFall,
        Flags,
        Marks,
        orders
    };
    constexpr std::array<const char*, orders> purposes{
        "New clusters, which nothing refers to yet.",
        "Counts that rise, before anything relies on them.",
        "Where the counts lie.",
        "Tables.",
        "The header.",
        "Counts that fall, after nothing needs them.",
        "Flags that say that a cluster is used once.",
        "The marks of the header, after all the rest.",
    };

    /// One cluster on its way: what it holds after which epoch.
    struct Stage {
        Order epoch = Tables;
        Content content;
    };

    /// Adds what makes `after` of `before`; changes that nearly touch are one.
    void addDifference(RepairPlan::Epoch& epoch, HostOffset at, HostUse use, const Content& before,
        const Content& after)
    {
        constexpr std::size_t near = 32; // bytes
        const auto part = [](const Content& from, std::size_t start, std::size_t end) {
            return Content(from.begin() + static_cast<std::ptrdiff_t>(start),
                from.begin() + static_cast<std::ptrdiff_t>(end));
        };
        for (std::size_t i = 0; i < after.size();) {
            if (before[i] == after[i]) {
                ++i;
                continue;
            }
            std::size_t end = i + 1;
            for (std::size_t k = end; k < after.size() && k < end + near; ++k) {
                if (before[k] != after[k])
                    end = k + 1;
            }
            epoch.changes.push_back(
                {{at + Bytes{i}, part(before, i, end), part(after, i, end)}, use});
            i = end;
        }
    }

    /// Adds bytes of clusters that the file does not have yet; neighbours become one write.
    void addNew(RepairPlan::Epoch& epoch, HostOffset at, const Content& bytes)
    {
        constexpr std::size_t most = 1 << 20; // bytes of one write
        if (!epoch.changes.empty()) {
            RepairPlan::Change& last = epoch.changes.back();
            if (last.at + Bytes{last.after.size()} == at
                && last.after.size() + bytes.size() <= most) {
                last.after.insert(last.after.end(), bytes.begin(), bytes.end());
                return;
            }
        }
        epoch.changes.push_back({{at, {}, bytes}, HostUse::Free});
    }

    /// The larger one of each two counts.
    Content higherCounts(const Content& before, const Content& after, unsigned order)
    {
        Content result = after;
        const std::uint64_t perGroup = std::max<std::uint64_t>(1, 8 >> order);
        const std::uint64_t groupBytes = std::max<std::uint64_t>(1, (1U << order) / 8);
        for (std::uint64_t group = 0; group < after.size() / groupBytes; ++group) {
            const auto at = static_cast<std::ptrdiff_t>(group * groupBytes);
            const auto end = at + static_cast<std::ptrdiff_t>(groupBytes);
            if (std::equal(after.begin() + at, after.begin() + end, before.begin() + at))
                continue;
            for (std::uint64_t i = group * perGroup; i < (group + 1) * perGroup; ++i)
                setRefcount(result, i, order,
                    std::max(refcountIn(before, i, order), refcountIn(after, i, order)));
        }
        return result;
    }

    /// All changes but those that only set the COPIED flag.
    Content withoutNewFlags(const Content& before, const Content& after)
    {
        Content result = after;
        for (std::size_t at = 0; at + 8 <= after.size(); at += 8) {
            const auto old = loadBig<std::uint64_t>(before.data() + at);
            if (loadBig<std::uint64_t>(after.data() + at) == (old | entry::copied))
                storeBig(result.data() + at, old);
        }
        return result;
    }

    /// `before` with the bytes [from, end) of `after`.
    Content withRange(Content before, const Content& after, std::size_t from, std::size_t end)
    {
        std::copy(after.begin() + static_cast<std::ptrdiff_t>(from),
            after.begin() + static_cast<std::ptrdiff_t>(end),
            before.begin() + static_cast<std::ptrdiff_t>(from));
        return before;
    }

    std::vector<Stage> headerStages(const Content& before, const Content& after)
    {
        const std::size_t counts = headerFields.find("refcount_table_offset")->at;
        const std::size_t countsEnd = headerFields.find("refcount_table_clusters")->at + 4;
        const std::size_t marks = headerVersion3Fields.find("incompatible_features")->at;
        const Content places = withRange(before, after, counts, countsEnd);
        return {{PlacesOfCounts, places},
            {HeaderFields, withRange(after, before, marks, marks + 8)}, {Marks, after}};
    }

    std::vector<Stage> stagesOf(
        HostUse use, const Content& before, const Content& after, unsigned refcountOrder)
    {
        switch (use) {
        case HostUse::Header: return headerStages(before, after);
        case HostUse::RefcountBlock:
            return {{CountsThatRise, higherCounts(before, after, refcountOrder)},
                {CountsThatFall, after}};
        case HostUse::RefcountTable: return {{PlacesOfCounts, after}};
        case HostUse::L1Table:
        case HostUse::L2Table: return {{Tables, withoutNewFlags(before, after)}, {Flags, after}};
        default: return {{Tables, after}};
        }
    }

} // namespace

bool Repairer::isNew(std::uint64_t cluster) const
{
    return cluster >= m_image->geometry().cluster.clustersFor(m_original->size());
}

std::vector<RepairPlan::Epoch> Repairer::epochs() const
{
    const Geometry& geometry = m_image->geometry();
    const std::uint64_t clusterBytes = geometry.cluster.bytes().value;
    const std::uint64_t oldEnd = geometry.cluster.clustersFor(m_original->size()) * clusterBytes;
    std::array<RepairPlan::Epoch, orders> order;
    for (std::size_t i = 0; i < orders; ++i)
        order[i].purpose = purposes[i];

    Content before(clusterBytes);
    Content after(clusterBytes);
    std::set<std::uint64_t> changed; // clusters that the file has
    for (PatchedFile::Change& change : m_file->changes()) {
        const std::uint64_t end = change.at.value + change.after.size();
        for (std::uint64_t at = change.at.value / clusterBytes * clusterBytes;
             at < std::min(end, oldEnd); at += clusterBytes)
            changed.insert(at / clusterBytes);
        if (end <= oldEnd)
            continue;
        const std::uint64_t skipped = oldEnd > change.at.value ? oldEnd - change.at.value : 0;
        change.after.erase(
            change.after.begin(), change.after.begin() + static_cast<std::ptrdiff_t>(skipped));
        addNew(order[NewClusters], change.at + Bytes{skipped}, change.after);
    }
    for (const std::uint64_t cluster : changed) {
        const HostOffset at = geometry.cluster.startOf(HostCluster{cluster});
        m_original->readPadded(at, before);
        m_file->readPadded(at, after);
        const auto use = m_uses.find(cluster);
        const HostUse meant = use == m_uses.end() ? HostUse::Free : use->second;
        for (Stage& stage : stagesOf(meant, before, after, geometry.refcountOrder)) {
            addDifference(order[stage.epoch], at, meant, before, stage.content);
            before = std::move(stage.content);
        }
    }
    // A block that moved holds, until its counts fall, what it held before.
    for (const auto& [cluster, oldPlace] : m_movedBlocks) {
        const HostOffset at = geometry.cluster.startOf(HostCluster{cluster});
        m_original->readPadded(oldPlace, before);
        m_file->readPadded(at, after);
        const Content first = higherCounts(before, after, geometry.refcountOrder);
        for (RepairPlan::Change& change : order[NewClusters].changes) {
            const HostOffset from = std::max(at, change.at);
            const HostOffset end
                = std::min(at + Bytes{first.size()}, change.at + Bytes{change.after.size()});
            if (from < end)
                std::copy_n(first.begin() + static_cast<std::ptrdiff_t>((from - at).value),
                    (end - from).value,
                    change.after.begin() + static_cast<std::ptrdiff_t>((from - change.at).value));
        }
        addDifference(order[CountsThatFall], at, HostUse::Free, first, after);
    }
    std::vector<RepairPlan::Epoch> result;
    for (RepairPlan::Epoch& one : order) {
        if (!one.changes.empty())
            result.push_back(std::move(one));
    }
    return result;
}

} // namespace platter::qcow2
