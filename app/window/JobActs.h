// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"

#include <array>

namespace platter::app {

/// What can be done with one job, by its row, a menu, a key or the palette.
enum class JobAct {
    Pause,
    Resume,
    Cancel,
    Retry,
    GivePassphrase,
    Open,
    ShowInFolder,
    Remove,
    Up,
    Down
};

inline constexpr std::array allJobActs{JobAct::Pause, JobAct::Resume, JobAct::Cancel, JobAct::Retry,
    JobAct::GivePassphrase, JobAct::Open, JobAct::ShowInFolder, JobAct::Remove, JobAct::Up,
    JobAct::Down};

/// Its name in the settings: "pause".
const char* idOf(JobAct act);
/// Its words on a button: "Pause".
QString wordsFor(JobAct act, const QueuedJob& job);
/// Its words in a menu, with a mnemonic.
QString menuWordsFor(JobAct act);
/// Why it cannot be done with the job now, as a sentence; empty: it can.
QString whyNot(JobAct act, const QueuedJob* job, const JobQueue& queue);

/// The two things that the row of a job offers. Fewer: nothing.
struct RowActs {
    std::optional<JobAct> first;
    std::optional<JobAct> second;
};
RowActs rowActsOf(const QueuedJob& job);

} // namespace platter::app
