// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/GuestMap.h"

#include "core/base/Text.h"

#include <algorithm>

namespace platter {

namespace {

    /// Joins neighbours before they reach the sink.
    class EntryJoiner {
    public:
        explicit EntryJoiner(const GuestMapSink& sink)
            : m_sink(sink)
        {
        }
        void add(const GuestMapEntry& entry)
        {
            if (continues(entry)) {
                m_pending.length += entry.length;
                return;
            }
            flush();
            m_pending = entry;
        }
        void flush()
        {
            if (m_pending.length.value)
                m_sink(m_pending);
            m_pending = {};
        }

    private:
        bool continues(const GuestMapEntry& next) const
        {
            const GuestMapEntry& last = m_pending;
            if (last.length.value == 0 || last.depth != next.depth || last.present != next.present
                || last.zero != next.zero || last.data != next.data
                || last.compressed != next.compressed
                || last.offset.has_value() != next.offset.has_value())
                return false;
            return !last.offset || *last.offset + last.length == *next.offset;
        }
        const GuestMapSink& m_sink;
        GuestMapEntry m_pending;
    };

    /// Whether layers of a chain may hide holes of their files; asked once for each layer, and only
    /// when its data are met.
    class HoleKnowledge {
    public:
        explicit HoleKnowledge(std::size_t layers)
            : m_known(layers)
        {
        }
        bool mayHaveHoles(std::size_t layer, const Image& image)
        {
            Known& known = m_known[layer];
            if (!known.isAsked && image.dataMayBeHoles())
                known.length = image.guestDataFile().size().value;
            known.isAsked = true;
            return known.length.has_value();
        }

        /// The stretch of the file of a layer that may have holes in which byte `at` lies, which
        /// may be behind its end.
        FileRegion regionAt(std::size_t layer, const Image& image, std::uint64_t at)
        {
            Known& known = m_known[layer];
            if (at >= *known.length)
                return {FileRegion::Kind::Hole, HostOffset{~std::uint64_t{0}}};
            if (known.usesLeft > 0 && at >= known.start && at < known.region.end.value) {
                --known.usesLeft;
                return known.region;
            }
            known.region = image.guestDataFile().regionAt(HostOffset{at});
            known.start = at;
            known.usesLeft = mostUses;
            return known.region;
        }

    private:
        /// Another program may fill a hole meanwhile: an answer is believed for about as long as
        /// the file believes it.
        static constexpr unsigned mostUses = 1000;

        struct Known {
            bool isAsked = false;
            std::optional<std::uint64_t> length; ///< of a file that may have holes
            FileRegion region{};
            std::uint64_t start = 0; ///< of what is known of the region
            unsigned usesLeft = 0;
        };
        std::vector<Known> m_known;
    };

    /// Splits stored data where the file has holes, which read as zeros.
    void addStored(
        EntryJoiner& joiner, GuestMapEntry entry, const Image& image, HoleKnowledge& holes)
    {
        Bytes left = entry.length;
        while (left.value) {
            const std::uint64_t at = entry.offset->value;
            FileRegion region = holes.regionAt(entry.depth, image, at);
            if (region.end.value <= at)
                region.end = HostOffset{at + left.value};
            entry.zero = region.kind == FileRegion::Kind::Hole;
            entry.length = Bytes{std::min(left.value, region.end.value - at)};
            joiner.add(entry);
            left -= entry.length;
            entry.start += entry.length;
            *entry.offset += entry.length;
        }
    }

} // namespace

void guestMap(const VirtualDisk& disk, GuestOffset from, Bytes length, const GuestMapSink& sink,
    const JobControl& job)
{
    const auto& layers = disk.chain().layers;
    HoleKnowledge holes{layers.size()};
    EntryJoiner joiner{sink};
    disk.scan(
        from, length,
        [&](const LayeredExtent& layered) {
            const Extent& extent = layered.extent;
            const Image& image = *layers.at(layered.layer).image;
            GuestMapEntry entry;
            entry.start = extent.start;
            entry.length = extent.length;
            entry.depth = layered.layer;
            entry.present = true;
            switch (extent.kind) {
            case ExtentKind::Unallocated:
                // To QEMU's driver for VDI, which knows no parents, nothing is ever absent.
                entry.present = image.formatId() == "vdi";
                entry.zero = true;
                if (extent.isPlaced() && !image.encryption())
                    entry.offset = extent.host;
                break;
            case ExtentKind::Zero: entry.zero = true; break;
            case ExtentKind::ZeroAllocated:
                entry.zero = true;
                if (!image.encryption())
                    entry.offset = extent.host;
                break;
            case ExtentKind::Data:
                entry.data = true;
                if (image.encryption())
                    break;
                entry.offset = extent.host;
                if (holes.mayHaveHoles(layered.layer, image)) {
                    addStored(joiner, entry, image, holes);
                    return;
                }
                break;
            case ExtentKind::Compressed:
                entry.data = true;
                entry.compressed = true;
                break;
            case ExtentKind::Damaged:
                throw FormatError("Mapping table", "entry", extent.entry.value,
                    "the place of guest bytes from " + hexText(extent.start.value)
                        + " on cannot be told: " + extent.problem->meaning);
            }
            joiner.add(entry);
        },
        job);
    joiner.flush();
}

std::vector<std::uint64_t> windowsWithContent(const VirtualDisk& disk, const JobControl& job)
{
    std::vector<std::uint64_t> windows;
    // A search reports no progress: the work that follows has its own measure.
    const JobControl quiet{job.stop, {}};
    disk.scan(
        GuestOffset{0}, disk.size(),
        [&](const LayeredExtent& layered) {
            const Extent& extent = layered.extent;
            if (extent.kind == ExtentKind::Unallocated || extent.kind == ExtentKind::Zero
                || extent.kind == ExtentKind::ZeroAllocated)
                return;
            const std::uint64_t first = extent.start.value / guestWindow.value;
            const std::uint64_t last = (extent.end().value - 1) / guestWindow.value;
            for (std::uint64_t window = first; window <= last; ++window) {
                if (windows.empty() || windows.back() < window)
                    windows.push_back(window);
            }
        },
        quiet);
    return windows;
}

} // namespace platter
