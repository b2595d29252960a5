// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"

#include <QWidget>

class QComboBox;

namespace platter::app {

class MapChoicesModel;
class SearchBox;

/// "Colour by", and which snapshot or bitmap where there is a choice.
class MapColourBox final : public QWidget {
    Q_OBJECT

public:
    explicit MapColourBox(QWidget* parent = nullptr);

    /// Offers what the view of an image can have; the rest is there, disabled, with its reason.
    void setImage(std::shared_ptr<const Image> image, MapView view);
    /// Shows a colouring without telling.
    void setAspect(const MapAspect& aspect);

signals:
    void chosen(const platter::app::MapAspect& aspect); ///< by the user

private:
    void fillChoices(MapAspect::Colour colour);
    MapAspect current() const;

    std::shared_ptr<const Image> m_image;
    QComboBox* m_colour;
    SearchBox* m_choice;
    MapChoicesModel* m_choices;
};

} // namespace platter::app
