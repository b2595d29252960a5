// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/HostLabels.h"

#include <algorithm>
#include <tuple>

namespace platter {

namespace {

    /// References that are looked at for one window: only a hostile image has more.
    constexpr std::size_t mostTouching = 4096;
    constexpr std::uint64_t noEnd = ~std::uint64_t{0};

    std::uint64_t endOf(HostOffset at, Bytes length)
    {
        return at.value + std::min(length.value, noEnd - at.value);
    }

    auto orderOf(const HostOwner& owner)
    {
        return std::tuple{owner.start, owner.use, owner.room, owner.index, owner.guest};
    }

    bool isData(HostUse use)
    {
        switch (use) {
        case HostUse::Data:
        case HostUse::DataShared:
        case HostUse::DataSnapshot:
        case HostUse::Compressed:
        case HostUse::CompressedSnapshot:
        case HostUse::ZeroAllocated:
        case HostUse::VmState: return true;
        default: return false;
        }
    }

    /// Which of two owners of one byte tells more about it.
    bool tellsMore(const HostOwner& a, const HostOwner& b, std::uint64_t at)
    {
        const bool insideA = at < endOf(a.start, a.length);
        const bool insideB = at < endOf(b.start, b.length);
        if (insideA != insideB)
            return insideA; // the rest of a cluster tells less than what lies there
        if (isData(a.use) != isData(b.use))
            return !isData(a.use);
        const bool compressed
            = a.use == HostUse::Compressed || a.use == HostUse::CompressedSnapshot;
        if (compressed && a.start != b.start)
            return a.start > b.start; // a stream ends at the latest where the next one begins
        return a.use < b.use;
    }

