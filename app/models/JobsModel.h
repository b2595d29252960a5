// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"

#include <QAbstractListModel>

namespace platter::app {

/// The jobs of the queue as rows, in its order. A row of a waiting job can be moved.
class JobsModel final : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        JobRole = Qt::UserRole, ///< QueuedJob*
        DetailRole, ///< what is to be said of its state
        StateRole, ///< QueuedJob::State
        PermilleRole, ///< how far it is; nothing while that is not shown
    };

    explicit JobsModel(JobQueue& queue, QObject* parent = nullptr);

    QueuedJob* jobAt(const QModelIndex& index) const;
    QModelIndex indexOf(const QueuedJob* job) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    /// As text: the title; for screen readers: all that the row shows.
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    /// Moves one waiting job before the row `to`.
    bool moveRows(
        const QModelIndex& from, int row, int count, const QModelIndex& toParent, int to) override;

private:
    void watch(QueuedJob* job);

    JobQueue& m_queue;
    QList<QueuedJob*> m_rows; ///< as the views know them
};

} // namespace platter::app
