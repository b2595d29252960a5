// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace platter::app {

/// A box to choose a row of a model from, perhaps of 65 536. With few rows it is an ordinary one;
/// with many, a part of a name finds the rows that have it. The model gives the names for
/// Qt::EditRole, too.
///
/// The list of an ordinary box lays out every row before it opens (230 ms for 65 536), and its size
/// hint asks each for an icon: rows here have none and cost nothing until they are in view.
class SearchBox final : public QComboBox {
    Q_OBJECT

public:
    explicit SearchBox(QWidget* parent = nullptr);

    /// As QComboBox::setModel(), and follows how many rows there are.
    void setRows(QAbstractItemModel& model, int column = 0);

    /// As setCurrentIndex(), and says so in the line.
    void choose(int row);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }
    void showPopup() override;

private:
    void fitToRows();
    void showChoice();
    void makeSearchable();
};

} // namespace platter::app
