// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMap.h"

#include "widgets/clustermap/ClusterMapPainter.h"

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
}

void ClusterMap::setSource(std::shared_ptr<const ClusterMapSource> source, View view)
{
    m_source = std::move(source);
    const quint64 size = m_source ? m_source->size() : 0;
    const quint64 unit = m_source ? std::max<quint64>(1, m_source->unit()) : 1;
    const bool same = size == m_geometry.size && unit == m_geometry.unit;
    m_picture = {};
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
    dataArrived();
}

void ClusterMap::dataArrived()
{
    m_picture = {};
    update();
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
        const quint64 before = m_geometry.first;
        m_geometry.ensureVisible(range.from);
        if (m_geometry.first != before)
            viewMoved();
    }
    update();
}

void ClusterMap::viewMoved()
{
    m_picture = {};
    m_hovered = {};
    update();
    emit viewChanged();
}

void ClusterMap::zoomAt(double factor, QPoint at)
{
    const auto cell = m_geometry.cellAt(at);
    m_geometry.zoomBy(factor, cell ? cell->from : m_geometry.first, at);
    viewMoved();
}

/// Zooms where the eye is: at the chosen cell if it is in view, else in the middle.
void ClusterMap::zoomAround(double factor)
{
    const QRect chosenCell = m_hasCursor ? m_geometry.rectOf(m_cursor) : QRect{};
    if (!chosenCell.isEmpty()) {
        m_geometry.zoomBy(factor, m_cursor, chosenCell.center());
        m_geometry.ensureVisible(m_cursor);
        viewMoved();
    } else {
        zoomAt(factor, rect().center());
    }
}

void ClusterMap::setZoom(double zoom)
{
    const QRect chosenCell = m_hasCursor ? m_geometry.rectOf(m_cursor) : QRect{};
    const QPoint at = chosenCell.isEmpty() ? rect().center() : chosenCell.center();
    const auto cell = m_geometry.cellAt(at);
    m_geometry.setZoom(
        zoom, chosenCell.isEmpty() ? cell ? cell->from : m_geometry.first : m_cursor, at);
    viewMoved();
}

void ClusterMap::scrollTo(quint64 offset)
{
    m_geometry.scrollTo(offset);
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
    m_geometry.showWhole();
    viewMoved();
}

