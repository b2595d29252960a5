// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterStrip.h"

#include "widgets/clustermap/ClusterMapPainter.h"

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
    m_source = std::move(source);
    dataArrived();
}

void ClusterStrip::setLook(const ClusterMapLook& look)
{
    m_look = look;
    dataArrived();
}

void ClusterStrip::setVisibleRange(ClusterMapGeometry::Range range)
{
    m_visible = range;
    update();
}

void ClusterStrip::dataArrived()
{
    m_picture = {};
    update();
}

void ClusterStrip::changeEvent(QEvent* event)
{
    dataArrived();
    QWidget::changeEvent(event);
}

int ClusterStrip::pixelOf(quint64 offset) const
{
    const auto size = static_cast<double>(std::max<quint64>(1, m_source->size()));
    return static_cast<int>(std::lround(static_cast<double>(offset) / size * width()));
}

void ClusterStrip::draw()
{
    m_picture = QPixmap{size() * devicePixelRatioF()};
    m_picture.setDevicePixelRatio(devicePixelRatioF());
    m_picture.fill(Qt::transparent);
    QPainter painter{&m_picture};
    const ClusterMapColors colors{m_look};
    const quint64 size = m_source->size();
    const auto edge = [&](int x) {
        return x >= width() ? size : static_cast<quint64>(static_cast<double>(size) * x / width());
    };
    for (int x = 0; x < width(); ++x) {
        const quint64 from = edge(x);
        const quint64 length = std::max<quint64>(1, edge(x + 1) - std::min(from, edge(x + 1)));
        const CellShares shares = m_source->shares(from, length);
        const QRect column{x, tickHeight, 1, barHeight};
        if (shares.known)
            painter.fillRect(column, QColor::fromRgb(colors.of(shares)));
        else
            paintUnread(painter, column);
        if (colors.isProblem(shares))
            painter.fillRect(QRect{x - 1, 0, 3, tickHeight - 1}, Theme::color(Token::MapProblem));
    }
}

void ClusterStrip::paintEvent(QPaintEvent*)
{
    if (!m_source || m_source->size() == 0)
        return;
    if (m_picture.isNull() || m_picture.deviceIndependentSize().toSize() != size()
        || m_picture.devicePixelRatio() != devicePixelRatioF())
        draw();
    QPainter painter{this};
    painter.drawPixmap(0, 0, m_picture);
    if (m_visible.length != 0 && m_visible.length < m_source->size()) {
        const int left = pixelOf(m_visible.from);
        const int frameWidth
            = std::max(leastFrame, pixelOf(m_visible.from + m_visible.length) - left);
        const QRect frame{std::min(left, width() - frameWidth), tickHeight, frameWidth, barHeight};
        // Two lines, one in the ground's and one in the text's colour, are seen on every kind.
        painter.setPen(QPen{Theme::color(Token::Surface), 1});
        painter.drawRect(frame.adjusted(1, 1, -2, -2));
        painter.setPen(QPen{Theme::color(Token::Text), 1});
        painter.drawRect(frame.adjusted(0, 0, -1, -1));
    }
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
    emit startRequested(at > m_visible.length / 2 ? at - m_visible.length / 2 : 0);
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
    const quint64 by = std::max<quint64>(1, m_visible.length / 2);
    if (event->key() == Qt::Key_Left)
        emit startRequested(m_visible.from > by ? m_visible.from - by : 0);
    else if (event->key() == Qt::Key_Right)
        emit startRequested(m_visible.from + by);
    else
        QWidget::keyPressEvent(event);
}

} // namespace platter
