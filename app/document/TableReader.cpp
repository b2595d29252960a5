// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/TableReader.h"

namespace platter::app {

TableReader::TableReader(QObject* parent)
    : QObject(parent)
    , m_runner(new JobRunner(tr("Read a table"), this))
{
    connect(
        m_runner, &JobRunner::failed, this, [this](const ErrorText& error) { refuse(error.why); });
    connect(m_runner, &JobRunner::cancelled, this, [this] { refuse(tr("Reading was stopped.")); });
    connect(m_runner, &JobRunner::ended, this, &TableReader::next);
}

void TableReader::setImage(std::shared_ptr<const Image> image)
{
    m_runner->drop();
    m_requests.clear();
    m_image = std::move(image);
}

void TableReader::read(quint64 ticket, const EntryTable& table, quint64 first, quint64 count)
{
    m_requests.push_back({ticket, table, first, count});
    next();
}

void TableReader::next()
{
    if (m_runner->isRunning() || m_requests.empty() || !m_image)
        return;
    m_runner->start(
        [image = m_image, request = m_requests.front()](const JobControl&) {
            return describeEntries(*image, request.table, request.first, request.count);
        },
        [this](const TableRows& rows) {
            const quint64 ticket = m_requests.front().ticket;
            m_requests.pop_front();
            emit arrived(ticket, rows);
        });
}

void TableReader::refuse(const QString& why)
{
    if (m_requests.empty())
        return;
    const quint64 ticket = m_requests.front().ticket;
    m_requests.pop_front();
    emit failed(ticket, why);
}

} // namespace platter::app
