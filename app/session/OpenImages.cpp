// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/OpenImages.h"

#include <QCoreApplication>
#include <QSettings>

#include <cerrno>
#include <csignal>

namespace platter::app {

namespace {

    const QString runningKey = QStringLiteral("session/running");
    const QString lastKey = QStringLiteral("session/last");

    QString ownName()
    {
        return QString::number(QCoreApplication::applicationPid());
    }

    bool isAlive(const QString& name)
    {
        const auto pid = static_cast<pid_t>(name.toLongLong());
        // Signal 0 asks only; a program of another user counts as alive.
        return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
    }

} // namespace

OpenImages::LastTime OpenImages::begin()
{
    QSettings settings;
    LastTime last;
    last.images = settings.value(lastKey).toStringList();
    settings.beginGroup(runningKey);
    for (const QString& name : settings.childKeys()) {
        // Our own number, before anything was opened: it belonged to a program that is gone.
        if (name != ownName() && isAlive(name))
            continue;
        last.interrupted += settings.value(name).toStringList();
        settings.remove(name);
    }
    last.interrupted.removeDuplicates();
    return last;
}

void OpenImages::keep(const QStringList& images)
{
    QSettings settings;
    settings.setValue(runningKey + QLatin1Char('/') + ownName(), images);
    if (!images.isEmpty())
        settings.setValue(lastKey, images);
    settings.sync(); // it must be there even if the program dies
}

void OpenImages::end()
{
    QSettings().remove(runningKey + QLatin1Char('/') + ownName());
}

} // namespace platter::app
