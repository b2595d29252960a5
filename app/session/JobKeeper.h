// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"
#include "app/session/UnfinishedJobs.h"

namespace platter::app {

/// Keeps the record of each job of a queue until it is finished, so that what a quit or a crash has
/// cut off is offered again at the next start.
class JobKeeper final : public QObject {
    Q_OBJECT

public:
    JobKeeper(JobQueue& queue, const QString& folder, QObject* parent = nullptr);
    /// Keeps what is unfinished, unless leave() has done so.
    ~JobKeeper() override;

    /// Puts what was not finished at earlier starts into the queue, as offers.
    void offerEarlier();

    enum class Failed {
        Forget, ///< the user has seen it; but not if it has left files
        Keep, ///< there was no window to say it
    };
    /// Keeps what is unfinished now, whatever becomes of it, and waits until that is written.
    void leave(Failed failed);

private:
    void keepSoon();
    void keep(Failed failed);

    JobQueue& m_queue;
    UnfinishedJobs m_files;
    bool m_keeping = false;
    bool m_taking = false; ///< what was there before is still being read
    bool m_left = false;
};

} // namespace platter::app
