// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexView.h"

#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QtMath>

#include <algorithm>

namespace platter {

namespace {

    constexpr quint64 largestCopy = 1024 * 1024; ///< bytes; more text than that helps nobody
    constexpr int linePadding = 6; ///< pixels that a row is higher than its font

    QString offsetText(quint64 offset, int characters)
    {
        const int digits = (characters + 1) / 5 * 4;
        QString text = QString::number(offset, 16).rightJustified(digits, u'0');
        for (qsizetype at = text.size() - 4; at > 0; at -= 4)
            text.insert(at, u'_');
        return text;
    }

    QChar characterOf(std::byte byte)
    {
        const auto value = std::to_integer<uchar>(byte);
        return value >= 0x20 && value < 0x7f ? QChar{char16_t{value}} : QChar{u'.'};
    }

    Token tintToken(int tint)
    {
        constexpr Token tints[]
            = {Token::FieldTint1, Token::FieldTint2, Token::FieldTint3, Token::FieldTint4};
        return tints[static_cast<unsigned>(tint) % 4];
    }

} // namespace

HexView::HexView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setCursor(Qt::IBeamCursor);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setLayoutDirection(Qt::LeftToRight); // bytes read from left to right in every language
    setAccessibleName(tr("Bytes"));
    updateGeometryOfBytes();
    setMinimumWidth(
        m_geometry.hexLeft() + m_geometry.charWidth * 12 + verticalScrollBar()->sizeHint().width());
}

HexView::~HexView() = default;

QSize HexView::sizeHint() const
{
    HexGeometry full = m_geometry;
    full.bytesPerRow = 16;
    return {full.width() + verticalScrollBar()->sizeHint().width(), 20 * m_geometry.rowHeight};
}

void HexView::setSource(std::shared_ptr<HexSource> source)
{
    m_source = std::move(source);
    m_hasSelection = false;
    m_hoverLength = 0;
    m_anchor = m_cursor = 0;
    m_geometry.firstRow = 0;
    updateGeometryOfBytes();
    viewport()->update();
}

void HexView::setMarks(std::vector<HexMark> marks)
{
    m_marks = std::move(marks);
    viewport()->update();
}

void HexView::dataArrived()
{
    updateGeometryOfBytes();
    viewport()->update();
}

quint64 HexView::selectionStart() const
{
    return std::min(m_anchor, m_cursor);
}

void HexView::showSelection(quint64 offset, quint64 length)
{
    if (length == 0 || offset >= m_geometry.size) {
        clearSelection();
        return;
    }
    m_anchor = offset;
    m_cursor = offset + std::min(length, m_geometry.size - offset) - 1;
    m_hasSelection = true;
    ensureVisible(m_cursor);
    ensureVisible(m_anchor);
    viewport()->update();
}

void HexView::clearSelection()
{
    m_hasSelection = false;
    viewport()->update();
}

void HexView::setHoverFrame(quint64 offset, quint64 length)
{
    if (m_hoverOffset == offset && m_hoverLength == length)
        return;
    m_hoverOffset = offset;
    m_hoverLength = length;
    viewport()->update();
}

int HexView::visibleRows() const
{
    return std::max(1, viewport()->height() / m_geometry.rowHeight);
}

void HexView::ensureVisible(quint64 offset)
{
    const quint64 row = m_geometry.rowOf(offset);
    const auto visible = static_cast<quint64>(visibleRows());
    quint64 first = m_geometry.firstRow;
    if (row < first)
        first = row;
    else if (row >= first + visible)
        first = row - visible + 1;
    if (first == m_geometry.firstRow)
        return;
    m_geometry.firstRow = first;
    updateScrollBar();
    viewport()->update();
}

void HexView::updateGeometryOfBytes()
{
    const QFontMetrics metrics{font()};
    const quint64 top = m_geometry.firstRow * static_cast<quint64>(m_geometry.bytesPerRow);
    m_geometry.charWidth = qCeil(QFontMetricsF{font()}.horizontalAdvance(u'0'));
    m_geometry.rowHeight = metrics.height() + linePadding;
    m_geometry.size = m_source ? m_source->size() : 0;
    m_geometry.offsetDigits = HexGeometry::offsetDigitsFor(m_geometry.size);
    m_geometry.bytesPerRow = HexGeometry::bytesPerRowFor(
        viewport()->width(), m_geometry.charWidth, m_geometry.margin, m_geometry.offsetDigits);
    m_geometry.firstRow = m_geometry.rowOf(top);
    updateScrollBar();
}