    /// What a byte is for that the owners of both uses hold: the active state and a snapshot can
    /// have their own tables for the same data.
    HostUse together(HostUse first, HostUse other)
    {
        if (first == HostUse::Data && other == HostUse::DataSnapshot)
            return HostUse::DataShared;
        return first;
    }

} // namespace

HostLabels::HostLabels(std::shared_ptr<const Image> image, std::size_t mostOwners)
    : m_image(std::move(image))
    , m_mostOwners(std::max<std::size_t>(mostOwners, 2))
{
}

/// Collects the references around a place: all of them if they fit, else those of a stretch that
/// begins at or before `around` and holds it.
void HostLabels::collect(HostOffset around, const JobControl& job) const
{
    const auto scan = [&](std::uint64_t start) {
        m_collected = false;
        m_owners.clear();
        m_start = start;
        m_end = noEnd;
        m_endBefore = 0;
        const auto tidy = [&] {
            std::sort(m_owners.begin(), m_owners.end(),
                [](const HostOwner& a, const HostOwner& b) { return orderOf(a) < orderOf(b); });
            m_owners.erase(std::unique(m_owners.begin(), m_owners.end(),
                               [](const HostOwner& a, const HostOwner& b) {
                                   return orderOf(a) == orderOf(b);
                               }),
                m_owners.end());
        };
        m_image->scanOwners(
            [&](const HostOwner& owner) {
                const std::uint64_t ownerEnd = endOf(owner.start, owner.room);
                if (ownerEnd <= m_start) {
                    m_endBefore = std::max(m_endBefore, ownerEnd);
                    return;
                }
                if (owner.start.value >= m_end)
                    return;
                m_owners.push_back(owner);
                if (m_owners.size() < m_mostOwners)
                    return;
                tidy();
                if (m_owners.size() > m_mostOwners / 2) {
                    // The furthest are given up. Where more begin at one byte than there is room
                    // for, the stretch still goes on behind that byte.
                    m_end = std::max(m_owners[m_mostOwners / 2].start.value, m_start + 1);
                    m_owners.resize(m_mostOwners / 2);
                }
            },
            job);
        tidy();
        m_reach.resize(m_owners.size());
        std::uint64_t reach = 0;
        for (std::size_t i = 0; i < m_owners.size(); ++i)
            m_reach[i] = reach = std::max(reach, endOf(m_owners[i].start, m_owners[i].room));
        m_collected = true;
    };
    if (!m_collected) {
        scan(0);
        if (around.value < m_end)
            return;
    }
    // Half of the stretch lies before the place, so that scrolling back costs no scan at once.
    const std::uint64_t half = (m_end - m_start) / 2;
    scan(around.value > half ? around.value - half : 0);
    if (around.value >= m_end)
        scan(around.value);
}

void HostLabels::require(HostOffset at, const JobControl& job) const
{
    if (!m_collected || at.value < m_start || at.value >= m_end)
        collect(at, job);
}

/// The owners that touch [from, end), which has been collected.
std::vector<HostOwner> HostLabels::owners(HostOffset from, HostOffset end) const
{
    std::vector<HostOwner> result;
    const auto first = std::upper_bound(m_reach.begin(), m_reach.end(), from.value);
    for (auto i = static_cast<std::size_t>(first - m_reach.begin());
         i < m_owners.size() && m_owners[i].start < end; ++i) {
        if (endOf(m_owners[i].start, m_owners[i].room) > from.value)
            result.push_back(m_owners[i]);
    }
    return result;
}

std::vector<HostOwner> HostLabels::ownersAt(HostOffset at, const JobControl& job) const
{
    const std::lock_guard lock{m_mutex};
    require(at, job);
    auto found = owners(at, at + Bytes{1});
    std::stable_sort(found.begin(), found.end(),
        [&](const HostOwner& a, const HostOwner& b) { return tellsMore(a, b, at.value); });
    return found;
}

std::vector<HostLabel> HostLabels::labelsOf(
    HostOffset from, Bytes length, const JobControl& job) const
{
    const std::lock_guard lock{m_mutex};
    const std::uint64_t end = std::min(endOf(from, length), m_image->file().size().value);
    std::vector<HostLabel> labels;
    for (std::uint64_t at = from.value; at < end;) {
        job.checkStop();
        require(HostOffset{at}, job);
        const std::uint64_t stop = std::min(end, m_end);
        auto touching = owners(HostOffset{at}, HostOffset{stop});
        if (touching.size() > mostTouching)
            touching.resize(mostTouching);
        std::vector<std::uint64_t> edges{at, stop};
        for (const HostOwner& owner : touching) {
            for (const std::uint64_t edge : {owner.start.value, endOf(owner.start, owner.length),
                     endOf(owner.start, owner.room)}) {
                if (edge > at && edge < stop)
                    edges.push_back(edge);
            }
        }
        std::sort(edges.begin(), edges.end());
        edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
        for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
            job.checkStop();
            const std::uint64_t start = edges[i];
            const HostOwner* best = nullptr;
            std::size_t count = 0;
            HostUse use = HostUse::Free;
            for (const HostOwner& owner : touching) {
                if (owner.start.value > start || endOf(owner.start, owner.room) <= start)
                    continue;
                ++count;
                if (!best || tellsMore(owner, *best, start))
                    best = &owner;
            }
            if (!best) {
                addUnowned(labels, start, edges[i + 1]);
                continue;
            }
            use = best->use;
            for (const HostOwner& owner : touching) {
                if (owner.start.value <= start && endOf(owner.start, owner.room) > start)
                    use = together(use, owner.use);
            }
            HostOwner told = *best;
            told.use = use;
            addOwned(labels, start, edges[i + 1], told, count - 1);
        }
        at = stop;
    }
    return labels;
}

