// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/Look.h"

#include <QTimer>
#include <QWidget>

class QLineEdit;
class QTableView;

namespace platter::app {

class ActionButton;

/// The line in which people say what to find among the rows of a table. Hidden until it is asked
/// for.
///
/// Rows are looked at in short slices between events, as a table may have millions of them; the
/// search goes on from the current row and past the end once around.
class RowFindBar final : public QWidget {
    Q_OBJECT

public:
    explicit RowFindBar(QTableView& table, QWidget* parent = nullptr);

    void open(); ///< shows the line and puts the cursor into it
    /// With what stands in the line; opens it if that is nothing. @param direction 1 or -1
    void searchOn(int direction);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void lookAtSome();
    bool matches(int row) const;
    void stop(const QString& words);

    QTableView& m_table;
    QLineEdit* m_line;
    ActionButton* m_previous;
    ActionButton* m_next;
    TextLabel* m_result;
    QTimer m_timer;
    QString m_wanted;
    int m_row = 0; ///< the next one to look at
    int m_left = 0; ///< rows of the round that were not looked at
    int m_direction = 1;
    bool m_around = false; ///< the search went past an end of the table
};

} // namespace platter::app
