// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/JobsModel.h"

#include "app/text/JobText.h"

namespace platter::app {

JobsModel::JobsModel(JobQueue& queue, QObject* parent)
    : QAbstractListModel(parent)
    , m_queue(queue)
    , m_rows(queue.jobs())
{
    for (QueuedJob* job : std::as_const(m_rows))
        watch(job);
    connect(&queue, &JobQueue::inserted, this, [this](int row) {
        beginInsertRows({}, row, row);
        m_rows.insert(row, m_queue.jobs()[row]);
        endInsertRows();
        watch(m_rows[row]);
    });
    connect(&queue, &JobQueue::removed, this, [this](int row) {
        beginRemoveRows({}, row, row);
        m_rows[row]->disconnect(this);
        m_rows.removeAt(row);
        endRemoveRows();
    });
    connect(&queue, &JobQueue::moved, this, [this](int from, int to) {
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        m_rows.move(from, to);
        endMoveRows();
    });
}

void JobsModel::watch(QueuedJob* job)
{
    const auto changed = [this, job] {
        const QModelIndex index = indexOf(job);
        emit dataChanged(index, index);
    };
    connect(job, &QueuedJob::stateChanged, this, changed);
    connect(job, &QueuedJob::progressed, this, changed);
}

QueuedJob* JobsModel::jobAt(const QModelIndex& index) const
{
    return index.isValid() ? m_rows[index.row()] : nullptr;
}

QModelIndex JobsModel::indexOf(const QueuedJob* job) const
{
    const auto row = m_rows.indexOf(const_cast<QueuedJob*>(job));
    return row < 0 ? QModelIndex() : index(static_cast<int>(row));
}

int JobsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant JobsModel::data(const QModelIndex& index, int role) const
{
    QueuedJob* job = jobAt(index);
    if (!job)
        return {};
    switch (role) {
    case Qt::DisplayRole: return job->title();
    case Qt::AccessibleTextRole: return jobSpoken(*job);
    case JobRole: return QVariant::fromValue(job);
    case DetailRole: return jobDetail(*job);
    case StateRole: return QVariant::fromValue(job->state());
    case PermilleRole: return job->showsProgress() ? QVariant(job->permille()) : QVariant();
    default: return {};
    }
}

Qt::ItemFlags JobsModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled; // between the rows
    Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
    if (jobAt(index)->state() == QueuedJob::State::Waiting)
        flags |= Qt::ItemIsDragEnabled;
    return flags;
}

bool JobsModel::moveRows(
    const QModelIndex&, int row, int count, const QModelIndex& toParent, int to)
{
    if (count != 1 || toParent.isValid() || row < 0 || row >= m_rows.size() || to == row
        || to == row + 1 || m_rows[row]->state() != QueuedJob::State::Waiting)
        return false;
    m_queue.move(*m_rows[row], to > row ? to - 1 : to);
    return true;
}

} // namespace platter::app
