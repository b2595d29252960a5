// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/text/MapAspectText.h"

#include <QAbstractTableModel>
#include <QString>

#include <vector>

namespace platter::app {

/// The legend of the map: kinds with their bytes in the visible range. Its check boxes choose what
/// the map shows.
class MapLegendModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, SizeColumn, ShareColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// Shows the categories that a view can have; all are ticked again. What is not read yet has a
    /// row only while there is such a part.
    void setView(MapView view, const MapAspect& aspect = {});
    void setTotals(const MapTotals& totals);
    /// The colours of the map; kinds that are not ticked are hidden.
    ClusterMapLook look() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    void lookChanged(); ///< something was ticked or no longer

private:
    struct Row {
        enum class What { Category, Ground, Unread };
        What what = What::Category;
        MapCategoryWords words;
        bool ticked = true;
    };
    Bytes bytesOf(const Row& row) const;

    std::vector<Row> m_rows;
    MapTotals m_totals;
};

} // namespace platter::app
