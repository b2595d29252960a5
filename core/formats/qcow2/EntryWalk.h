// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Geometry.h"

#include <algorithm>
#include <bit>
#include <span>

namespace platter::qcow2 {

/// Consecutive L2 entries that follow one rule: the words differ by a constant step.
struct EntryRun {
    std::uint64_t word = 0; ///< the first entry
    std::uint64_t bitmap = 0; ///< extended L2: the same for all
    std::uint64_t first = 0; ///< index in the table
    std::uint64_t count = 0;
    EntryType type = EntryType::Unallocated;
};

/// Calls visit(EntryRun) for the runs of `entries`, whose first entry has index `firstIndex`, until
/// it returns false.
///
/// This is the one loop over L2 entries, shared by check, map and reading. It works on whole words:
/// a run goes on while the next word equals the last one plus a cluster (stored clusters) or the
/// last one itself (holes).
template <class Visit>
void walkEntries(const Geometry& geometry, std::span<const std::byte> entries,
    std::uint64_t firstIndex, Visit&& visit)
{
    const std::uint64_t count = entries.size() / geometry.entryBytes();
    const std::byte* const data = entries.data();
    const std::uint64_t clusterBytes = geometry.cluster.bytes().value;
    if (geometry.extended) {
        for (std::uint64_t i = 0; i < count;) {
            EntryRun run{loadBig<std::uint64_t>(data + i * 16),
                loadBig<std::uint64_t>(data + i * 16 + 8), firstIndex + i, 1,
                EntryType::Unallocated};
            run.type = geometry.typeOf(run.word);
            const std::uint64_t step = run.type == EntryType::Normal ? clusterBytes : 0;
            std::uint64_t next = run.word + step;
            std::uint64_t end = i + 1;
            if (run.type != EntryType::Compressed) {
                while (end < count && loadBig<std::uint64_t>(data + end * 16) == next
                    && loadBig<std::uint64_t>(data + end * 16 + 8) == run.bitmap) {
                    next += step;
                    ++end;
                }
            }
            run.count = end - i;
            if (!visit(run))
                return;
            i = end;
        }
        return;
    }
    for (std::uint64_t i = 0; i < count;) {
        EntryRun run{
            loadBig<std::uint64_t>(data + i * 8), 0, firstIndex + i, 1, EntryType::Unallocated};
        run.type = geometry.typeOf(run.word);
        std::uint64_t end = i + 1;
        if (run.type == EntryType::Unallocated || run.type == EntryType::ZeroPlain) {
            std::uint64_t stored;
            std::memcpy(&stored, data + i * 8, 8);
            while (end < count) {
                std::uint64_t other;
                std::memcpy(&other, data + end * 8, 8);
                if (other != stored)
                    break;
                ++end;
            }
        } else if (run.type != EntryType::Compressed) {
            std::uint64_t next = run.word + clusterBytes;
            while (end < count && loadBig<std::uint64_t>(data + end * 8) == next) {
                next += clusterBytes;
                ++end;
            }
        }
        run.count = end - i;
        if (!visit(run))
            return;
        i = end;
    }
}

/// Turns a run of entries of the table at `table` that maps the guest from `tableStart` on into
/// extents, and calls handOut(Extent) for each until it returns false. @returns whether to go on
template <class Emit>
bool extentsOf(const Geometry& geometry, const EntryRun& run, GuestOffset tableStart,
    HostOffset table, Emit&& handOut)
{
    const Bytes clusterBytes = geometry.cluster.bytes();
    Extent extent;
    extent.start = tableStart + clusterBytes * run.first;
    extent.length = clusterBytes * run.count;
    const HostOffset entryAt = table + Bytes{run.first * geometry.entryBytes()};
    const auto damaged = [&](const FindingKind& kind) {
        extent.kind = ExtentKind::Damaged;
        extent.problem = &kind;
        extent.entry = entryAt;
        return handOut(extent);
    };

    switch (run.type) {
    case EntryType::Unallocated: break;
    case EntryType::ZeroPlain:
        if (geometry.version < 3)
            return damaged(l2ZeroInVersion2);
        extent.kind = ExtentKind::Zero;
        return handOut(extent);
    case EntryType::Compressed: {
        if (geometry.externalData)
            return damaged(l2CompressedDataFile);
        const CompressedPlace place = geometry.compressedPlace(run.word);
        extent.kind = ExtentKind::Compressed;
        extent.host = place.start;
        extent.stored = place.length;
        return handOut(extent);
    }
    case EntryType::ZeroAllocated:
    case EntryType::Normal:
        extent.host = HostOffset{run.word & entry::offset};
        if (!geometry.cluster.aligned(extent.host))
            return damaged(l2Unaligned);
        if (geometry.externalData && extent.host.value != extent.start.value)
            return damaged(l2DataFileOffset);
        if (run.type == EntryType::ZeroAllocated) {
            if (geometry.version < 3)
                return damaged(l2ZeroInVersion2);
            extent.kind = ExtentKind::ZeroAllocated;
            return handOut(extent);
        }
        break;
    }
    if (!geometry.extended) {
        if (run.type == EntryType::Normal)
            extent.kind = ExtentKind::Data;
        return handOut(extent);
    }

    const auto stored = static_cast<std::uint32_t>(run.bitmap);
    const auto zero = static_cast<std::uint32_t>(run.bitmap >> 32);
    const bool allocated = run.type == EntryType::Normal;
    if (stored & zero)
        return damaged(l2BitmapContradiction);
    if (!allocated && stored)
        return damaged(l2BitmapWithoutCluster);
    const auto kindOf = [&](unsigned bit) {
        if (stored >> bit & 1U)
            return ExtentKind::Data;
        if (zero >> bit & 1U)
            return allocated ? ExtentKind::ZeroAllocated : ExtentKind::Zero;
        return ExtentKind::Unallocated;
    };
    if ((stored == 0 || stored == ~0U) && (zero == 0 || zero == ~0U)) {
        extent.kind = kindOf(0);
        return handOut(extent);
    }
    const HostOffset host = extent.host;
    for (std::uint64_t i = 0; i < run.count; ++i) {
        for (unsigned bit = 0; bit < 32;) {
            unsigned end = bit + 1;
            while (end < 32 && kindOf(end) == kindOf(bit))
                ++end;
            const Bytes within = clusterBytes * i + geometry.subcluster() * bit;
            Extent part;
            part.start = extent.start + within;
            part.length = geometry.subcluster() * (end - bit);
            part.kind = kindOf(bit);
            if (allocated)
                part.host = host + within;
            if (!handOut(part))
                return false;
            bit = end;
        }
    }
    return true;
}

} // namespace platter::qcow2
