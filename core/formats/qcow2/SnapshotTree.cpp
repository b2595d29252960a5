// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/SnapshotTree.h"

#include "core/formats/qcow2/EntryWalk.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>
#include <tuple>
#include <unordered_map>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t mostBirths = 24; ///< candidates of which the state holds something
    constexpr std::size_t mostOthers = 16; ///< later candidates of which it holds nothing
    constexpr std::size_t mostAlike = 64; ///< states of the same content whose clocks are compared
    constexpr std::size_t l1CacheBytes = std::size_t{4} << 20;

    /// What one thread needs again and again.
    struct Workspace {
        std::vector<std::byte> first;
        std::vector<std::byte> second;
        std::vector<std::byte> third;
        std::deque<std::pair<std::uint32_t, std::shared_ptr<const L1Table>>> tables;
        std::size_t tableBytes = 0;
    };

    class Inference {
    public:
        Inference(const Qcow2Image& image, const DiskStates& states, const StateScan& scan,
            unsigned threads)
            : m_image(image)
            , m_geometry(image.geometry())
            , m_states(states)
            , m_scan(scan)
            , m_workspaces(threads)
        {
            for (std::uint32_t state = 0; state < states.count(); ++state) {
                if (states.sameL1As(state))
                    m_alike[scan.l1[state].content].push_back(state);
            }
            numberSnapshots();
        }

        StateParent parentOf(std::uint32_t state, unsigned worker)
        {
            StateParent parent;
            if (!m_states.sameL1As(state)) {
                parent.evidence = ParentEvidence::Unreadable;
                return parent;
            }
            if (state == 0) {
                parent.evidence = ParentEvidence::First;
                parent.percent = m_gaps == 0 ? 100 : 95;
                return parent;
            }
            Workspace& space = m_workspaces[worker];
            const auto l1 = l1Of(state, space);
            const std::set<std::uint32_t, std::greater<>> births = birthsIn(state, *l1, space);

            std::optional<std::uint32_t> kept;
            std::size_t tried = 0;
            for (const std::uint32_t birth : births) {
                if (++tried > mostBirths)
                    break;
                if (fits(state, *l1, birth, space) != Fit::No) {
                    kept = birth;
                    break;
                }
            }
            // Of those of which nothing is left, in falling order of likelihood and of age: one of
            // the same size; one of another size; one of which a shrinking cut something off.
            std::optional<std::uint32_t> later;
            std::optional<std::uint32_t> resized;
            std::optional<std::uint32_t> cut;
            const std::uint32_t lowest = kept ? *kept + 1 : 0;
            tried = 0;
            for (std::uint32_t other = state; other-- > lowest && tried < mostOthers;) {
                if (births.count(other) != 0)
                    continue; // was tried above
                if (kept && m_states.diskSize(state) == m_states.diskSize(*kept)
                    && m_states.diskSize(state) != m_states.diskSize(other))
                    continue; // would have been resized and resized back
                ++tried;
                const Fit fit = m_states.sameL1As(other) ? fits(state, *l1, other, space) : Fit::No;
                if (fit == Fit::Yes && m_states.diskSize(state) == m_states.diskSize(other)) {
                    later = other;
                    break;
                }
                if (fit == Fit::Yes && !resized)
                    resized = other;
                // With something kept there is a likelier story than a disk made smaller and large
                // again.
                if (fit == Fit::IfCutOff && !cut && !kept)
                    cut = other;
            }
            if (!later)
                later = resized;
            // If all that were ever taken are there, one of them must be the parent.
            if (!later && m_gaps == 0)
                later = cut;
            return chosen(state, kept, later, space);
        }

        /// What a deleted snapshot had made counts as made by the first that is left of those that
        /// went on from it. So if one is missing between a parent and its own parent, the state may
        /// have gone on from the missing one.
        void doubtWhatMayBeDeleted(std::vector<StateParent>& parents) const
        {
            for (StateParent& parent : parents) {
                if (parent.evidence == ParentEvidence::KeepsItsClusters
                    && mayBeMissing(parents[*parent.snapshot].snapshot, *parent.snapshot))
                    parent.percent = std::min(parent.percent, 96U);
            }
        }

    private:
        /// QEMU numbers snapshots from 1 on, so that a gap tells of deleted ones.
        void numberSnapshots()
        {
            std::uint64_t last = 0;
            for (const SnapshotInfo& snapshot : m_image.snapshots()) {
                std::uint64_t number = 0;
                const char* end = snapshot.id.data() + snapshot.id.size();
                const auto [at, error] = std::from_chars(snapshot.id.data(), end, number);
                const bool isNext = error == std::errc{} && at == end && number == last + 1;
                m_gaps += isNext ? 0U : 1U;
                m_gapsUpTo.push_back(m_gaps);
                last = number;
            }
        }

        /// Whether a snapshot may have been deleted after `first` was taken, or since the
        /// beginning, and before `last` was.
        bool mayBeMissing(std::optional<std::size_t> first, std::size_t last) const
        {
            return m_gapsUpTo[last] != (first ? m_gapsUpTo[*first] : 0U);
        }

        StateParent chosen(std::uint32_t state, std::optional<std::uint32_t> kept,
            std::optional<std::uint32_t> later, Workspace& space)
        {
            const auto contentOf = [&](std::uint32_t which) { return m_scan.l1[which].content; };
            StateParent parent;
            if (kept && (!later || contentOf(*later) == contentOf(*kept))) {
                parent.snapshot = latestAlike(*kept, state);
                const bool isOnly
                    = *parent.snapshot == *kept && m_alike.at(contentOf(*kept)).front() == *kept;
                parent.evidence
                    = isOnly ? ParentEvidence::KeepsItsClusters : ParentEvidence::SameContent;
                parent.percent = isOnly ? 99 : *parent.snapshot + 1 == state ? 80 : 60;
                return parent;
            }
            if (later) {
                if (kept && agreesWith(state, *later, *kept, space)) {
                    parent.snapshot = latestAlike(*later, state);
                    parent.evidence = ParentEvidence::KeepsItsClusters;
                    parent.percent = 90;
                    return parent;
                }
                if (kept && wasRolledBackTo(*kept, space) && wentOnInOrder(*later, space)) {
                    parent.snapshot = *kept;
                    parent.evidence = ParentEvidence::KeepsItsClusters;
                    parent.percent = 60;
                    return parent;
                }
                parent.snapshot = latestAlike(*later, state);
                parent.evidence = ParentEvidence::OnlyOrder;
                parent.percent = *parent.snapshot + 1 == state ? 80 : 60;
                return parent;
            }
            parent.evidence = ParentEvidence::NothingFits;
            parent.percent = 95;
            return parent;
        }

        /// Of the states of the same content as `like` that are older than `state`: the one with
        /// the latest VM clock that is not later than the state's, and of equals the latest.
        std::uint32_t latestAlike(std::uint32_t like, std::uint32_t state) const
        {
            const auto& alike = m_alike.at(m_scan.l1[like].content);
            const auto clockOf = [&](std::uint32_t which) {
                return which == m_states.now() ? ~std::uint64_t{0}
                                               : m_image.snapshots()[which].vmClockNanoseconds;
            };
            const auto rankOf = [&](std::uint32_t which) {
                const bool fitsClock = clockOf(which) <= clockOf(state);
                return std::tuple{fitsClock, fitsClock ? clockOf(which) : 0, which};
            };
            std::uint32_t best = like;
            auto at = std::lower_bound(alike.begin(), alike.end(), state);
            for (std::size_t i = 0; at != alike.begin() && i < mostAlike; ++i) {
                if (rankOf(*--at) > rankOf(best))
                    best = *at;
            }
            return best;
        }

        /// Whether QEMU has cleared flags in the snapshot's L1 table that must have been there: the
        /// L2 tables that it was the first to have were its own when it was taken.
        bool wasRolledBackTo(std::uint32_t state, Workspace& space)
        {
            if (m_scan.l1[state].hasCopied)
                return false;
            const auto l1 = l1Of(state, space);
            const std::uint64_t end = m_states.diskEntries(state, *l1);
            for (std::uint64_t i = 0; i < end; ++i) {
                const auto table = m_states.tableOf((*l1)[i]);
                if (table && birthOf(*table) == state)
                    return true;
            }
            return false;
        }

        /// Whether `state` has an entry as `later` has it and `kept` has not: compressed clusters
        /// and entries that read as zeros have no birth, but they are inherited too.
        bool agreesWith(
            std::uint32_t state, std::uint32_t later, std::uint32_t kept, Workspace& space)
        {
            const auto mine = l1Of(state, space);
            const auto theirs = l1Of(later, space);
            const auto old = l1Of(kept, space);
            const std::size_t width = m_geometry.entryBytes();
            const std::uint64_t end = m_states.diskEntries(state, *mine);
            for (std::uint64_t i = 0; i < end; ++i) {
                const auto table = m_states.tableOf((*mine)[i]);
                const auto laterTable = m_states.tableOf((*theirs)[i]);
                const auto oldTable = m_states.tableOf((*old)[i]);
                if (!table || !laterTable || table == oldTable || laterTable == oldTable)
                    continue;
                read(*table, space.first);
                read(*laterTable, space.second);
                if (oldTable)
                    read(*oldTable, space.third);
                else
                    space.third.assign(space.first.size(), std::byte{0});
                for (std::size_t at = 0; at + width <= space.first.size(); at += width) {
                    if (sameEntry(space.first, space.second, at)
                        && !sameEntry(space.first, space.third, at))
                        return true;
                }
            }
            return false;
        }

        /// Whether the entries at `at` of two tables say the same.
        bool sameEntry(const std::vector<std::byte>& table, const std::vector<std::byte>& other,
            std::size_t at) const
        {
            const auto word = [&](const std::vector<std::byte>& from, std::size_t place) {
                return loadBig<std::uint64_t>(from.data() + place);
            };
            return ((word(table, at) ^ word(other, at)) & ~entry::copied) == 0
                && (!m_geometry.extended || word(table, at + 8) == word(other, at + 8));
        }

        /// Whether a state may have gone on from the one made right before it. If not, something
        /// was rolled back to in between, which is then explained.
        bool wentOnInOrder(std::uint32_t state, Workspace& space)
        {
            return state == 0 || fits(state, *l1Of(state, space), state - 1, space) != Fit::No;
        }

        std::optional<std::uint32_t> birthOf(HostOffset at) const
        {
            const auto holders = m_scan.owners->holdersOf(m_geometry.cluster.clusterOf(at).index);
            if (!holders)
                return {};
            return holders->first;
        }

        std::shared_ptr<const L1Table> l1Of(std::uint32_t state, Workspace& space)
        {
            for (const auto& [known, table] : space.tables) {
                if (known == state)
                    return table;
            }
            auto table = std::make_shared<const L1Table>(m_states.l1Of(state));
            space.tableBytes += table->entries.size() * 8;
            space.tables.emplace_front(state, table);
            while (space.tableBytes > l1CacheBytes && space.tables.size() > 2) {
                space.tableBytes -= space.tables.back().second->entries.size() * 8;
                space.tables.pop_back();
            }
            return table;
        }

        void read(HostOffset at, std::vector<std::byte>& into) const
        {
            into.resize(m_geometry.cluster.bytes().value);
            m_image.file().readPadded(at, into);
        }

        /// Where something of the disk in `state` was born, apart from the state itself.
        std::set<std::uint32_t, std::greater<>> birthsIn(
            std::uint32_t state, const L1Table& l1, Workspace& space)
        {
            std::set<std::uint32_t, std::greater<>> births;
            std::uint32_t last = state;
            const auto add = [&](std::optional<std::uint32_t> birth) {
                if (birth && *birth != last && *birth < state) {
                    births.insert(*birth);
                    last = *birth;
                }
            };
            const std::uint64_t end = m_states.diskEntries(state, l1);
            for (std::uint64_t i = 0; i < end; ++i) {
                const auto table = m_states.tableOf(l1[i]);
                if (!table)
                    continue;
                const auto birth = birthOf(*table);
                add(birth);
                if (birth && *birth < state)
                    continue; // all that it leads to is at least as old
                read(*table, space.first);
                walkEntries(m_geometry, space.first, 0, [&](const EntryRun& run) {
                    if (run.type != EntryType::Normal && run.type != EntryType::ZeroAllocated)
                        return true;
                    for (std::uint64_t n = 0; n < run.count; ++n)
                        add(birthOf(
                            HostOffset{run.word & entry::offset} + m_geometry.cluster.bytes() * n));
                    return true;
                });
            }
            return births;
        }

        /// Collects what speaks against a parent.
        struct Doubts {
            bool emptyMayBeLost = false; ///< the disk was resized in between
            bool sawEmpty = false; ///< the state has nothing where the candidate has an entry
            bool contradicted = false;

            void nothingHere()
            {
                sawEmpty = true;
                contradicted = contradicted || !emptyMayBeLost;
            }
            /// Something that both have lies behind: what is empty before was not cut off.
            void bothHave() { contradicted = contradicted || sawEmpty; }
        };

        enum class Fit {
            No,
            IfCutOff, ///< if the disk was made smaller in between, so that its end was lost
            Yes,
        };

        /// Whether `state` may have gone on from `candidate`.
        Fit fits(std::uint32_t state, const L1Table& l1, std::uint32_t candidate, Workspace& space)
        {
            if (!m_states.sameL1As(candidate))
                return Fit::No;
            const auto other = l1Of(candidate, space);
            Doubts doubts;
            doubts.emptyMayBeLost = m_states.diskSize(state) != m_states.diskSize(candidate);
            const std::uint64_t end = std::max(
                m_states.diskEntries(state, l1), m_states.diskEntries(candidate, *other));
            const std::uint64_t both
                = std::min(m_states.diskSize(state), m_states.diskSize(candidate)).value;
            const std::uint64_t coverage = m_geometry.tableCoverage().value;
            for (std::uint64_t i = 0; i < end && i * coverage < both && !doubts.contradicted; ++i) {
                const auto mine = m_states.tableOf(l1[i]);
                const auto theirs = m_states.tableOf((*other)[i]);
                if (mine == theirs) {
                    if (mine)
                        doubts.bothHave();
                } else if (!mine) {
                    doubts.nothingHere();
                } else {
                    const auto birth = birthOf(*mine);
                    if (birth && *birth <= candidate)
                        return Fit::No;
                    compareTables(*mine, theirs, candidate, both - i * coverage, doubts, space);
                }
            }
            if (doubts.contradicted)
                return Fit::No;
            return doubts.sawEmpty ? Fit::IfCutOff : Fit::Yes;
        }

        /// Whether a subcluster has data or reads as zeros in the second table and has nothing in
        /// the first: discarding makes zeros of it.
        bool losesSubclusters(const Workspace& space, std::size_t at) const
        {
            const auto has = [&](const std::vector<std::byte>& table) {
                if (m_geometry.typeOf(loadBig<std::uint64_t>(table.data() + at))
                    == EntryType::Compressed)
                    return ~std::uint32_t{0};
                const auto bits = loadBig<std::uint64_t>(table.data() + at + 8);
                return static_cast<std::uint32_t>(bits | bits >> 32);
            };
            return (has(space.second) & ~has(space.first)) != 0;
        }

        void compareTables(HostOffset mine, std::optional<HostOffset> theirs,
            std::uint32_t candidate, std::uint64_t guestBytes, Doubts& doubts, Workspace& space)
        {
            read(mine, space.first);
            if (theirs)
                read(*theirs, space.second);
            else
                space.second.assign(space.first.size(), std::byte{0});
            const unsigned width = m_geometry.entryBytes();
            const std::uint64_t entries = std::min(
                m_geometry.entriesPerTable(), m_geometry.cluster.clustersFor(Bytes{guestBytes}));
            for (std::uint64_t i = 0; i < entries && !doubts.contradicted; ++i) {
                const auto word = loadBig<std::uint64_t>(space.first.data() + i * width);
                const auto old = loadBig<std::uint64_t>(space.second.data() + i * width);
                if (m_geometry.extended && losesSubclusters(space, i * width))
                    doubts.nothingHere();
                if (((word ^ old) & ~entry::copied) == 0) {
                    if (const auto type = m_geometry.typeOf(word);
                        type != EntryType::Unallocated && type != EntryType::ZeroPlain)
                        doubts.bothHave();
                    continue;
                }
                switch (m_geometry.typeOf(word)) {
                case EntryType::Normal:
                case EntryType::ZeroAllocated: {
                    const HostOffset host{word & entry::offset};
                    const bool stays = m_geometry.typeOf(old) != EntryType::Compressed
                        && (old & entry::offset) == host.value;
                    if (stays) {
                        doubts.bothHave();
                    } else if (const auto birth = birthOf(host); birth && *birth <= candidate) {
                        doubts.contradicted = true;
                    }
                    break;
                }
                case EntryType::Unallocated:
                    // NOTE(spec): in version 2 a discarded cluster has no entry any more.
                    if (m_geometry.version >= 3 && !m_geometry.extended)
                        doubts.nothingHere();
                    break;
                case EntryType::Compressed: // host clusters are filled by several: no birth
                case EntryType::ZeroPlain: break;
                }
            }
        }

        const Qcow2Image& m_image;
        const Geometry& m_geometry;
        const DiskStates& m_states;
        const StateScan& m_scan;
        std::vector<Workspace> m_workspaces;
        std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> m_alike; ///< by content
        std::vector<std::uint32_t> m_gapsUpTo; ///< gaps in the numbers up to each snapshot
        std::uint32_t m_gaps = 0; ///< among all
    };

} // namespace

std::vector<StateParent> inferParents(const Qcow2Image& image, const DiskStates& states,
    const StateScan& scan, unsigned threads, const JobControl& job)
{
    Inference inference{image, states, scan, threads};
    std::vector<StateParent> parents(states.count());
    parallelFor(states.count(), threads, job, [&](unsigned worker, std::size_t state) {
        parents[state] = inference.parentOf(static_cast<std::uint32_t>(state), worker);
    });
    inference.doubtWhatMayBeDeleted(parents);
    return parents;
}

} // namespace platter::qcow2