void HexView::updateScrollBar()
{
    const quint64 rows = m_geometry.rows();
    const auto visible = static_cast<quint64>(visibleRows());
    const quint64 last = rows > visible ? rows - visible : 0;
    m_geometry.firstRow = std::min(m_geometry.firstRow, last);
    constexpr quint64 mostSteps = 1'000'000'000;
    m_rowsPerStep = last / mostSteps + 1;
    const QSignalBlocker quiet{verticalScrollBar()};
    verticalScrollBar()->setRange(0, static_cast<int>(last / m_rowsPerStep));
    verticalScrollBar()->setPageStep(
        static_cast<int>(std::max<quint64>(1, visible / m_rowsPerStep)));
    verticalScrollBar()->setValue(static_cast<int>(m_geometry.firstRow / m_rowsPerStep));
    horizontalScrollBar()->setRange(0, std::max(0, m_geometry.width() - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
}

void HexView::scrollContentsBy(int, int)
{
    // The distance that Qt tells is wrong after the bar was set silently, so only the value counts.
    // Where a step stands for several rows, the row at hand stays while the step does.
    const auto step = static_cast<quint64>(verticalScrollBar()->value());
    if (step != m_geometry.firstRow / m_rowsPerStep)
        m_geometry.firstRow = step * m_rowsPerStep;
    viewport()->update();
}

void HexView::resizeEvent(QResizeEvent*)
{
    updateGeometryOfBytes();
}

void HexView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange)
        updateGeometryOfBytes();
    viewport()->update();
    QAbstractScrollArea::changeEvent(event);
}

const HexMark* HexView::markAt(quint64 offset) const
{
    auto after = std::upper_bound(m_marks.begin(), m_marks.end(), offset,
        [](quint64 at, const HexMark& mark) { return at < mark.offset; });
    if (after == m_marks.begin())
        return nullptr;
    --after;
    return offset - after->offset < after->length ? &*after : nullptr;
}

void HexView::paintEvent(QPaintEvent*)
{
    QPainter painter{viewport()};
    painter.fillRect(viewport()->rect(), Theme::color(Token::Surface));
    painter.translate(-horizontalScrollBar()->value(), 0);
    painter.setFont(font());
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    std::vector<std::byte> bytes(perRow);
    for (int i = 0; i <= visibleRows(); ++i) {
        const quint64 row = m_geometry.firstRow + static_cast<quint64>(i);
        if (row >= m_geometry.rows())
            break;
        const quint64 offset = row * perRow;
        const auto count = static_cast<std::size_t>(std::min(perRow, m_geometry.size - offset));
        const bool here = m_source->tryRead(offset, std::span{bytes}.first(count));
        paintRow(painter, row, bytes, here ? count : 0);
    }
    if (m_hoverLength)
        paintFrame(painter, m_hoverOffset, m_hoverLength, Theme::color(Token::ControlEdge));
    if (m_hasSelection && hasFocus())
        paintFrame(painter, m_cursor, 1, Theme::color(Token::Link));
}

void HexView::paintRow(
    QPainter& painter, quint64 row, const std::vector<std::byte>& bytes, std::size_t known)
{
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 offset = row * perRow;
    const quint64 count = std::min(perRow, m_geometry.size - offset);
    const QRect first = m_geometry.hexRect(offset);
    const QRect column{m_geometry.margin, first.top(),
        m_geometry.offsetDigits * m_geometry.charWidth, first.height()};
    painter.setPen(Theme::color(Token::TextSecond));
    painter.drawText(
        column, Qt::AlignVCenter | Qt::AlignLeft, offsetText(offset, m_geometry.offsetDigits));

    constexpr char16_t digits[] = u"0123456789abcdef";
    const quint64 from = selectionStart();
    const quint64 to = from + selectionLength();
    for (quint64 i = 0; i < count; ++i) {
        const quint64 at = offset + i;
        const QRect hex = m_geometry.hexRect(at);
        const QRect text = m_geometry.textRect(at);
        const bool selected = at >= from && at < to;
        const HexMark* const mark = markAt(at);
        QColor ground;
        if (selected)
            ground = Theme::color(Token::Accent);
        else if (mark)
            ground = Theme::color(tintToken(mark->tint));
        if (ground.isValid()) {
            // The gap behind a byte belongs to it when the next byte has the same ground.
            const bool goesOn = i + 1 < count
                && (selected ? at + 1 < to
                             : markAt(at + 1) == mark && !(at + 1 >= from && at + 1 < to));
            const int right = goesOn ? m_geometry.hexRect(at + 1).left() : hex.right() + 1;
            painter.fillRect(
                QRect{hex.left(), hex.top() + 1, right - hex.left(), hex.height() - 2}, ground);
            painter.fillRect(text.adjusted(0, 1, 0, -1), ground);
        }
        painter.setPen(selected ? QColor{Qt::white}
                                : Theme::color(i < known ? Token::Text : Token::TextSecond));
        if (i < known) {
            const auto value = std::to_integer<unsigned>(bytes[i]);
            const QString both = QChar{digits[value >> 4]} + QString{QChar{digits[value & 15]}};
            painter.drawText(hex, Qt::AlignVCenter | Qt::AlignLeft, both);
            painter.drawText(
                text, Qt::AlignVCenter | Qt::AlignLeft, QString{characterOf(bytes[i])});
        } else {
            painter.drawText(hex, Qt::AlignVCenter | Qt::AlignLeft, QStringLiteral("··"));
        }
    }
}

