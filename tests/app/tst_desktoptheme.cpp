// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/DesktopTheme.h"
#include "widgets/theme/Theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace platter;
using namespace platter::app;

namespace {

constexpr auto service = "org.freedesktop.portal.Desktop";
constexpr auto path = "/org/freedesktop/portal/desktop";

} // namespace

/// Answers as the settings portal of a desktop does.
class Portal final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

public:
    uint scheme = 0;
    bool wraps = false; ///< older portals wrap the value once more

    void change(uint to)
    {
        scheme = to;
        emit SettingChanged("org.freedesktop.appearance", "color-scheme", value());
    }

public slots:
    QDBusVariant Read(const QString& group, const QString& key)
    {
        read << group + " " + key;
        return value();
    }

signals:
    void SettingChanged(const QString& group, const QString& key, const QDBusVariant& value);

public:
    QStringList read;

private:
    QDBusVariant value() const
    {
        const QDBusVariant plain{scheme};
        return wraps ? QDBusVariant{QVariant::fromValue(plain)} : plain;
    }
};

/// The window is light or dark as the desktop says, and changes with it.
class TestDesktopTheme final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanupTestCase();
    void init() { Theme::setSystemShade(Theme::Shade::Light); }
    void followsThePortal_data();
    void followsThePortal();
    void changesLive();
    void otherSettingsChangeNothing();

private:
    QProcess m_daemon;
    std::unique_ptr<Portal> m_portal;
};

void TestDesktopTheme::initTestCase()
{
    // A bus of its own, so that the desktop of whoever runs the test is neither asked nor changed.
    m_daemon.start("dbus-daemon", {"--session", "--nofork", "--print-address"});
    QVERIFY(m_daemon.waitForStarted());
    QVERIFY(m_daemon.waitForReadyRead());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_daemon.readLine().trimmed());
    m_portal = std::make_unique<Portal>();
    QDBusConnection desktop = QDBusConnection::connectToBus(
        qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), "desktop");
    QVERIFY(desktop.isConnected());
    QVERIFY(desktop.registerObject(
        path, m_portal.get(), QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    QVERIFY(desktop.registerService(service));
    Theme::apply();
}

void TestDesktopTheme::cleanupTestCase()
{
    QDBusConnection::disconnectFromBus("desktop");
    m_portal.reset();
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void TestDesktopTheme::followsThePortal_data()
{
    QTest::addColumn<uint>("scheme");
    QTest::addColumn<bool>("wraps");
    QTest::addColumn<bool>("dark");
    QTest::newRow("no preference") << 0U << false << false;
    QTest::newRow("dark") << 1U << false << true;
    QTest::newRow("dark, wrapped twice") << 1U << true << true;
    QTest::newRow("light") << 2U << false << false;
}

void TestDesktopTheme::followsThePortal()
{
    QFETCH(const uint, scheme);
    QFETCH(const bool, wraps);
    QFETCH(const bool, dark);
    m_portal->scheme = scheme;
    m_portal->wraps = wraps;
    m_portal->read.clear();
    const DesktopTheme theme;
    QTRY_COMPARE(m_portal->read, QStringList{"org.freedesktop.appearance color-scheme"});
    QTRY_COMPARE(Theme::shade() == Theme::Shade::Dark, dark);
}

void TestDesktopTheme::changesLive()
{
    m_portal->scheme = 2;
    m_portal->read.clear();
    const DesktopTheme theme;
    QTRY_VERIFY(!m_portal->read.isEmpty());
    QTRY_COMPARE(Theme::shade(), Theme::Shade::Light);
    m_portal->change(1);
    QTRY_COMPARE(Theme::shade(), Theme::Shade::Dark);
    m_portal->change(0); // a desktop's way back from dark
    QTRY_COMPARE(Theme::shade(), Theme::Shade::Light);
}

void TestDesktopTheme::otherSettingsChangeNothing()
{
    m_portal->scheme = 2;
    m_portal->read.clear();
    const DesktopTheme theme;
    QTRY_VERIFY(!m_portal->read.isEmpty());
    emit m_portal->SettingChanged("org.freedesktop.appearance", "accent-color", QDBusVariant{1U});
    emit m_portal->SettingChanged("org.gnome.desktop.interface", "color-scheme", QDBusVariant{1U});
    m_portal->change(2);
    QTest::qWait(100);
    QCOMPARE(Theme::shade(), Theme::Shade::Light);
}

QTEST_MAIN(TestDesktopTheme)
#include "tst_desktoptheme.moc"
