// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/TableSearch.h"

#include "core/formats/qcow2/salvage/FileWalk.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <mutex>

namespace platter::qcow2 {

namespace {

    std::uint32_t hashOf(std::uint64_t index, std::uint64_t place)
    {
        std::uint64_t value = place * 0x9e3779b97f4a7c15ULL ^ (index + 1) * 0xc2b2ae3d27d4eb4fULL;
        value ^= value >> 29;
        value *= 0xbf58476d1ce4e5b9ULL;
        return static_cast<std::uint32_t>(value >> 32) | 1U;
    }

    void sketch(FoundTable& table, std::uint32_t hash)
    {
        auto& kept = table.sketch;
        // Rising, with the unused ones (0) at the end.
        std::size_t at = 0;
        while (at < kept.size() && kept[at] != 0 && kept[at] <= hash)
            ++at;
        if (at == kept.size() || (at > 0 && kept[at - 1] == hash))
            return;
        std::copy_backward(
            kept.begin() + static_cast<std::ptrdiff_t>(at), kept.end() - 1, kept.end());
        kept[at] = hash;
    }

    /// Takes a cluster for a table. @returns false if some word can be no entry
    bool readAsTable(const Geometry& geometry, std::uint64_t fileSize,
        std::span<const std::byte> cluster, FoundTable& table)
    {
        const unsigned step = geometry.entryBytes();
        for (std::size_t at = 0; at < cluster.size(); at += step) {
            const auto word = loadBig<std::uint64_t>(cluster.data() + at);
            const std::uint64_t bitmap
                = geometry.extended ? loadBig<std::uint64_t>(cluster.data() + at + 8) : 0;
            if (word == 0 && bitmap == 0)
                continue;
            ++table.stored;
            table.copied += (word & entry::copied) != 0;
            HostOffset place{word & entry::offset};
            const EntryType type = geometry.typeOf(word);
            switch (type) {
            case EntryType::Compressed:
                place = geometry.compressedPlace(word).start;
                ++table.streams;
                if ((word & entry::copied) != 0 || place.value >= fileSize || bitmap != 0
                    || geometry.compressedReserved(word) != 0 || place.value == 0)
                    return false;
                break;
            case EntryType::Normal:
            case EntryType::ZeroAllocated:
                if ((word & entry::l2Reserved) != 0 || !geometry.cluster.aligned(place)
                    || place.value >= fileSize)
                    return false;
                ++table.offsets;
                break;
            case EntryType::ZeroPlain:
                if (word != entry::zero)
                    return false;
                break;
            case EntryType::Unallocated:
                if (word != 0)
                    return false;
                break;
            }
            if ((static_cast<std::uint32_t>(bitmap) & static_cast<std::uint32_t>(bitmap >> 32))
                != 0)
                return false;
            table.plainOnly &= type == EntryType::Normal;
            if (place.value != 0)
                sketch(table, hashOf(at / step, place.value));
        }
        return table.stored != 0;
    }

    /// An extended L1 table has entries of 8 bytes all the same.
    bool readAsL1(const Geometry& geometry, std::uint64_t fileSize,
        std::span<const std::byte> cluster, FoundTable& table)
    {
        for (std::size_t at = 0; at < cluster.size(); at += 8) {
            const auto word = loadBig<std::uint64_t>(cluster.data() + at);
            if (word == 0)
                continue;
            const HostOffset place{word & entry::offset};
            if ((word & entry::l1Reserved) != 0 || place.value == 0
                || !geometry.cluster.aligned(place) || place.value >= fileSize)
                return false;
            ++table.stored;
            ++table.offsets;
            table.copied += (word & entry::copied) != 0;
        }
        table.kind = FoundTable::Kind::L1;
        return table.stored != 0;
    }

    void readCluster(const ByteFile& file, const Geometry& geometry, std::uint64_t at,
        std::vector<std::byte>& buffer)
    {
        buffer.resize(geometry.cluster.bytes().value);
        file.readPadded(HostOffset{at}, buffer);
    }

