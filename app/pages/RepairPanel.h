// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/Look.h"

#include <memory>
#include <string>
#include <vector>

class QCheckBox;
class QGridLayout;
class QProgressBar;

namespace platter {
struct RepairPlan;
struct RepairStep;
}

namespace platter::app {

class ActionButton;
class ImageDocument;
class ImageRepair;

/// What could be repaired: asked for, shown as a plan of steps with ticks, done, and taken back.
/// Hidden while there is nothing to say.
class RepairPanel final : public GroundFrame {
    Q_OBJECT

public:
    explicit RepairPanel(ImageDocument& document, QWidget* parent = nullptr);

    /// The tick of a step of the plan in view; nullptr: it has none.
    QCheckBox* tickOf(const std::string& step) const;

private:
    void refresh();
    void refreshWords();
    void refreshButtons();
    void showPlan();
    void addStep(const RepairStep& step, int row);

    ImageDocument& m_document;
    ImageRepair& m_repair;
    TextLabel* m_title;
    TextLabel* m_words;
    QWidget* m_plan;
    QGridLayout* m_steps;
    QCheckBox* m_formatIsRight;
    TextLabel* m_sum;
    QProgressBar* m_bar;
    ActionButton* m_stop;
    ActionButton* m_review;
    ActionButton* m_close;
    ActionButton* m_go;
    ActionButton* m_takeBack;
    std::shared_ptr<const RepairPlan> m_shown;
    std::vector<std::pair<std::string, QCheckBox*>> m_ticks;
    std::string m_focused; ///< the tick that gets the focus when the plan is worked out again
};

} // namespace platter::app
