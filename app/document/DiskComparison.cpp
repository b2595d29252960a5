// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/DiskComparison.h"

#include "app/document/Hurdle.h"
#include "app/text/CoreText.h"

#include <algorithm>

namespace platter::app {

struct DiskComparison::Compared {
    CompareResult result;
    bool mixed = false;
};

namespace {

    bool hasChanged(const BackingChain& chain)
    {
        return std::any_of(chain.layers.begin(), chain.layers.end(),
            [](const OpenedImage& layer) { return layer.file->stamp() != layer.stamp; });
    }

} // namespace

DiskComparison::DiskComparison(
    ImageDocument& first, const std::filesystem::path& second, QObject* parent)
    : QObject(parent)
    , m_first(first)
    , m_second(new ImageDocument(this, ImageDocument::Reading::NamedFilesOnly))
    , m_runner(new JobRunner(tr("Compare images"), this))
{
    first.addRunner(m_runner);
    for (const auto signal : {&ImageDocument::imageChanged, &ImageDocument::chainChanged})
        connect(m_second, signal, this, &DiskComparison::startWhenReady);
    connect(m_second, &ImageDocument::stateChanged, this, &DiskComparison::startWhenReady);
    connect(m_runner, &JobRunner::progressed, this, &DiskComparison::changed);
    connect(m_runner, &JobRunner::cancelled, this,
        [this] { m_problem = tr("The comparison was stopped."); });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = tr("They could not be compared to the end. %1").arg(error.why);
    });
    connect(m_runner, &JobRunner::ended, this, &DiskComparison::changed);
    m_second->open(second);
}

DiskComparison::~DiskComparison()
{
    m_runner->disconnect(this);
    m_second->disconnect(this);
}

void DiskComparison::startWhenReady()
{
    if (!m_begun && hurdleOf(*m_second) == Hurdle::None)
        compareAgain();
    emit changed();
}

void DiskComparison::compareAgain()
{
    const auto first = m_first.openedChain();
    const auto second = m_second->openedChain();
    if (!first || !second)
        return;
    m_begun = true;
    m_result.reset();
    m_problem.clear();
    m_runner->start(
        [first = *first, second = *second](const JobControl& job) {
            Compared compared;
            compared.result = compareDisks(VirtualDisk{first}, VirtualDisk{second}, {}, job);
            compared.mixed = hasChanged(first) || hasChanged(second);
            return compared;
        },
        [this](const Compared& compared) {
            m_result = compared.result;
            m_mixed = compared.mixed;
        });
    emit changed();
}

void DiskComparison::stop()
{
    m_runner->cancel();
}

QString DiskComparison::words() const
{
    if (!m_problem.isEmpty() || !m_result)
        return m_problem;
    QStringList words;
    if (m_result->outcome == CompareResult::Outcome::Same)
        words << tr("The guest reads the same from both.");
    else
        words << tr("They differ, first at guest offset %1.").arg(shownOffset(m_result->at.value));
    if (m_result->sizesDiffer && m_first.image() && m_second->image())
        words << tr(
            "Their disks have %1 and %2; what only one of them has was compared with zeros.")
                     .arg(shownSize(m_first.image()->virtualSize()),
                         shownSize(m_second->image()->virtualSize()));
    if (m_mixed)
        words << tr("A file was written while it was read: the result may not hold.");
    return words.join(QLatin1Char(' '));
}

} // namespace platter::app
