// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/HostScan.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace platter::vdi {

namespace {

    // Guest blocks are below 2^29, so these are no block.
    constexpr std::uint32_t nobody = 0xffffffff;
    constexpr std::uint32_t several = 0xfffffffe;

    /// Takes ranges in rising order, lays header and block map over them and joins neighbours.
    class Writer {
    public:
        Writer(const Header& header, Bytes fileSize, const HostSink& sink)
            : m_headerEnd(std::min(header.headerEnd().value, fileSize.value))
            , m_mapStart(std::min<std::uint64_t>(header.blockMapOffset, fileSize.value))
            , m_mapEnd(std::min(m_mapStart + header.blockMapBytes().value, fileSize.value))
            , m_fileSize(fileSize.value)
            , m_sink(sink)
        {
        }

        /// The next range reaches to `end` (or the end of the file).
        void putUntil(std::uint64_t end, HostUse use, std::optional<GuestOffset> guest)
        {
            end = std::min(end, m_fileSize);
            while (m_at < end) {
                std::uint64_t part = end;
                for (const std::uint64_t edge : {m_headerEnd, m_mapStart, m_mapEnd}) {
                    if (edge > m_at)
                        part = std::min(part, edge);
                }
                const bool inHeader = m_at < m_headerEnd;
                const bool inMap = m_at >= m_mapStart && m_at < m_mapEnd;
                if (!inHeader && !inMap)
                    add(part, use, guest);
                else if (use != HostUse::Free && use != HostUse::Leaked)
                    add(part, HostUse::Problem, {});
                else
                    add(part, inHeader ? HostUse::Header : HostUse::BlockMap, {});
                if (guest)
                    *guest += Bytes{part - m_at};
                m_at = part;
            }
        }

        void flush()
        {
            if (m_pending.length.value != 0)
                m_sink(m_pending);
            m_pending = {};
        }

    private:
        void add(std::uint64_t end, HostUse use, std::optional<GuestOffset> guest)
        {
            const Bytes length{end - m_at};
            const bool guestGoesOn = m_pending.guest.has_value() == guest.has_value()
                && (!guest || *m_pending.guest + m_pending.length == *guest);
            if (m_pending.length.value != 0 && m_pending.use == use && guestGoesOn) {
                m_pending.length += length;
                return;
            }
            flush();
            m_pending = {HostOffset{m_at}, length, use, guest};
        }

        std::uint64_t m_headerEnd;
        std::uint64_t m_mapStart;
        std::uint64_t m_mapEnd;
        std::uint64_t m_fileSize;
        const HostSink& m_sink;
        std::uint64_t m_at = 0;
        HostRange m_pending{};
    };

} // namespace

void scanHostRanges(const ByteFile& file, const Header& header, const BlockMap& map,
    const HostSink& sink, const JobControl& job)
{
    const Bytes fileSize = file.size();
    Writer writer{header, fileSize, sink};
    writer.putUntil(header.dataOffset, HostUse::Free, {});

    const std::uint64_t stride = header.stride().value;
    const std::uint64_t dataBytes
        = fileSize.value > header.dataOffset ? fileSize.value - header.dataOffset : 0;
    std::uint64_t end = 0; // behind the last physical block that is in the file and in use
    map.walk(0, header.blocksInImage, job, [&](const BlockMap::Run& run) {
        if (run.isStored())
            end = std::max(end, std::uint64_t{run.entry} + run.count);
    });
    end = std::min(end, (dataBytes + stride - 1) / stride);

    // Which guest block each physical block holds, for one window of physical blocks at a time.
    constexpr std::uint64_t window = 4U << 20;
    std::vector<std::uint32_t> owners;
    for (std::uint64_t first = 0; first < end; first += window) {
        job.step({first, end});
        const std::uint64_t last = std::min(first + window, end);
        owners.assign(last - first, nobody);
        map.walk(0, header.blocksInImage, job, [&](const BlockMap::Run& run) {
            if (!run.isStored())
                return;
            const std::uint64_t from = std::max<std::uint64_t>(run.entry, first);
            const std::uint64_t to = std::min(std::uint64_t{run.entry} + run.count, last);
            for (std::uint64_t physical = from; physical < to; ++physical) {
                std::uint32_t& owner = owners[physical - first];
                owner = owner == nobody
                    ? run.block + static_cast<std::uint32_t>(physical - run.entry)
                    : several;
            }
        });
        for (std::uint64_t physical = first; physical < last; ++physical) {
            const std::uint32_t owner = owners[physical - first];
            const std::uint64_t start = header.dataOffset + physical * stride;
            if (owner == nobody) {
                writer.putUntil(start + stride, HostUse::Leaked, {});
            } else if (owner == several) {
                writer.putUntil(start + stride, HostUse::Problem, {});
            } else {
                writer.putUntil(start + header.blockExtra, HostUse::Data, {});
                writer.putUntil(start + stride, HostUse::Data,
                    GuestOffset{std::uint64_t{owner} * header.blockSize});
            }
        }
    }
    // The block map may reach past the place where blocks are said to begin.
    writer.putUntil(header.blockMapOffset + header.blockMapBytes().value, HostUse::Free, {});
    writer.putUntil(fileSize.value, HostUse::Leaked, {});
    writer.flush();
}

} // namespace platter::vdi
