// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "app/window/DropPlan.h"

#include <QObject>

class QDragEnterEvent;
class QDragMoveEvent;
class QDropEvent;

namespace platter::app {

class DropOverlay;
class MainWindow;

/// What happens when something is dragged over a window and dropped on it. Never writes, never
/// moves a file: always the copy action.
class WindowDrops final : public QObject {
    Q_OBJECT

public:
    explicit WindowDrops(MainWindow& window);

    void enter(QDragEnterEvent& event);
    void move(QDragMoveEvent& event);
    void leave();
    void drop(QDropEvent& event);

    DropOverlay& overlay() const { return *m_overlay; }

private:
    DropPlace place() const;
    void judge(const QDropEvent& event);
    void answer(QDropEvent& event) const;
    void perform(DropAct act, const DroppedFiles& dropped);
    void list(const DroppedFiles& dropped);

    MainWindow& m_window;
    DropOverlay* m_overlay;
    JobRunner* m_looker; ///< for folders, while something hovers
    JobRunner* m_reader; ///< at what was dropped
    QStringList m_looked; ///< the paths that m_folders is about
    QStringList m_folders;
};

} // namespace platter::app
