// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ChainShares.h"

#include <mutex>

namespace platter::app {

namespace {

    std::vector<Bytes> spaceOnDisk(const BackingChain& chain)
    {
        std::vector<Bytes> sizes;
        for (const OpenedImage& layer : chain.layers)
            sizes.push_back(layer.file->allocatedBytes());
        return sizes;
    }

    ChainFacts readFacts(const BackingChain& chain,
        const std::function<void(std::shared_ptr<const ChainFacts>)>& publish,
        const JobControl& job)
    {
        ChainFacts facts;
        facts.onDisk = spaceOnDisk(chain);
        const VirtualDisk disk{chain};
        facts.share = shareOfLayers(
            disk,
            [&](const ChainShare& soFar) {
                publish(std::make_shared<const ChainFacts>(
                    ChainFacts{soFar, facts.onDisk, false, false}));
            },
            job);
        facts.complete = true;
        for (const OpenedImage& layer : chain.layers)
            facts.changedMeanwhile = facts.changedMeanwhile || layer.file->stamp() != layer.stamp;
        return facts;
    }

} // namespace

struct ChainShares::Feed {
    std::mutex mutex;
    std::shared_ptr<const ChainFacts> facts;
};

ChainShares::ChainShares(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Read which file serves what"), this))
{
    document.addRunner(m_runner);
    m_feedTimer.setInterval(100);
    connect(&m_feedTimer, &QTimer::timeout, this, &ChainShares::takeFeed);
    connect(m_runner, &JobRunner::ended, &m_feedTimer, &QTimer::stop);
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = error.why;
        emit changed();
    });
    connect(m_runner, &JobRunner::cancelled, this, [this] {
        m_problem = tr("Reading was stopped.");
        emit changed();
    });
    connect(&document, &ImageDocument::imageChanged, this, &ChainShares::forget);
    connect(&document, &ImageDocument::chainChanged, this, [this] {
        const bool wanted = m_wanted;
        forget();
        if (wanted)
            want();
    });
}

ChainShares::~ChainShares() = default;

void ChainShares::forget()
{
    m_runner->drop();
    m_feedTimer.stop();
    m_facts.reset();
    m_problem.clear();
    emit changed();
}

void ChainShares::want()
{
    m_wanted = true;
    if (!m_document.image() || m_runner->isRunning() || m_facts || !m_problem.isEmpty())
        return;
    BackingChain chain;
    chain.layers = m_document.layersAbove(m_document.chain().size());
    if (!attachedDataFile(m_document.opened()) && m_document.image()->externalDataFile())
        return; // its extents lie in a file that is not open
    m_feed = std::make_shared<Feed>();
    m_feedTimer.start();
    m_runner->start(
        [chain = std::move(chain), feed = m_feed](const JobControl& job) {
            return readFacts(
                chain,
                [&feed](std::shared_ptr<const ChainFacts> facts) {
                    const std::scoped_lock lock{feed->mutex};
                    feed->facts = std::move(facts);
                },
                job);
        },
        [this](ChainFacts facts) {
            m_facts = std::make_shared<const ChainFacts>(std::move(facts));
            emit changed();
        });
}

void ChainShares::takeFeed()
{
    {
        const std::scoped_lock lock{m_feed->mutex};
        if (!m_feed->facts)
            return;
        m_facts = m_feed->facts;
    }
    emit changed();
}

} // namespace platter::app
