// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/SnapshotText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(SnapshotText)
    };

    QString csvField(QString text)
    {
        if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')))
            return text;
        return QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\""))
            + QLatin1Char('"');
    }

    QString dateText(const SnapshotInfo& snapshot)
    {
        return QDateTime::fromSecsSinceEpoch(snapshot.dateSeconds, Qt::UTC).toString(Qt::ISODate);
    }

    /// The columns of a state as plain text; numbers are bytes.
    QStringList fieldsOf(const std::vector<SnapshotInfo>& snapshots,
        std::optional<std::size_t> state, const StateReport* report)
    {
        QStringList fields;
        if (state) {
            const SnapshotInfo& one = snapshots[*state];
            fields << shownText(one.id) << shownText(one.name) << dateText(one)
                   << clockText(one.vmClockNanoseconds) << QString::number(one.vmStateSize.value)
                   << QString::number(one.diskSize.value);
        } else {
            fields << QString() << QStringLiteral("now") << QString() << QString() << QString()
                   << QString();
        }
        if (!report)
            return fields << QString() << QString() << QString() << QString();
        return fields << QString::number(report->usage.alone.value)
                      << QString::number(report->usage.shared.value)
                      << (report->parent.snapshot
                                 ? shownText(snapshots[*report->parent.snapshot].id)
                                 : QString())
                      << QString::number(report->parent.percent);
    }

    QJsonObject objectOf(const std::vector<SnapshotInfo>& snapshots,
        std::optional<std::size_t> state, const StateReport* report)
    {
        QJsonObject one;
        if (state) {
            const SnapshotInfo& snapshot = snapshots[*state];
            one.insert(QStringLiteral("id"), shownText(snapshot.id));
            one.insert(QStringLiteral("name"), shownText(snapshot.name));
            one.insert(QStringLiteral("date"), dateText(snapshot));
            one.insert(
                QStringLiteral("vm-clock-nsec"), static_cast<qint64>(snapshot.vmClockNanoseconds));
            one.insert(
                QStringLiteral("vm-state-size"), static_cast<qint64>(snapshot.vmStateSize.value));
            one.insert(
                QStringLiteral("virtual-size"), static_cast<qint64>(snapshot.diskSize.value));
        }
        if (report) {
            one.insert(QStringLiteral("frees"), static_cast<qint64>(report->usage.alone.value));
            one.insert(QStringLiteral("shared"), static_cast<qint64>(report->usage.shared.value));
            if (report->parent.snapshot)
                one.insert(
                    QStringLiteral("parent"), shownText(snapshots[*report->parent.snapshot].id));
            one.insert(QStringLiteral("parent-percent"), static_cast<int>(report->parent.percent));
        }
        return one;
    }

} // namespace

QString stateName(const std::vector<SnapshotInfo>& snapshots, std::optional<std::size_t> snapshot)
{
    if (!snapshot)
        return Words::tr("now", "the present state of a disk, in a sentence");
    const SnapshotInfo& one = snapshots[*snapshot];
    return one.name.empty() ? Words::tr("snapshot %1").arg(shownText(one.id))
                            : Words::tr("“%1”", "a name in quotes").arg(shownText(one.name));
}

QString parentText(const std::vector<SnapshotInfo>& snapshots, const StateParent& parent)
{
    if (parent.snapshot) {
        const QString name = stateName(snapshots, parent.snapshot);
        switch (parent.confidence()) {
        case ParentConfidence::Sure: return Words::tr("from %1").arg(name);
        case ParentConfidence::Probable: return Words::tr("probably from %1").arg(name);
        case ParentConfidence::Guess: return Words::tr("perhaps from %1").arg(name);
        }
    }
    switch (parent.evidence) {
    case ParentEvidence::NothingFits: return Words::tr("from none that is left");
    case ParentEvidence::Unreadable: return Words::tr("its tables cannot be followed");
    default: return {};
    }
}

QString parentReason(const StateParent& parent)
{
    switch (parent.evidence) {
    case ParentEvidence::KeepsItsClusters:
        return Words::tr("It holds data that this snapshot was the first to hold.");
    case ParentEvidence::SameContent:
        return Words::tr("Several snapshots have the same content; the latest was taken.");
    case ParentEvidence::OnlyOrder:
        return Words::tr("Nothing contradicts it, but nothing of its own is left either.");
    case ParentEvidence::First: return Words::tr("There is no earlier snapshot.");
    case ParentEvidence::NothingFits:
        return Words::tr("Every earlier snapshot holds something newer at some place.");
    case ParentEvidence::Unreadable: return Words::tr("Its L1 table is not where one can be.");
    }
    return {};
}

QString clockText(std::uint64_t nanoseconds)
{
    const std::uint64_t milliseconds = nanoseconds / 1'000'000;
    const std::uint64_t seconds = milliseconds / 1000;
    return QStringLiteral("%1:%2:%3.%4")
        .arg(seconds / 3600, 2, 10, QLatin1Char('0'))
        .arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(seconds % 60, 2, 10, QLatin1Char('0'))
        .arg(milliseconds % 1000, 3, 10, QLatin1Char('0'));
}

QString snapshotsAs(
    TableForm form, const std::vector<SnapshotInfo>& snapshots, const SnapshotReport* report)
{
    if (form == TableForm::Json) {
        QJsonArray list;
        for (std::size_t i = 0; i < snapshots.size(); ++i)
            list.append(objectOf(snapshots, i, report ? &report->snapshots[i] : nullptr));
        const QJsonObject all{
            {QStringLiteral("now"), objectOf(snapshots, {}, report ? &report->now : nullptr)},
            {QStringLiteral("snapshots"), list}};
        return QString::fromUtf8(QJsonDocument(all).toJson());
    }
    // Column names are for programs as much as for people: they stay as they are.
    QList<QStringList> lines{{QStringLiteral("id"), QStringLiteral("name"), QStringLiteral("date"),
        QStringLiteral("vm-clock"), QStringLiteral("vm-state-size"), QStringLiteral("virtual-size"),
        QStringLiteral("frees"), QStringLiteral("shared"), QStringLiteral("parent"),
        QStringLiteral("parent-percent")}};
    lines << fieldsOf(snapshots, {}, report ? &report->now : nullptr);
    for (std::size_t i = snapshots.size(); i-- > 0;)
        lines << fieldsOf(snapshots, i, report ? &report->snapshots[i] : nullptr);
    QString text;
    for (QStringList& line : lines) {
        if (form == TableForm::Csv) {
            for (QString& field : line)
                field = csvField(field);
        }
        text += line.join(form == TableForm::Csv ? QLatin1Char(',') : QLatin1Char('\t'));
        text += QLatin1Char('\n');
    }
    return text;
}

} // namespace platter::app
