// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/text/ErrorText.h"
#include "core/jobs/JobControl.h"

#include <QFutureWatcher>
#include <QObject>
#include <QPointer>
#include <QPromise>
#include <QThreadPool>
#include <QtConcurrent>

#include <stop_token>
#include <type_traits>
#include <utility>

namespace platter::app {

/// Runs work of one kind on a thread of its own and hands its result to the GUI thread.
///
/// One work at a time: starting another stops the one before, whose result is then dropped. The
/// destructor stops the work and waits for it; nothing else here waits. All functions belong to the
/// GUI thread. Work captures by value or shared_ptr-to-const only.
class JobRunner final : public QObject {
    Q_OBJECT

public:
    /// `title` names the work in the status bar: "Check".
    explicit JobRunner(QString title, QObject* parent = nullptr);
    ~JobRunner() override;

    const QString& title() const { return m_title; }
    bool isRunning() const { return m_running; }
    int permille() const { return m_permille; } ///< of the running work, 0 to 1000

    /// Runs `Result work(const JobControl&)` on a worker, then `done(Result)` in the GUI thread.
    /// Whatever the work throws becomes cancelled() or failed().
    template <class Work, class Done>
    void start(Work work, Done done);

    /// Asks the work to stop; cancelled() follows when it has.
    void cancel();

    /// Stops the work and forgets it: neither cancelled() nor a result follows.
    void drop();

signals:
    void started();
    void progressed(int permille);
    void cancelled();
    void failed(const platter::app::ErrorText& error);
    void ended(); ///< after done, cancelled() or failed(), unless another work was started by them

private:
    void begin();
    void end();
    void fail(const std::exception_ptr& thrown);

    QString m_title;
    std::stop_source m_stop;
    bool m_running = false;
    int m_permille = 0;
    quint64 m_generation = 0;
    QThreadPool m_pool; // last: its destructor waits for the work before the rest goes
};

template <class Work, class Done>
void JobRunner::start(Work work, Done done)
{
    using Result = std::invoke_result_t<Work, const JobControl&>;
    begin();
    const quint64 generation = m_generation;
    auto* watcher = new QFutureWatcher<Result>{this};
    connect(watcher, &QFutureWatcherBase::progressValueChanged, this, [this, generation](int now) {
        if (generation == m_generation) {
            m_permille = now;
            emit progressed(now);
        }
    });
    connect(watcher, &QFutureWatcherBase::finished, this,
        [this, watcher, generation, done = std::move(done)]() mutable {
            watcher->deleteLater();
            if (generation != m_generation)
                return; // another work was started: nobody waits for this one
            try {
                Result result = watcher->future().takeResult(); // rethrows what the work threw
                end();
                done(std::move(result));
            } catch (const Cancelled&) {
                end();
                emit cancelled();
            } catch (...) {
                end();
                fail(std::current_exception());
            }
            if (!m_running)
                emit ended();
        });
    watcher->setFuture(QtConcurrent::run(
        &m_pool, [work = std::move(work), stop = m_stop.get_token()](QPromise<Result>& promise) {
            promise.setProgressRange(0, 1000); // an int: bytes would overflow it
            const auto report = [&](const ProgressUpdate& update) {
                promise.setProgressValue(update.permille());
            };
            try {
                const JobControl control{stop, report};
                control.checkStop();
                promise.addResult(work(control));
            } catch (...) {
                promise.setException(std::current_exception());
            }
        }));
}

} // namespace platter::app
