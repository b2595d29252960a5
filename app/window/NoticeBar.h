// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/ActionButton.h"
#include "app/window/Look.h"

#include <vector>

class QToolButton;

namespace platter::app {

/// News about the image, next to its name: the gravest in view, the others behind "2 more".
class NoticeBar final : public GroundFrame {
    Q_OBJECT

public:
    struct Notice {
        enum class Weight { Note, Warning, Problem };
        Weight weight = Weight::Note;
        QString text;
        QAction* action = nullptr; ///< what can be done; may be nullptr
        QString label{}; ///< on its button, if not the action's own text
    };

    explicit NoticeBar(QWidget* parent = nullptr);

    /// Shows the notices, gravest first; hides itself without any.
    void setNotices(std::vector<Notice> notices);
    const std::vector<Notice>& notices() const { return m_notices; }

private:
    std::vector<Notice> m_notices;
    IconLabel* m_icon;
    TextLabel* m_text;
    ActionButton* m_button;
    QToolButton* m_more;
};

} // namespace platter::app
