// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/SnapshotsModel.h"

#include "app/text/CoreText.h"

#include <QDateTime>
#include <QLocale>

namespace platter::app {

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

void SnapshotsModel::setSnapshots(std::vector<SnapshotInfo> snapshots)
{
    beginResetModel();
    m_snapshots = std::move(snapshots);
    endResetModel();
}

int SnapshotsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_snapshots.size());
}

int SnapshotsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant SnapshotsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const SnapshotInfo& snapshot = m_snapshots[static_cast<std::size_t>(index.row())];
    const auto date = QDateTime::fromSecsSinceEpoch(snapshot.dateSeconds);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case IdColumn: return shownText(snapshot.id);
        case NameColumn: return shownText(snapshot.name);
        case DateColumn: return QLocale().toString(date, QLocale::ShortFormat);
        case ClockColumn: return clockText(snapshot.vmClockNanoseconds);
        case StateColumn:
            return snapshot.vmStateSize.value == 0 ? tr("none", "no saved machine state")
                                                   : shownSize(snapshot.vmStateSize);
        case DiskColumn: return shownSize(snapshot.diskSize);
        default: return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (index.column()) {
        case NameColumn: return shownText(snapshot.name);
        case DateColumn: return date.toString(Qt::ISODate);
        case StateColumn: return exactSize(snapshot.vmStateSize);
        case DiskColumn: return exactSize(snapshot.diskSize);
        default: return {};
        }
    }
    if (role == SortRole) {
        switch (index.column()) {
        case IdColumn: {
            bool isNumber = false;
            const qulonglong id = QString::fromStdString(snapshot.id).toULongLong(&isNumber);
            return isNumber ? QVariant{id} : QVariant{shownText(snapshot.id)};
        }
        case NameColumn: return shownText(snapshot.name);
        case DateColumn:
            return snapshot.dateSeconds * 1e9 + static_cast<double>(snapshot.dateNanoseconds);
        case ClockColumn: return static_cast<qulonglong>(snapshot.vmClockNanoseconds);
        case StateColumn: return static_cast<qulonglong>(snapshot.vmStateSize.value);
        case DiskColumn: return static_cast<qulonglong>(snapshot.diskSize.value);
        default: return {};
        }
    }
    if (role == Qt::TextAlignmentRole && index.column() >= ClockColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant SnapshotsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section >= ClockColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case ClockColumn: return tr("How long the machine had run when the snapshot was taken");
        case StateColumn: return tr("Saved memory of the machine, to go on where it stood");
        case DiskColumn: return tr("Size of the disk at that time");
        default: return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case IdColumn: return tr("Id");
    case NameColumn: return tr("Name");
    case DateColumn: return tr("Taken");
    case ClockColumn: return tr("VM clock");
    case StateColumn: return tr("VM state");
    case DiskColumn: return tr("Disk size");
    default: return {};
    }
}

} // namespace platter::app
