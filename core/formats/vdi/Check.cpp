// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/vdi/BlockMap.h"
#include "core/formats/vdi/Findings.h"
#include "core/formats/vdi/VdiImage.h"

#include <algorithm>
#include <string>
#include <vector>

namespace platter::vdi {

namespace {

    /// One pass over the block map.
    class Examination {
    public:
        Examination(const Header& header, const BlockMap& map, Bytes fileSize,
            std::size_t keepFindings, CheckReport& report)
            : m_header(header)
            , m_map(map)
            , m_fileSize(fileSize.value)
            , m_keepFindings(keepFindings)
            , m_report(report)
            , m_used(header.blocksInImage)
        {
        }

        void entry(std::uint64_t block, std::uint32_t entry)
        {
            const std::uint64_t start = m_header.blockAt(entry).value;
            const std::uint64_t guest = block * m_header.blockSize;
            const std::uint64_t disk = m_header.diskSize.value;
            const auto add = [&](const FindingKind& kind, std::vector<std::string> arguments) {
                m_report.add({&kind, m_map.entryAt(block), GuestOffset{guest},
                                 Bytes{m_header.blockSize}, std::move(arguments)},
                    m_keepFindings);
            };
            if (start < m_fileSize)
                m_usedEnd = std::max(m_usedEnd, start + m_header.blockSize);
            if (entry >= m_used.size()) {
                add(entryTooLarge,
                    {std::to_string(block), std::to_string(entry), std::to_string(m_used.size())});
                return;
            }
            ++m_stored;
            m_numbersEnd = std::max(m_numbersEnd, std::uint64_t{entry} + 1);
            if (m_used[entry])
                add(entryTwice, {std::to_string(block), std::to_string(entry)});
            m_used[entry] = true;
            const std::uint64_t needed
                = std::min<std::uint64_t>(m_header.blockSize, disk > guest ? disk - guest : 0);
            if (needed != 0 && start >= m_fileSize)
                add(entryPastEnd, {std::to_string(block), hexText(start)});
            else if (start + needed > m_fileSize)
                add(entryCut, {std::to_string(block), hexText(start)});
        }

        /// After all entries.
        void compareCounts()
        {
            const std::uint64_t counted = m_header.blocksAllocated;
            const auto add = [&](const FindingKind& kind, const char* field, std::uint64_t first,
                                 std::uint64_t second) {
                m_report.add({&kind, placeOfField(field), {}, {},
                                 {std::to_string(first), std::to_string(second)}},
                    m_keepFindings);
            };
            if (m_stored != counted)
                add(allocatedCount, "blocks_allocated", counted, m_stored);
            else if (m_numbersEnd > counted)
                add(countTooLow, "blocks_allocated", counted, m_numbersEnd - 1);
            if (m_header.imageType == type::fixed && m_stored < m_used.size())
                add(fixedUnstored, "image_type", m_used.size() - m_stored, m_used.size());
        }

        /// Blocks that the file has and no entry names, then what lies behind the last block.
        void findLeaks()
        {
            if (m_report.countOf.contains(&dataInMap))
                return; // it is not known where blocks lie
            const std::uint64_t there = m_fileSize <= m_header.dataOffset
                ? 0
                : (m_fileSize - m_header.dataOffset - 1) / m_header.stride().value + 1;
            const std::uint64_t counted = std::min<std::uint64_t>(
                std::max<std::uint64_t>(m_numbersEnd, m_header.blocksAllocated), m_used.size());
            const std::uint64_t end = std::min(counted, there);
            for (std::uint64_t first = 0; first < end;) {
                std::uint64_t next = first + 1;
                while (next < end && m_used[next] == m_used[first])
                    ++next;
                if (!m_used[first])
                    addLeak(blockLeaked, m_header.dataOffset + m_header.stride().value * first,
                        m_header.stride().value * (next - first), next - first,
                        {std::to_string(next - first), std::to_string(first)});
                first = next;
            }
            const std::uint64_t lastByte = std::max({m_usedEnd,
                m_header.dataOffset + m_header.stride().value * counted, m_header.headerEnd().value,
                m_header.blockMapOffset + m_header.blockMapBytes().value});
            if (m_fileSize > lastByte)
                addLeak(fileTooLong, lastByte, m_fileSize - lastByte,
                    (m_fileSize - lastByte - 1) / m_header.stride().value + 1,
                    {std::to_string(m_fileSize - lastByte)});
        }

    private:
        void addLeak(const FindingKind& kind, std::uint64_t at, std::uint64_t length,
            std::uint64_t blocks, std::vector<std::string> arguments)
        {
            m_report.count(kind, {}, blocks);
            if (m_report.hasRoomFor(kind, m_keepFindings))
                m_report.keep({&kind, HostOffset{at}, {}, Bytes{length}, std::move(arguments)},
                    m_keepFindings);
        }

        const Header& m_header;
        const BlockMap& m_map;
        std::uint64_t m_fileSize;
        std::size_t m_keepFindings;
        CheckReport& m_report;
        /// One bit for each number; readHeader() has bounded how many there are (64 MiB of bits at
        /// most) and has seen their map in the file.
        std::vector<bool> m_used;
        std::uint64_t m_stored = 0; ///< entries that name a number
        std::uint64_t m_numbersEnd = 0; ///< behind the largest number
        std::uint64_t m_usedEnd = 0; ///< host offset behind the last block that an entry names
    };

} // namespace

CheckReport VdiImage::check(const CheckOptions& options, const JobControl& job) const
{
    CheckReport report;
    for (Finding& finding : peculiarities(m_header))
        report.add(std::move(finding), options.keepFindings);
    Examination examination{m_header, *m_map, file().size(), options.keepFindings, report};
    const std::uint64_t blocks = m_header.blocksInImage;
    constexpr std::uint64_t reportEvery = 256 * 1024; // blocks
    std::uint64_t nextReport = 0;
    m_map->walk(0, blocks, job, [&](const BlockMap::Run& run) {
        if (run.block >= nextReport) {
            job.step({run.block, blocks});
            nextReport = run.block + reportEvery;
        }
        if (!run.isStored())
            return;
        for (std::uint32_t i = 0; i < run.count; ++i)
            examination.entry(std::uint64_t{run.block} + i, run.entry + i);
    });
    examination.compareCounts();
    examination.findLeaks();
    std::stable_sort(report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.host < b.host; });
    return report;
}

} // namespace platter::vdi
