// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/RefcountReader.h"

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int settlingTime = 120; ///< ms: keys held down in a table ask for every row
    constexpr std::size_t mostReferences = 10'000; ///< listed; the rest is counted

} // namespace

void HostUses::add(const HostRange& range)
{
    if (!m_starts.empty() && m_starts.back().use == range.use && m_end == range.start) {
        m_end = range.start + range.length;
        return;
    }
    if (m_starts.size() >= mostRanges || (!m_starts.empty() && m_end != range.start))
        return;
    m_starts.push_back({range.start, range.use});
    m_end = range.start + range.length;
}

std::optional<HostUse> HostUses::at(HostOffset place) const
{
    if (place >= m_end)
        return {};
    const auto after = std::upper_bound(m_starts.begin(), m_starts.end(), place,
        [](HostOffset at, const Start& start) { return at < start.at; });
    return after == m_starts.begin() ? std::nullopt : std::optional{std::prev(after)->use};
}

RefcountReader::RefcountReader(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_surveyor(new JobRunner(tr("Counts"), this))
    , m_useReader(new JobRunner(tr("Uses"), this))
    , m_referenceReader(new JobRunner(tr("References"), this))
{
    for (JobRunner* runner : {m_surveyor, m_useReader, m_referenceReader})
        document.addRunner(runner);
    m_referenceTimer.setSingleShot(true);
    m_referenceTimer.setInterval(settlingTime);
    connect(&m_referenceTimer, &QTimer::timeout, this, &RefcountReader::readReferences);
    connect(&document, &ImageDocument::imageChanged, this, &RefcountReader::forget);
    connect(
        m_surveyor, &JobRunner::failed, this, [this](const ErrorText& error) { fail(error.why); });
    connect(m_surveyor, &JobRunner::cancelled, this, [this] { fail(tr("Reading was stopped.")); });
    connect(m_useReader, &JobRunner::failed, this,
        [this](const ErrorText& error) { failUses(error.why); });
    connect(
        m_useReader, &JobRunner::cancelled, this, [this] { failUses(tr("Reading was stopped.")); });
    const auto unreferenced = [this](const QString& why) {
        m_referencesProblem = why;
        emit referencesChanged();
    };
    connect(m_referenceReader, &JobRunner::failed, this,
        [unreferenced](const ErrorText& error) { unreferenced(error.why); });
    connect(m_referenceReader, &JobRunner::cancelled, this,
        [this, unreferenced] { unreferenced(tr("The search was stopped.")); });
}

void RefcountReader::forget()
{
    for (JobRunner* runner : {m_surveyor, m_useReader, m_referenceReader})
        runner->drop();
    m_referenceTimer.stop();
    m_filter = {};
    m_whole.reset();
    m_part.reset();
    m_uses.reset();
    m_problem.clear();
    m_references.reset();
    m_referencesAt.reset();
    m_referencesProblem.clear();
    emit surveyChanged();
    emit usesChanged();
    emit referencesChanged();
}

void RefcountReader::fail(const QString& problem)
{
    m_problem = problem;
    emit surveyChanged();
}

void RefcountReader::failUses(const QString& why)
{
    fail(tr("What the clusters are used for is not known. %1").arg(why));
}

bool RefcountReader::canReadAgain() const
{
    return (!m_problem.isEmpty() && !m_surveyor->isRunning() && !m_useReader->isRunning())
        || (!m_referencesProblem.isEmpty() && !m_referenceReader->isRunning());
}

void RefcountReader::readAgain()
{
    if (!m_referencesProblem.isEmpty()) {
        m_referencesProblem.clear();
        readReferences();
        emit referencesChanged();
    }
    if (m_problem.isEmpty())
        return;
    m_problem.clear();
    if (!m_whole) {
        want();
        return;
    }
    if (!m_uses && !m_useReader->isRunning())
        readUses();
    readPart();
    emit surveyChanged();
}

void RefcountReader::want()
{
    if (!m_document.image() || m_whole || m_surveyor->isRunning())
        return;
    m_problem.clear();
    m_surveyor->start(
        [image = m_document.image()](const JobControl& job) {
            return std::make_shared<const RefcountSurvey>(surveyRefcounts(*image, {}, job));
        },
        [this](std::shared_ptr<const RefcountSurvey> survey) {
            m_whole = std::move(survey);
            m_part = m_whole;
            if (!m_filter.isEmpty())
                readPart();
            readUses();
            emit surveyChanged();
        });
    emit surveyChanged();
}

void RefcountReader::setFilter(const RefcountFilter& filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    if (m_whole)
        readPart();
}

void RefcountReader::readPart()
{
    m_problem.clear();
    if (m_filter.isEmpty()) {
        m_surveyor->drop();
        m_part = m_whole;
        emit surveyChanged();
        return;
    }
    m_surveyor->start(
        [image = m_document.image(), filter = m_filter](const JobControl& job) {
            return std::make_shared<const RefcountSurvey>(surveyRefcounts(*image, filter, job));
        },
        [this](std::shared_ptr<const RefcountSurvey> survey) {
            m_part = std::move(survey);
            emit surveyChanged();
        });
}

void RefcountReader::readUses()
{
    m_useReader->start(
        [image = m_document.image()](const JobControl& job) {
            auto uses = std::make_shared<HostUses>();
            image->scanHost([&](const HostRange& range) { uses->add(range); }, job);
            return std::shared_ptr<const HostUses>{std::move(uses)};
        },
        [this](std::shared_ptr<const HostUses> uses) {
            m_uses = std::move(uses);
            emit usesChanged();
        });
}

void RefcountReader::wantReferences(std::optional<HostOffset> at)
{
    if (at == m_referencesAt)
        return;
    m_referenceReader->drop();
    m_referencesAt = at;
    m_references.reset();
    m_referencesProblem.clear();
    if (at)
        m_referenceTimer.start();
    emit referencesChanged();
}

void RefcountReader::readReferences()
{
    if (!m_document.image() || !m_referencesAt)
        return;
    m_referenceReader->start(
        [image = m_document.image(), at = *m_referencesAt](const JobControl& job) {
            return std::make_shared<const HostReferences>(
                image->referencesTo(at, Bytes{1}, mostReferences, job));
        },
        [this](std::shared_ptr<const HostReferences> references) {
            m_references = std::move(references);
            emit referencesChanged();
        });
}

} // namespace platter::app
