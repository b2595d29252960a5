// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/GuiWatchdog.h"

#include <QApplication>
#include <QEvent>
#include <QStringList>
#include <QTest>

#include <cstdio>

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

    /// "TestMap::zooms(far): 80 ms, most of it in …", one for each stretch that was too long.
    const QStringList& blocks() const { return m_blocks; }
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
        m_blocks << QStringLiteral("%1(%2): %3 ms, %4 ms of it in %5")
                        .arg(QString::fromUtf8(function ? function : "outside of tests"),
                            QString::fromUtf8(row ? row : ""))
                        .arg(milliseconds(block.busy))
                        .arg(milliseconds(block.longest))
                        .arg(block.culprit);
    }

    app::GuiWatchdog m_watchdog;
    QStringList m_blocks;
    int m_depth = 0; ///< of events that are delivered inside of others
};

/// Runs a test of the window: it also fails where the thread of the user interface was blocked.
template <class Test>
int runWatched(int argc, char** argv)
{
    WatchedApplication application(argc, argv);
    Test test;
    const int failed = QTest::qExec(&test, argc, argv);
    for (const QString& block : application.blocks())
        std::fprintf(stderr, "FAIL!  : the window did not answer in %s\n", qPrintable(block));
    std::fprintf(stderr, "Longest stretch without a break: %d ms, in %s\n",
        static_cast<int>(application.worst().busy / std::chrono::milliseconds{1}),
        qPrintable(application.worst().culprit));
    return failed != 0 ? failed : application.blocks().isEmpty() ? 0 : 1;
}

} // namespace platter::tests

/// In place of QTEST_MAIN for tests of the window.
#define PLATTER_GUI_MAIN(Test)                                                                     \
    int main(int argc, char** argv)                                                                \
    {                                                                                              \
        return platter::tests::runWatched<Test>(argc, argv);                                       \
    }
