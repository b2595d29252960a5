// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/QueuedJob.h"

#include <QList>
#include <QThreadPool>
#include <QTimer>

#include <set>

namespace platter::app {

/// The jobs of the program, in order, shared by all its windows. Belongs to the GUI thread; the
/// jobs run on workers.
///
/// Jobs start in their order, at most mostAtOnce() at a time, and none before an earlier one that
/// writes what it reads or writes. The destructor stops what runs and waits for it.
class JobQueue final : public QObject {
    Q_OBJECT

public:
    static constexpr int mostEver = 8; ///< that mostAtOnce() can be

    explicit JobQueue(QObject* parent = nullptr);
    ~JobQueue() override;

    /// In order; those that have ended too, until they are cleared.
    const QList<QueuedJob*>& jobs() const { return m_jobs; }

    /// Adds a job at the end; it starts as soon as its turn comes.
    QueuedJob* add(std::shared_ptr<const JobTask> task);
    /// Adds a job that an earlier start of the program did not finish. It waits for retry() or
    /// forget().
    QueuedJob* offer(std::shared_ptr<const JobTask> task);

    int mostAtOnce() const { return m_mostAtOnce; }
    void setMostAtOnce(int count);

    // Each does nothing where the job's state does not allow it.
    void pause(QueuedJob& job); ///< a running one; its place goes to the next
    void resume(QueuedJob& job); ///< a paused one, as soon as there is a place
    void cancel(QueuedJob& job); ///< one that is unfinished
    void retry(QueuedJob& job); ///< one that failed, was cancelled or is offered
    void retryWithPassphrase(QueuedJob& job, const QByteArray& passphrase);
    void forget(QueuedJob& job); ///< one that has ended or is offered: it goes
    /// Gives a waiting job another place among all; it lies between the others that wait.
    void move(QueuedJob& job, int to);
    /// Where a waiting job would go by one step up (-1) or down (1); -1: nowhere.
    int placeNextTo(const QueuedJob& job, int step) const;

    void clearFinished(); ///< all that have ended well; failed and offered ones stay
    void retryAllFailed();
    void retryAllOffered();
    void forgetAllOffered();
    void resumeAll();
    /// Asks everything to stop. What was unfinished keeps its state, for the record.
    void stopForQuit();

    int count(QueuedJob::State state) const;
    bool hasUnfinished() const;
    bool isMoving() const; ///< something waits, runs or stops: not only paused

    /// What runs now, as one.
    struct Sum {
        int running = 0; ///< long enough to be shown
        int permille = 0; ///< of all unfinished bytes that are known
        std::optional<std::chrono::seconds> left; ///< of what runs, by the slowest
        const QueuedJob* only = nullptr; ///< if exactly one runs
    };
    Sum sum() const;

    /// How the jobs ended since the queue last ran out.
    struct Ends {
        int done = 0; ///< jobs
        int failed = 0; ///< images whose last job failed
    };

signals:
    void inserted(int row);
    void removed(int row);
    void moved(int from, int to); ///< `to` counts without the moved one
    /// The state of a job changed, or the list: actions may be possible that were not.
    void changed();
    void progressed(); ///< at most ten times a second while something runs
    /// A job began, did another quarter, or ended: for screen readers.
    void reached(platter::app::QueuedJob* job);
    /// Nothing is left that could go on.
    void ranOut(const platter::app::JobQueue::Ends& ends);

private:
    struct End;

    QueuedJob* insert(std::shared_ptr<const JobTask> task, QueuedJob::State state);
    void remove(int row);
    void drop(const QueuedJob& job);
    void schedule();
    void start(QueuedJob& job);
    void finish(QueuedJob& job, const End& end);
    void look();
    void settle();
    int occupied() const;

    QList<QueuedJob*> m_jobs;
    QList<QueuedJob*> m_ended; ///< since the queue last ran out, the latest last
    int m_mostAtOnce = 2;
    bool m_leaving = false;
    QTimer m_looking;
    QThreadPool m_pool; // last: its destructor waits for the work before the rest goes
};

} // namespace platter::app
