// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ProgressLine.h"

#include <cstdio>

#include <unistd.h>

namespace platter::cli {

namespace {
    constexpr std::chrono::milliseconds pause{100}; // more often nobody can read it
}

ProgressLine::ProgressLine(GlobalOptions::Progress when, std::stop_token stop)
    : m_isTerminal(isatty(STDERR_FILENO) == 1)
{
    m_job.stop = std::move(stop);
    if (when == GlobalOptions::Progress::Always
        || (when == GlobalOptions::Progress::Auto && m_isTerminal))
        m_job.report = [this](const ProgressUpdate& update) { show(update); };
}

ProgressLine::~ProgressLine()
{
    if (m_shown >= 0)
        std::fputs(m_isTerminal ? "\r\x1b[K" : "\n", stderr);
}

void ProgressLine::say(const std::string& sentence)
{
    const std::lock_guard lock{m_mutex};
    if (!m_job.report)
        return;
    if (m_shown >= 0)
        std::fputs(m_isTerminal ? "\r\x1b[K" : "\n", stderr);
    m_shown = -1;
    std::fprintf(stderr, "platter-cli: %s\n", sentence.c_str());
}

void ProgressLine::show(const ProgressUpdate& update)
{
    const std::lock_guard lock{m_mutex};
    const int permille = update.permille();
    const auto now = std::chrono::steady_clock::now();
    if (permille == m_shown || (permille < 1000 && now - m_shownAt < pause))
        return;
    m_shown = permille;
    m_shownAt = now;
    std::fprintf(stderr, "    (%d.%d0/100%%)\r", permille / 10, permille % 10);
}

} // namespace platter::cli
