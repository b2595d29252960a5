// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/text/MapText.h"
#include "app/window/Look.h"

namespace platter::app {

/// What is under the pointer, else what is chosen, in words. It keeps its place beside the map, so
/// that it never covers what is looked at.
class MapCard final : public GroundFrame {
    Q_OBJECT

public:
    enum class Of { Nothing, Pointer, Chosen, View };

    explicit MapCard(QWidget* parent = nullptr);
    void setWords(Of of, const MapWords& words);

private:
    TextLabel* m_caption;
    TextLabel* m_title;
    TextLabel* m_range;
    TextLabel* m_kinds;
    TextLabel* m_entry;
    TextLabel* m_places;
};

} // namespace platter::app
