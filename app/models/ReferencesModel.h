// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <QAbstractTableModel>

#include <memory>

namespace platter::app {

/// Who refers to a cluster, a row for each place.
class ReferencesModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { WhatColumn, OwnerColumn, PlaceColumn, GuestColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// `image` names snapshots and bitmaps.
    void setReferences(
        std::shared_ptr<const HostReferences> references, std::shared_ptr<const Image> image);
    const HostReference& reference(int row) const
    {
        return m_references->list[static_cast<std::size_t>(row)];
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const HostReferences> m_references;
    std::shared_ptr<const Image> m_image;
};

/// "Now and 3 snapshots: a, b, c": whose reference it is, translated.
QString referenceOwners(const HostReference& reference, const Image& image);
/// "L2 table, L1 entry 3": what points there, translated.
QString referenceSource(const HostReference& reference);

} // namespace platter::app
