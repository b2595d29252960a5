// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMap.h"

#include "widgets/clustermap/ClusterMapAccessible.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace platter {

namespace {

    constexpr double keyFactor = 2; ///< of one press of + or -
    constexpr double levelFactor = 8; ///< of one level: double click, Enter, Backspace
    constexpr int motionMilliseconds = 150;
    constexpr int frameMilliseconds = 16;

} // namespace

ClusterMap::ClusterMap(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setLayoutDirection(Qt::LeftToRight); // addresses rise from left to right in every language
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Map"));
    installMapAccessibility();
    m_motion.setInterval(frameMilliseconds);
    connect(&m_motion, &QTimer::timeout, this, [this] {
        if (m_since.elapsed() >= motionLength())
            m_motion.stop();
        m_stale = true;
        update();
    });
    connect(&m_tiles, &ClusterTiles::arrived, this, [this] {
        m_stale = true;
        update();
    });
}

QString ClusterMap::describe(Range range) const
{
    return m_describer ? m_describer(range.from, range.length) : QString();
}

void ClusterMap::setSource(std::shared_ptr<const ClusterMapSource> source, View view)
{
    m_source = std::move(source);
    const quint64 size = m_source ? m_source->size() : 0;
    const quint64 unit = m_source ? std::max<quint64>(1, m_source->unit()) : 1;
    const bool same = size == m_geometry.size && unit == m_geometry.unit;
    m_tiles.setSource(
        m_source, same ? ClusterTiles::Before::StandsIn : ClusterTiles::Before::IsForgotten);
    m_stale = true;
    update();
    if (same && view == View::Keep)
        return;
    m_geometry.size = size;
    m_geometry.unit = unit;
    m_geometry.showWhole();
    m_hasCursor = false;
    m_chosen = {};
    m_hovered = {};
    emit viewChanged();
}

void ClusterMap::setLook(const ClusterMapLook& look)
{
    m_look = look;
    m_tiles.setLook(look);
    m_stale = true;
    update();
}

void ClusterMap::dataArrived()
{
    m_tiles.grow();
    m_stale = true;
    update();
}

void ClusterMap::setMapLayout(ClusterLayout layout)
{
    if (layout == m_geometry.layout)
        return;
    m_motion.stop();
    m_geometry.setLayout(layout);
    viewMoved();
}

ClusterMap::Range ClusterMap::chosen() const
{
    return m_hasCursor ? m_chosen : Range{};
}

void ClusterMap::choose(Range range)
{
    m_hasCursor = range.length != 0 && range.from < m_geometry.size;
    if (m_hasCursor) {
        m_chosen = {range.from, std::min(range.length, m_geometry.size - range.from)};
        m_anchor = m_cursor = range.from;
        if (m_geometry.rectOf(range.from).isEmpty()) {
            m_geometry.ensureVisible(range.from);
            viewMoved();
        }
    }
    update();
}

void ClusterMap::viewMoved()
{
    m_stale = true;
    m_hovered = {};
    update();
    emit viewChanged();
}

int ClusterMap::motionLength() const
{
    return Theme::motionTime(motionMilliseconds);
}

/// Lets the view reach its new scale in a moment, with one place at rest.
void ClusterMap::moveFrom(double scale, quint64 offset, QPoint at)
{
    m_motionScale = scale;
    m_motionOffset = offset;
    m_motionAt = at;
    if (motionLength() > 0 && isVisible() && scale != m_geometry.scale()) {
        m_since.start();
        m_motion.start();
    }
}

ClusterMapGeometry ClusterMap::shownGeometry() const
{
    if (!m_motion.isActive())
        return m_geometry;
    const double passed
        = std::clamp(static_cast<double>(m_since.elapsed()) / motionLength(), 0.0, 1.0);
    const double eased = 1 - (1 - passed) * (1 - passed);
    ClusterMapGeometry moving = m_geometry;
    moving.setScale(m_motionScale * std::pow(m_geometry.scale() / m_motionScale, eased),
        m_motionOffset, m_motionAt);
    return moving;
}

void ClusterMap::zoomAt(double factor, QPoint at)
{
    const double before = shownGeometry().scale();
    const auto cell = m_geometry.cellAt(at);
    const quint64 offset = cell ? cell->from : m_geometry.middle();
    m_geometry.zoomBy(factor, offset, at);
    moveFrom(before, offset, at);
    viewMoved();
}

/// Zooms where the eye is: at the chosen cell if it is in view, else in the middle.
void ClusterMap::zoomAround(double factor)
{
    const QRect chosenCell = m_hasCursor ? m_geometry.rectOf(m_cursor) : QRect{};
    if (chosenCell.isEmpty()) {
        zoomAt(factor, rect().center());
        return;
    }
    const double before = shownGeometry().scale();
    m_geometry.zoomBy(factor, m_cursor, chosenCell.center());
    m_geometry.ensureVisible(m_cursor);
    moveFrom(before, m_cursor, chosenCell.center());
    viewMoved();
}

