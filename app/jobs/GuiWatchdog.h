// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <chrono>
#include <functional>
#include <optional>

namespace platter::app {

/// Watches how long the GUI thread is busy without a break, and knows what held it.
///
/// Made in the GUI thread, it sees every event that is delivered there: between one wakening of the
/// event loop and the next wait, the event that took longest is held responsible. It costs two
/// readings of a clock for an event, so it is for development and tests.
class GuiWatchdog final : public QObject {
    Q_OBJECT

public:
    enum class Clock {
        Wall, ///< what a user feels; also sees the thread wait for a file
        Processor, ///< what the thread itself used, whatever else the machine does
    };

    enum class Counting {
        Everything, ///< from one wakening of the event loop to the next wait
        EventsOnly, ///< the delivery of events alone: where other code runs on the thread, as in
                    ///< tests; needs leave() after each event that nothing else is delivered in
    };

    struct Block {
        std::chrono::nanoseconds busy{}; ///< without a break
        std::chrono::nanoseconds longest{}; ///< of it in one event
        QString culprit; ///< "MetaCall to MapPage (mapPage)"
        bool opensWindow = false; ///< a window was brought to the screen in it
    };

    /// `report` is called in the GUI thread for each stretch that was busy longer than `threshold`.
    GuiWatchdog(Clock clock, std::chrono::nanoseconds threshold,
        std::function<void(const Block&)> report, QObject* parent = nullptr,
        Counting counting = Counting::Everything);
    ~GuiWatchdog() override;

    /// The worst stretch since the beginning or the last reset, over the threshold or not.
    const Block& worst() const { return m_worst; }
    void reset() { m_worst = {}; }

    /// An event was delivered: until the next one begins, nothing counts.
    void leave();
    /// Ends the stretch as a wait of the event loop would.
    void endStretch() { pause(); }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    std::chrono::nanoseconds now() const;
    void wake();
    void pause();
    void endEvent(std::chrono::nanoseconds at);

    Clock m_clock;
    Counting m_counting;
    std::chrono::nanoseconds m_threshold;
    std::function<void(const Block&)> m_report;
    std::optional<std::chrono::nanoseconds> m_awakeSince;
    std::chrono::nanoseconds m_eventSince{};
    std::optional<std::chrono::nanoseconds> m_leftAt; ///< since then nothing counts
    struct Event {
        int type = 0;
        const char* receiver = nullptr; ///< its class
        QString name; ///< its object name
    };
    Event m_event; ///< the one that is being delivered
    Block m_present;
    Block m_worst;
};

/// Logs what held the GUI thread; in builds with assertions, for as long as the application runs.
/// The environment variable PLATTER_WATCHDOG gives the threshold in milliseconds, else it is 50.
void startLoggingWatchdog();

} // namespace platter::app
