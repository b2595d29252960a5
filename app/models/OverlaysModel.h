// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/FindOverlays.h"

#include <QAbstractTableModel>

namespace platter::app {

/// Images that rest on another one, nearest first.
class OverlaysModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, RestsOnColumn, FormatColumn, SizeColumn, NoteColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setOverlays(std::vector<FoundOverlay> overlays);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<FoundOverlay> m_overlays;
};

} // namespace platter::app
