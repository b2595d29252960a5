// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/CoreText.h"

#include "core/base/Text.h"

#include <QCoreApplication>
#include <QLocale>

#include <array>
#include <cmath>

namespace platter::app {

namespace {

    QString tr(const char* text, const char* comment = nullptr)
    {
        return QCoreApplication::translate("CoreText", text, comment);
    }

} // namespace

QString shownText(std::string_view untrusted)
{
    return QString::fromStdString(escapedText(untrusted));
}

QString shownPath(const std::filesystem::path& path)
{
    return shownText(path.native());
}

QString shownSize(Bytes size)
{
    constexpr std::array<const char*, 7> units {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    double shown = static_cast<double>(size.value);
    // A unit is taken from 1000 of the smaller one on, so that three digits are always enough.
    while (unit + 1 < units.size() && shown >= 999.5) {
        shown /= 1024;
        ++unit;
    }
    const int decimals = unit == 0 || shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
    QString number = QLocale().toString(shown, 'f', decimals);
    const QString point = QLocale().decimalPoint();
    if (number.contains(point)) {
        while (number.endsWith(QLocale().zeroDigit()))
            number.chop(1);
        if (number.endsWith(point))
            number.chop(point.size());
    }
    return number + QChar(0xa0) + QLatin1String(units[unit]);
}

QString exactSize(Bytes size)
{
    return QCoreApplication::translate(
        "CoreText", "%1 bytes", "an exact length; %1 is a number with digit groups")
        .arg(QLocale().toString(static_cast<qulonglong>(size.value)));
}

QString shownOffset(std::uint64_t offset)
{
    return QString::fromStdString(groupedHexText(offset));
}

QString shownShare(Bytes part, Bytes whole)
{
    if (whole.value == 0)
        return QStringLiteral("–");
    const double share = 100.0 * static_cast<double>(part.value) / static_cast<double>(whole.value);
    if (part.value != 0 && share < 0.1)
        return tr("< 0.1 %");
    return tr("%1 %", "a share of a whole")
        .arg(QLocale().toString(share, 'f', share >= 99.95 || share == 0 ? 0 : 1));
}

QString findingText(const Finding& finding)
{
    const std::string pattern
        = QCoreApplication::translate("Finding", finding.kind->text).toStdString();
    std::vector<std::string> safe;
    safe.reserve(finding.arguments.size());
    for (const std::string& argument : finding.arguments)
        safe.push_back(escapedText(argument));
    return QString::fromStdString(fillText(pattern, safe.data(), safe.size()));
}

QString findingMeaning(const FindingKind& kind)
{
    return kind.meaning ? QCoreApplication::translate("Finding", kind.meaning) : QString();
}

QString severityText(Severity severity)
{
    switch (severity) {
    case Severity::Note: return tr("Note", "severity of a finding");
    case Severity::Warning: return tr("Warning", "severity of a finding");
    case Severity::Leak: return tr("Lost space", "severity of a finding");
    case Severity::Corruption: return tr("Damage", "severity of a finding");
    case Severity::Unchecked: return tr("Not examined", "severity of a finding");
    }
    return {};
}

QString hostUseText(HostUse use)
{
    switch (use) {
    case HostUse::Free: return tr("Free");
    case HostUse::Header: return tr("Header");
    case HostUse::L1Table: return tr("L1 table");
    case HostUse::L2Table: return tr("L2 tables");
    case HostUse::RefcountTable: return tr("Refcount table");
    case HostUse::RefcountBlock: return tr("Refcount blocks");
    case HostUse::SnapshotTable: return tr("Snapshot table");
    case HostUse::SnapshotL1Table: return tr("L1 tables of snapshots");
    case HostUse::SnapshotL2Table: return tr("L2 tables of snapshots");
    case HostUse::BitmapDirectory: return tr("Bitmap directory");
    case HostUse::BitmapTable: return tr("Bitmap tables");
    case HostUse::BitmapData: return tr("Bitmaps");
    case HostUse::EncryptionHeader: return tr("Encryption header");
    case HostUse::BlockMap: return tr("Block map");
    case HostUse::Data: return tr("Data");
    case HostUse::DataShared: return tr("Data shared with snapshots");
    case HostUse::DataSnapshot: return tr("Only in snapshots");
    case HostUse::Compressed: return tr("Compressed data");
    case HostUse::CompressedSnapshot: return tr("Compressed, only in snapshots");
    case HostUse::ZeroAllocated: return tr("Kept for zeros");
    case HostUse::VmState: return tr("Saved machine state");
    case HostUse::Leaked: return tr("Leaked");
    case HostUse::Problem: return tr("Problem");
    }
    return {};
}

} // namespace platter::app
