// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace platter::app {

/// The records of jobs that are not finished, in files that outlive the program: one for each
/// running program, so that several do not disturb each other. Written as a whole or not at all.
///
/// Functions belong to the GUI thread and return at once, except where it says otherwise.
class UnfinishedJobs final {
public:
    /// The folder need not exist. Touches nothing.
    explicit UnfinishedJobs(QString folder);
    /// Waits for what is being written.
    ~UnfinishedJobs();

    /// $XDG_STATE_HOME/platter, or its standard place.
    static QString standardFolder();

    /// Takes over what programs that do not run any more have left, and calls `then` with it in the
    /// thread of `context`. What is damaged is left out.
    void takeOver(QObject& context, std::function<void(QList<QJsonObject>)> then);
    /// Keeps these records instead of those before; none: there is no file.
    void keep(const QList<QJsonObject>& records);
    /// Waits until everything is written.
    void flush();

private:
    class Place;

    std::shared_ptr<Place> m_place; ///< used by the worker alone
    QThreadPool m_pool; ///< one thread, so that the last one to be kept is the one that stays
};

} // namespace platter::app
