// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobTask.h"
#include "app/jobs/RateMeter.h"
#include "app/text/ErrorText.h"

#include <QElapsedTimer>
#include <QObject>

#include <chrono>
#include <memory>
#include <optional>

namespace platter::app {

class JobGate;

/// One job of the queue: what it is, how far it is, how it ended. Belongs to the GUI thread; what
/// is done with it is done by its JobQueue.
class QueuedJob final : public QObject {
    Q_OBJECT

public:
    enum class State {
        Offered, ///< was not finished when the program ended last time; waits for an answer
        Waiting, ///< for its turn; if it has begun, to go on
        Running,
        Paused,
        Stopping, ///< was told to stop and has not yet
        Done,
        Failed,
        Cancelled,
    };
    Q_ENUM(State)

    /// Below this, work is too short for a bar.
    static constexpr std::chrono::milliseconds shortWork{300};

    State state() const { return m_state; }
    /// Waiting, running, paused or stopping: leaving the program now would cut it off.
    bool isUnfinished() const;
    bool hasEnded() const; ///< done, failed or cancelled

    const JobTask& task() const { return *m_task; }
    QString title() const { return m_task->title(); }
    QString subject() const { return m_task->subject(); }
    QString resultPath() const { return m_task->result(); }

    QString phase() const { return m_phase; } ///< "Writing"; empty before the first
    quint64 done() const { return m_done; } ///< bytes
    quint64 total() const { return m_total; } ///< bytes; 0: not known yet
    int permille() const; ///< 0 to 1000
    /// Whether it has been going on long enough to show how far it is.
    bool showsProgress() const;
    /// Whether a paused job stands still already; before, it goes on to its next step.
    bool isHeld() const { return m_isHeld; }
    std::optional<double> bytesPerSecond() const;
    std::optional<std::chrono::seconds> timeLeft() const;
    /// How long it has run, pauses left out.
    std::chrono::milliseconds ranFor() const;

    const ErrorText& error() const { return m_error; } ///< of a failed one
    /// Whether a failed one has left files, which go when it is forgotten or done.
    bool hasLeftovers() const { return m_state == State::Failed && m_hasLeftovers; }
    const JobTask::Outcome& outcome() const { return m_outcome; } ///< of one that is done
    /// Whether it cannot go on before somebody gives a passphrase.
    bool needsPassphrase() const;

signals:
    void stateChanged();
    void progressed(); ///< at most ten times a second

private:
    friend class JobQueue;
    QueuedJob(std::shared_ptr<const JobTask> task, State state, QObject* parent);

    void setState(State state);
    std::shared_ptr<JobGate> begin();
    void look(); ///< at its worker
    bool hasBegun() const { return m_gate != nullptr; }

    std::shared_ptr<const JobTask> m_task;
    State m_state;
    std::shared_ptr<JobGate> m_gate; ///< while a worker has it
    QString m_phase;
    quint64 m_done = 0;
    quint64 m_total = 0;
    bool m_isHeld = false;
    int m_quarters = 0; ///< of the work that were announced
    RateMeter m_meter;
    QElapsedTimer m_clock; ///< since it runs, without a pause
    std::chrono::milliseconds m_ranBefore{}; ///< the last pause
    ErrorText m_error;
    bool m_hasLeftovers = false;
    JobTask::Outcome m_outcome;
};

} // namespace platter::app
