// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Compare.h"

#include "core/formats/ImageWriter.h"
#include "core/io/DiskFile.h"
#include "core/io/IoBytes.h"
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
        IoBytes firstBytes = IoBytes(mostAtOnce);
        IoBytes secondBytes = IoBytes(mostAtOnce);
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

    /// The files that the layers of a disk keep guest bytes in, told apart by what they are, not
    /// by who opened them.
    class LayerFiles {
    public:
        explicit LayerFiles(const VirtualDisk& disk)
        {
            for (const OpenedImage& layer : disk.chain().layers) {
                const ByteFile& file = layer.image->guestDataFile();
                const auto* const onDisk = dynamic_cast<const DiskFile*>(&file);
                m_files.push_back(
                    {&file, onDisk ? std::optional{onDisk->identity()} : std::nullopt});
            }
        }
        /// Reads what `entry` says of the disk from `at` on.
        void read(const VirtualDisk& disk, const GuestMapEntry& entry, GuestOffset at,
            std::span<std::byte> buffer) const
        {
            if (entry.data && entry.offset) // where it lies is known: it is not looked up again
                m_files[entry.depth].file->readPadded(*entry.offset + (at - entry.start), buffer);
            else
                disk.read(at, buffer);
        }
        /// Whether layer `index` keeps its bytes in the same file as layer `otherIndex` of `other`.
        bool isSame(std::size_t index, const LayerFiles& other, std::size_t otherIndex) const
        {
            const File& mine = m_files[index];
            const File& theirs = other.m_files[otherIndex];
            return mine.file == theirs.file || (mine.identity && mine.identity == theirs.identity);
        }

    private:
        struct File {
            const ByteFile* file;
            std::optional<DiskFile::Identity> identity;
        };
        std::vector<File> m_files;
    };

    class Comparison {
    public:
        Comparison(const VirtualDisk& first, const VirtualDisk& second,
            const CompareOptions& options, const JobControl& job)
            : m_first(first)
            , m_second(second)
            , m_firstFiles(first)
            , m_secondFiles(second)
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
                if (!(a->zero && b->zero) && !areSameBytes(*a, *b)
                    && !compareBytes(at, stop, *a, *b, space))
                    return;
                at = GuestOffset{stop};
            }
        }

        /// Whether two entries that overlap lead to one place of one file.
        bool areSameBytes(const GuestMapEntry& a, const GuestMapEntry& b) const
        {
            // The places of the disk's first byte, were all of it stored in one piece. They may lie
            // before the file: unsigned numbers wrap and stay comparable.
            return a.data && b.data && a.offset && b.offset
                && a.offset->value - a.start.value == b.offset->value - b.start.value
                && m_firstFiles.isSame(a.depth, m_secondFiles, b.depth);
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
                if (!a.zero)
                    m_firstFiles.read(m_first, a, at, firstBytes);
                if (!b.zero)
                    m_secondFiles.read(m_second, b, at, secondBytes);
                if (const auto place = firstDifference(a, firstBytes, b, secondBytes)) {
                    m_earliest.found(CompareResult::Outcome::ContentDiffers, at + Bytes{*place});
                    return false;
                }
                at += Bytes{length};
            }
            return true;
        }

        /// Bytes that read as zeros were not read.
        static std::optional<std::size_t> firstDifference(const GuestMapEntry& a,
            std::span<const std::byte> first, const GuestMapEntry& b,
            std::span<const std::byte> second)
        {
            if (a.zero || b.zero) {
                const auto bytes = a.zero ? second : first;
                if (isZero(bytes))
                    return std::nullopt;
                const auto place = std::find_if(bytes.begin(), bytes.end(),
                    [](std::byte byte) { return byte != std::byte{0}; });
                return place - bytes.begin();
            }
            if (std::memcmp(first.data(), second.data(), first.size()) == 0)
                return std::nullopt;
            return std::mismatch(first.begin(), first.end(), second.begin()).first - first.begin();
        }

        const VirtualDisk& m_first;
        const VirtualDisk& m_second;
        LayerFiles m_firstFiles;
        LayerFiles m_secondFiles;
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
