// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/DesktopNotice.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QVariantMap>

namespace platter::app {

namespace {

    // Source: freedesktop.org, "Desktop Notifications Specification".
    const QString service = QStringLiteral("org.freedesktop.Notifications");
    const QString path = QStringLiteral("/org/freedesktop/Notifications");
    const QString defaultAction = QStringLiteral("default");

    void askForAttention()
    {
        for (QWidget* window : QApplication::topLevelWidgets()) {
            if (window->isWindow() && window->isVisible())
                QApplication::alert(window);
        }
    }

} // namespace

DesktopNotice::DesktopNotice(QObject* parent)
    : QObject(parent)
{
}

void DesktopNotice::show(const QString& title, const QString& text)
{
    const bool hasBus = !qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS");
    QDBusConnection bus
        = hasBus ? QDBusConnection::sessionBus() : QDBusConnection(QStringLiteral("none"));
    if (!bus.isConnected()) {
        askForAttention();
        QMetaObject::invokeMethod(this, &DesktopNotice::handled, Qt::QueuedConnection);
        return;
    }
    if (!m_listens)
        m_listens = bus.connect(service, path, service, QStringLiteral("ActionInvoked"), this,
            SLOT(invoke(uint, QString)));
    QDBusMessage notify
        = QDBusMessage::createMethodCall(service, path, service, QStringLiteral("Notify"));
    const QVariantMap hints{{QStringLiteral("desktop-entry"), QGuiApplication::desktopFileName()},
        {QStringLiteral("category"), QStringLiteral("transfer.complete")}};
    constexpr int desktopDecides = -1; // how long it stays
    // The text is markup for some desktops: file names are not in it, and this makes sure.
    notify << QGuiApplication::applicationDisplayName() << m_shown
           << QGuiApplication::desktopFileName() << title << text.toHtmlEscaped()
           << QStringList{defaultAction, tr("Show jobs")} << hints << desktopDecides;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(notify), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<uint> reply = *watcher;
        if (reply.isValid())
            m_shown = reply.value();
        else
            askForAttention();
        watcher->deleteLater();
        emit handled();
    });
}

void DesktopNotice::invoke(uint id, const QString& action)
{
    if (id == m_shown && m_shown != 0 && action == defaultAction)
        emit activated();
}

} // namespace platter::app