void ClusterMap::setZoom(double zoom)
{
    const QRect chosenCell = m_hasCursor ? m_geometry.rectOf(m_cursor) : QRect{};
    const QPoint at = chosenCell.isEmpty() ? rect().center() : chosenCell.center();
    const auto cell = m_geometry.cellAt(at);
    m_motion.stop();
    m_geometry.setZoom(
        zoom, chosenCell.isEmpty() ? cell ? cell->from : m_geometry.middle() : m_cursor, at);
    viewMoved();
}

void ClusterMap::scrollTo(quint64 offset)
{
    m_motion.stop();
    m_geometry.scrollTo(offset);
    viewMoved();
}

void ClusterMap::centreOn(quint64 offset)
{
    m_motion.stop();
    m_geometry.centreOn(offset);
    viewMoved();
}

void ClusterMap::showAround(quint64 offset, double bytesPerCell)
{
    m_motion.stop();
    m_geometry.setScale(bytesPerCell, offset, rect().center());
    m_geometry.centreOn(offset);
    viewMoved();
}

void ClusterMap::zoomIn()
{
    zoomAround(keyFactor);
}

void ClusterMap::zoomOut()
{
    zoomAround(1 / keyFactor);
}

void ClusterMap::showWhole()
{
    const double before = shownGeometry().scale();
    const quint64 kept = m_geometry.middle();
    m_geometry.showWhole();
    const QRect there = m_geometry.rectOf(kept);
    moveFrom(before, kept, there.isEmpty() ? rect().center() : there.center());
    viewMoved();
}

void ClusterMap::paintEvent(QPaintEvent*)
{
    QPainter painter{this};
    if (!m_source) {
        painter.fillRect(rect(), Theme::color(Token::Window));
        return;
    }
    if (m_stale || m_frame.deviceIndependentSize().toSize() != size()
        || m_frame.devicePixelRatio() != devicePixelRatioF())
        drawFrame();
    painter.drawImage(0, 0, m_frame);
    const ClusterMapGeometry shown = shownGeometry();
    // A light and a dark line together are seen on every kind.
    if (m_hovered.length) {
        paintRange(painter, shown, m_hovered, Theme::color(Token::Surface), 3);
        paintRange(painter, shown, m_hovered, Theme::color(Token::Text), 1);
    }
    if (m_hasCursor) {
        paintRange(painter, shown, m_chosen, Theme::color(Token::Surface), 4);
        paintRange(painter, shown, m_chosen, Theme::color(Token::Link), 2);
    }
    if (hasFocus()) {
        painter.setPen(QPen{Theme::color(Token::Link), 2});
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

/// Composes the cells from their tiles.
void ClusterMap::drawFrame()
{
    m_stale = false;
    const double ratio = devicePixelRatioF();
    if (m_frame.size() != size() * ratio || m_frame.devicePixelRatio() != ratio) {
        m_frame = QImage{size() * ratio, QImage::Format_RGB32};
        m_frame.setDevicePixelRatio(ratio);
    }
    const ClusterMapGeometry shown = shownGeometry();
    // What the motion ends with is wanted, not what it passes.
    m_tiles.want(m_geometry.bytesPerCell, tilesInView(m_geometry));
    paintFrame(m_frame, shown, m_tiles.colors(), [&](quint64 tile, std::span<QRgb> cells) {
        m_tiles.cellsOf(shown.bytesPerCell, tile, cells);
    });
}

/// Outlines the cells of a range.
void ClusterMap::paintRange(QPainter& painter, const ClusterMapGeometry& geometry, Range range,
    const QColor& colour, int width) const
{
    QPen pen{colour, static_cast<qreal>(width)};
    pen.setJoinStyle(Qt::MiterJoin);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const QPainterPath outline = geometry.outlineOf(range);
    painter.drawPath(outline);
}

void ClusterMap::resizeEvent(QResizeEvent* event)
{
    m_motion.stop();
    m_geometry.resize(event->size());
    viewMoved();
}

void ClusterMap::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        setLook(m_look); // colours are another theme's
    QWidget::changeEvent(event);
}

void ClusterMap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position().toPoint();
    m_atPress = m_geometry;
    m_dragging = false;
}

