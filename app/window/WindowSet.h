// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"
#include "app/session/JobKeeper.h"
#include "app/session/OpenImages.h"
#include "app/window/MainWindow.h"
#include "app/window/QuitGuard.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <utility>

namespace platter::app {

/// Makes the windows of the program; each destroys itself when closed, those left go with the set.
class WindowSet final : public QObject {
    Q_OBJECT

public:
    explicit WindowSet(QObject* parent = nullptr);
    ~WindowSet() override;

    /// A window for each image, at most DropPlan::mostWindows; an empty one without images.
    /// The windows are there at once, their images come one after the other.
    void open(const QStringList& paths);
    MainWindow* createWindow();
    /// The start of the program without images: what was open last time if the user wants that,
    /// else the start page; with an offer if the program ended without being left.
    void start(const OpenImages::LastTime& last);
    RecentImages& recent() { return m_recent; }
    JobQueue& jobs() { return m_jobs; }
    /// Offers conversions that were not finished when the program ended; reading them takes place
    /// on a worker.
    void offerUnfinished() { m_keeper.offerEarlier(); }

private:
    void keepOpenImages();
    void openNext();

    RecentImages m_recent;
    JobQueue m_jobs;
    JobKeeper m_keeper;
    QuitGuard m_guard;
    QList<MainWindow*> m_windows;
    QList<std::pair<QPointer<MainWindow>, QString>> m_toOpen; ///< images that wait for their turn
    QTimer m_opensNext;
    bool m_keeping = false;
};

} // namespace platter::app
