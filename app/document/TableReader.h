// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/formats/Image.h"

#include <QObject>

#include <deque>
#include <memory>

namespace platter::app {

/// Reads entries of tables on a worker, one request after the other. All functions belong to the
/// GUI thread and return at once.
class TableReader final : public QObject {
    Q_OBJECT

public:
    explicit TableReader(QObject* parent = nullptr);

    /// Of which image tables are read from now on; nullptr: none. Requests so far are forgotten.
    void setImage(std::shared_ptr<const Image> image);
    /// Reads entries [first, first + count); arrived() or failed() follows with the same ticket.
    void read(quint64 ticket, const EntryTable& table, quint64 first, quint64 count);

    JobRunner* runner() const { return m_runner; }

signals:
    void arrived(quint64 ticket, const platter::TableRows& rows);
    void failed(quint64 ticket, const QString& why);

private:
    struct Request {
        quint64 ticket = 0;
        EntryTable table;
        quint64 first = 0;
        quint64 count = 0;
    };
    void next();
    void refuse(const QString& why);

    std::shared_ptr<const Image> m_image;
    std::deque<Request> m_requests; ///< the first one is being read
    JobRunner* m_runner;
};

} // namespace platter::app
