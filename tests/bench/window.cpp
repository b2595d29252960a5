// SPDX-License-Identifier: GPL-3.0-or-later
// bench_window PLATTER IMAGE SNAPSHOTS: how fast the window answers, as a table with the budgets.
//
// PLATTER is the program itself, IMAGE an image with a mapped disk of 1 TiB, SNAPSHOTS one with
// many snapshots. Drawing is by software at 1600 x 1000, as on a machine without a graphics card.
#include "app/jobs/GuiWatchdog.h"
#include "app/jobs/JobQueue.h"
#include "app/palette/CommandPalette.h"
#include "app/palette/FuzzyMatch.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"
#include "app/window/PageSpec.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QWindow>

#include <algorithm>
#include <cstdio>

using namespace platter;
using namespace platter::app;

namespace {

constexpr QSize windowSize{1600, 1000};
bool missed = false; ///< a budget was

double since(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// Prints a row: the median decides, the worst is shown beside it.
void print(const QString& what, std::vector<double> milliseconds, double budget)
{
    std::sort(milliseconds.begin(), milliseconds.end());
    const double median = milliseconds[milliseconds.size() / 2];
    const bool isMissed = median > budget;
    missed = missed || isMissed;
    std::printf("| %-58s | %8.1f | %8.1f | %8.0f | %-6s |\n", qPrintable(what), median,
        milliseconds.back(), budget, isMissed ? "MISSED" : "kept");
    std::fflush(stdout);
}

/// Runs the event loop until something holds; ends the program if it does not within a minute.
template <class Holds>
void waitUntil(const char* what, const Holds& holds)
{
    if (QTest::qWaitFor(holds, 60'000))
        return;
    std::fprintf(stderr, "bench_window: waited in vain until %s\n", what);
    std::exit(1);
}

/// Ends what the watchdog counts as one stretch: a user's next key is another.
void letEventsIn()
{
    QTest::qWait(2);
}

/// From the start of the process until its start page has been painted and takes keys.
std::vector<double> starts(const QString& program)
{
    std::vector<double> times;
    for (int i = 0; i < 6; ++i) {
        QProcess process;
        QElapsedTimer timer;
        timer.start();
        process.start(program, {QStringLiteral("--measure-start")});
        if (!process.waitForFinished(20'000) || process.exitCode() != 0) {
            std::fprintf(stderr, "bench_window: %s does not start\n", qPrintable(program));
            std::exit(1);
        }
        const QByteArray told = process.readAllStandardOutput().trimmed();
        if (told != "usable") {
            std::fprintf(
                stderr, "bench_window: %s said \"%s\"\n", qPrintable(program), told.constData());
            std::exit(1);
        }
        if (i > 0) // the first warms the page cache
            times.push_back(since(timer));
    }
    return times;
}

/// What held the window longest, windows being made apart.
GuiWatchdog* watchdog = nullptr;
GuiWatchdog::Block worst;

/// How long it took to make each window, in milliseconds.
std::vector<double> windowTimes;

/// A window of its own for each opening, so that nothing is there yet.
struct Bench {
    Bench()
        : sinceStart(started())
        , window(recent, jobs)
    {
        window.setAttribute(Qt::WA_DeleteOnClose, false);
        window.resize(windowSize);
        window.show();
        waitUntil("the window is shown", [this] { return window.windowHandle()->isExposed(); });
        window.repaint();
        windowTimes.push_back(since(sinceStart));
        letEventsIn();
        watchdog->reset();
    }
    ~Bench()
    {
        letEventsIn();
        if (watchdog->worst().busy > worst.busy)
            worst = watchdog->worst();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    static QElapsedTimer started()
    {
        QElapsedTimer timer;
        timer.start();
        return timer;
    }
    void open(const QString& image)
    {
        window.openHere(image);
        waitUntil("the image is open",
            [this] { return window.document().state() == ImageDocument::State::Ready; });
    }
    void settle()
    {
        waitUntil("everything is read", [this] { return !window.document().isBusy(); });
        QTest::qWait(100);
    }

    QElapsedTimer sinceStart;
    RecentImages recent;
    JobQueue jobs;
    MainWindow window;
};

void measureOpening(const QString& image)
{
    std::vector<double> facts;
    std::vector<double> map;
    for (int i = 0; i < 6; ++i) {
        Bench bench;
        QElapsedTimer timer;
        timer.start();
        bench.open(image);
        bench.window.repaint();
        if (i > 0)
            facts.push_back(since(timer));
        letEventsIn();
        bench.window.view().showPage(PageId::Map);
        bench.settle();
        if (i > 0)
            map.push_back(since(timer) - 100); // settle() waits for that long at its end
    }
    print(QStringLiteral("open 1 TiB, until the overview shows true facts"), facts, 100);
    print(QStringLiteral("open 1 TiB, until its whole map and all figures are read"), map, 3000);
}

void measurePages(Bench& bench)
{
    std::vector<double> times;
    QStringList each;
    for (int round = 0; round < 4; ++round) {
        for (const auto& entry : bench.window.view().pageList().entries()) {
            QElapsedTimer timer;
            timer.start();
            bench.window.view().showPage(entry.page);
            bench.window.repaint();
            const double took = since(timer);
            letEventsIn();
            bench.settle();
            if (round == 0)
                continue; // pages lay themselves out when they are first seen: told below
            times.push_back(took);
        }
    }
    print(QStringLiteral("switch to a page, until it is painted"), times, 50);
}

void measureFirstPages(const QString& image)
{
    Bench bench;
    bench.open(image);
    bench.settle();
    std::vector<double> times;
    for (const auto& entry : bench.window.view().pageList().entries()) {
        QElapsedTimer timer;
        timer.start();
        bench.window.view().showPage(entry.page);
        bench.window.repaint();
        times.push_back(since(timer));
        letEventsIn();
        bench.settle();
    }
    print(QStringLiteral("switch to a page for the first time"), times, 50);
}

void measureKeys(Bench& bench)
{
    std::vector<double> times;
    const auto key = [&](PageId page, Qt::Key which, Qt::KeyboardModifiers held = {}) {
        bench.window.view().showPage(page);
        bench.settle();
        for (int i = 0; i < 10; ++i) {
            QWidget* target = QApplication::focusWidget();
            QElapsedTimer timer;
            timer.start();
            QTest::keyClick(target ? target : &bench.window, which, held);
            bench.window.repaint();
            times.push_back(since(timer));
            letEventsIn();
        }
    };
    key(PageId::Header, Qt::Key_Down);
    key(PageId::Map, Qt::Key_Right);
    key(PageId::Map, Qt::Key_Plus);
    key(PageId::Hex, Qt::Key_PageDown);
    key(PageId::Overview, Qt::Key_F6);
    print(QStringLiteral("a key, until its answer is painted"), times, 100);
}

void measurePalette(Bench& bench)
{
    CommandPalette& palette = bench.window.commandPalette();
    std::vector<double> opened;
    std::vector<double> keys;
    for (int i = 0; i < 5; ++i) {
        QElapsedTimer timer;
        timer.start();
        palette.open(PaletteModel::Scope::Everything);
        bench.window.repaint();
        opened.push_back(since(timer));
        letEventsIn();
        bench.settle(); // the names are collected
        for (const QChar letter : QStringLiteral("nightly 999")) {
            timer.start();
            QTest::keyClick(&palette.field(), letter.toLatin1());
            bench.window.repaint();
            keys.push_back(since(timer));
            letEventsIn();
        }
        QTest::keyClick(&palette.field(), Qt::Key_Escape);
    }
    print(QStringLiteral("the palette, until it is there"), opened, 100);
    print(QStringLiteral("the palette over the image's names, for each key"), keys, 30);
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    if (argc != 4) {
        std::fprintf(stderr, "usage: bench_window PLATTER IMAGE SNAPSHOTS\n");
        return 2;
    }
    QTemporaryDir settings;
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterBench"));
    loadResources();
    Theme::apply();
    Theme::show(Theme::Shade::Light);
    const QString image = QString::fromLocal8Bit(argv[2]);

    std::printf("\nThe window, %d x %d, drawn by software; the median decides\n\n",
        windowSize.width(), windowSize.height());
    std::printf("| %-58s | %8s | %8s | %8s | %-6s |\n", "in ms", "median", "most", "budget", "");
    std::printf("|%s|----------|----------|----------|--------|\n", std::string(60, '-').c_str());

    print(QStringLiteral("start of the program, until the start page is usable"),
        starts(QString::fromLocal8Bit(argv[1])), 300);
    GuiWatchdog dog(GuiWatchdog::Clock::Wall, std::chrono::milliseconds{50}, {});
    watchdog = &dog;
    measureOpening(image);
    measureFirstPages(image);
    {
        Bench bench;
        bench.open(image);
        bench.settle();
        measurePages(bench);
        measureKeys(bench);
    }
    {
        Bench bench;
        bench.open(QString::fromLocal8Bit(argv[3]));
        bench.settle();
        measurePalette(bench);
    }
    print(QStringLiteral("a new window, until it is painted"), windowTimes, 100);
    const auto busy = std::chrono::duration<double, std::milli>(worst.busy).count();
    print(QStringLiteral("longest time in all of this without looking at events"), {busy}, 50);
    if (busy > 50)
        std::printf("\nHeld longest by: %s\n", qPrintable(worst.culprit));
    return missed ? 1 : 0;
}
