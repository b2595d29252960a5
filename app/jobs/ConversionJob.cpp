// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/ConversionJob.h"

#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"
#include "core/formats/Registry.h"
#include "core/operations/NewImageFile.h"
#include "core/operations/resume/PartFile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ConversionJob)
    };

    /// For comparing: touches no file.
    QString comparable(const std::filesystem::path& path)
    {
        return QDir::cleanPath(QFileInfo(toQtPath(path)).absoluteFilePath());
    }

    QString shownFormat(const std::string& id)
    {
        for (const FormatEntry& format : knownFormats()) {
            if (format.id == id)
                return shownText(format.name);
        }
        return shownText(id);
    }

    void addTo(QStringList& remarks, const std::vector<ConversionRemark>& more)
    {
        for (const ConversionRemark& remark : more)
            remarks << Words::tr("%1: %2", "a file and what is to be said of it")
                           .arg(shownPath(remark.file.filename()), shownText(remark.text));
    }

} // namespace

ConversionJob::ConversionJob(ConversionOrder order)
    : m_order(std::move(order))
{
    m_order.request.policy = OpenPolicy::agreed(m_order.agreed);
}

std::shared_ptr<const ConversionJob> ConversionJob::fromRecord(const QJsonObject& record)
{
    auto order = orderFrom(record);
    return order ? std::make_shared<const ConversionJob>(std::move(*order)) : nullptr;
}

QString ConversionJob::title() const
{
    return Words::tr("Convert %1 to %2", "a file, a format")
        .arg(shownPath(m_order.request.source.filename()),
            shownFormat(m_order.request.options.format));
}

QString ConversionJob::act() const
{
    return Words::tr("Convert");
}

QString ConversionJob::subject() const
{
    return comparable(m_order.request.source);
}

QString ConversionJob::result() const
{
    return comparable(m_order.request.target);
}

QStringList ConversionJob::writes() const
{
    return {result()};
}

QStringList ConversionJob::reads() const
{
    QStringList paths{subject()};
    for (const std::filesystem::path& path : m_order.agreed)
        paths << comparable(path);
    if (m_order.request.open.dataFile)
        paths << comparable(*m_order.request.open.dataFile);
    return paths;
}

JobTask::Outcome ConversionJob::run(const JobControl& job, const EnterPhase& enter) const
{
    enter(Words::tr("Opening"));
    // Opening counts in measures of its own.
    const Conversion conversion{m_order.request, JobControl{job.stop, {}, job.hold}};
    Outcome outcome;
    addTo(outcome.remarks, conversion.remarks());
    enter(Words::tr("Converting"));
    const ConversionResult result
        = conversion.run(job, [&enter] { enter(Words::tr("Comparing")); });
    addTo(outcome.remarks, result.remarks);
    if (!result.verified.empty())
        outcome.remarks << Words::tr(
            "Verified before it got its name: the guest reads the same from the new image and the "
            "source.");
    std::error_code unknown;
    const auto length = std::filesystem::file_size(m_order.request.target, unknown);
    outcome.resultLength = unknown ? 0 : length;
    return outcome;
}

void ConversionJob::dropLeftovers() const noexcept
{
    const ConversionRequest& request = m_order.request;
    try {
        dropPart(request.target);
        if (!request.options.image.dataFileName.empty())
            dropPart(dataFilePath(request.options.image));
    } catch (const std::exception&) {
        return; // it stays until the same target is written again
    }
}

bool ConversionJob::hasLeftovers() const noexcept
{
    try {
        return unfinishedPart(m_order.request.target).has_value();
    } catch (const std::exception&) {
        return false;
    }
}

bool ConversionJob::lacksPassphrase() const
{
    const OpenOptions& open = m_order.request.open;
    return m_order.isEncrypted && !open.passphrase && !open.keyOf;
}

bool ConversionJob::passphraseLocksResult() const
{
    return m_order.locksResult() && !m_order.request.targetPassphrase;
}

std::shared_ptr<const JobTask> ConversionJob::withPassphrase(const QByteArray& passphrase) const
{
    ConversionOrder order = m_order;
    order.isEncrypted = true;
    order.request.open.passphrase = passphrase.toStdString();
    return std::make_shared<const ConversionJob>(std::move(order));
}

} // namespace platter::app