    /// Tells L1 tables, L2 tables and guest data that only look like tables apart.
    void judgeKinds(const ByteFile& file, const Geometry& geometry, FoundTables& found,
        unsigned threads, const JobControl& job)
    {
        auto& tables = found.tables;
        std::vector<std::vector<std::byte>> buffers(threads);
        const JobControl quiet{job.stop, {}, job.hold};
        std::vector<std::uint8_t> isNamed(tables.size());
        const auto visitTargets = [&](unsigned worker, std::size_t index, const auto& visit) {
            readCluster(file, geometry, tables[index].at, buffers[worker]);
            for (std::size_t at = 0; at < buffers[worker].size(); at += 8) {
                if (geometry.extended && tables[index].kind != FoundTable::Kind::L1 && at % 16 != 0)
                    continue;
                const auto word = loadBig<std::uint64_t>(buffers[worker].data() + at);
                if ((word & entry::compressed) != 0 || (word & entry::offset) == 0)
                    continue;
                const std::size_t target = found.indexOf(word & entry::offset);
                if (target != tables.size() && target != index)
                    visit(target);
            }
        };
        parallelFor(tables.size(), threads, quiet, [&](unsigned worker, std::size_t index) {
            FoundTable& table = tables[index];
            if (!table.plainOnly && table.kind != FoundTable::Kind::L1)
                return;
            std::uint32_t hits = 0;
            visitTargets(worker, index, [&](std::size_t target) {
                hits += tables[target].kind != FoundTable::Kind::L1 || !geometry.extended;
            });
            table.toTables = hits;
        });
        for (FoundTable& table : tables) {
            const bool leads = table.toTables * 5 >= table.offsets * 3 && table.toTables != 0;
            if (leads && table.plainOnly)
                table.kind = FoundTable::Kind::L1;
            else if (table.kind == FoundTable::Kind::L1)
                table.kind = FoundTable::Kind::Other;
        }
        // What a table of many entries names as guest data is guest data.
        std::mutex mutex;
        parallelFor(tables.size(), threads, quiet, [&](unsigned worker, std::size_t index) {
            if (tables[index].kind != FoundTable::Kind::L2)
                return;
            visitTargets(worker, index, [&](std::size_t target) {
                const std::lock_guard lock{mutex};
                if (tables[target].stored <= tables[index].stored)
                    isNamed[target] = 1;
            });
        });
        for (std::size_t i = 0; i < tables.size(); ++i) {
            if (isNamed[i] != 0)
                tables[i].kind = FoundTable::Kind::Other;
        }
    }

} // namespace

std::size_t FoundTables::indexOf(std::uint64_t at) const
{
    const auto place = std::lower_bound(tables.begin(), tables.end(), at,
        [](const FoundTable& table, std::uint64_t value) { return table.at < value; });
    return place != tables.end() && place->at == at
        ? static_cast<std::size_t>(place - tables.begin())
        : tables.size();
}

const FoundTable* FoundTables::find(std::uint64_t at) const
{
    const std::size_t index = indexOf(at);
    return index == tables.size() ? nullptr : &tables[index];
}

bool looksLikeTable(const Geometry& geometry, Bytes fileSize, std::span<const std::byte> cluster)
{
    FoundTable table;
    return readAsTable(geometry, fileSize.value, cluster, table);
}

void forEachPlace(const Geometry& geometry, std::span<const std::byte> cluster,
    const std::function<void(std::uint64_t, std::uint64_t, HostOffset)>& visit)
{
    const unsigned step = geometry.entryBytes();
    for (std::size_t at = 0; at + step <= cluster.size(); at += step) {
        const auto word = loadBig<std::uint64_t>(cluster.data() + at);
        if (word == 0)
            continue;
        const HostOffset place = geometry.typeOf(word) == EntryType::Compressed
            ? geometry.compressedPlace(word).start
            : HostOffset{word & entry::offset};
        if (place.value != 0)
            visit(at / step, word, place);
    }
}

FoundTables searchTables(
    const ByteFile& file, const Geometry& geometry, unsigned threads, const JobControl& job)
{
    const std::uint64_t size = file.size().value;
    const std::uint64_t cluster = geometry.cluster.bytes().value;
    FoundTables found;
    std::mutex mutex;
    walkStored(
        file, threads, job, [&](unsigned, HostOffset start, std::span<const std::byte> bytes) {
            for (std::size_t at = 0; at < bytes.size(); at += cluster) {
                const auto words = bytes.subspan(at, cluster);
                FoundTable table;
                bool isTable = readAsTable(geometry, size, words, table);
                if (!isTable && geometry.extended) {
                    table = {};
                    isTable = readAsL1(geometry, size, words, table);
                }
                if (!isTable)
                    continue;
                table.at = start.value + at;
                const std::lock_guard lock{mutex};
                if (found.tables.size() == mostTables)
                    throw UnsupportedError("salvage",
                        "More than a million clusters look like tables: the file is larger than "
                        "can be salvaged, or --cluster-size is wrong.");
                found.tables.push_back(table);
            }
        });
    std::sort(found.tables.begin(), found.tables.end(),
        [](const FoundTable& a, const FoundTable& b) { return a.at < b.at; });
    judgeKinds(file, geometry, found, threads, job);
    return found;
}

bool countsThemselves(const ByteFile& file, const Geometry& geometry, const RefcountTable& table,
    std::uint64_t clusters)
{
    if (table.entries().empty() || !table.blockAt(0))
        return false;
    const auto isCounted
        = [&](HostOffset at) { return table.countOf(file, geometry.cluster.clusterOf(at)) == 1; };
    for (std::uint64_t i = 0; i < clusters; ++i) {
        if (!isCounted(table.at() + geometry.cluster.bytes() * i))
            return false;
    }
    constexpr std::size_t looks = 64;
    for (std::size_t i = 0; i < std::min(looks, table.entries().size()); ++i) {
        if (table.entries()[i] == 0)
            continue;
        const auto block = table.blockAt(i);
        if (!block || block->value >= file.size().value || !isCounted(*block))
            return false;
    }
    return isCounted(HostOffset{0});
}

std::optional<RefcountTable> searchRefcounts(
    const ByteFile& file, const Geometry& geometry, const FoundTables& found, const JobControl& job)
{
    const std::uint64_t cluster = geometry.cluster.bytes().value;
    for (std::size_t i = 0; i < found.tables.size(); ++i) {
        const FoundTable& first = found.tables[i];
        if (first.copied != 0 || first.offsets != first.stored)
            continue;
        job.checkStop();
        // Tables that lie behind it may belong to it.
        std::uint32_t clusters = 1;
        while (i + clusters < found.tables.size()
            && found.tables[i + clusters].at == first.at + clusters * cluster
            && found.tables[i + clusters].copied == 0
            && clusters * cluster < limit::refcountTable.value)
            ++clusters;
        for (const std::uint32_t length : {clusters, 1U}) {
            RefcountTable table{file, geometry, HostOffset{first.at}, length};
            if (countsThemselves(file, geometry, table, length))
                return table;
        }
    }
    return std::nullopt;
}

} // namespace platter::qcow2
