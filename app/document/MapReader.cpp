// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/MapReader.h"

#include <mutex>

namespace platter::app {

namespace {

    constexpr Bytes little = 4_MiB; ///< of a summary that is kept though it is not shown
    constexpr std::uint64_t mostDetailUnits = 1 << 19; ///< to be read place by place

    /// What a scan leaves.
    struct Read {
        std::shared_ptr<const MapPyramid> pyramid;
        std::shared_ptr<const HostCategories> hostCategories;
    };

} // namespace

struct MapReader::Feed {
    std::mutex mutex;
    std::shared_ptr<const MapPyramid> pyramid;
    std::shared_ptr<const HostOutline> outline;
};

MapReader::MapReader(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Map"), this))
    , m_detailRunner(new JobRunner(tr("Map, close up"), this))
{
    m_feedTimer.setInterval(50);
    connect(&m_feedTimer, &QTimer::timeout, this, &MapReader::takeFeed);
    document.addRunner(m_runner);
    connect(m_runner, &JobRunner::progressed, this, &MapReader::stateChanged);
    connect(m_runner, &JobRunner::cancelled, this, [this] {
        side().problem = tr("Reading was stopped. What was read until then is shown.");
        takeFeed();
    });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        side().problem = tr("The map could not be read to its end. %1").arg(error.why);
        takeFeed();
    });
    connect(m_runner, &JobRunner::ended, this, [this] {
        m_feedTimer.stop();
        emit stateChanged();
    });
    connect(&document, &ImageDocument::imageChanged, this, [this] {
        m_sides.clear();
        m_key.aspect = {}; // its choice may not exist in another image
        begin();
    });
    connect(&document, &ImageDocument::chainChanged, this, [this] {
        // What the guest sees depends on the files below; the file itself does not.
        std::erase_if(m_sides, [](const auto& at) { return at.first.view == MapView::Guest; });
        if (m_key.view == MapView::Guest)
            begin();
    });
    begin();
}

MapReader::~MapReader() = default;

void MapReader::show(MapView view, const MapAspect& aspect)
{
    const Key key{view, aspect};
    if (key == m_key)
        return;
    if (!side().complete)
        side() = {};
    m_key = key;
    forgetLargeSides();
    begin();
}

/// What took little is kept for coming back; what is large is read again.
void MapReader::forgetLargeSides()
{
    std::erase_if(m_sides, [this](const auto& at) {
        return at.first != m_key && at.second.pyramid && at.second.pyramid->memory() > little;
    });
}

/// Stops what runs and shows what is known of the present view.
void MapReader::begin()
{
    m_sides.try_emplace(m_key);
    m_runner->drop();
    m_detailRunner->drop();
    m_feedTimer.stop();
    m_picture = nullptr;
    m_outline.reset();
    m_subject = makeSubject();
    showPicture();
    emit stateChanged();
}

MapSubject guestSubject(const ImageDocument& document)
{
    MapSubject subject;
    subject.image = document.image();
    auto chain = document.openedChain();
    subject.belowIsUnknown = !chain && subject.image->backingFile();
    if (!chain) {
        chain.emplace();
        chain->layers.push_back(document.opened());
    }
    subject.disk = std::make_shared<const VirtualDisk>(std::move(*chain));
    return subject;
}

std::optional<MapSubject> MapReader::makeSubject() const
{
    if (!m_document.image())
        return {};
    MapSubject subject;
    if (m_key.view == MapView::Guest)
        subject = guestSubject(m_document);
    else
        subject.image = m_document.image();
    subject.view = m_key.view;
    subject.aspect = m_key.aspect;
    if (const auto known = m_sides.find(m_key); known != m_sides.end())
        subject.hostCategories = known->second.hostCategories;
    return subject;
}

void MapReader::want()
{
    if (!m_subject || m_runner->isRunning() || side().complete || !side().problem.isEmpty())
        return;
    m_feed = std::make_shared<Feed>();
    m_feedTimer.start();
    m_since.start();
    m_runner->start(
        [subject = *m_subject, feed = m_feed](const JobControl& job) {
            // Sorting the places of millions of tables takes a moment: not on the GUI's thread.
            if (subject.view == MapView::File && subject.aspect.colour == MapAspect::Colour::Kind) {
                auto outline = std::make_shared<const HostOutline>(subject.image->fileOutline());
                const std::scoped_lock lock{feed->mutex};
                feed->outline = std::move(outline);
            }
            const MapSubject ready = prepared(subject, job);
            return Read{scanMap(
                            ready,
                            [&feed](const std::shared_ptr<const MapPyramid>& pyramid) {
                                const std::scoped_lock lock{feed->mutex};
                                feed->pyramid = pyramid;
                            },
                            job),
                ready.hostCategories};
        },
        [this](Read read) {
            side().pyramid = std::move(read.pyramid);
            side().hostCategories = read.hostCategories;
            m_subject->hostCategories = std::move(read.hostCategories);
            side().complete = true;
            m_outline.reset();
            showPicture();
        });
    emit stateChanged();
}

/// Shows what the worker has read until now.
void MapReader::takeFeed()
{
    emit stateChanged();
    const auto shown = side().pyramid;
    {
        const std::scoped_lock lock{m_feed->mutex};
        if (!m_feed->pyramid)
            return;
        side().pyramid = m_feed->pyramid;
        m_outline = m_feed->outline;
    }
    if (m_picture && side().pyramid == shown)
        emit pictureGrew();
    else
        showPicture();
}

void MapReader::showPicture()
{
    m_picture = m_subject ? std::make_shared<const MapPicture>(
                    m_subject->size(), m_subject->unit(), side().pyramid, side().detail)
                          : nullptr;
    emit pictureChanged();
}

void MapReader::wantDetail(std::uint64_t from, Bytes length)
{
    if (!m_subject || !side().complete || length.value == 0
        || length.value / m_subject->unit().value > mostDetailUnits)
        return;
    const auto& known = side().detail;
    if (known && known->start <= from && from + length.value <= known->start + known->length.value)
        return;
    m_detailRunner->start(
        [subject = *m_subject, from, length](
            const JobControl& job) { return scanMapDetail(subject, from, length, job); },
        [this](MapDetail detail) {
            side().detail = std::make_shared<const MapDetail>(std::move(detail));
            showPicture();
        });
}

void MapReader::stop()
{
    m_runner->cancel();
}

void MapReader::readAgain()
{
    side() = {};
    want();
}

std::optional<std::span<const MapPlace>> MapReader::placesOf(std::uint64_t from, Bytes length) const
{
    return side().detail ? side().detail->placesOf(from, length) : std::nullopt;
}

MapTotals MapReader::totalsOf(std::uint64_t from, Bytes length, Bytes step) const
{
    if (!m_picture || length.value == 0)
        return {};
    const auto places = placesOf(from, length);
    if (places && aspect().colour == MapAspect::Colour::Kind)
        return sumOfPlaces(*places, from, length);
    if (side().pyramid && length == m_subject->size())
        return sumOfAll(*side().pyramid);
    return sumOfShares(*m_picture, from, length, step);
}

} // namespace platter::app
