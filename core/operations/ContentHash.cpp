// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ContentHash.h"

#include "core/base/Text.h"
#include "core/io/IoBytes.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/GuestMap.h"

#include <algorithm>
#include <bit>

namespace platter {

namespace {

    constexpr std::uint64_t block = contentBlock.value;
    /// Of the disk, whose blocks with content are listed at a time; more of a disk so large that
    /// the number of windows would count.
    constexpr std::uint64_t window = std::uint64_t{64} << 30;
    constexpr std::uint64_t mostWindows = 4096;
    /// Blocks that are remembered: 1 TiB of content. Those of two states take 160 MiB.
    constexpr std::size_t mostKnown = std::size_t{1} << 20;

    struct Blocks {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
    };

    /// Runs of blocks, from stretches of the disk in rising order.
    class BlockRuns {
    public:
        void add(GuestOffset start, Bytes length)
        {
            const std::uint64_t first = start.value / block;
            const std::uint64_t behind = (start.value + length.value - 1) / block + 1;
            if (!m_runs.empty() && first <= m_runs.back().end)
                m_runs.back().end = std::max(m_runs.back().end, behind);
            else
                m_runs.push_back({first, behind});
        }
        std::vector<Blocks> take() { return std::move(m_runs); }

    private:
        std::vector<Blocks> m_runs;
    };

    /// The part of [start, end) that the disk has.
    Bytes lengthIn(const VirtualDisk& disk, std::uint64_t start, std::uint64_t end)
    {
        const std::uint64_t behind = std::min(end, disk.size().value);
        return Bytes{behind > start ? behind - start : 0};
    }

    /// The blocks of [start, end) that may hold something.
    std::vector<Blocks> blocksWithContent(
        const VirtualDisk& disk, std::uint64_t start, std::uint64_t end, const JobControl& quiet)
    {
        BlockRuns runs;
        const Bytes length = lengthIn(disk, start, end);
        if (length.value == 0)
            return {};
        if (!disk.chain().layers.empty()) {
            guestMap(
                disk, GuestOffset{start}, length,
                [&](const GuestMapEntry& entry) {
                    if (!entry.zero)
                        runs.add(entry.start, entry.length);
                },
                quiet);
            return runs.take();
        }
        disk.scan(
            GuestOffset{start}, length,
            [&](const LayeredExtent& layered) {
                const Extent& extent = layered.extent;
                if (extent.kind == ExtentKind::Data || extent.kind == ExtentKind::Compressed
                    || extent.kind == ExtentKind::Damaged)
                    runs.add(extent.start, extent.length);
            },
            quiet);
        return runs.take();
    }

    std::vector<Blocks> joined(const std::vector<Blocks>& some, const std::vector<Blocks>& others)
    {
        std::vector<Blocks> all;
        std::merge(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(all),
            [](const Blocks& a, const Blocks& b) { return a.first < b.first; });
        BlockRuns runs;
        for (const Blocks& run : all)
            runs.add(GuestOffset{run.first * block}, Bytes{(run.end - run.first) * block});
        return runs.take();
    }

    /// Where the blocks of [start, end) lie.
    std::vector<UnitKey> placesOf(
        const VirtualDisk& disk, std::uint64_t start, std::uint64_t end, const JobControl& quiet)
    {
        std::vector<UnitKey> places((end - start + block - 1) / block);
        const std::optional<KeptLayers> none;
        UnitKeyMaker maker{GuestOffset{start}, block, none, places};
        const Bytes length = lengthIn(disk, start, end);
        if (length.value == 0)
            return places;
        disk.scan(
            GuestOffset{start}, length, [&](const LayeredExtent& extent) { maker.add(extent); },
            quiet);
        maker.finish();
        return places;
    }

    /// What goes wrong says that it is the copy where it does.
    template <class Act>
    auto ofCopy(Act&& act)
    {
        try {
            return act();
        } catch (const IoError& error) {
            throw CopyError("The copy cannot be read at host offset "
                + hexText(error.hostOffset().value_or(0)) + ": " + error.code().message() + ".");
        } catch (const Error& error) {
            throw CopyError(std::string{"The copy cannot be read: "} + error.what());
        }
    }

} // namespace

/// One disk on its way through the processors, with its copy if there is one.
class ContentHasher::Pass {
public:
    Pass(ContentHasher& hasher, const VirtualDisk& disk, const VirtualDisk* copy,
        const JobControl& job)
        : m_hasher(hasher)
        , m_disk(disk)
        , m_copy(copy)
        , m_job(job)
        , m_quiet{job.stop, {}, job.hold}
        , m_end(std::max(disk.size(), copy ? copy->size() : Bytes{}).value)
        , m_size(copy ? copy->size() : disk.size())
    {
    }

