// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/GuestUnits.h"

#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/MemoryFile.h"

#include <algorithm>

#include <QStringList>

namespace platter::tests {

std::vector<GuestUnit> guestUnits(
    const std::shared_ptr<const ByteFile>& file, std::optional<std::size_t> snapshot)
{
    const auto image = openQcow2(file);
    return snapshot ? guestUnitsOf(*image, *image->snapshotState(*snapshot))
                    : guestUnitsOf(*image, image->activeState());
}

std::vector<GuestUnit> guestUnitsOf(const Image& image, const GuestMapping& mapping, Bytes most)
{
    constexpr std::uint64_t unit = 512;
    const bool isOutside = image.externalDataFile().has_value();
    const ByteFile* const file = &image.file();
    const GuestMapping* const state = &mapping;
    std::vector<GuestUnit> result;
    const std::uint64_t size = std::min(state->size(), most).value;
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
    for (const RepairPlan::Epoch& epoch : plan.epochs) {
        for (const RepairPlan::Change& change : epoch.changes) {
            const std::size_t end = change.at.value + change.length().value;
            result.resize(std::max(result.size(), end));
            std::vector<std::byte> bytes = change.after;
            if (change.copyOf) {
                bytes.resize(change.copied.value);
                MemoryFile{result}.readPadded(*change.copyOf, bytes);
            }
            std::copy(bytes.begin(), bytes.end(),
                result.begin() + static_cast<std::ptrdiff_t>(change.at.value));
        }
        if (epoch.lengthAfter)
            result.resize(epoch.lengthAfter->value);
    }
    result.resize(plan.newLength.value);
    return result;
}

QString told(const RepairPlan& plan)
{
    QStringList text;
    for (const RepairStep& step : plan.steps)
        text << QString("%1%2 %3")
                    .arg(step.chosen ? "" : "(", QString::fromStdString(step.id))
                    .arg(step.count);
    for (const std::string& rest : plan.remains)
        text << QString::fromStdString(rest);
    return text.join("; ");
}

} // namespace platter::tests
