// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterStrip.h"

#include "widgets/clustermap/ClusterMapAccessible.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace platter {

namespace {

    constexpr int barHeight = 18; ///< pixels
    constexpr int tickHeight = 6; ///< pixels above the bar, for problems
    constexpr int leastFrame = 5; ///< pixels, so that a small view can be found

} // namespace

ClusterStrip::ClusterStrip(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::TabFocus);
    setLayoutDirection(Qt::LeftToRight); // addresses rise from left to right in every language
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    installMapAccessibility();
    connect(&m_tiles, &ClusterTiles::arrived, this, [this] {
        m_stale = true;
        update();
    });
    setAccessibleName(tr("Whole image"));
    setAccessibleDescription(tr("The frame is what the map shows. Left and right arrow move it."));
}

QSize ClusterStrip::sizeHint() const
{
    return {400, barHeight + tickHeight + 2};
}

QSize ClusterStrip::minimumSizeHint() const
{
    return {100, barHeight + tickHeight + 2};
}

void ClusterStrip::setSource(std::shared_ptr<const ClusterMapSource> source)
{
    const bool same = m_source && source && m_source->size() == source->size();
    m_source = std::move(source);
    m_tiles.setSource(
        m_source, same ? ClusterTiles::Before::StandsIn : ClusterTiles::Before::IsForgotten);
    m_stale = true;
    update();
}

void ClusterStrip::setLook(const ClusterMapLook& look)
{
    m_look = look;
    m_tiles.setLook(look);
    m_stale = true;
    update();
}

void ClusterStrip::setVisibleRanges(std::vector<ClusterMapGeometry::Range> ranges)
{
    if (ranges == m_visible)
        return;
    m_visible = std::move(ranges);
    update();
}

ClusterMapGeometry::Range ClusterStrip::visibleRange() const
{
    if (m_visible.empty())
        return {};
    return {m_visible.front().from,
        m_visible.back().from + m_visible.back().length - m_visible.front().from};
}

QString ClusterStrip::visibleText() const
{
    const auto range = visibleRange();
    return m_describer && range.length ? m_describer(range.from, range.length) : QString();
}

void ClusterStrip::dataArrived()
{
    m_tiles.grow();
    m_stale = true;
    update();
}

void ClusterStrip::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        setLook(m_look); // colours are another theme's
    QWidget::changeEvent(event);
}

int ClusterStrip::pixelOf(quint64 offset) const
{
    const auto size = static_cast<double>(std::max<quint64>(1, m_source->size()));
    return static_cast<int>(std::lround(static_cast<double>(offset) / size * width()));
}

void ClusterStrip::draw()
{
    m_stale = false;
    const double ratio = devicePixelRatioF();
    m_picture = QImage{size() * ratio, QImage::Format_ARGB32_Premultiplied};
    m_picture.setDevicePixelRatio(ratio);
    m_picture.fill(Qt::transparent);
    // One cell for each pixel at most, whatever the units are.
    const auto pixels = static_cast<quint64>(std::max(1, width()));
    const quint64 size = m_source->size();
    const quint64 perCell = std::max<quint64>(1, size / pixels + (size % pixels != 0));
    const quint64 cells = size / perCell + (size % perCell != 0);
    std::vector<quint64> wanted;
    std::vector<QRgb> looks;
    std::vector<QRgb> tile(cellsPerTile);
    for (quint64 index = 0; index * cellsPerTile < cells; ++index) {
        wanted.push_back(index);
        m_tiles.cellsOf(perCell, index, tile);
        looks.insert(looks.end(), tile.begin(), tile.end());
    }
    m_tiles.want(perCell, wanted);
    QPainter painter{&m_picture};
    const ClusterMapColors& colors = m_tiles.colors();
    for (int x = 0; x < width(); ++x) {
        const QRgb look = looks[static_cast<quint64>(x) * cells / pixels];
        const QRect column{x, tickHeight, 1, barHeight};
        if (look == CellLook::unread) {
            painter.fillRect(column, QColor::fromRgb(colors.window()));
            for (int y = x % 6; y < barHeight; y += 6)
                painter.fillRect(
                    x, tickHeight + barHeight - 1 - y, 1, 1, QColor::fromRgb(colors.hatch()));
        } else {
            painter.fillRect(column, QColor::fromRgb(look | 0xff000000));
            const Pattern pattern = colors.patternOf(look);
            for (int y = tickHeight; pattern != Pattern::None && y < tickHeight + barHeight; ++y) {
                if (isInked(pattern, x, y))
                    painter.fillRect(x, y, 1, 1, QColor::fromRgb(colors.inkOf(look)));
            }
        }
        if (CellLook::isProblem(look))
            painter.fillRect(QRect{x - 1, 0, 3, tickHeight - 1}, QColor::fromRgb(colors.problem()));
    }
}

/// A frame around each part that the map shows.
void ClusterStrip::paintFrames(QPainter& painter) const
{
    int lastRight = -1;
    for (const auto& range : m_visible) {
        const int left = pixelOf(range.from);
        const int frameWidth = std::max(leastFrame, pixelOf(range.from + range.length) - left);
        const QRect frame{std::min(left, width() - frameWidth), tickHeight, frameWidth, barHeight};
        if (frame.right() <= lastRight)
            continue; // smaller than what is drawn already
        lastRight = frame.right();
        // Two lines, one in the ground's and one in the text's colour, are seen on every kind.
        painter.setPen(QPen{Theme::color(Token::Surface), 1});
        painter.drawRect(frame.adjusted(1, 1, -2, -2));
        painter.setPen(QPen{Theme::color(Token::Text), 1});
        painter.drawRect(frame.adjusted(0, 0, -1, -1));
    }
}

void ClusterStrip::paintEvent(QPaintEvent*)
{
    if (!m_source || m_source->size() == 0)
        return;
    if (m_stale || m_picture.deviceIndependentSize().toSize() != size()
        || m_picture.devicePixelRatio() != devicePixelRatioF())
        draw();
    QPainter painter{this};
    painter.drawImage(0, 0, m_picture);
    const auto seen = visibleRange();
    if (seen.length != 0 && (m_visible.size() > 1 || seen.length < m_source->size()))
        paintFrames(painter);
    if (hasFocus()) {
        painter.setPen(QPen{Theme::color(Token::Link), 2});
        painter.drawRect(rect().adjusted(1, tickHeight - 1, -1, -1));
    }
}

void ClusterStrip::centreOn(int x)
{
    if (!m_source || width() == 0)
        return;
    const double share = std::clamp(static_cast<double>(x) / width(), 0.0, 1.0);
    const auto at = static_cast<quint64>(static_cast<double>(m_source->size()) * share);
    emit centreRequested(at);
}

void ClusterStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        centreOn(event->position().toPoint().x());
}

void ClusterStrip::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        centreOn(event->position().toPoint().x());
}

void ClusterStrip::keyPressEvent(QKeyEvent* event)
{
    const auto seen = visibleRange();
    const quint64 middle = seen.from + seen.length / 2;
    const quint64 by = std::max<quint64>(1, seen.length / 2);
    if (m_source && event->key() == Qt::Key_Left)
        emit centreRequested(middle > by ? middle - by : 0);
    else if (m_source && event->key() == Qt::Key_Right)
        emit centreRequested(std::min(middle + by, m_source->size() - 1));
    else
        QWidget::keyPressEvent(event);
}

} // namespace platter
