// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/CoreText.h"

#include "core/base/Text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(CoreText)
    };

} // namespace

QString shownText(std::string_view untrusted)
{
    // Nearly all names are plain, and lists of 65 536 are searched letter by letter.
    const auto isPlain
        = [](char letter) { return letter >= ' ' && letter < 127 && letter != '\\'; };
    if (std::all_of(untrusted.begin(), untrusted.end(), isPlain))
        return QString::fromLatin1(untrusted.data(), static_cast<qsizetype>(untrusted.size()));
    return QString::fromStdString(escapedText(untrusted));
}

QString shownPath(const std::filesystem::path& path)
{
    return shownText(path.native());
}

QString shownSize(Bytes size)
{
    constexpr std::array<const char*, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
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
    return Words::tr("%1 bytes", "an exact length; %1 is a number with digit groups")
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
        return Words::tr("< 0.1 %");
    return Words::tr("%1 %", "a share of a whole")
        .arg(QLocale().toString(share, 'f', share >= 99.95 || share == 0 ? 0 : 1));
}

QString fieldText(std::string_view text)
{
    if (text.empty())
        return {};
    const std::string source{text};
    for (const char* context : {"Field", "Finding"}) {
        const QString translated = QCoreApplication::translate(context, source.c_str());
        if (translated != QString::fromStdString(source))
            return shownText(translated.toStdString());
    }
    return shownText(text);
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

QString findingGuestSees(const FindingKind& kind)
{
    return QCoreApplication::translate("Finding", kind.guestSees);
}

QString findingCauses(const FindingKind& kind)
{
    return QCoreApplication::translate("Finding", kind.causes);
}

QString findingBasis(const FindingKind& kind)
{
    switch (kind.basis) {
    case Basis::Bytes: return Words::tr("Sure: the bytes themselves break a rule of the format.");
    case Basis::Counted:
        return Words::tr("Sure, as far as every table could be read: it follows from counting.");
    case Basis::Presumed:
        return Words::tr("Probable: the same bytes can also have a harmless reason.");
    }
    return {};
}

QString severityText(Severity severity)
{
    switch (severity) {
    case Severity::Note: return Words::tr("Note", "severity of a finding");
    case Severity::Warning: return Words::tr("Warning", "severity of a finding");
    case Severity::Leak: return Words::tr("Lost space", "severity of a finding");
    case Severity::Corruption: return Words::tr("Damage", "severity of a finding");
    case Severity::Unchecked: return Words::tr("Not examined", "severity of a finding");
    }
    return {};
}

QString hostUseText(HostUse use)
{
    switch (use) {
    case HostUse::Free: return Words::tr("Free");
    case HostUse::Header: return Words::tr("Header");
    case HostUse::L1Table: return Words::tr("L1 table");
    case HostUse::L2Table: return Words::tr("L2 tables");
    case HostUse::RefcountTable: return Words::tr("Refcount table");
    case HostUse::RefcountBlock: return Words::tr("Refcount blocks");
    case HostUse::SnapshotTable: return Words::tr("Snapshot table");
    case HostUse::SnapshotL1Table: return Words::tr("L1 tables of snapshots");
    case HostUse::SnapshotL2Table: return Words::tr("L2 tables of snapshots");
    case HostUse::BitmapDirectory: return Words::tr("Bitmap directory");
    case HostUse::BitmapTable: return Words::tr("Bitmap tables");
    case HostUse::BitmapData: return Words::tr("Bitmaps");
    case HostUse::EncryptionHeader: return Words::tr("Encryption header");
    case HostUse::BlockMap: return Words::tr("Block map");
    case HostUse::Data: return Words::tr("Data");
    case HostUse::DataShared: return Words::tr("Data shared with snapshots");
    case HostUse::DataSnapshot: return Words::tr("Only in snapshots");
    case HostUse::Compressed: return Words::tr("Compressed data");
    case HostUse::CompressedSnapshot: return Words::tr("Compressed, only in snapshots");
    case HostUse::ZeroAllocated: return Words::tr("Kept for zeros");
    case HostUse::VmState: return Words::tr("Saved machine state");
    case HostUse::Leaked: return Words::tr("Leaked");
    case HostUse::Problem: return Words::tr("Problem");
    }
    return {};
}

} // namespace platter::app