void HostLabels::addUnowned(
    std::vector<HostLabel>& labels, std::uint64_t from, std::uint64_t end) const
{
    // The gap as a whole: formats judge it by its length or by the cluster that it lies in.
    const auto next = std::lower_bound(m_owners.begin(), m_owners.end(), from,
        [](const HostOwner& owner, std::uint64_t at) { return owner.start.value < at; });
    const auto before = next - m_owners.begin();
    const std::uint64_t gapStart
        = before > 0 ? m_reach[static_cast<std::size_t>(before) - 1] : m_endBefore;
    const std::uint64_t gapEnd = std::min(
        m_image->file().size().value, next == m_owners.end() ? m_end : next->start.value);
    while (from < end) {
        const UnownedRange range
            = m_image->unownedAt(HostOffset{from}, HostOffset{gapStart}, HostOffset{gapEnd});
        HostLabel label;
        label.start = HostOffset{from};
        label.use = range.use;
        label.isRest = range.use != HostUse::Free && range.use != HostUse::Leaked;
        from = std::min(end, std::max(range.end.value, from + 1));
        label.length = Bytes{from - label.start.value};
        if (!labels.empty() && labels.back().structure.empty() && labels.back().use == label.use
            && labels.back().end() == label.start)
            labels.back().length += label.length;
        else
            labels.push_back(std::move(label));
    }
}

void HostLabels::addOwned(std::vector<HostLabel>& labels, std::uint64_t from, std::uint64_t end,
    const HostOwner& owner, std::size_t others) const
{
    auto structures = m_image->describeOwner(owner, HostOffset{from}, Bytes{end - from});
    const StructureMark whole = structures.front();
    HostOffset entry = owner.entry;
    const auto indexOf = [&](const StructureMark& part, const FieldMark& field) -> std::size_t {
        // Of a table only the entries of the window were described.
        if (&part == &whole && owner.use != HostUse::Header && field.length.value)
            return (field.at.value - part.at.value) / field.length.value;
        return static_cast<std::size_t>(&field - part.fields.data());
    };
    const auto put = [&](std::uint64_t to, const StructureMark& part, const FieldMark* field) {
        if (to <= from)
            return;
        HostLabel label;
        label.start = HostOffset{from};
        label.length = Bytes{to - from};
        label.use = owner.use;
        label.structure = part.name;
        label.structureAt = part.at;
        label.structureLength = part.length;
        label.note = part.note;
        label.entry = entry;
        label.others = others;
        label.isRest = from >= endOf(owner.start, owner.length);
        if (field) {
            label.field = *field;
            label.fieldIndex = indexOf(part, *field);
            label.guest = field->guest;
        } else if (isData(owner.use) && owner.guest && !label.isRest) {
            const bool inPlace
                = owner.use != HostUse::Compressed && owner.use != HostUse::CompressedSnapshot;
            label.guest = inPlace ? *owner.guest + Bytes{from - owner.start.value} : *owner.guest;
        }
        labels.push_back(std::move(label));
        from = to;
    };
    // Parts by rising place; what a hostile image lays over each other is told once, for the first.
    std::stable_sort(structures.begin() + 1, structures.end(),
        [](const StructureMark& a, const StructureMark& b) { return a.at < b.at; });
    const auto fieldsOf = [&](const StructureMark& part) {
        for (const FieldMark& field : part.fields) {
            const std::uint64_t start = std::min(field.at.value, end);
            const std::uint64_t stop = std::min(endOf(field.at, field.length), end);
            if (stop <= from)
                continue;
            put(start, part, nullptr);
            put(stop, part, &field);
        }
    };
    if (isData(owner.use) && owner.entryStep.value && m_image->clusterSize()) {
        // Each cluster of a run has an entry of its own.
        const std::uint64_t cluster = m_image->clusterSize()->value;
        while (from < endOf(owner.start, owner.length) && from < end) {
            const std::uint64_t index = (from - owner.start.value) / cluster;
            entry = owner.entry + owner.entryStep * index;
            const std::uint64_t next = from - (from - owner.start.value) % cluster;
            put(std::min(end, endOf(HostOffset{next}, Bytes{cluster})), whole, nullptr);
        }
    }
    fieldsOf(whole);
    for (auto part = structures.begin() + 1; part != structures.end(); ++part) {
        put(std::min(part->at.value, end), whole, nullptr);
        fieldsOf(*part);
        put(std::min(endOf(part->at, part->length), end), *part, nullptr);
    }
    put(end, whole, nullptr);
}

} // namespace platter
