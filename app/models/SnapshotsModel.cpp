// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/SnapshotsModel.h"

#include "app/text/CoreText.h"
#include "app/text/SnapshotText.h"

#include <QDateTime>
#include <QLocale>

#include <bit>

namespace platter::app {

void SnapshotsModel::setSnapshots(std::vector<SnapshotInfo> snapshots, Bytes diskSizeNow)
{
    beginResetModel();
    m_snapshots = std::move(snapshots);
    m_diskSizeNow = diskSizeNow;
    m_report.reset();
    m_graph.clear();
    m_lanes = 1;
    endResetModel();
}

void SnapshotsModel::setReport(std::shared_ptr<const SnapshotReport> report)
{
    m_report = std::move(report);
    m_graph.clear();
    m_lanes = 1;
    if (m_report) {
        m_graph = layOutSnapshots(*m_report);
        for (const GraphRow& row : m_graph)
            m_lanes = std::max({m_lanes,
                static_cast<unsigned>(std::bit_width(unsigned{row.above} | unsigned{row.below})),
                std::min(row.lane + 1, graphLanes)});
    }
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

std::optional<std::size_t> SnapshotsModel::stateOf(int row) const
{
    if (row <= 0)
        return {};
    return m_snapshots.size() - static_cast<std::size_t>(row);
}

int SnapshotsModel::rowOf(std::optional<std::size_t> state) const
{
    return state ? static_cast<int>(m_snapshots.size() - *state) : 0;
}

int SnapshotsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || m_snapshots.empty() ? 0 : static_cast<int>(m_snapshots.size()) + 1;
}

int SnapshotsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

const StateReport* SnapshotsModel::reportOf(std::optional<std::size_t> state) const
{
    if (!m_report)
        return nullptr;
    return state ? &m_report->snapshots[*state] : &m_report->now;
}

QString SnapshotsModel::display(std::optional<std::size_t> state, int column) const
{
    const StateReport* const report = reportOf(state);
    const QString unread = QStringLiteral("–");
    switch (column) {
    case FreesColumn:
        // Now cannot be deleted; what is its own stands in its note.
        return !state ? QString() : report ? shownSize(report->usage.alone) : unread;
    case SharedColumn: return report ? shownSize(report->usage.shared) : unread;
    case NoteColumn: return note(state);
    case NameColumn:
        if (!state)
            return tr("Now", "the present state of a disk, in a list");
        break;
    default: break;
    }
    if (!state)
        return {};
    const SnapshotInfo& snapshot = m_snapshots[*state];
    switch (column) {
    case IdColumn: return shownText(snapshot.id);
    case NameColumn: return shownText(snapshot.name);
    case DateColumn:
        return QLocale().toString(
            QDateTime::fromSecsSinceEpoch(snapshot.dateSeconds), QLocale::ShortFormat);
    case ClockColumn: return clockText(snapshot.vmClockNanoseconds);
    case StateColumn:
        return snapshot.vmStateSize.value == 0 ? tr("none", "no saved machine state")
                                               : shownSize(snapshot.vmStateSize);
    default: return {};
    }
}

QString SnapshotsModel::note(std::optional<std::size_t> state) const
{
    QStringList words;
    if (const StateReport* const report = reportOf(state)) {
        if (!state)
            words << tr("%1 of its own").arg(shownSize(report->usage.alone));
        if (const QString parent = parentText(m_snapshots, report->parent); !parent.isEmpty())
            words << parent;
    }
    if (state && m_snapshots[*state].diskSize != m_diskSizeNow)
        words << tr("disk of %1").arg(shownSize(m_snapshots[*state].diskSize));
    return words.join(QStringLiteral(", "));
}

QString SnapshotsModel::toolTip(std::optional<std::size_t> state, int column) const
{
    const StateReport* const report = reportOf(state);
    switch (column) {
    case GraphColumn:
    case NoteColumn: {
        if (!report)
            return note(state);
        const QString why
            = tr("%1 (%2 % sure)").arg(parentReason(report->parent)).arg(report->parent.percent);
        const QString words = note(state);
        return words.isEmpty() ? why : tr("%1. %2", "a note, and why").arg(words, why);
    }
    case FreesColumn: return report && state ? exactSize(report->usage.alone) : QString();
    case SharedColumn: return report ? exactSize(report->usage.shared) : QString();
    default: break;
    }
    if (!state)
        return {};
    const SnapshotInfo& snapshot = m_snapshots[*state];
    switch (column) {
    case NameColumn: return shownText(snapshot.name);
    case DateColumn:
        return QDateTime::fromSecsSinceEpoch(snapshot.dateSeconds).toString(Qt::ISODate);
    case StateColumn: return exactSize(snapshot.vmStateSize);
    default: return {};
    }
}

QVariant SnapshotsModel::sortKey(int row, int column) const
{
    const auto state = stateOf(row);
    const StateReport* const report = reportOf(state);
    switch (column) {
    case GraphColumn: return row;
    case FreesColumn:
        return static_cast<qulonglong>(state && report ? report->usage.alone.value : 0);
    case SharedColumn: return static_cast<qulonglong>(report ? report->usage.shared.value : 0);
    case NoteColumn: return note(state);
    case NameColumn: return state ? shownText(m_snapshots[*state].name) : QString();
    default: break;
    }
    // Now is the youngest of all.
    if (!state)
        return column == DateColumn ? QVariant(1e300) : QVariant(qulonglong{0});
    const SnapshotInfo& snapshot = m_snapshots[*state];
    switch (column) {
    case IdColumn: return QString::fromStdString(snapshot.id).toULongLong();
    case DateColumn:
        return snapshot.dateSeconds * 1e9 + static_cast<double>(snapshot.dateNanoseconds);
    case ClockColumn: return static_cast<qulonglong>(snapshot.vmClockNanoseconds);
    case StateColumn: return static_cast<qulonglong>(snapshot.vmStateSize.value);
    default: return {};
    }
}

QVariant SnapshotsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const auto state = stateOf(index.row());
    switch (role) {
    case Qt::EditRole: // what a box to choose from shows
    case Qt::DisplayRole: return display(state, index.column());
    case Qt::ToolTipRole: return toolTip(state, index.column());
    case SortRole: return sortKey(index.row(), index.column());
    case Qt::AccessibleTextRole:
        return index.column() == GraphColumn ? note(state) : display(state, index.column());
    case GraphRole: {
        if (!m_graph.empty())
            return QVariant::fromValue(m_graph[static_cast<std::size_t>(index.row())]);
        GraphRow unknown;
        unknown.state = state;
        return QVariant::fromValue(unknown);
    }
    case Qt::TextAlignmentRole: {
        const int column = index.column();
        const bool isNumber = column >= ClockColumn && column <= SharedColumn;
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    default: return {};
    }
}

QVariant SnapshotsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        const bool isNumber = section >= ClockColumn && section <= SharedColumn;
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case GraphColumn: return tr("The tree of states, the youngest on top");
        case ClockColumn: return tr("How long the machine had run when the snapshot was taken");
        case StateColumn: return tr("Saved memory of the machine, to go on where it stood");
        case FreesColumn: return tr("What only this snapshot holds, its own tables included");
        case SharedColumn: return tr("What other snapshots, or the present state, hold too");
        case NoteColumn:
            return tr("Where it comes from. Images do not store it: it is inferred from the "
                      "tables.");
        default: return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case GraphColumn: return tr("Tree");
    case IdColumn: return tr("Id");
    case NameColumn: return tr("Name");
    case DateColumn: return tr("Taken");
    case ClockColumn: return tr("VM clock");
    case StateColumn: return tr("VM state");
    case FreesColumn: return tr("Frees if deleted");
    case SharedColumn: return tr("Shared");
    case NoteColumn: return tr("Note");
    default: return {};
    }
}

} // namespace platter::app
