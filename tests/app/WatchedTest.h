// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/GuiWatchdog.h"

#include <QApplication>
#include <QEvent>
#include <QStringList>
#include <QTest>

#include <cstdio>
#include <map>
#include <vector>

namespace platter::tests {

/// An application whose events are timed: whatever a test drives, no stretch of the program's own
/// work on the thread of the user interface may last longer than 50 ms.
///
/// What counts is the delivery of events, up to the next break of the event loop; the code of the
/// test, which runs on the same thread, does not. Each input of the user begins a stretch of its
/// own: tests press keys faster than anybody.
///
/// The clock is the processor time of the thread. On a loaded machine the wall's clock tells of the
/// machine: a thread that waits for a processor looks as one that works. The price is that waiting
/// for a file is not seen here; the logging watchdog of the program (startLoggingWatchdog) sees it.
/// Caches that others have emptied and interrupts still add to it, so that a stretch near the limit
/// passes it now and then; what the program itself does too long is too long in every run, and that
/// is what runWatched() asks for.
class WatchedApplication final : public QApplication {
public:
    WatchedApplication(int& argc, char** argv)
        : QApplication(argc, argv)
        , m_watchdog(
              app::GuiWatchdog::Clock::Processor, most(),
              [this](const app::GuiWatchdog::Block& block) { report(block); }, nullptr,
              app::GuiWatchdog::Counting::EventsOnly)
    {
    }

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (receiver->thread() != thread()) // other threads deliver through here as well
            return QApplication::notify(receiver, event);
        if (m_depth == 0 && isInput(event->type()))
            m_watchdog.endStretch();
        ++m_depth;
        const bool result = QApplication::notify(receiver, event);
        if (--m_depth == 0)
            m_watchdog.leave();
        return result;
    }

    /// A stretch that was too long.
    struct Long {
        QString where; ///< "zooms:far", as a test program takes it on its command line
        QString text; ///< "zooms:far: 80 ms, 60 ms of it in …"
    };
    const std::vector<Long>& longOnes() const { return m_long; }
    void forget() { m_long.clear(); }
    const app::GuiWatchdog::Block& worst() const { return m_watchdog.worst(); }

private:
    /// Bringing a window with all its pages to the screen has the budget of the program's start.
    static constexpr std::chrono::milliseconds opening{300};

    /// PLATTER_WATCHDOG gives another number of milliseconds, for builds with sanitizers.
    static std::chrono::milliseconds most()
    {
        bool given = false;
        const int wanted = qEnvironmentVariableIntValue("PLATTER_WATCHDOG", &given);
        return std::chrono::milliseconds{given ? wanted : 50};
    }

    static bool isInput(QEvent::Type type)
    {
        switch (type) {
        case QEvent::MouseButtonPress:
        case QEvent::MouseButtonRelease:
        case QEvent::MouseButtonDblClick:
        case QEvent::MouseMove:
        case QEvent::Wheel:
        case QEvent::ShortcutOverride:
        case QEvent::KeyPress:
        case QEvent::KeyRelease: return true;
        default: return false;
        }
    }

    void report(const app::GuiWatchdog::Block& block)
    {
        if (block.opensWindow && block.busy < opening)
            return;
        const auto milliseconds = [](std::chrono::nanoseconds time) {
            return static_cast<int>(time / std::chrono::milliseconds{1});
        };
        const char* const function = QTest::currentTestFunction();
        const char* const row = QTest::currentDataTag();
        QString where = QString::fromUtf8(function ? function : "");
        if (row && *row)
            where += QLatin1Char(':') + QString::fromUtf8(row);
        m_long.push_back({where,
            QStringLiteral("%1: %2 ms, %3 ms of it in %4")
                .arg(where.isEmpty() ? QStringLiteral("outside of tests") : where)
                .arg(milliseconds(block.busy))
                .arg(milliseconds(block.longest))
                .arg(block.culprit)});
    }

    app::GuiWatchdog m_watchdog;
    std::vector<Long> m_long;
    int m_depth = 0; ///< of events that are delivered inside of others
};

/// Whether two more runs of what `where` names have too long a stretch again, both of them.
template <class Test>
bool isLongAgain(WatchedApplication& application, const char* program, const QString& where)
{
    QStringList words{QString::fromLocal8Bit(program)};
    if (!where.isEmpty())
        words << where;
    for (int run = 0; run < 2; ++run) {
        application.forget();
        Test test;
        const bool failed = QTest::qExec(&test, words) != 0;
        if (!failed && application.longOnes().empty())
            return false;
    }
    return true;
}

/// Runs a test of the window: it also fails where the thread of the user interface was blocked.
/// What was too long is run twice more, and is believed when it is too long each time.
template <class Test>
int runWatched(int argc, char** argv)
{
    WatchedApplication application(argc, argv);
    int failed = 0;
    {
        Test test;
        failed = QTest::qExec(&test, argc, argv);
    }
    const app::GuiWatchdog::Block worst = application.worst();
    std::map<QString, QString> places; // each once, with its first text
    for (const WatchedApplication::Long& one : application.longOnes())
        places.emplace(one.where, one.text);
    for (const auto& [where, text] : places) {
        const bool believed = isLongAgain<Test>(application, argv[0], where);
        std::fprintf(stderr, "%s the window did not answer in %s\n",
            believed ? "FAIL!  :" : "Not in each of three runs:", qPrintable(text));
        failed += believed;
    }
    std::fprintf(stderr, "Longest stretch without a break: %d ms, in %s\n",
        static_cast<int>(worst.busy / std::chrono::milliseconds{1}), qPrintable(worst.culprit));
    return failed;
}

} // namespace platter::tests

/// In place of QTEST_MAIN for tests of the window.
#define PLATTER_GUI_MAIN(Test)                                                                     \
    int main(int argc, char** argv)                                                                \
    {                                                                                              \
        return platter::tests::runWatched<Test>(argc, argv);                                       \
    }