    std::string run()
    {
        // Keys of a window that large would take too much memory.
        const std::uint64_t atOnce = std::max(window, std::bit_ceil(m_end / mostWindows + 1));
        m_remembers = m_hasher.m_remember == Remember::LastState && atOnce == window;
        for (std::uint64_t start = 0; start < m_end;) {
            const std::uint64_t end = m_end - start > atOnce ? start + atOnce : m_end;
            look(start, end);
            readBlocks();
            start = end;
            m_job.step({start, m_end});
        }
        m_hasher.m_known = std::move(m_seen);
        return m_tree.finish(m_size);
    }

private:
    struct Item {
        Known block;
        bool isKnown = false;
        IoBytes bytes;
        IoBytes copyBytes;
        std::optional<GuestOffset> differsAt;
    };

    /// Finds out where a window has content and where that lies.
    void look(std::uint64_t start, std::uint64_t end)
    {
        m_windowStart = start / block;
        m_runs = blocksWithContent(m_disk, start, end, m_quiet);
        if (m_copy)
            m_runs = joined(
                m_runs, ofCopy([&] { return blocksWithContent(*m_copy, start, end, m_quiet); }));
        if (!m_remembers)
            return;
        m_places = placesOf(m_disk, start, end, m_quiet);
        if (m_copy)
            m_copyPlaces = ofCopy([&] { return placesOf(*m_copy, start, end, m_quiet); });
    }

    void readBlocks()
    {
        std::size_t run = 0;
        std::uint64_t next = m_runs.empty() ? 0 : m_runs.front().first;
        orderedPipeline<Item>(
            m_hasher.m_threads ? m_hasher.m_threads : defaultThreads(), m_quiet,
            [&](Item& item) {
                if (run == m_runs.size())
                    return false;
                prepare(item, next);
                if (++next == m_runs[run].end && ++run < m_runs.size())
                    next = m_runs[run].first;
                return true;
            },
            [&](Item& item) { read(item); }, [&](const Item& item) { take(item); });
    }

    void prepare(Item& item, std::uint64_t index)
    {
        item.block = {index, {}, {}, {}};
        item.isKnown = false;
        item.differsAt.reset();
        if (!m_remembers)
            return;
        item.block.place = m_places[index - m_windowStart];
        if (m_copy)
            item.block.copyPlace = m_copyPlaces[index - m_windowStart];
        const std::vector<Known>& known = m_hasher.m_known;
        while (m_nextKnown < known.size() && known[m_nextKnown].index < index)
            ++m_nextKnown;
        if (m_nextKnown == known.size())
            return;
        const Known& before = known[m_nextKnown];
        item.isKnown = before.index == index && before.place == item.block.place
            && before.copyPlace == item.block.copyPlace;
        if (item.isKnown)
            item.block.leaf = before.leaf;
    }

    void read(Item& item) const
    {
        if (item.isKnown)
            return;
        const GuestOffset at{item.block.index * block};
        item.bytes.resize(block);
        m_disk.read(at, item.bytes); // zeros behind the end
        if (m_copy) {
            item.copyBytes.resize(block);
            ofCopy([&] { m_copy->read(at, item.copyBytes); });
            if (item.bytes != item.copyBytes) {
                const auto place
                    = std::mismatch(item.bytes.begin(), item.bytes.end(), item.copyBytes.begin());
                item.differsAt
                    = at + Bytes{static_cast<std::uint64_t>(place.first - item.bytes.begin())};
                return;
            }
        }
        item.block.leaf = m_tree.leafOf(item.bytes);
    }

    void take(const Item& item)
    {
        if (item.differsAt)
            throw CopyError("The copy holds other bytes from guest offset "
                    + hexText(item.differsAt->value) + " on.",
                item.differsAt);
        const std::uint64_t start = item.block.index * block;
        if (start < m_size.value)
            m_tree.add(item.block.index, item.block.leaf);
        if (m_remembers && m_seen.size() < mostKnown)
            m_seen.push_back(item.block);
        m_job.step({start, m_end});
    }

    ContentHasher& m_hasher;
    const VirtualDisk& m_disk;
    const VirtualDisk* m_copy;
    const JobControl& m_job;
    JobControl m_quiet;
    std::uint64_t m_end; ///< guest bytes
    Bytes m_size; ///< of what is hashed
    bool m_remembers = false;
    ContentTree m_tree;
    std::vector<Known> m_seen;
    std::size_t m_nextKnown = 0;
    // Of the window.
    std::uint64_t m_windowStart = 0; ///< a block
    std::vector<Blocks> m_runs;
    std::vector<UnitKey> m_places;
    std::vector<UnitKey> m_copyPlaces;
};

ContentHasher::ContentHasher(unsigned threads, Remember remember)
    : m_threads(threads)
    , m_remember(remember)
{
}

std::string ContentHasher::hash(const VirtualDisk& disk, const JobControl& job)
{
    return Pass{*this, disk, nullptr, job}.run();
}

std::string ContentHasher::hashOfCopy(
    const VirtualDisk& disk, const VirtualDisk& copy, const JobControl& job)
{
    return Pass{*this, disk, &copy, job}.run();
}

std::string contentHash(const VirtualDisk& disk, unsigned threads, const JobControl& job)
{
    return ContentHasher{threads, ContentHasher::Remember::Nothing}.hash(disk, job);
}

} // namespace platter
