// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ChainShares.h"

#include <QAbstractTableModel>

#include <vector>

namespace platter::app {

/// The image and the files that it rests on, nearest first: this image on top, the base last.
class ChainModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        NameColumn,
        StateColumn,
        ShareColumn,
        FormatColumn,
        SizeColumn,
        DiskColumn,
        PathColumn,
        ColumnCount
    };
    enum Role {
        LinkStateRole = Qt::UserRole, ///< ChainLink::State of the row as int
        LinkRole, ///< index into ImageDocument::chain(); -1: the image itself
        ToneRole, ///< Tone as int: how good the state is
        ShareRole, ///< double, 0 to 1: part of the guest's disk that it serves; invalid: not known
        RemarksRole, ///< QStringList: what is to be said of the link, gravest first
        FactsRole, ///< QString: format and sizes in one line
    };
    enum class Tone { Good, Note, Warning, Problem };

    using QAbstractTableModel::QAbstractTableModel;

    /// Takes over what `document` knows; no rows unless it has an image.
    void setDocument(const ImageDocument& document);
    /// Takes over what the files hold; nullptr: not known.
    void setFacts(const ChainFacts* facts);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        int link = -1;
        std::optional<std::size_t> layer; ///< index into ChainShare::layers
        QString name; ///< as stored
        QString path;
        QString format;
        std::optional<Bytes> size;
        std::optional<Bytes> onDisk;
        std::optional<double> share;
        QString shareText;
        QString shareExact;
        ChainLink::State state = ChainLink::State::Opened;
        QString stateText;
        Tone tone = Tone::Good;
        QStringList remarks;
    };
    static Row rowOf(const ChainLink& link);
    std::vector<Row> m_rows;
};

} // namespace platter::app
