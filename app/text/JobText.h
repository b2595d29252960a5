// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"

#include <QString>

class QFontMetrics;

namespace platter::app {

/// "3 min left", rounded so that it does not flicker; "less than 10 s left".
QString timeLeftText(std::chrono::seconds left);
/// "310 MiB/s".
QString rateText(double bytesPerSecond);
/// How long something took: "12 s", "3 min", "1 h 5 min".
QString durationText(std::chrono::milliseconds took);

/// "42 %".
QString percentText(int permille);

/// What is to be said of a job's state, in one line: "Writing · 310 MiB/s · 3 min left", "Waiting",
/// why it failed.
QString jobDetail(const QueuedJob& job);
/// State, how far it is and detail, in words alone: for screen readers.
QString jobSpoken(const QueuedJob& job);

/// The line of the status bar: "Jobs: Convert 42 %, 3 min left". Empty: there are no jobs.
QString queueText(const JobQueue& queue);
/// What a job does, for a list of lines that cannot wrap: a very long name loses its middle.
QString titleLine(const QueuedJob& job, const QFontMetrics& metrics);
/// How many jobs are in which state: "1 running, 2 waiting". Empty: there are none.
QString countsText(const JobQueue& queue);
/// What became of the jobs: "3 jobs are done." or "2 jobs are done, 1 failed."
QString endsText(const JobQueue::Ends& ends);

} // namespace platter::app
