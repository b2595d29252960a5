// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/DesktopTheme.h"

#include "widgets/theme/Theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace platter::app {

namespace {

    const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
    const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
    const QString interface = QStringLiteral("org.freedesktop.portal.Settings");
    const QString group = QStringLiteral("org.freedesktop.appearance");
    const QString key = QStringLiteral("color-scheme");

    /// The portal's numbers: 0 no preference, 1 dark, 2 light. Older portals wrap them twice.
    uint schemeIn(QVariant value)
    {
        while (value.canConvert<QDBusVariant>())
            value = value.value<QDBusVariant>().variant();
        return value.toUInt();
    }

} // namespace

DesktopTheme::DesktopTheme(QObject* parent)
    : QObject(parent)
{
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return; // looking for a bus would take time, and there is none
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service, path, interface, QStringLiteral("SettingChanged"), this,
        SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage read
        = QDBusMessage::createMethodCall(service, path, interface, QStringLiteral("Read"));
    read << group << key;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(read), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        const uint scheme = reply.isValid() ? schemeIn(reply.value().variant()) : 0;
        if (scheme != 0) // else the palette of the platform decides
            Theme::setSystemShade(scheme == 1 ? Theme::Shade::Dark : Theme::Shade::Light);
        watcher->deleteLater();
    });
}

void DesktopTheme::settingChanged(
    const QString& changedGroup, const QString& changedKey, const QDBusVariant& value)
{
    // Desktops whose choice is between "default" and dark give up dark by "no preference".
    if (changedGroup == group && changedKey == key)
        Theme::setSystemShade(
            schemeIn(value.variant()) == 1 ? Theme::Shade::Dark : Theme::Shade::Light);
}

} // namespace platter::app
