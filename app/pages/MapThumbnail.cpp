// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapThumbnail.h"

#include "app/models/MapLegendModel.h"
#include "app/text/MapText.h"
#include "app/window/Look.h"
#include "widgets/clustermap/ClusterMap.h"

#include <QPainter>

#include <mutex>

namespace platter::app {

namespace {

    constexpr int frame = 2; ///< pixels of the edge

} // namespace

struct MapThumbnail::Feed {
    std::mutex mutex;
    std::shared_ptr<const MapPyramid> pyramid;
};

MapThumbnail::MapThumbnail(ImageDocument& document, QWidget* parent)
    : QAbstractButton(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Small map"), this))
    , m_map(new ClusterMap(this))
{
    setAccessibleName(tr("Map of the guest's disk"));
    setToolTip(tr("Opens the map"));
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    m_map->setFocusPolicy(Qt::NoFocus);
    m_map->setAttribute(Qt::WA_TransparentForMouseEvents);
    MapLegendModel legend;
    legend.setView(MapView::Guest);
    m_map->setLook(legend.look());
    m_feedTimer.setInterval(50);
    connect(&m_feedTimer, &QTimer::timeout, this, &MapThumbnail::take);
    connect(m_runner, &JobRunner::ended, this, [this] {
        m_feedTimer.stop();
        take();
    });
    connect(this, &QAbstractButton::clicked, this,
        [this] { m_document.reveal(PageId::Map, m_document.selection()); });
    connect(&document, &ImageDocument::imageChanged, this, &MapThumbnail::forget);
    connect(&document, &ImageDocument::chainChanged, this, &MapThumbnail::forget);
}

MapThumbnail::~MapThumbnail() = default;

void MapThumbnail::forget()
{
    m_runner->drop();
    m_feedTimer.stop();
    m_feed.reset();
    m_subject.reset();
    m_pyramid.reset();
    m_map->setSource(nullptr, ClusterMap::View::Whole);
    setAccessibleDescription({});
    setShowsProblem(false);
    if (isVisible())
        want();
}

void MapThumbnail::want()
{
    if (m_subject || !m_document.image())
        return;
    m_subject = guestSubject(m_document);
    m_feed = std::make_shared<Feed>();
    m_feedTimer.start();
    m_runner->start(
        [subject = *m_subject, feed = m_feed](const JobControl& job) {
            return scanSmallMap(
                subject,
                [&feed](const std::shared_ptr<const MapPyramid>& pyramid) {
                    const std::scoped_lock lock{feed->mutex};
                    feed->pyramid = pyramid;
                },
                job);
        },
        [this](std::shared_ptr<const MapPyramid> pyramid) {
            showPyramid(std::move(pyramid));
            const Bytes all = m_subject->size();
            const MapPicture picture{all, m_subject->unit(), m_pyramid, nullptr};
            setAccessibleDescription(
                mapShareTexts(*m_subject, picture.shares(0, all.value)).join(QStringLiteral(", ")));
        });
}

/// Shows what the worker has read until now.
void MapThumbnail::take()
{
    if (!m_feed)
        return;
    std::shared_ptr<const MapPyramid> pyramid;
    {
        const std::scoped_lock lock{m_feed->mutex};
        pyramid = m_feed->pyramid;
    }
    if (pyramid)
        showPyramid(std::move(pyramid));
}

void MapThumbnail::setShowsProblem(bool shows)
{
    if (shows == m_showsProblem)
        return;
    m_showsProblem = shows;
    emit showsProblemChanged();
}

void MapThumbnail::showPyramid(std::shared_ptr<const MapPyramid> pyramid)
{
    setShowsProblem(pyramid->total(MapKind::Problem).value != 0);
    if (pyramid == m_pyramid) {
        m_map->dataArrived();
        return;
    }
    m_pyramid = std::move(pyramid);
    m_map->setSource(std::make_shared<const MapPicture>(
                         m_subject->size(), m_subject->unit(), m_pyramid, nullptr),
        ClusterMap::View::Whole);
}

void MapThumbnail::showEvent(QShowEvent* event)
{
    QAbstractButton::showEvent(event);
    want();
}

void MapThumbnail::resizeEvent(QResizeEvent*)
{
    m_map->setGeometry(rect().adjusted(frame + 2, frame + 2, -frame - 2, -frame - 2));
}

void MapThumbnail::enterEvent(QEnterEvent*)
{
    update();
}

void MapThumbnail::leaveEvent(QEvent*)
{
    update();
}

void MapThumbnail::paintEvent(QPaintEvent*)
{
    const bool strong = hasFocus() || underMouse();
    QPainter painter{this};
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen{color(strong ? Token::Link : Token::Divider), hasFocus() ? 2.0 : 1.0});
    painter.setBrush(color(Token::Window));
    painter.drawRoundedRect(QRectF{rect()}.adjusted(1, 1, -1, -1), 4, 4);
}

} // namespace platter::app
