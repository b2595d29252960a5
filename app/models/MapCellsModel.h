// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapExport.h"

#include <QAbstractTableModel>

namespace platter::app {

/// The visible cells of a map, one a row, by address. Rows are made when they are asked for.
class MapCellsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { FirstColumn, LengthColumn, MostlyColumn, SharesColumn, EntryColumn, ColumnCount };
    enum Role { OffsetRole = Qt::UserRole, LengthRole };

    explicit MapCellsModel(MapExtract extract, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    MapExtract m_extract;
};

} // namespace platter::app
