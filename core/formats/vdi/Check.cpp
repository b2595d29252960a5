// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/vdi/BlockMap.h"
#include "core/formats/vdi/Findings.h"
#include "core/formats/vdi/VdiImage.h"

#include <algorithm>
#include <string>
#include <vector>

namespace platter::vdi {

CheckReport VdiImage::check(const CheckOptions& options, const JobControl& job) const
{
    CheckReport report;
    for (Finding& finding : peculiarities(m_header))
        report.add(std::move(finding), options.keepFindings);

    const std::uint64_t blocks = m_header.blocksInImage;
    const std::uint64_t fileSize = file().size().value;
    // One bit per block; readHeader() has bounded their number (64 MiB at most) and has seen their
    // map in the file.
    std::vector<bool> used(blocks);
    std::uint64_t stored = 0;
    const auto examine = [&](std::uint64_t block, std::uint32_t entry) {
        const auto add = [&](const FindingKind& kind, std::vector<std::string> arguments) {
            report.add({&kind, m_map->entryAt(block), GuestOffset{block * m_header.blockSize},
                           Bytes{m_header.blockSize}, std::move(arguments)},
                options.keepFindings);
        };
        if (entry >= blocks) {
            add(entryTooLarge,
                {std::to_string(block), std::to_string(entry), std::to_string(blocks)});
            return;
        }
        ++stored;
        if (used[entry])
            add(entryTwice, {std::to_string(block), std::to_string(entry)});
        used[entry] = true;
        const std::uint64_t start = m_header.blockAt(entry).value;
        const std::uint64_t guest = block * m_header.blockSize;
        const std::uint64_t disk = m_header.diskSize.value;
        const std::uint64_t needed
            = std::min<std::uint64_t>(m_header.blockSize, disk > guest ? disk - guest : 0);
        if (needed != 0 && start >= fileSize)
            add(entryPastEnd, {std::to_string(block), hexText(start)});
        else if (start + needed > fileSize)
            add(entryCut, {std::to_string(block), hexText(start)});
    };

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
            examine(std::uint64_t{run.block} + i, run.entry + i);
    });
    if (stored != m_header.blocksAllocated)
        report.add({&allocatedCount, placeOfField("blocks_allocated"), {}, {},
                       {std::to_string(m_header.blocksAllocated), std::to_string(stored)}},
            options.keepFindings);
    std::stable_sort(report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.host < b.host; });
    return report;
}

} // namespace platter::vdi