void ClusterMap::paintEvent(QPaintEvent*)
{
    QPainter painter{this};
    if (!m_source) {
        painter.fillRect(rect(), Theme::color(Token::Window));
        return;
    }
    if (m_picture.isNull() || m_picture.devicePixelRatio() != devicePixelRatioF()) {
        m_picture = QPixmap{size() * devicePixelRatioF()};
        m_picture.setDevicePixelRatio(devicePixelRatioF());
        m_picture.fill(Theme::color(Token::Window));
        QPainter cells{&m_picture};
        paintCells(cells, m_geometry, *m_source, m_look);
    }
    painter.drawPixmap(0, 0, m_picture);
    // A light and a dark line together are seen on every kind.
    if (m_hovered.length) {
        paintRange(painter, m_hovered, Theme::color(Token::Surface), 3);
        paintRange(painter, m_hovered, Theme::color(Token::Text), 1);
    }
    if (m_hasCursor) {
        paintRange(painter, m_chosen, Theme::color(Token::Surface), 4);
        paintRange(painter, m_chosen, Theme::color(Token::Link), 2);
    }
    if (hasFocus()) {
        painter.setPen(QPen{Theme::color(Token::Link), 2});
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

/// Outlines the cells of a range, row by row.
void ClusterMap::paintRange(QPainter& painter, Range range, const QColor& colour, int width) const
{
    const Range view = m_geometry.visible();
    const quint64 from = std::max(range.from, view.from);
    const quint64 end = std::min(range.from + range.length, view.from + view.length);
    if (from >= end)
        return;
    const QRect top = m_geometry.rectOf(from);
    const QRect bottom = m_geometry.rectOf(end - 1);
    const int right = m_geometry.columns() * m_geometry.side - m_geometry.gap();
    QPen pen{colour, static_cast<qreal>(width)};
    pen.setJoinStyle(Qt::MiterJoin);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const auto frame = [&](const QRect& cells) { painter.drawRect(cells.adjusted(0, 0, -1, -1)); };
    if (top.top() == bottom.top()) {
        frame(top.united(bottom));
        return;
    }
    // A range over several rows is one outline, as selected text has it.
    QRegion region{QRect{top.left(), top.top(), right - top.left(), m_geometry.side}};
    region += QRect{0, bottom.top(), bottom.right() + 1, bottom.height()};
    if (bottom.top() > top.top() + m_geometry.side)
        region += QRect{
            0, top.top() + m_geometry.side, right, bottom.top() - top.top() - m_geometry.side};
    QPainterPath outline;
    outline.addRegion(region);
    painter.drawPath(outline.simplified());
}

void ClusterMap::resizeEvent(QResizeEvent* event)
{
    m_geometry.resize(event->size());
    viewMoved();
}

void ClusterMap::changeEvent(QEvent* event)
{
    m_picture = {};
    update();
    QWidget::changeEvent(event);
}

void ClusterMap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position().toPoint();
    m_firstAtPress = m_geometry.first;
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
        const auto side = static_cast<double>(m_geometry.side);
        const qint64 cells
            = std::llround(by.y() / side) * m_geometry.columns() + std::llround(by.x() / side);
        const quint64 before = m_geometry.first;
        m_geometry.first = m_firstAtPress;
        m_geometry.scrollBy(-cells);
        if (m_geometry.first != before)
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
    const quint64 before = m_geometry.first;
    m_geometry.ensureVisible(m_cursor);
    if (m_geometry.first != before)
        viewMoved();
    update();
    emit cellsChosen(m_chosen.from, m_chosen.length);
}

void ClusterMap::keyPressEvent(QKeyEvent* event)
{
    const quint64 size = m_geometry.size;
    if (size == 0) {
        QWidget::keyPressEvent(event);
        return;
    }
    const quint64 cell = m_geometry.bytesPerCell;
    const quint64 row = cell * static_cast<quint64>(m_geometry.columns());
    const quint64 page = row * static_cast<quint64>(std::max(1, m_geometry.rows() - 1));
    const auto modifiers = event->modifiers();
    // The first key shows where the keys are; it does not move yet.
    const auto back = [&](quint64 by) {
        return !m_hasCursor ? m_geometry.first : m_cursor >= by ? m_cursor - by : m_cursor;
    };
    const auto forth = [&](quint64 by) {
        return !m_hasCursor ? m_geometry.first : size - m_cursor > by ? m_cursor + by : m_cursor;
    };
    switch (event->key()) {
    case Qt::Key_Left: moveCursor(back(cell), modifiers); return;
    case Qt::Key_Right: moveCursor(forth(cell), modifiers); return;
    case Qt::Key_Up: moveCursor(back(row), modifiers); return;
    case Qt::Key_Down: moveCursor(forth(row), modifiers); return;
    case Qt::Key_PageUp: moveCursor(m_cursor > page ? back(page) : 0, modifiers); return;
    case Qt::Key_PageDown:
        moveCursor(size - m_cursor > page ? forth(page) : size - 1, modifiers);
        return;
    case Qt::Key_Home: moveCursor(0, modifiers); return;
    case Qt::Key_End: moveCursor(size - 1, modifiers); return;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomIn(); return;
    case Qt::Key_Minus: zoomOut(); return;
    case Qt::Key_0: showWhole(); return;
    case Qt::Key_Return:
    case Qt::Key_Enter: zoomAround(levelFactor); return;
    case Qt::Key_Backspace: zoomAround(1 / levelFactor); return;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

} // namespace platter
