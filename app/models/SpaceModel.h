// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"

#include <QAbstractTableModel>
#include <QColor>

#include <functional>
#include <vector>

namespace platter::app {

/// Where the bytes of the file go: the legend of the space bar as a table.
class SpaceModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, SizeColumn, ShareColumn, ColumnCount };
    enum Role { KindRole = Qt::UserRole }; ///< SpaceKind as int

    using QAbstractTableModel::QAbstractTableModel;

    /// `colorOf` gives the square before a name; asked for on each painting, so that a change of
    /// theme shows at once.
    void setSwatches(std::function<QVariant(SpaceKind)> swatchOf)
    {
        m_swatchOf = std::move(swatchOf);
    }
    void setRows(std::vector<Overview::SpaceRow> rows);
    const std::vector<Overview::SpaceRow>& rows() const { return m_rows; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<Overview::SpaceRow> m_rows;
    Bytes m_whole{};
    std::function<QVariant(SpaceKind)> m_swatchOf;
};

} // namespace platter::app
