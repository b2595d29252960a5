// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapAspect.h"

#include <QAbstractListModel>
#include <QStringList>
#include <QTimer>

#include <memory>

namespace platter::app {

/// What can be chosen with a colouring of the map: snapshots or bitmaps by name, perhaps 65 536 of
/// them. Names are made when they are asked for, and in small portions beforehand, so that a search
/// through all of them finds them made.
class MapChoicesModel final : public QAbstractListModel {
    Q_OBJECT

public:
    explicit MapChoicesModel(QObject* parent = nullptr);

    /// `image` may be nullptr: there is nothing to choose.
    void setChoices(std::shared_ptr<const Image> image, MapAspect::Colour colour);

    /// What a row stands for; nothing: all of them.
    std::optional<std::size_t> choiceOf(int row) const;
    /// The row of a choice; -1: there is none.
    int rowOf(std::optional<std::size_t> choice) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    const QString& nameOf(int row) const;
    void makeMore();

    std::shared_ptr<const Image> m_image;
    MapAspect::Colour m_colour = MapAspect::Colour::Kind;
    int m_rows = 0;
    mutable QStringList m_names; ///< by row; null: not made yet
    int m_made = 0; ///< all rows before it have their names
    QTimer m_making;
};

} // namespace platter::app
