// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/jobs/JobControl.h"

#include <chrono>
#include <mutex>
#include <string>

namespace platter::cli {

/// The progress of one operation as a line on standard error that is written over and over, and
/// removed at the end. Must outlive the work that uses job().
class ProgressLine {
public:
    ProgressLine(GlobalOptions::Progress when, std::stop_token stop);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// What to give the operation. Its report may be called from any thread.
    const JobControl& job() const { return m_job; }
    /// Says something to whoever follows the progress, on a line that stays.
    void say(const std::string& sentence);

private:
    void show(const ProgressUpdate& update);

    JobControl m_job;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_shownAt{};
    int m_shown = -1; ///< thousandths; -1: nothing yet
    bool m_isTerminal;
};

} // namespace platter::cli
