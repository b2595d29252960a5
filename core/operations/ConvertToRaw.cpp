// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ConvertToRaw.h"

#include "core/formats/ImageWriter.h"
#include "core/io/IoBytes.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/Convert.h"
#include "core/operations/GuestMap.h"
#include "core/operations/resume/RunLog.h"

#include <algorithm>
#include <mutex>

namespace platter {

namespace {

    constexpr std::uint64_t mostAtOnce = 1ULL << 20; // bytes read in one step
    constexpr std::uint64_t smallestBlock = 4096; // file systems store no smaller holes

    /// Writes the blocks of `bytes` that are not all zeros, neighbours in one call.
    void writeSparsely(
        ByteFile& file, std::uint64_t at, std::span<const std::byte> bytes, std::uint64_t block)
    {
        std::size_t start = 0; // of the blocks to write
        std::size_t end = 0;
        const auto flush = [&] {
            if (start < end)
                file.write(HostOffset{at + start}, bytes.subspan(start, end - start));
        };
        for (std::size_t place = 0; place < bytes.size();) {
            const std::size_t next
                = std::min<std::uint64_t>(bytes.size(), ((at + place) / block + 1) * block - at);
            if (!isZero(bytes.subspan(place, next - place))) {
                if (end != place) {
                    flush();
                    start = place;
                }
                end = next;
            }
            place = next;
        }
        flush();
    }

    struct Range {
        GuestOffset start{};
        GuestOffset end{};
    };

    /// Has `file` share the blocks of `entry` if they lie in one of the files `shared`. @returns
    /// those; none: an empty range at its end
    Range shareBlocks(const VirtualDisk& disk, ByteFile& file,
        const std::vector<const ByteFile*>& shared, const GuestMapEntry& entry)
    {
        const GuestOffset entryEnd = entry.start + entry.length;
        const Range none{entryEnd, entryEnd};
        if (!entry.offset
            || entry.start.value % smallestBlock != entry.offset->value % smallestBlock)
            return none;
        const ByteFile& source = disk.chain().layers[entry.depth].image->guestDataFile();
        if (std::find(shared.begin(), shared.end(), &source) == shared.end())
            return none;
        const GuestOffset start{
            (entry.start.value + smallestBlock - 1) / smallestBlock * smallestBlock};
        const GuestOffset end{entryEnd.value / smallestBlock * smallestBlock};
        if (start >= end
            || !file.shareFrom(HostOffset{start.value}, source,
                *entry.offset + (start - entry.start), end - start))
            return none;
        return {start, end};
    }

    std::vector<std::uint64_t> allWindows(const VirtualDisk& disk)
    {
        std::vector<std::uint64_t> windows;
        for (std::uint64_t at = 0; at < disk.size().value; at += guestWindow.value)
            windows.push_back(at / guestWindow.value);
        return windows;
    }

    /// Tells a log of windows that are done in any order. Thread-safe.
    class WindowLog {
    public:
        WindowLog(const std::vector<std::uint64_t>& windows, RunLog& log)
            : m_windows(windows)
            , m_log(log)
            , m_isDone(windows.size())
        {
            for (const std::uint64_t window : windows)
                m_log.plan(window);
        }
        /// Those that an earlier run has done. @returns how many
        std::size_t catchUp()
        {
            if (m_log.earlier() > m_windows.size())
                throw EarlierRunDiffers{};
            while (m_next < m_log.earlier())
                pass();
            m_log.caughtUp({m_next, m_windows.size()});
            return m_next;
        }
        void done(std::size_t index)
        {
            const std::lock_guard lock{m_mutex};
            m_isDone[index] = true;
            if (index != m_next)
                return;
            while (m_next < m_windows.size() && m_isDone[m_next])
                pass();
            m_log.checkpoint([] {});
        }

    private:
        void pass()
        {
            m_log.plan(m_windows[m_next++]);
            m_log.passed();
        }

        const std::vector<std::uint64_t>& m_windows;
        RunLog& m_log;
        std::mutex m_mutex;
        std::vector<bool> m_isDone;
        std::size_t m_next = 0; ///< the first window that is not done
    };

} // namespace

void writeRaw(const VirtualDisk& disk, ByteFile& file, const ConvertToRawOptions& options,
    const JobControl& job, RunLog* log)
{
    const bool sparse = options.sparseBlock.value != 0;
    const std::uint64_t block = std::clamp(options.sparseBlock.value, smallestBlock, mostAtOnce);
    const unsigned threads = options.threads ? options.threads : defaultThreads();
    // Whoever wants every byte stored wants it in blocks of its own.
    const auto shared = sparse ? filesToShare(disk, file) : std::vector<const ByteFile*>{};
    file.resize(disk.size());
    const auto windows = sparse ? windowsWithContent(disk, job) : allWindows(disk);
    std::vector<IoBytes> buffers(threads, IoBytes(mostAtOnce));
    const auto copy = [&](unsigned worker, GuestOffset at, Bytes length) {
        while (length.value) {
            job.checkStop();
            const Bytes now{std::min(length.value, mostAtOnce - at.value % mostAtOnce)};
            const auto bytes = std::span{buffers[worker]}.first(now.value);
            disk.read(at, bytes);
            if (sparse)
                writeSparsely(file, at.value, bytes, block);
            else
                file.write(HostOffset{at.value}, bytes);
            at += now;
            length -= now;
        }
    };
    RunLog none;
    WindowLog told{windows, log ? *log : none};
    const std::size_t first = told.catchUp();
    JobControl inBytes = job;
    if (job.report)
        inBytes.report = [&job, first, &windows](const ProgressUpdate& update) {
            job.report(
                {(first + update.done) * guestWindow.value, windows.size() * guestWindow.value});
        };
    const auto convertWindow = [&](unsigned worker, std::size_t index) {
        const GuestOffset start{windows[index] * guestWindow.value};
        const Bytes length{std::min(guestWindow.value, disk.size().value - start.value)};
        if (!sparse) {
            copy(worker, start, length);
            return;
        }
        guestMap(
            disk, start, length,
            [&](const GuestMapEntry& entry) {
                if (entry.zero)
                    return;
                const Range now = shareBlocks(disk, file, shared, entry);
                copy(worker, entry.start, now.start - entry.start);
                copy(worker, now.end, entry.start + entry.length - now.end);
            },
            JobControl{job.stop, {}});
    };
    parallelFor(windows.size() - first, threads, inBytes, [&](unsigned worker, std::size_t index) {
        convertWindow(worker, first + index);
        told.done(first + index);
    });
    const std::uint64_t all = std::max<std::uint64_t>(1, windows.size() * guestWindow.value);
    if (job.report)
        job.report({all, all});
}

} // namespace platter
