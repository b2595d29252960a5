// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/CheckExport.h"

#include "core/base/Text.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace platter::app {

namespace {

    qint64 number(std::uint64_t value)
    {
        return static_cast<qint64>(value);
    }

    QString line(const std::string& text)
    {
        return QString::fromStdString(validUtf8(text));
    }

    QString field(QString text)
    {
        // A spreadsheet would run what begins like a formula.
        if (!text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text.front()))
            text.prepend(QLatin1Char('\''));
        if (text.contains(QLatin1Char(',')) || text.contains(QLatin1Char('"'))
            || text.contains(QLatin1Char('\n')) || text.contains(QLatin1Char('\r')))
            return QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\""))
                + QLatin1Char('"');
        return text;
    }

    /// Kinds that were found, gravest first.
    std::vector<std::pair<const FindingKind*, std::uint64_t>> kindsOf(const CheckReport& report)
    {
        std::vector<std::pair<const FindingKind*, std::uint64_t>> kinds(
            report.countOf.begin(), report.countOf.end());
        std::sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {
            return a.first->severity != b.first->severity
                ? a.first->severity > b.first->severity
                : std::string_view{a.first->id} < b.first->id;
        });
        return kinds;
    }

} // namespace

QByteArray checkAsText(const CheckedImage& checked)
{
    const CheckReport& report = *checked.report;
    QStringList lines{
        QStringLiteral("Check of %1 (%2)")
            .arg(line(escapedText(checked.path)), line(checked.formatId)),
        QStringLiteral("Checked %1").arg(checked.checkedAt.toString(Qt::ISODate)),
    };
    if (checked.changedDuring)
        lines << QStringLiteral("Another program wrote the file while it was checked: what was "
                                "found may be of that moment only.");
    if (checked.changedSince)
        lines << QStringLiteral("The file has changed since.");
    lines << QString()
          << QStringLiteral("%1 corruptions, %2 leaked clusters, %3 parts not examined")
                 .arg(report.corruptions)
                 .arg(report.leaks)
                 .arg(report.checkErrors);
    if (report.totalClusters)
        lines << QStringLiteral("%1 of %2 clusters of the disk are in use, %3 compressed, %4 "
                                "fragmented")
                     .arg(report.allocatedClusters)
                     .arg(report.totalClusters)
                     .arg(report.compressedClusters)
                     .arg(report.fragmentedClusters);
    for (const auto& [kind, count] : kindsOf(report)) {
        lines << QString()
              << QStringLiteral("%1, %2 times (%3)")
                     .arg(QLatin1String(severityName(kind->severity)))
                     .arg(count)
                     .arg(QLatin1String(kind->id))
              << QStringLiteral("  It means: %1").arg(QString::fromUtf8(kind->meaning))
              << QStringLiteral("  The guest sees: %1").arg(QString::fromUtf8(kind->guestSees))
              << QStringLiteral("  Likely cause: %1").arg(QString::fromUtf8(kind->causes));
        for (const Finding& finding : report.findings) {
            if (finding.kind == kind)
                lines << QStringLiteral("    ") + line(describe(finding));
        }
        const auto kept = report.keptOf.find(kind);
        const std::uint64_t listed = kept == report.keptOf.end() ? 0 : kept->second;
        if (listed < count)
            lines << QStringLiteral("    and %1 more").arg(count - listed);
    }
    return lines.join(QLatin1Char('\n')).toUtf8() + '\n';
}

QByteArray checkAsJson(const CheckedImage& checked)
{
    const CheckReport& report = *checked.report;
    QJsonObject counts;
    for (const auto& [kind, count] : report.countOf)
        counts[QLatin1String(kind->id)] = number(count);
    QJsonArray findings;
    for (const Finding& finding : report.findings) {
        QJsonObject one{
            {QStringLiteral("id"), QLatin1String(finding.kind->id)},
            {QStringLiteral("severity"), QLatin1String(severityName(finding.kind->severity))},
            {QStringLiteral("text"), line(describe(finding))},
        };
        if (finding.host)
            one[QStringLiteral("offset")] = number(finding.host->value);
        if (finding.guest)
            one[QStringLiteral("guest-offset")] = number(finding.guest->value);
        if (finding.length.value)
            one[QStringLiteral("length")] = number(finding.length.value);
        findings.append(one);
    }
    QJsonObject all{
        {QStringLiteral("filename"), line(checked.path)},
        {QStringLiteral("format"), line(checked.formatId)},
        {QStringLiteral("checked-at"), checked.checkedAt.toString(Qt::ISODate)},
        {QStringLiteral("changed-since"), checked.changedSince},
        {QStringLiteral("changed-during-check"), checked.changedDuring},
        {QStringLiteral("check-errors"), number(report.checkErrors)},
        {QStringLiteral("corruptions"), number(report.corruptions)},
        {QStringLiteral("leaks"), number(report.leaks)},
        {QStringLiteral("total-clusters"), number(report.totalClusters)},
        {QStringLiteral("allocated-clusters"), number(report.allocatedClusters)},
        {QStringLiteral("fragmented-clusters"), number(report.fragmentedClusters)},
        {QStringLiteral("compressed-clusters"), number(report.compressedClusters)},
        {QStringLiteral("finding-counts"), counts},
        {QStringLiteral("findings"), findings},
    };
    if (report.imageEnd)
        all[QStringLiteral("image-end-offset")] = number(report.imageEnd->value);
    return QJsonDocument(all).toJson();
}

QByteArray checkAsCsv(const CheckedImage& checked)
{
    QByteArray text = "id,severity,offset,guest-offset,length,text,meaning\r\n";
    for (const Finding& finding : checked.report->findings) {
        const auto place = [](const auto& at) {
            return at ? QString::fromStdString(hexText(at->value)) : QString();
        };
        const QStringList fields{QLatin1String(finding.kind->id),
            QLatin1String(severityName(finding.kind->severity)), place(finding.host),
            place(finding.guest),
            finding.length.value ? QString::number(finding.length.value) : QString(),
            field(line(describe(finding))), field(QString::fromUtf8(finding.kind->meaning))};
        text += fields.join(QLatin1Char(',')).toUtf8() + "\r\n";
    }
    return text;
}

QByteArray checkAs(const QString& fileName, const CheckedImage& checked)
{
    if (fileName.endsWith(QLatin1String(".json"), Qt::CaseInsensitive))
        return checkAsJson(checked);
    if (fileName.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive))
        return checkAsCsv(checked);
    return checkAsText(checked);
}

} // namespace platter::app
