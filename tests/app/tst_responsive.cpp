// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/GuiWatchdog.h"
#include "app/jobs/JobQueue.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"
#include "tests/support/Qemu.h"

#include <QElapsedTimer>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;

/// The window keeps answering whatever it reads.
class TestResponsive final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void aHugeImageOpensWithoutBlocking();
    void closingStopsWhatRuns();

private:
    QTemporaryDir m_folder;
    QString m_huge;
};

void TestResponsive::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    m_huge = m_folder.filePath(QStringLiteral("huge.qcow2"));
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "preallocation=metadata,cluster_size=512k",
        m_huge, "4T"});
}

void TestResponsive::aHugeImageOpensWithoutBlocking()
{
    // What the thread itself uses, so that a loaded machine does not fail the test.
    constexpr std::chrono::milliseconds most{50};
    RecentImages recent;
    JobQueue jobs;
    MainWindow window(recent, jobs);
    window.setAttribute(Qt::WA_DeleteOnClose, false);
    window.resize(1280, 800);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QElapsedTimer sinceOpen;
    sinceOpen.start();
    QStringList blocks;
    GuiWatchdog watchdog(GuiWatchdog::Clock::Processor, most, [&](const GuiWatchdog::Block& block) {
        blocks << QStringLiteral("%1 ms, most of it in: %2")
                      .arg(block.busy / std::chrono::milliseconds{1})
                      .arg(block.culprit);
    });
    window.openHere(m_huge);
    QTRY_COMPARE_WITH_TIMEOUT(window.document().state(), ImageDocument::State::Ready, 10000);
    const qint64 opened = sinceOpen.elapsed();
    for (const auto& entry : window.view().pageList().entries()) {
        window.view().showPage(entry.page);
        QTest::qWait(100);
    }
    window.document().startCheck();
    QTRY_VERIFY_WITH_TIMEOUT(!window.document().isBusy(), 120000);
    QTest::qWait(50);
    qInfo("facts after %lld ms, all read after %lld ms, at most %lld ms busy in: %s", opened,
        sinceOpen.elapsed(),
        static_cast<long long>(watchdog.worst().busy / std::chrono::milliseconds{1}),
        qPrintable(watchdog.worst().culprit));
    QVERIFY(window.document().checkReport());
    QCOMPARE(window.document().checkReport()->corruptions, std::uint64_t{0});
    QVERIFY2(blocks.isEmpty(), qPrintable(blocks.join(QLatin1Char('\n'))));
}

void TestResponsive::closingStopsWhatRuns()
{
    RecentImages recent;
    JobQueue jobs;
    auto window = std::make_unique<MainWindow>(recent, jobs);
    window->setAttribute(Qt::WA_DeleteOnClose, false);
    window->show();
    window->openHere(m_huge);
    QTRY_COMPARE_WITH_TIMEOUT(window->document().state(), ImageDocument::State::Ready, 10000);
    window->document().startCheck();
    QVERIFY(window->document().isBusy());
    QElapsedTimer closing;
    closing.start();
    window.reset();
    qInfo("closed after %lld ms", closing.elapsed());
    QVERIFY(closing.elapsed() < 2000);
}

QTEST_MAIN(TestResponsive)
#include "tst_responsive.moc"
