// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <QAbstractTableModel>

#include <vector>

namespace platter::app {

/// The internal snapshots of an image, one row each, in the order of the file.
class SnapshotsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        IdColumn,
        NameColumn,
        DateColumn,
        ClockColumn,
        StateColumn,
        DiskColumn,
        ColumnCount,
    };
    enum Role { SortRole = Qt::UserRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setSnapshots(std::vector<SnapshotInfo> snapshots);
    const SnapshotInfo& snapshot(int row) const
    {
        return m_snapshots[static_cast<std::size_t>(row)];
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<SnapshotInfo> m_snapshots;
};

/// "01:02:03.456": how long the machine had run.
QString clockText(std::uint64_t nanoseconds);

} // namespace platter::app