/// Outlines a range in both columns, row by row.
void HexView::paintFrame(
    QPainter& painter, quint64 offset, quint64 length, const QColor& colour) const
{
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 top = m_geometry.firstRow * perRow;
    const quint64 bottom = top + (static_cast<quint64>(visibleRows()) + 1) * perRow;
    quint64 at = std::max(offset, top);
    const quint64 end = std::min({offset + length, bottom, m_geometry.size});
    painter.setPen(colour);
    painter.setBrush(Qt::NoBrush);
    while (at < end) {
        const quint64 rowEnd = std::min(end, (at / perRow + 1) * perRow);
        for (const auto rectOf : {&HexGeometry::hexRect, &HexGeometry::textRect})
            painter.drawRect((m_geometry.*rectOf)(at)
                                 .united((m_geometry.*rectOf)(rowEnd - 1))
                                 .adjusted(-1, 0, 0, -1));
        at = rowEnd;
    }
}

void HexView::moveCursor(quint64 to, Qt::KeyboardModifiers modifiers)
{
    if (m_geometry.size == 0)
        return;
    m_cursor = std::min(to, m_geometry.size - 1);
    if (!(modifiers & Qt::ShiftModifier) || !m_hasSelection)
        m_anchor = m_cursor;
    m_hasSelection = true;
    ensureVisible(m_cursor);
    viewport()->update();
    emit selectionChanged(selectionStart(), selectionLength());
}

void HexView::mousePressEvent(QMouseEvent* event)
{
    const auto at = m_geometry.offsetAt(
        event->position().toPoint() + QPoint{horizontalScrollBar()->value(), 0});
    if (event->button() == Qt::LeftButton && at)
        moveCursor(*at, event->modifiers());
}

void HexView::mouseMoveEvent(QMouseEvent* event)
{
    const auto at = m_geometry.offsetAt(
        event->position().toPoint() + QPoint{horizontalScrollBar()->value(), 0});
    if (!at) {
        emit hoverLeft();
        return;
    }
    if (event->buttons() & Qt::LeftButton)
        moveCursor(*at, Qt::ShiftModifier);
    else
        emit byteHovered(*at);
}

void HexView::keyPressEvent(QKeyEvent* event)
{
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 page = perRow * static_cast<quint64>(visibleRows());
    const quint64 last = m_geometry.size ? m_geometry.size - 1 : 0;
    const auto back = [&](quint64 by) { return m_cursor > by ? m_cursor - by : 0; };
    const auto modifiers = event->modifiers();
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left: moveCursor(back(1), modifiers); return;
    case Qt::Key_Right: moveCursor(m_hasSelection ? m_cursor + 1 : 0, modifiers); return;
    case Qt::Key_Up:
        moveCursor(m_cursor >= perRow ? m_cursor - perRow : m_cursor, modifiers);
        return;
    case Qt::Key_Down:
        moveCursor(m_cursor + perRow <= last ? m_cursor + perRow : m_cursor, modifiers);
        return;
    case Qt::Key_PageUp: moveCursor(back(page), modifiers); return;
    case Qt::Key_PageDown: moveCursor(std::min(last, m_cursor + page), modifiers); return;
    case Qt::Key_Home:
        moveCursor(modifiers & Qt::ControlModifier ? 0 : m_cursor / perRow * perRow, modifiers);
        return;
    case Qt::Key_End:
        moveCursor(modifiers & Qt::ControlModifier ? last : m_cursor / perRow * perRow + perRow - 1,
            modifiers);
        return;
    default: break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

bool HexView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        emit hoverLeft();
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto at
            = m_geometry.offsetAt(help->pos() + QPoint{horizontalScrollBar()->value(), 0});
        const HexMark* const mark = at ? markAt(*at) : nullptr;
        if (mark) // escaped: a tooltip would take tags in names for formatting
            QToolTip::showText(help->globalPos(), mark->label.toHtmlEscaped(), viewport());
        else
            QToolTip::hideText();
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void HexView::copySelection()
{
    std::vector<std::byte> bytes(std::min(selectionLength(), largestCopy));
    if (bytes.empty() || !m_source->tryRead(selectionStart(), bytes))
        return;
    const QByteArray raw{
        reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
    QApplication::clipboard()->setText(QString::fromLatin1(raw.toHex(' ')));
}

} // namespace platter
