// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <QAbstractTableModel>
#include <QString>

#include <optional>
#include <vector>

namespace platter::app {

/// What was counted of one bitmap.
struct BitmapCount {
    std::optional<Bytes> dirty; ///< guest bytes; nothing: not counted
    QString problem; ///< why its bits cannot be read; empty: they can
    Bytes inFile{}; ///< table and stored bits
};

/// The persistent bitmaps of an image.
class BitmapsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        NameColumn,
        DirtyColumn,
        ShareColumn,
        GranularityColumn,
        StateColumn,
        FileColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setBitmaps(std::vector<BitmapInfo> bitmaps, Bytes diskSize);
    /// One for each bitmap; empty: not counted yet.
    void setCounts(std::vector<BitmapCount> counts);
    /// Whether counts that are not there yet will come.
    enum class Reading { GoesOn, Ended };
    void setReading(Reading reading);
    const BitmapCount* count(int row) const;
    /// All rows as lines of comma separated values, numbers exact.
    QString csv() const;
    /// "Keeps tracking", "In use, not reliable": its flags in words.
    static QString stateOf(const BitmapInfo& bitmap);
    /// What the flags mean and what may be done, whole sentences.
    QString meaningOf(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<BitmapInfo> m_bitmaps;
    std::vector<BitmapCount> m_counts;
    Reading m_reading = Reading::GoesOn;
    Bytes m_diskSize{};
};

} // namespace platter::app
