// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobTask.h"
#include "core/base/Error.h"

#include <QString>

#include <atomic>
#include <memory>
#include <thread>

namespace platter::tests {

/// What a test tells a job to do, from the thread of the test.
struct Script {
    std::atomic<int> steps{0}; ///< how many it may do in all
    std::atomic<int> stepsDone{0};
    std::atomic<int> starts{0};
    std::atomic<int> drops{0}; ///< of what it left
    std::atomic<bool> fails{false}; ///< once its steps are done
    std::atomic<bool> endless{false}; ///< as if `steps` had no end
};

/// A job of `total` steps of 1 MiB each that goes on as its script says.
class ScriptedTask final : public app::JobTask {
public:
    static constexpr quint64 step = 1 << 20;

    ScriptedTask(QString name, std::shared_ptr<Script> script, int total = 4)
        : m_name(std::move(name))
        , m_script(std::move(script))
        , m_total(total)
    {
    }

    QStringList written;
    QStringList read;

    QString title() const override { return QStringLiteral("Copy %1").arg(m_name); }
    QString act() const override { return QStringLiteral("Copy"); }
    QString subject() const override { return QStringLiteral("/images/") + m_name; }
    QString result() const override { return written.value(0); }
    void dropLeftovers() const noexcept override { ++m_script->drops; }
    QStringList writes() const override { return written; }
    QStringList reads() const override { return read; }

    Outcome run(const JobControl& job, const EnterPhase& enter) const override
    {
        ++m_script->starts;
        m_script->stepsDone = 0;
        enter(QStringLiteral("Copying"));
        const quint64 total = static_cast<quint64>(m_total) * step;
        for (int done = 0; done < m_total;) {
            if (!m_script->endless && done >= m_script->steps) {
                job.checkStop();
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
                continue;
            }
            if (m_script->endless)
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            ++done;
            m_script->stepsDone = done;
            job.step({static_cast<quint64>(done) * step, total});
        }
        if (m_script->fails)
            throw Error("The disk is full.");
        return {{}, total};
    }

private:
    QString m_name;
    std::shared_ptr<Script> m_script;
    int m_total;
};

} // namespace platter::tests
