// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QAbstractTableModel>

#include <vector>

namespace platter::app {

/// The image and the files that it rests on, nearest first: this image on top, the base last.
class ChainModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, PathColumn, FormatColumn, SizeColumn, StateColumn, ColumnCount };
    enum Role { LinkStateRole = Qt::UserRole }; ///< ChainLink::State of the row as int

    using QAbstractTableModel::QAbstractTableModel;

    /// Takes over what `document` knows; no rows unless it has an image.
    void setDocument(const ImageDocument& document);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString name; ///< as stored
        QString path;
        QString format;
        QString size;
        QString exactSize;
        ChainLink::State state = ChainLink::State::Opened;
        QString stateText;
        QString problem;
    };
    std::vector<Row> m_rows;
};

} // namespace platter::app
