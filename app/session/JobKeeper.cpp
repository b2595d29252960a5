// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/JobKeeper.h"

#include "app/jobs/ConversionJob.h"

namespace platter::app {

using State = QueuedJob::State;

JobKeeper::JobKeeper(JobQueue& queue, const QString& folder, QObject* parent)
    : QObject(parent)
    , m_queue(queue)
    , m_files(folder)
{
    connect(&queue, &JobQueue::changed, this, &JobKeeper::keepSoon);
}

JobKeeper::~JobKeeper()
{
    leave(Failed::Forget);
}

void JobKeeper::offerEarlier()
{
    m_taking = true;
    m_files.takeOver(*this, [this](const QList<QJsonObject>& records) {
        for (const QJsonObject& record : records) {
            if (auto task = ConversionJob::fromRecord(record))
                m_queue.offer(std::move(task));
        }
        m_taking = false;
        keepSoon();
    });
}

void JobKeeper::leave(Failed failed)
{
    if (!m_left && !m_taking) // else what was taken over is in the file as it was
        keep(failed);
    m_left = true;
    m_files.flush();
}

void JobKeeper::keepSoon()
{
    if (m_keeping || m_left || m_taking)
        return;
    m_keeping = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_keeping = false;
            if (!m_left && !m_taking)
                keep(Failed::Forget);
        },
        Qt::QueuedConnection);
}

void JobKeeper::keep(Failed failed)
{
    QList<QJsonObject> records;
    for (const QueuedJob* job : m_queue.jobs()) {
        // Files that a failed one has left are hidden: somebody has to know of them.
        if (!job->isUnfinished() && job->state() != State::Offered && !job->hasLeftovers()
            && !(job->state() == State::Failed && failed == Failed::Keep))
            continue;
        if (const QJsonObject record = job->task().record(); !record.isEmpty())
            records << record;
    }
    m_files.keep(records);
}

} // namespace platter::app
