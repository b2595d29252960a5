// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/MapCellsModel.h"

#include <QDialog>

namespace platter::app {

class PlainTable;

/// The visible cells of the map as a table; activating a row chooses its cell.
class MapTableDialog final : public QDialog {
    Q_OBJECT

public:
    explicit MapTableDialog(MapExtract extract, QWidget* parent = nullptr);

signals:
    void cellActivated(quint64 from, quint64 length);

private:
    void fitColumns(const MapCellsModel& cells);

    PlainTable* m_table;
};

} // namespace platter::app
