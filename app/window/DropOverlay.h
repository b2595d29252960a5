// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/DropPlan.h"

#include <QWidget>

#include <optional>

namespace platter::app {

/// Says, while something hovers over the window, what dropping it would do: one zone for each
/// choice, the one under the pointer marked.
class DropOverlay final : public QWidget {
    Q_OBJECT

public:
    explicit DropOverlay(QWidget* window);

    void showPlan(const DropPlan& plan);
    const DropPlan& plan() const { return m_plan; }
    /// Marks the zone at a place in the window.
    void pointAt(QPoint place);
    /// The zone at a place, if something can be done there.
    std::optional<DropAct> actAt(QPoint place) const;
    QRect zoneRect(std::size_t zone) const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<std::size_t> zoneAt(QPoint place) const;
    void sayWords();

    DropPlan m_plan;
    std::optional<std::size_t> m_marked;
};

} // namespace platter::app
