// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/JobRunner.h"

namespace platter::app {

JobRunner::JobRunner(QString title, QObject* parent)
    : QObject(parent)
    , m_title(std::move(title))
{
    // Two, so that a new work need not wait until the one that it replaces has noticed its stop.
    m_pool.setMaxThreadCount(2);
}

JobRunner::~JobRunner()
{
    m_stop.request_stop();
    m_pool.waitForDone();
}

void JobRunner::cancel()
{
    m_stop.request_stop();
}

void JobRunner::drop()
{
    if (!m_running)
        return;
    m_stop.request_stop();
    ++m_generation;
    end();
    emit ended();
}

void JobRunner::begin()
{
    m_stop.request_stop();
    m_stop = {};
    ++m_generation;
    m_permille = 0;
    m_running = true;
    emit started();
}

void JobRunner::end()
{
    m_running = false;
}

void JobRunner::fail(const std::exception_ptr& thrown)
{
    emit failed(describeError(thrown));
}

} // namespace platter::app
