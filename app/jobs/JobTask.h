// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

#include <functional>
#include <memory>

namespace platter::app {

/// What a job of the queue does, and the words for it.
///
/// Immutable once it is in the queue: the GUI thread asks it for words while a worker runs it.
class JobTask {
public:
    JobTask() = default;
    JobTask(const JobTask&) = delete;
    JobTask& operator=(const JobTask&) = delete;
    virtual ~JobTask() = default;

    /// What the work has to say at its end.
    struct Outcome {
        QStringList remarks; ///< things to know of the result, whole sentences
        quint64 resultLength = 0; ///< bytes of the file that was made
    };
    /// Says what the work is about to do: "Writing".
    using EnterPhase = std::function<void(const QString& phase)>;

    /// Act and file, safe to show: "Convert dev-box.qcow2 to VDI".
    virtual QString title() const = 0;
    /// The act alone, for where there is little room: "Convert".
    virtual QString act() const = 0;
    /// Path of the image that it is about.
    virtual QString subject() const = 0;
    /// Path of the file that it makes; empty: none.
    virtual QString result() const { return {}; }
    /// Absolute paths that it writes: one job at a time for each of them.
    virtual QStringList writes() const { return {}; }
    /// Absolute paths that it reads: it waits for an earlier job that writes one of them.
    virtual QStringList reads() const { return {}; }

    /// Does the work, on a worker. Whatever it throws makes the job fail or be cancelled.
    virtual Outcome run(const JobControl& job, const EnterPhase& enter) const = 0;

    /// Removes what a run that was stopped or failed has left to be gone on with: nobody will. On a
    /// worker; throws nothing.
    virtual void dropLeftovers() const noexcept { }

    /// Whether a run that failed has left something for dropLeftovers(), or for a later run to go
    /// on with. On a worker; throws nothing.
    virtual bool hasLeftovers() const noexcept { return false; }

    /// What is kept of it so that it can be offered again at the next start; empty: nothing. Never
    /// a passphrase.
    virtual QJsonObject record() const { return {}; }

    /// Whether it cannot begin before withPassphrase().
    virtual bool lacksPassphrase() const { return false; }
    /// Whether a passphrase for its source will lock what it makes too: there is no other one.
    virtual bool passphraseLocksResult() const { return false; }
    /// The same work with a passphrase for its source; nullptr: it takes none.
    virtual std::shared_ptr<const JobTask> withPassphrase(const QByteArray&) const
    {
        return nullptr;
    }
};

} // namespace platter::app
