// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/LostStructures.h"

#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Refcounts.h"
#include "core/io/DiskFile.h"

#include <QRandomGenerator>

#include <array>

namespace platter::tests {

namespace {

    /// The index in the L1 table of the middle one of the tables.
    std::size_t middleTable(const qcow2::Qcow2Image& image)
    {
        std::vector<std::size_t> tables;
        const auto& entries = image.activeL1().entries;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if ((entries[i] & qcow2::entry::offset) != 0)
                tables.push_back(i);
        }
        return tables.at(tables.size() / 2);
    }

} // namespace

void loseStructures(const QString& image, Lost lost, Filler filler)
{
    const auto file = DiskFile::open(image.toStdString(), DiskFile::Access::ReadWrite);
    struct Range {
        std::uint64_t at;
        std::uint64_t length;
    };
    std::vector<Range> ranges;
    {
        const qcow2::Qcow2Image opened{file};
        const qcow2::Header& header = opened.header();
        const std::uint64_t cluster = opened.geometry().cluster.bytes().value;
        const bool all = lost == Lost::AllButL2;
        if (all || lost == Lost::Header || lost == Lost::HeaderAndL1)
            ranges.push_back({0, cluster});
        if (all || lost == Lost::L1 || lost == Lost::HeaderAndL1)
            ranges.push_back({header.l1TableOffset.value, std::uint64_t{header.l1Size} * 8});
        if (all || lost == Lost::Refcounts) {
            const qcow2::RefcountTable table{
                *file, opened.geometry(), header.refcountTableOffset, header.refcountTableClusters};
            for (std::size_t i = 0; i < table.entries().size(); ++i) {
                if (table.entries()[i] != 0)
                    ranges.push_back({table.entries()[i], cluster});
            }
            ranges.push_back(
                {header.refcountTableOffset.value, header.refcountTableClusters * cluster});
        }
        if (all) {
            for (const SnapshotInfo& snapshot : opened.snapshots())
                ranges.push_back(
                    {snapshot.l1TableOffset.value, std::uint64_t{snapshot.l1Entries} * 8});
            if (header.snapshotCount != 0)
                ranges.push_back(
                    {header.snapshotsOffset.value, opened.snapshotTable().length.value});
        }
        if (lost == Lost::L2) {
            const std::uint64_t word = opened.activeL1().entries[middleTable(opened)];
            ranges.push_back({word & qcow2::entry::offset, cluster});
        }
    }
    QRandomGenerator random(99);
    for (const Range& range : ranges) {
        std::vector<std::byte> bytes(range.length);
        if (filler == Filler::Noise) {
            for (std::byte& one : bytes)
                one = static_cast<std::byte>(random.generate());
        }
        file->write(HostOffset{range.at}, bytes);
    }
}

void forgetTable(const QString& image)
{
    const auto file = DiskFile::open(image.toStdString(), DiskFile::Access::ReadWrite);
    const qcow2::Qcow2Image opened{file};
    const std::array<std::byte, 8> none{};
    file->write(opened.header().l1TableOffset + Bytes{middleTable(opened) * 8}, none);
}

} // namespace platter::tests
