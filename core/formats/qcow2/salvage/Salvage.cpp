// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Salvage.h"

#include "core/base/Text.h"
#include "core/codecs/Decompress.h"
#include "core/formats/qcow2/salvage/BackedUpFile.h"
#include "core/formats/qcow2/salvage/ClusterSizeVote.h"
#include "core/formats/qcow2/salvage/Evidence.h"
#include "core/formats/qcow2/salvage/SalvagedImage.h"
#include "core/formats/qcow2/salvage/TableOrder.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <bit>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t mostRanges = 10'000;

    [[noreturn]] void refuse(const std::string& what)
    {
        throw UnsupportedError("salvage", what);
    }

    std::string at(std::uint64_t offset)
    {
        return " at " + hexText(offset);
    }

    /// The header if nothing in it contradicts itself or the file.
    std::optional<Header> believableHeader(const ByteFile& file, std::string& why)
    {
        try {
            Header header = parseHeader(file);
            requireUsable(header, [](unsigned) { return std::string{}; });
            if (header.l1TableOffset.value == 0)
                throw FormatError("QCOW2 header", "l1_table_offset", 40, "it is 0.");
            if (header.refcountTableClusters == 0)
                throw FormatError("QCOW2 header", "refcount_table_clusters", 56, "it is 0.");
            return header;
        } catch (const FormatError& error) {
            why = error.what();
        } catch (const UnsupportedError& error) {
            why = error.what();
        } catch (const OverflowError& error) {
            why = error.what();
        }
        return std::nullopt;
    }

    void requireSelfContained(const Header& header)
    {
        if (header.cryptMethod != 0)
            refuse("The image is encrypted: salvage cannot tell its data from noise. A repair "
                   "(check -r all) may help, or a copy of the tables (backup-metadata).");
        if ((header.incompatibleFeatures & feature::externalDataFile) != 0)
            refuse("The guest data is in an external data file, which can be read for itself.");
        if (header.backingFileOffset.value != 0 && header.backingFileSize != 0)
            refuse("The image rests on a backing file: salvage writes images that stand for "
                   "themselves.");
    }

    /// One salvage, step by step.
    class Salvager {
    public:
        Salvager(std::shared_ptr<const ByteFile> file, const SalvageOptions& options,
            const JobControl& job)
            : m_file(std::move(file))
            , m_options(options)
            , m_job(job)
            , m_threads(options.threads ? options.threads : defaultThreads())
        {
        }
        SalvagePlan run();

    private:
        void note(std::string name, std::string how, unsigned percent)
        {
            m_plan.parts.push_back({std::move(name), std::move(how), percent});
        }
        void useBackup();
        void readHeader();
        Geometry chooseGeometry();
        void findCounts(Evidence& evidence);
        void ruleOut(Evidence& evidence, HostOffset at, std::uint64_t clusters) const;
        void findSnapshots(Evidence& evidence);
        std::optional<TopTable> findTop(Evidence& evidence);
        void place(Evidence& evidence, const std::optional<TopTable>& top);
        Bytes diskSize(const Evidence& evidence) const;
        std::uint64_t positionsFor(
            const Evidence& evidence, const std::vector<ActiveTable>& tables) const;
        void addRange(const Evidence& evidence, std::uint64_t position, const FoundTable& table,
            unsigned percent, const std::string& why, const std::vector<std::uint32_t>& others);
        Compression chooseCodec(const Evidence& evidence) const;
        void setPlaced(std::uint64_t position, std::uint64_t at);

        std::shared_ptr<const ByteFile> m_file;
        const SalvageOptions& m_options;
        const JobControl& m_job;
        unsigned m_threads;
        std::optional<Header> m_header;
        std::vector<std::uint64_t> m_l1;
        std::vector<SalvagedRange> m_ranges;
        SalvagePlan m_plan;
    };

    void Salvager::useBackup()
    {
        BackupMatch match;
        m_file = withBackup(m_file, m_options.backup, match, m_job);
        const std::uint64_t left = match.same + match.changed;
        std::string how = std::to_string(match.restored)
            + " L2 tables that the file has lost are read from it.";
        if (match.changed + match.other != 0)
            how += " " + std::to_string(match.changed + match.other)
                + " were written since it was made, so those that it stands in for may have been, "
                  "too.";
        else if (left == 0)
            how += " No table is left that tells whether the disk was written since.";
        note("backup", how,
            left + match.other == 0
                ? 60
                : static_cast<unsigned>(40 + 59 * match.same / (left + match.other)));
    }

    void Salvager::readHeader()
    {
        std::string why;
        m_header = believableHeader(*m_file, why);
        if (m_header)
            requireSelfContained(*m_header);
        if (m_header && m_options.ignoreHeader) {
            m_header.reset();
            why = "It is not believed, as you asked for.";
        }
        if (m_header)
            note("header", "It is whole.", 99);
        else
            note("header", "It is lost: " + why, 0);
    }

    Geometry Salvager::chooseGeometry()
    {
        Header header;
        if (m_header)
            header = *m_header;
        else
            header.version = 3;
        if (m_options.clusterSize) {
            header.clusterBits
                = static_cast<std::uint32_t>(std::countr_zero(m_options.clusterSize->value));
            note("cluster size", sizeText(*m_options.clusterSize) + ", as you said.", 99);
            if (m_header && header.clusterBits == m_header->clusterBits)
                return Geometry{header};
        } else if (m_header) {
            note("cluster size",
                sizeText(ClusterSize::ofBits(header.clusterBits).bytes()) + ", as the header says.",
                99);
            return Geometry{header};
        }
        const ClusterSizeVote vote = voteForClusterSize(*m_file, m_threads, m_job);
        if (vote.candidates.empty())
            refuse("Nothing in the file has the shape of a QCOW2 table: either it is no QCOW2 "
                   "image, or its L2 tables are lost too.");
        if (vote.extended)
            header.incompatibleFeatures |= feature::extendedL2;
        if (!m_options.clusterSize) {
            header.clusterBits = vote.candidates.front().bits;
            note("cluster size",
                sizeText(ClusterSize::ofBits(header.clusterBits).bytes())
                    + ", by the alignment and the distances of table entries.",
                vote.candidates.front().percent);
        }
        for (const auto& other : vote.candidates) {
            if (other.bits == header.clusterBits)
                continue;
            const Bytes size = ClusterSize::ofBits(other.bits).bytes();
            m_plan.alternatives.push_back({"--cluster-size " + std::to_string(size.value),
                "Some table entries fit clusters of " + sizeText(size) + ".", other.percent});
        }
        return Geometry{header};
    }

    /// What is known to be something else is no mapping table.
    void Salvager::ruleOut(Evidence& evidence, HostOffset at, std::uint64_t clusters) const
    {
        const std::uint64_t cluster = evidence.geometry.cluster.bytes().value;
        for (FoundTable& table : evidence.found.tables) {
            if (table.at >= at.value && (table.at - at.value) / cluster < clusters)
                table.kind = FoundTable::Kind::Other;
        }
    }

    void Salvager::findCounts(Evidence& evidence)
    {
        ruleOut(evidence, HostOffset{0}, 1);
        if (m_header)
            ruleOut(evidence, m_header->refcountTableOffset, m_header->refcountTableClusters);
        if (m_header) {
            RefcountTable table{*m_file, evidence.geometry, m_header->refcountTableOffset,
                m_header->refcountTableClusters};
            if (countsThemselves(
                    *m_file, evidence.geometry, table, m_header->refcountTableClusters)) {
                evidence.refcounts.emplace(std::move(table));
                note("refcounts", "They count themselves as they should.", 99);
                return;
            }
        }
        evidence.refcounts = searchRefcounts(*m_file, evidence.geometry, evidence.found, m_job);
        if (evidence.refcounts)
            ruleOut(evidence, evidence.refcounts->at(),
                evidence.geometry.cluster.clustersFor(
                    Bytes{evidence.refcounts->entries().size() * 8}));
        if (evidence.refcounts)
            note(
                "refcounts", "Found by their shape" + at(evidence.refcounts->at().value) + ".", 95);
        else
            note("refcounts", "They are lost; the new image gets new ones.", 0);
    }

    void Salvager::findSnapshots(Evidence& evidence)
    {
        if (m_header && m_header->snapshotCount == 0)
            return;
        if (m_header) {
            try {
                const SnapshotTable table = readSnapshots(*m_file, *m_header);
                if (table.findings.empty())
                    evidence.snapshots = table.snapshots;
            } catch (const FormatError&) {
                evidence.snapshots.clear();
            }
        }
        const bool isWhole = !evidence.snapshots.empty();
        if (!isWhole)
            evidence.snapshots = searchSnapshots(evidence, m_job);
        const std::string count = std::to_string(evidence.snapshots.size())
            + (evidence.snapshots.size() == 1 ? " snapshot" : " snapshots");
        if (isWhole)
            note("snapshot table", "It is whole: " + count + ".", 99);
        else if (!evidence.snapshots.empty())
            note("snapshot table", "Found by its shape: " + count + ".", 90);
        else if (m_header)
            note("snapshot table", "It is lost.", 0);
        followSnapshots(evidence, m_job);
        m_plan.snapshotsSeen = evidence.snapshots.size();
    }

    std::optional<TopTable> Salvager::findTop(Evidence& evidence)
    {
        if (m_options.l1Table) {
            const std::uint64_t room = m_file->size().value > m_options.l1Table->value
                ? (m_file->size().value - m_options.l1Table->value) / 8
                : 0;
            L1Table l1 = readL1(*m_file, evidence.geometry, *m_options.l1Table,
                std::min<std::uint64_t>(
                    {room, limit::l1Entries, m_header ? m_header->l1Size : limit::l1Entries}));
            // Where it ends is not known: with the last cluster that looks like its part.
            const std::uint64_t cluster = evidence.geometry.cluster.bytes().value;
            std::uint64_t end = l1.at.value + cluster;
            while (const FoundTable* const next = evidence.found.find(end)) {
                if (next->kind != FoundTable::Kind::L1)
                    break;
                end += cluster;
            }
            l1.entries.resize(std::min<std::uint64_t>(l1.entries.size(), (end - l1.at.value) / 8));
            auto top = judgeTop(evidence, l1);
            if (!top)
                refuse("What you named as L1 table leads to no tables.");
            top->isComplete = true;
            note("L1 table", "As you said" + at(top->at.value) + ".", top->percent);
            return top;
        }
        if (m_header) {
            try {
                auto top = judgeTop(evidence,
                    readL1(*m_file, evidence.geometry, m_header->l1TableOffset, m_header->l1Size));
                if (top) {
                    note("L1 table",
                        top->isComplete ? "It is whole."
                                        : "Some of its entries are lost; tables that they may "
                                          "have led to are put in order by evidence.",
                        top->percent);
                    return top;
                }
            } catch (const FormatError&) {
                note("L1 table", "The header leads to none.", 0);
            }
        }
        auto top = searchTop(evidence, m_job);
        if (!top) {
            note("L1 table", "It is lost: the order of the L2 tables is inferred.", 0);
            return top;
        }
        if (top->isComplete) {
            note("L1 table", "Found by its shape" + at(top->at.value) + ".", top->percent);
            for (const HostOffset other : top->others)
                m_plan.alternatives.push_back({"--l1 " + hexText(other.value),
                    "This has the shape of an L1 table, too; it may be an older one or that of a "
                    "snapshot.",
                    (100 - top->percent) / static_cast<unsigned>(top->others.size())});
        } else {
            note("L1 table",
                "It is lost. Another one" + at(top->at.value)
                    + " tells the order of the tables that it leads to.",
                40);
        }
        return top;
    }

    Bytes Salvager::diskSize(const Evidence& evidence) const
    {
        if (m_options.diskSize)
            return *m_options.diskSize;
        if (m_header)
            return m_header->size;
        Bytes size;
        for (const SnapshotInfo& snapshot : evidence.snapshots)
            size = std::max(size, snapshot.diskSize);
        // The end of the last entry in use.
        const Geometry& geometry = evidence.geometry;
        for (std::size_t i = m_l1.size(); i-- > 0;) {
            if (m_l1[i] == 0)
                continue;
            std::vector<std::byte> words(geometry.cluster.bytes().value);
            m_file->readPadded(HostOffset{m_l1[i] & entry::offset}, words);
            std::uint64_t entries = 0;
            for (std::uint64_t k = 0; k < geometry.entriesPerTable(); ++k) {
                if (loadBig<std::uint64_t>(words.data() + k * geometry.entryBytes()) != 0)
                    entries = k + 1;
            }
            const Bytes end = geometry.tableCoverage() * i + geometry.cluster.bytes() * entries;
            size = std::max(size, end);
            break;
        }
        return Bytes{size.value / 512 * 512};
    }

    std::uint64_t Salvager::positionsFor(
        const Evidence& evidence, const std::vector<ActiveTable>& tables) const
    {
        const Bytes coverage = evidence.geometry.tableCoverage();
        if (m_header || m_options.diskSize) {
            const Bytes size = m_options.diskSize ? *m_options.diskSize : m_header->size;
            return std::min<std::uint64_t>(
                limit::l1Entries, size.value / coverage.value + (size.value % coverage.value != 0));
        }
        std::uint64_t positions = tables.size();
        for (const ActiveTable& table : tables) {
            if (table.position)
                positions = std::max<std::uint64_t>(positions, *table.position + 1);
        }
        for (const SnapshotInfo& snapshot : evidence.snapshots)
            positions = std::max(positions,
                snapshot.diskSize.value / coverage.value
                    + (snapshot.diskSize.value % coverage.value != 0));
        return std::min<std::uint64_t>(positions, limit::l1Entries);
    }

    void Salvager::setPlaced(std::uint64_t position, std::uint64_t at)
    {
        if (m_l1.size() <= position)
            m_l1.resize(position + 1);
        m_l1[position] = at;
    }

    void Salvager::addRange(const Evidence& evidence, std::uint64_t position,
        const FoundTable& table, unsigned percent, const std::string& why,
        const std::vector<std::uint32_t>& others)
    {
        const Bytes coverage = evidence.geometry.tableCoverage();
        SalvagedRange range{GuestOffset{coverage.value * position}, coverage, 1,
            HostOffset{table.at}, percent, why, {}};
        for (const std::uint32_t other : others)
            range.alternatives.push_back(GuestOffset{coverage.value * other});
        m_ranges.push_back(std::move(range));
        ++m_plan.tablesUsed;
    }

    std::string reasonOf(const ActiveTable& table)
    {
        switch (table.source) {
        case ActiveTable::Source::Top: return "An L1 table leads to it.";
        case ActiveTable::Source::SnapshotTable: return "The L1 table of a snapshot leads to it.";
        case ActiveTable::Source::SnapshotCopy:
            return "It has entries in common with a table whose place is known.";
        case ActiveTable::Source::None: break;
        }
        return "The order of the tables in the file.";
    }

    unsigned surenessOf(ActiveTable::Source source)
    {
        switch (source) {
        case ActiveTable::Source::Top: return 90;
        case ActiveTable::Source::SnapshotTable: return 92;
        case ActiveTable::Source::SnapshotCopy: return 95;
        case ActiveTable::Source::None: break;
        }
        return 0;
    }

    void Salvager::place(Evidence& evidence, const std::optional<TopTable>& top)
    {
        if (top && top->isComplete) {
            for (std::size_t i = 0; i < top->words.size(); ++i) {
                const std::uint64_t at = top->words[i] & entry::offset;
                if (at == 0)
                    continue;
                setPlaced(i, at);
                FoundTable named;
                named.at = at;
                addRange(evidence, i, named, top->percent, "The L1 table leads to it.", {});
            }
            return;
        }
        std::vector<ActiveTable> tables = activeTables(evidence, top, m_job);
        OrderProblem problem;
        problem.positions = positionsFor(evidence, tables);
        // Behind the disk lies saved memory, which is no part of it.
        std::erase_if(tables, [&](const ActiveTable& one) {
            return one.position && *one.position >= problem.positions;
        });
        problem.tables = tables.size();
        for (const ActiveTable& table : tables)
            problem.known.push_back(table.position);
        std::vector<OrderedTable> order;
        if (m_options.order == SalvageOptions::Order::File) {
            for (std::uint32_t i = 0; i < tables.size(); ++i)
                order.push_back(
                    {std::min<std::uint32_t>(i, static_cast<std::uint32_t>(problem.positions)), 30,
                        {}});
        } else {
            order = orderTables(problem);
        }
        for (std::size_t i = 0; i < tables.size(); ++i) {
            if (order[i].position >= problem.positions)
                continue;
            const FoundTable& table = evidence.found.tables[tables[i].table];
            setPlaced(order[i].position, table.at);
            const bool isKnown
                = tables[i].position && m_options.order == SalvageOptions::Order::Evidence;
            addRange(evidence, order[i].position, table,
                isKnown ? surenessOf(tables[i].source) : order[i].percent, reasonOf(tables[i]),
                order[i].others);
        }
    }

    Compression Salvager::chooseCodec(const Evidence& evidence) const
    {
        if (m_header)
            return m_header->compressionType == 1 ? Compression::Zstd : Compression::Deflate;
        constexpr int looks = 32;
        int deflate = 0;
        int zstd = 0;
        int seen = 0;
        std::vector<std::byte> words(evidence.geometry.cluster.bytes().value);
        std::vector<std::byte> cluster(words.size());
        const auto decodes = [&](Compression codec, std::span<const std::byte> stream) {
            try {
                decompress(codec, stream, cluster);
                return 1;
            } catch (const CodecError&) {
                return 0;
            }
        };
        for (const std::uint64_t table : m_l1) {
            if (table == 0 || seen == looks)
                continue;
            m_file->readPadded(HostOffset{table & entry::offset}, words);
            forEachPlace(
                evidence.geometry, words, [&](std::uint64_t, std::uint64_t word, HostOffset) {
                    if ((word & entry::compressed) == 0 || seen == looks)
                        return;
                    ++seen;
                    const CompressedPlace place = evidence.geometry.compressedPlace(word);
                    std::vector<std::byte> stream(place.length.value);
                    m_file->readPadded(place.start, stream);
                    deflate += decodes(Compression::Deflate, stream);
                    zstd += decodes(Compression::Zstd, stream);
                });
        }
        return zstd > deflate ? Compression::Zstd : Compression::Deflate;
    }

    /// Neighbours of one kind as one range; if there are too many, only their kind counts.
    std::vector<SalvagedRange> joined(std::vector<SalvagedRange> ranges)
    {
        std::sort(ranges.begin(), ranges.end(),
            [](const SalvagedRange& a, const SalvagedRange& b) { return a.start < b.start; });
        std::vector<SalvagedRange> result;
        for (SalvagedRange& range : ranges) {
            const bool continues = !result.empty()
                && result.back().start + result.back().length == range.start
                && result.back().percent == range.percent
                && result.back().evidence == range.evidence && range.alternatives.empty()
                && result.back().alternatives.empty();
            if (continues || result.size() >= mostRanges) {
                result.back().length = range.start + range.length - result.back().start;
                result.back().percent = std::min(result.back().percent, range.percent);
                result.back().tables += range.tables;
            } else {
                result.push_back(std::move(range));
            }
        }
        return result;
    }

    SalvagePlan Salvager::run()
    {
        if (m_file->size() < 512_B)
            refuse("The file is shorter than a single sector.");
        if (m_options.backup)
            useBackup();
        readHeader();
        Evidence evidence{m_file, chooseGeometry(), m_header, {}, {}, {}, {}, m_threads};
        evidence.found = searchTables(*m_file, evidence.geometry, m_threads, m_job);
        findCounts(evidence);
        findSnapshots(evidence);
        const auto top = findTop(evidence);
        place(evidence, top);
        for (const FoundTable& table : evidence.found.tables)
            m_plan.tablesFound += table.kind == FoundTable::Kind::L2;
        if (m_plan.tablesUsed == 0 && !(m_header && top))
            refuse("No L2 table of the present state was found, so there is nothing to salvage.");
        const Bytes size = diskSize(evidence);
        auto image = std::make_shared<SalvagedImage>(
            m_file, evidence.geometry, m_l1, size, chooseCodec(evidence));
        m_plan.entriesLeftOut = image->countLeftOut(m_job);
        m_plan.streamsLeftOut = image->leaveOutBrokenStreams(m_threads, m_job);
        note("disk size",
            sizeText(size) + (m_header ? ", as the header says." : ", as far as found."),
            m_header ? 99 : 60);
        m_plan.ranges = joined(std::move(m_ranges));
        if (!m_plan.ranges.empty()) {
            SalvagedRange& last = m_plan.ranges.back();
            if (last.start.value < size.value && (last.start + last.length).value > size.value)
                last.length = Bytes{size.value - last.start.value};
        }
        m_plan.image = std::move(image);
        return std::move(m_plan);
    }

} // namespace

} // namespace platter::qcow2

namespace platter {

SalvagePlan planSalvage(
    std::shared_ptr<const ByteFile> file, const SalvageOptions& options, const JobControl& job)
{
    return qcow2::Salvager{std::move(file), options, job}.run();
}

} // namespace platter
