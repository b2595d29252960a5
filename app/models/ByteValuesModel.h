// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <cstddef>
#include <vector>

namespace platter::app {

/// What the bytes from the cursor of a hex view on mean as numbers, times and texts.
class ByteValuesModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, LittleColumn, BigColumn, ColumnCount };
    static constexpr std::size_t mostBytes = 16;

    explicit ByteValuesModel(QObject* parent = nullptr);

    /// At most mostBytes; rows that need more have a dash.
    void setBytes(std::vector<std::byte> bytes);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return ColumnCount; }
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<std::byte> m_bytes;
};

} // namespace platter::app
