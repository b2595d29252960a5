// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/ConversionOrder.h"
#include "app/jobs/JobTask.h"

namespace platter::app {

/// Converts an image into a new one.
class ConversionJob final : public JobTask {
public:
    explicit ConversionJob(ConversionOrder order);
    /// The job that record() has kept; nullptr: it is damaged, or of another version.
    static std::shared_ptr<const ConversionJob> fromRecord(const QJsonObject& record);

    const ConversionOrder& order() const { return m_order; }

    QString title() const override;
    QString act() const override;
    QString subject() const override;
    QString result() const override;
    QStringList writes() const override;
    QStringList reads() const override;
    Outcome run(const JobControl& job, const EnterPhase& enter) const override;
    void dropLeftovers() const noexcept override;
    bool hasLeftovers() const noexcept override;
    QJsonObject record() const override { return recordOf(m_order); }
    bool lacksPassphrase() const override;
    bool passphraseLocksResult() const override;
    std::shared_ptr<const JobTask> withPassphrase(const QByteArray& passphrase) const override;

private:
    ConversionOrder m_order;
};

} // namespace platter::app
