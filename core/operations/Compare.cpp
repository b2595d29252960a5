// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Compare.h"

#include "core/jobs/ParallelFor.h"
#include "core/operations/GuestMap.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

namespace platter {

namespace {

    constexpr std::uint64_t mostAtOnce = 1ULL << 20; // bytes read from each disk in one step

    using Entries = std::vector<GuestMapEntry>;

    /// What one thread needs again for each window.
    struct Workspace {
        Entries first;
        Entries second;
        std::vector<std::byte> firstBytes = std::vector<std::byte>(mostAtOnce);
        std::vector<std::byte> secondBytes = std::vector<std::byte>(mostAtOnce);
    };

    /// The earliest difference that any thread has found.
    class Earliest {
    public:
        bool isBefore(GuestOffset at) const { return m_at <= at.value; }
        void found(CompareResult::Outcome outcome, GuestOffset at)
        {
            const std::lock_guard lock{m_mutex};
            if (at.value < m_at) {
                m_at = at.value;
                m_outcome = outcome;
            }
        }
        CompareResult::Outcome outcome() const { return m_outcome; }
        GuestOffset at() const
        {
            return {m_outcome == CompareResult::Outcome::Same ? 0 : m_at.load()};
        }

    private:
        std::mutex m_mutex;
        std::atomic<std::uint64_t> m_at{~std::uint64_t{0}};
        CompareResult::Outcome m_outcome = CompareResult::Outcome::Same;
    };

    /// The map of a window; what lies past the end of the disk counts as zeros.
    void mapWindow(const VirtualDisk& disk, GuestOffset start, std::uint64_t end, Entries& entries,
        const JobControl& job)
    {
        entries.clear();
        const std::uint64_t stop = std::min(end, disk.size().value);
        if (start.value < stop)
            guestMap(
                disk, start, Bytes{stop - start.value},
                [&](const GuestMapEntry& entry) { entries.push_back(entry); }, job);
        const std::uint64_t rest = std::max(start.value, stop);
        if (rest < end) {
            GuestMapEntry beyond;
            beyond.start = GuestOffset{rest};
            beyond.length = Bytes{end - rest};
            beyond.zero = true;
            entries.push_back(beyond);
        }
    }

    bool storedAlike(const GuestMapEntry& a, const GuestMapEntry& b)
    {
        return a.present == b.present && a.zero == b.zero && a.data == b.data
            && a.compressed == b.compressed && a.offset.has_value() == b.offset.has_value();
    }

    class Comparison {
    public:
        Comparison(const VirtualDisk& first, const VirtualDisk& second,
            const CompareOptions& options, const JobControl& job)
            : m_first(first)
            , m_second(second)
            , m_strict(options.mode == CompareOptions::Mode::Strict)
            , m_threads(options.threads ? options.threads : defaultThreads())
            , m_end(std::max(first.size().value, second.size().value))
            , m_job(job)
            , m_workspaces(m_threads)
        {
        }

        void run()
        {
            const std::vector<std::uint64_t> windows = windowsToCompare();
            parallelFor(windows.size(), m_threads, m_job, [&](unsigned worker, std::size_t index) {
                compareWindow(windows[index], m_workspaces[worker]);
            });
        }
        const Earliest& earliest() const { return m_earliest; }

    private:
        /// All windows if how zeros are stored matters, else those where a disk has content.
        std::vector<std::uint64_t> windowsToCompare() const
        {
            std::vector<std::uint64_t> windows;
            if (m_strict) {
                for (std::uint64_t at = 0; at < m_end; at += guestWindow.value)
                    windows.push_back(at / guestWindow.value);
                return windows;
            }
            const auto first = windowsWithContent(m_first, m_job);
            const auto second = windowsWithContent(m_second, m_job);
            std::set_union(first.begin(), first.end(), second.begin(), second.end(),
                std::back_inserter(windows));
            return windows;
        }

        void compareWindow(std::uint64_t window, Workspace& space)
        {
            const GuestOffset start{window * guestWindow.value};
            if (m_earliest.isBefore(start))
                return;
            const JobControl quiet{m_job.stop, {}};
            const std::uint64_t end = std::min(m_end, start.value + guestWindow.value);
            mapWindow(m_first, start, end, space.first, quiet);
            mapWindow(m_second, start, end, space.second, quiet);
            auto a = space.first.begin();
            auto b = space.second.begin();
            for (GuestOffset at = start; at.value < end;) {
                while ((a->start + a->length) <= at)
                    ++a;
                while ((b->start + b->length) <= at)
                    ++b;
                const std::uint64_t stop
                    = std::min({(a->start + a->length).value, (b->start + b->length).value, end});
                if (m_strict && !storedAlike(*a, *b)) {
                    m_earliest.found(CompareResult::Outcome::AllocationDiffers, at);
                    return;
                }
                if (!(a->zero && b->zero) && !compareBytes(at, stop, *a, *b, space))
                    return;
                at = GuestOffset{stop};
            }
        }

        /// @returns whether they are the same
        bool compareBytes(GuestOffset at, std::uint64_t end, const GuestMapEntry& a,
            const GuestMapEntry& b, Workspace& space)
        {
            while (at.value < end) {
                m_job.checkStop();
                const std::size_t length = std::min(mostAtOnce, end - at.value);
                const auto firstBytes = std::span{space.firstBytes}.first(length);
                const auto secondBytes = std::span{space.secondBytes}.first(length);
                readOrZero(m_first, a, at, firstBytes);
                readOrZero(m_second, b, at, secondBytes);
                if (std::memcmp(firstBytes.data(), secondBytes.data(), length) != 0) {
                    const auto place
                        = std::mismatch(firstBytes.begin(), firstBytes.end(), secondBytes.begin());
                    m_earliest.found(CompareResult::Outcome::ContentDiffers,
                        at + Bytes{static_cast<std::uint64_t>(place.first - firstBytes.begin())});
                    return false;
                }
                at += Bytes{length};
            }
            return true;
        }

        static void readOrZero(const VirtualDisk& disk, const GuestMapEntry& entry, GuestOffset at,
            std::span<std::byte> buffer)
        {
            if (entry.zero)
                std::fill(buffer.begin(), buffer.end(), std::byte{0});
            else
                disk.read(at, buffer);
        }

        const VirtualDisk& m_first;
        const VirtualDisk& m_second;
        bool m_strict;
        unsigned m_threads;
        std::uint64_t m_end; ///< guest bytes
        const JobControl& m_job;
        std::vector<Workspace> m_workspaces;
        Earliest m_earliest;
    };

} // namespace

CompareResult compareDisks(const VirtualDisk& first, const VirtualDisk& second,
    const CompareOptions& options, const JobControl& job)
{
    CompareResult result;
    result.sizesDiffer = first.size() != second.size();
    if (result.sizesDiffer && options.mode == CompareOptions::Mode::Strict) {
        result.outcome = CompareResult::Outcome::SizeDiffers;
        return result;
    }
    Comparison comparison{first, second, options, job};
    comparison.run();
    result.outcome = comparison.earliest().outcome();
    result.at = comparison.earliest().at();
    return result;
}

} // namespace platter
