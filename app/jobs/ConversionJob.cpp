// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/ConversionJob.h"

#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"
#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/Compare.h"

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

    /// Compares every state that the new image has with that of the source. Throws Error for one
    /// that differs.
    void requireSame(
        const ConversionOrder& order, const Conversion& conversion, const JobControl& job)
    {
        const ConversionRequest& request = conversion.request();
        OpenOptions open;
        open.format = request.options.format;
        if (const auto& encryption = request.options.image.encryption) {
            const auto key = encryption->passphrase->span();
            open.passphrase.emplace(reinterpret_cast<const char*>(key.data()), key.size());
            open.requirePassphrase = true;
        }
        std::set<std::filesystem::path> agreed = order.agreed;
        if (!request.options.image.backingName.empty()) {
            NamedFile below;
            below.name = request.options.image.backingName;
            agreed.insert(resolveName(request.target, below).path); // one of the source's own files
        }
        const BackingChain made
            = openChain(request.target, open, OpenPolicy::agreed(std::move(agreed)), job);
        const auto compare = [&job](const VirtualDisk& source, const VirtualDisk& target) {
            const CompareResult result = compareDisks(source, target, {}, job);
            if (result.outcome != CompareResult::Outcome::Same)
                throw Error(
                    "The new image does not hold what the source holds; they differ first at "
                    "guest offset "
                    + groupedHexText(result.at.value) + ". The source was not changed.");
        };
        compare(conversion.disk(), VirtualDisk{made});
        if (!request.keepSnapshots)
            return;
        const BackingChain& chain = conversion.disk().chain();
        for (std::size_t i = 0; i < chain.layers.front().image->snapshots().size(); ++i)
            compare(VirtualDisk{chain, i}, VirtualDisk{made, i});
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
    addTo(outcome.remarks, conversion.run(job).remarks);
    if (m_order.verify) {
        enter(Words::tr("Comparing"));
        requireSame(m_order, conversion, job);
        outcome.remarks << Words::tr("The new image was compared with the source: the guest reads "
                                     "the same from both.");
    }
    std::error_code unknown;
    const auto length = std::filesystem::file_size(m_order.request.target, unknown);
    outcome.resultLength = unknown ? 0 : length;
    return outcome;
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
