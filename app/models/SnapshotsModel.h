// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/operations/SnapshotGraph.h"

#include <QAbstractTableModel>

#include <memory>
#include <optional>
#include <vector>

namespace platter::app {

/// Now and the internal snapshots of an image, one row each, the youngest first: the order in which
/// the tree is drawn. Without snapshots there are no rows.
class SnapshotsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        GraphColumn,
        NameColumn,
        IdColumn,
        DateColumn,
        ClockColumn,
        StateColumn,
        FreesColumn,
        SharedColumn,
        NoteColumn,
        ColumnCount,
    };
    enum Role {
        SortRole = Qt::UserRole,
        GraphRole, ///< GraphRow
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setSnapshots(std::vector<SnapshotInfo> snapshots, Bytes diskSizeNow);
    /// nullptr: not known yet.
    void setReport(std::shared_ptr<const SnapshotReport> report);

    const std::vector<SnapshotInfo>& snapshots() const { return m_snapshots; }
    const std::shared_ptr<const SnapshotReport>& report() const { return m_report; }
    /// The snapshot of a row; nothing: now.
    std::optional<std::size_t> stateOf(int row) const;
    int rowOf(std::optional<std::size_t> state) const;
    /// Lanes that the tree needs, at most graphLanes.
    unsigned lanes() const { return m_lanes; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const StateReport* reportOf(std::optional<std::size_t> state) const;
    QString display(std::optional<std::size_t> state, int column) const;
    QString note(std::optional<std::size_t> state) const;
    QString toolTip(std::optional<std::size_t> state, int column) const;
    QVariant sortKey(int row, int column) const;

    std::vector<SnapshotInfo> m_snapshots;
    Bytes m_diskSizeNow{};
    std::shared_ptr<const SnapshotReport> m_report;
    std::vector<GraphRow> m_graph; ///< by row; empty without a report
    unsigned m_lanes = 1;
};

} // namespace platter::app

Q_DECLARE_METATYPE(platter::GraphRow)
