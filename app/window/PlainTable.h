// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

class QTreeView;

namespace platter::app {

/// A calm table: no grid, no row numbers, whole rows, as tall as its rows when that is little.
class PlainTable final : public QTableView {
    Q_OBJECT

public:
    enum class Height { FitsRows, FillsPage };

    explicit PlainTable(QWidget* parent = nullptr);
    explicit PlainTable(Height height, QWidget* parent = nullptr);
    void setModel(QAbstractItemModel* model) override;

    /// Keeps at least so many rows in view, however little room there is.
    void showRows(int rows);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

private:
    void fitColumns();
    Height m_height;
};

/// Gives a tree the header and the rows of a PlainTable.
void makePlain(QTreeView& tree);

} // namespace platter::app
