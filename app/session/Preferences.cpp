// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/Preferences.h"

#include <QSettings>

namespace platter::app::Preferences {

namespace {

    const QString rememberKey = QStringLiteral("memory/images");
    const QString reopenKey = QStringLiteral("memory/reopen");

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

} // namespace platter::app::Preferences
