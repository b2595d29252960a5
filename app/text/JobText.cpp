// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/JobText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QLocale>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(JobText)
    };

    using State = QueuedJob::State;

    const QString separator = QStringLiteral(" · ");

    /// Whole minutes, and hours above.
    QString minutesText(long long minutes)
    {
        const long long hours = minutes / 60;
        const long long rest = minutes % 60;
        if (hours == 0)
            return Words::tr("%1 min", "minutes").arg(minutes);
        if (hours >= 24)
            return Words::tr("more than a day");
        return rest == 0 ? Words::tr("%1 h", "hours").arg(hours)
                         : Words::tr("%1 h %2 min", "hours and minutes").arg(hours).arg(rest);
    }

    QString runningText(const QueuedJob& job)
    {
        QStringList parts{job.phase().isEmpty() ? Words::tr("Starting") : job.phase()};
        if (job.showsProgress()) {
            if (const auto rate = job.bytesPerSecond(); rate && job.total() > 0)
                parts << rateText(*rate);
            if (const auto left = job.timeLeft())
                parts << Words::tr("%1 left", "a duration").arg(timeLeftText(*left));
        }
        return parts.join(separator);
    }

    QString doneText(const QueuedJob& job)
    {
        QStringList parts{Words::tr("Done in %1").arg(durationText(job.ranFor()))};
        if (job.outcome().resultLength > 0)
            parts << shownSize(Bytes{job.outcome().resultLength});
        return (QStringList{parts.join(separator)} + job.outcome().remarks).join(QLatin1Char('\n'));
    }

} // namespace

QString timeLeftText(std::chrono::seconds left)
{
    const long long seconds = std::max(0LL, static_cast<long long>(left.count()));
    if (seconds < 10)
        return Words::tr("less than 10 s");
    if (seconds < 60)
        return Words::tr("%1 s", "seconds").arg((seconds + 9) / 10 * 10);
    const long long minutes = (seconds + 30) / 60;
    // Above ten minutes nobody counts them one by one.
    return minutesText(minutes <= 10 ? minutes : (minutes + 2) / 5 * 5);
}

QString rateText(double bytesPerSecond)
{
    return Words::tr("%1/s", "a size per second")
        .arg(shownSize(Bytes{static_cast<std::uint64_t>(std::max(0.0, bytesPerSecond))}));
}

QString durationText(std::chrono::milliseconds took)
{
    const long long seconds = (took.count() + 500) / 1000;
    if (seconds < 1)
        return Words::tr("less than 1 s");
    return seconds < 60 ? Words::tr("%1 s", "seconds").arg(seconds)
                        : minutesText((seconds + 30) / 60);
}

QString percentText(int permille)
{
    return Words::tr("%1 %").arg(QLocale().toString(permille / 10));
}

QString jobDetail(const QueuedJob& job)
{
    switch (job.state()) {
    case State::Offered: return Words::tr("Not finished when Platter ended");
    case State::Waiting: return Words::tr("Waiting");
    case State::Running: return runningText(job);
    case State::Paused: return job.isHeld() ? Words::tr("Paused") : Words::tr("Pausing");
    case State::Stopping: return Words::tr("Stopping");
    case State::Done: return doneText(job);
    case State::Failed: {
        const ErrorText& error = job.error();
        return error.now.isEmpty() ? error.why : error.why + QLatin1Char(' ') + error.now;
    }
    case State::Cancelled: return Words::tr("Cancelled. Nothing was written.");
    }
    return {};
}

QString jobSpoken(const QueuedJob& job)
{
    QStringList parts{job.title()};
    if (job.isUnfinished() && job.total() > 0)
        parts << percentText(job.permille());
    if (job.state() == State::Failed)
        parts << Words::tr("failed");
    parts << jobDetail(job).replace(QLatin1Char('\n'), QLatin1Char(' '));
    return parts.join(QStringLiteral(", "));
}

QString queueText(const JobQueue& queue)
{
    const JobQueue::Sum sum = queue.sum();
    if (sum.running > 0) {
        const QString far = percentText(sum.permille);
        const QString what = sum.only
            ? Words::tr("%1 %2", "a job and how far it is").arg(sum.only->task().act(), far)
            : Words::tr("%n running, %1", nullptr, sum.running).arg(far);
        return sum.left ? Words::tr("Jobs: %1, %2").arg(what, timeLeftText(*sum.left))
                        : Words::tr("Jobs: %1").arg(what);
    }
    const auto told = [](const QString& what) { return Words::tr("Jobs: %1").arg(what); };
    if (const int failed = queue.count(State::Failed); failed > 0)
        return told(Words::tr("%n failed", nullptr, failed));
    if (const int paused = queue.count(State::Paused); paused > 0)
        return told(Words::tr("%n paused", nullptr, paused));
    if (const int waiting = queue.count(State::Waiting); waiting > 0)
        return told(Words::tr("%n waiting", nullptr, waiting));
    if (const int offered = queue.count(State::Offered); offered > 0)
        return told(Words::tr("%n not finished last time", nullptr, offered));
    if (const int done = queue.count(State::Done); done > 0)
        return told(Words::tr("%n done", nullptr, done));
    if (const int cancelled = queue.count(State::Cancelled); cancelled > 0)
        return told(Words::tr("%n cancelled", nullptr, cancelled));
    return {};
}

QString titleLine(const QueuedJob& job, const QFontMetrics& metrics)
{
    constexpr int mostLetters = 60;
    return metrics.elidedText(
        job.title(), Qt::ElideMiddle, mostLetters * metrics.averageCharWidth());
}

QString countsText(const JobQueue& queue)
{
    QStringList parts;
    const auto add = [&parts](int count, const QString& words) {
        if (count > 0)
            parts << words;
    };
    const int running = queue.count(State::Running) + queue.count(State::Stopping);
    const int paused = queue.count(State::Paused);
    const int waiting = queue.count(State::Waiting);
    const int failed = queue.count(State::Failed);
    const int offered = queue.count(State::Offered);
    const int done = queue.count(State::Done);
    const int cancelled = queue.count(State::Cancelled);
    add(running, Words::tr("%n running", nullptr, running));
    add(paused, Words::tr("%n paused", nullptr, paused));
    add(waiting, Words::tr("%n waiting", nullptr, waiting));
    add(failed, Words::tr("%n failed", nullptr, failed));
    add(offered, Words::tr("%n not finished last time", nullptr, offered));
    add(done, Words::tr("%n done", nullptr, done));
    add(cancelled, Words::tr("%n cancelled", nullptr, cancelled));
    return parts.join(QStringLiteral(", "));
}

QString endsText(const JobQueue::Ends& ends)
{
    if (ends.failed == 0)
        return Words::tr("%n job(s) done.", nullptr, ends.done);
    if (ends.done == 0)
        return Words::tr("%n job(s) failed.", nullptr, ends.failed);
    return Words::tr("%1, %2.", "what is done, what failed")
        .arg(
            Words::tr("%n done", nullptr, ends.done), Words::tr("%n failed", nullptr, ends.failed));
}

} // namespace platter::app
