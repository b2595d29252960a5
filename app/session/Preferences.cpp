// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/Preferences.h"

#include <QSettings>

namespace platter::app::Preferences {

namespace {

    const QString rememberKey = QStringLiteral("memory/images");
    const QString reopenKey = QStringLiteral("memory/reopen");
    const QString jobsKey = QStringLiteral("jobs/atOnce");

} // namespace

bool remembersImages()
{
    return QSettings().value(rememberKey, true).toBool();
}

void setRemembersImages(bool wanted)
{
    QSettings().setValue(rememberKey, wanted);
}

bool reopensLastImages()
{
    return QSettings().value(reopenKey, false).toBool();
}

void setReopensLastImages(bool wanted)
{
    QSettings().setValue(reopenKey, wanted);
}

int jobsAtOnce()
{
    return QSettings().value(jobsKey, 2).toInt();
}

void setJobsAtOnce(int count)
{
    QSettings().setValue(jobsKey, count);
}

} // namespace platter::app::Preferences
