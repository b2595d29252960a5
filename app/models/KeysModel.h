// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QKeySequence>
#include <QString>

#include <vector>

namespace platter::app {

/// Actions with their keys; what is set goes to the settings at once.
class KeysModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { ActionColumn, KeyColumn, ColumnCount };
    struct Row {
        QString id; ///< empty: a key that cannot be changed
        QString text;
        QList<QKeySequence> standard;
        QString fixedKey{}; ///< of a row without id
    };

    using QAbstractTableModel::QAbstractTableModel;
    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return m_rows; }

    QList<QKeySequence> keysOf(int row) const;
    bool isChanged(int row) const; ///< whether the user gave it another key
    /// The action that has the key, other than `row`; -1: none.
    int ownerOf(const QKeySequence& key, int row) const;
    /// Gives the action the key alone, and takes it from whoever had it.
    void setKey(int row, const QKeySequence& key);
    void resetKey(int row);
    void resetAll();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void changed();
    std::vector<Row> m_rows;
};

/// Keys as one text: "Ctrl+K, Ctrl+Shift+P".
QString keysText(const QList<QKeySequence>& keys);

} // namespace platter::app