void ClusterMap::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint at = event->position().toPoint();
    if (event->buttons() & Qt::LeftButton) {
        const QPoint by = at - m_pressed;
        if (!m_dragging && by.manhattanLength() < QApplication::startDragDistance())
            return;
        m_dragging = true;
        setCursor(Qt::ClosedHandCursor);
        m_motion.stop();
        const Range before = m_geometry.visible();
        const QPoint origin = m_geometry.origin;
        m_geometry = m_atPress;
        m_geometry.panBy(by);
        if (m_geometry.visible() != before || m_geometry.origin != origin)
            viewMoved();
        return;
    }
    const Range cell = m_geometry.cellAt(at).value_or(Range{});
    if (cell == m_hovered)
        return;
    m_hovered = cell;
    update();
    if (cell.length)
        emit cellHovered(cell.from, cell.length);
    else
        emit hoverLeft();
}

void ClusterMap::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    unsetCursor();
    if (!m_dragging) {
        if (const auto cell = m_geometry.cellAt(event->position().toPoint()))
            moveCursor(cell->from, event->modifiers());
    }
    m_dragging = false;
}

void ClusterMap::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position().toPoint();
    m_dragging = true; // the release that follows is not a click
    zoomAt(levelFactor, m_pressed);
}

void ClusterMap::wheelEvent(QWheelEvent* event)
{
    // 120 is one notch; two notches halve or double the number of cells.
    const int turned = event->angleDelta().y();
    if (turned != 0)
        zoomAt(std::exp2(turned / 240.0), event->position().toPoint());
    event->accept();
}

void ClusterMap::leaveEvent(QEvent*)
{
    m_hovered = {};
    update();
    emit hoverLeft();
}

void ClusterMap::moveCursor(quint64 to, Qt::KeyboardModifiers modifiers)
{
    m_cursor = m_geometry.cellOf(to).from;
    if (!(modifiers & Qt::ShiftModifier) || !m_hasCursor)
        m_anchor = m_cursor;
    m_hasCursor = true;
    // Kept in bytes: another zoom must not change what was chosen.
    const Range low = m_geometry.cellOf(std::min(m_anchor, m_cursor));
    const Range high = m_geometry.cellOf(std::max(m_anchor, m_cursor));
    m_chosen = {low.from, high.from + high.length - low.from};
    if (const QRect cell = m_geometry.rectOf(m_cursor); cell.isEmpty() || !rect().contains(cell)) {
        m_geometry.ensureVisible(m_cursor);
        viewMoved();
    }
    update();
    emit cellsChosen(m_chosen.from, m_chosen.length);
}

/// Keys that move the chosen cell.
bool ClusterMap::pressCursorKey(QKeyEvent& event)
{
    const quint64 size = m_geometry.size;
    const int page = std::max(1, m_geometry.grid().rows() - 1);
    const bool rows = m_geometry.layout == ClusterLayout::Rows;
    // The first key shows where the keys are; it does not move yet.
    const auto to = [&](int right, int down) {
        const quint64 start = rows ? m_geometry.first : m_geometry.middle();
        moveCursor(
            m_hasCursor ? m_geometry.beside(m_cursor, right, down) : start, event.modifiers());
    };
    const quint64 jump = static_cast<quint64>(page) * m_geometry.bytesPerCell
        * static_cast<quint64>(m_geometry.columns());
    switch (event.key()) {
    case Qt::Key_Left: to(-1, 0); return true;
    case Qt::Key_Right: to(1, 0); return true;
    case Qt::Key_Up: to(0, -1); return true;
    case Qt::Key_Down: to(0, 1); return true;
    case Qt::Key_PageUp:
        if (rows && m_hasCursor && m_cursor <= jump)
            moveCursor(0, event.modifiers());
        else
            to(0, -page);
        return true;
    case Qt::Key_PageDown:
        if (rows && m_hasCursor && size - m_cursor <= jump)
            moveCursor(size - 1, event.modifiers());
        else
            to(0, page);
        return true;
    case Qt::Key_Home: moveCursor(0, event.modifiers()); return true;
    case Qt::Key_End: moveCursor(size - 1, event.modifiers()); return true;
    default: return false;
    }
}

void ClusterMap::keyPressEvent(QKeyEvent* event)
{
    if (m_geometry.size == 0
        || (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))) {
        QWidget::keyPressEvent(event);
        return;
    }
    if (pressCursorKey(*event))
        return;
    const quint64 here = m_hasCursor ? m_cursor : m_geometry.middle();
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomIn(); return;
    case Qt::Key_Minus: zoomOut(); return;
    case Qt::Key_0: showWhole(); return;
    case Qt::Key_Return:
    case Qt::Key_Enter: zoomAround(levelFactor); return;
    case Qt::Key_Backspace: zoomAround(1 / levelFactor); return;
    case Qt::Key_BracketLeft: emit extentRequested(here, -1); return;
    case Qt::Key_BracketRight: emit extentRequested(here, 1); return;
    case Qt::Key_G: emit viewRequested(); return;
    case Qt::Key_V: emit layoutRequested(); return;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

} // namespace platter
