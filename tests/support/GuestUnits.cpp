// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/GuestUnits.h"

#include "core/formats/qcow2/Qcow2Image.h"

#include <algorithm>

namespace platter::tests {

std::vector<GuestUnit> guestUnits(
    const std::shared_ptr<const ByteFile>& file, std::optional<std::size_t> snapshot)
{
    constexpr std::uint64_t unit = 512;
    const auto image = openQcow2(file);
    const bool isOutside = image->externalDataFile().has_value();
    std::shared_ptr<const GuestMapping> kept;
    const GuestMapping* state = &image->activeState();
    if (snapshot) {
        kept = image->snapshotState(*snapshot);
        state = kept.get();
    }
    std::vector<GuestUnit> result;
    const std::uint64_t size = std::min<std::uint64_t>(state->size().value, (4_MiB).value);
    std::vector<std::byte> bytes;
    std::optional<Extent> extent;
    for (std::uint64_t at = 0; at + unit <= size; at += unit) {
        if (!extent || extent->end().value < at + unit)
            extent = state->extentAt(GuestOffset{at}, Bytes{size - at});
        GuestUnit& one = result.emplace_back();
        const bool isStream = extent->kind == ExtentKind::Compressed;
        one.stored = extent->kind == ExtentKind::Data || isStream;
        if (extent->kind == ExtentKind::Damaged)
            continue;
        bytes.assign(isStream ? std::min<std::uint64_t>(extent->stored.value, (1_MiB).value) : unit,
            std::byte{});
        if (one.stored && !isOutside) {
            const HostOffset host = isStream ? extent->host : extent->from(GuestOffset{at}).host;
            if (host.value + (isStream ? 1 : unit) > file->size().value)
                continue;
            file->readPadded(host, bytes);
        }
        one.bytes = QByteArray{
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
    }
    return result;
}

bool keepsAll(const std::vector<GuestUnit>& before, const std::vector<GuestUnit>& after)
{
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
        if (before[i].bytes && before[i].stored && before[i].bytes != after[i].bytes)
            return false;
        // What was not stored may have come back with a table.
        if (before[i].bytes && !before[i].stored && !after[i].stored
            && before[i].bytes != after[i].bytes)
            return false;
    }
    return before.size() <= after.size();
}

std::vector<std::byte> repaired(const std::vector<std::byte>& image, const RepairPlan& plan)
{
    std::vector<std::byte> result = image;
    result.resize(std::max<std::size_t>(result.size(), plan.newLength.value));
    for (const RepairPlan::Epoch& epoch : plan.epochs) {
        for (const RepairPlan::Change& change : epoch.changes)
            std::copy(change.after.begin(), change.after.end(),
                result.begin() + static_cast<std::ptrdiff_t>(change.at.value));
    }
    return result;
}

} // namespace platter::tests
