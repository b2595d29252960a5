// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/UnitKeys.h"

#include "core/crypto/Hash.h"

#include <algorithm>
#include <cstring>

namespace platter {

namespace {

    /// A multiple of every cluster size: what the place inside a compressed cluster is counted in.
    constexpr std::uint64_t clusterMultiple = std::uint64_t{1} << 21;

    // Kinds of parts.
    constexpr std::uint32_t nothing = 0; // zeros, or left to the layers that are kept
    constexpr std::uint32_t data = 1;
    constexpr std::uint32_t compressed = 2;
    constexpr std::uint32_t damaged = 3;
    constexpr std::uint32_t hidingZeros = 4; // those layers must not show through

} // namespace

UnitKeyMaker::UnitKeyMaker(GuestOffset start, std::uint64_t unit,
    const std::optional<KeptLayers>& kept, std::span<UnitKey> keys)
    : m_start(start.value)
    , m_unit(unit)
    , m_kept(kept)
    , m_keys(keys)
{
}

void UnitKeyMaker::add(const LayeredExtent& layered)
{
    const Extent& extent = layered.extent;
    std::uint64_t at = extent.start.value;
    const std::uint64_t end = extent.end().value;
    while (at < end) {
        const std::uint64_t unitEnd = m_start + ((at - m_start) / m_unit + 1) * m_unit;
        const std::uint64_t partEnd = std::min(unitEnd, end);
        addPart(layered, at, partEnd - at);
        at = partEnd;
        if (at == unitEnd)
            finishUnit((at - m_start) / m_unit - 1);
    }
    m_end = at;
}

void UnitKeyMaker::finish()
{
    if (m_end > m_start && (m_end - m_start) % m_unit != 0)
        finishUnit((m_end - m_start) / m_unit);
}

void UnitKeyMaker::addPart(const LayeredExtent& layered, std::uint64_t at, std::uint64_t length)
{
    const Extent& extent = layered.extent;
    Part part;
    part.length = length;
    const bool isKept = m_kept && layered.layer >= m_kept->from;
    switch (isKept ? ExtentKind::Unallocated : extent.kind) {
    case ExtentKind::Unallocated:
    case ExtentKind::Zero:
    case ExtentKind::ZeroAllocated:
        part.kind = m_kept && !isKept && at < m_kept->size ? hidingZeros : nothing;
        break;
    case ExtentKind::Data:
        part.kind = data;
        part.layer = static_cast<std::uint32_t>(layered.layer);
        part.host = extent.host.value + (at - extent.start.value);
        break;
    case ExtentKind::Compressed:
        part.kind = compressed;
        part.layer = static_cast<std::uint32_t>(layered.layer);
        part.host = extent.host.value;
        part.skipped = at % clusterMultiple;
        part.stored = extent.stored.value;
        break;
    case ExtentKind::Damaged:
        // Reading it says what is wrong.
        part.kind = damaged;
        part.host = extent.entry.value;
        break;
    }
    if (!m_parts.empty() && m_parts.back().kind == part.kind
        && (part.kind == nothing || part.kind == hidingZeros))
        m_parts.back().length += length;
    else
        m_parts.push_back(part);
}

void UnitKeyMaker::finishUnit(std::uint64_t index)
{
    UnitKey& key = m_keys[index];
    key = {};
    if (m_parts.size() > 1 || m_parts.front().kind != nothing) {
        std::array<std::byte, longestDigest> digest;
        digestOf(HashAlgorithm::Sha256, {std::as_bytes(std::span{m_parts})},
            std::span{digest}.first(digestLength(HashAlgorithm::Sha256)));
        std::memcpy(key.data(), digest.data(), key.size());
    }
    m_parts.clear();
}

} // namespace platter
