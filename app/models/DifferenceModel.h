// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/StateDifference.h"

#include <QAbstractTableModel>
#include <QColor>

#include <functional>
#include <vector>

namespace platter::app {

/// What two states differ by, one row for each kind of difference.
class DifferenceModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { KindColumn, BytesColumn, ClustersColumn, ColumnCount };

    struct Row {
        DifferenceKind kind = DifferenceKind::Changed;
        Bytes bytes{};
        std::optional<std::uint64_t> clusters; ///< nothing: not counted yet
    };

    /// `colorOf` gives the colour that stands before a name.
    DifferenceModel(std::function<QColor(DifferenceKind)> colorOf, QObject* parent);

    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return m_rows; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::function<QColor(DifferenceKind)> m_colorOf;
    std::vector<Row> m_rows;
};

} // namespace platter::app
