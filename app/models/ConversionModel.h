// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionList.h"

#include <QAbstractTableModel>

namespace platter::app {

/// The images that are to be converted together, one row each.
class ConversionModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { SourceColumn, TargetColumn, SizeColumn, StateColumn, ColumnCount };

    explicit ConversionModel(ConversionList& list, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void refresh();
    QString text(std::size_t row, int column) const;

    ConversionList& m_list;
    std::vector<quint64> m_ids; ///< the rows that are shown
};

} // namespace platter::app
