// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexView.h"

#include "widgets/theme/Theme.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>
#include <QtMath>

#include <algorithm>
#include <limits>

namespace platter {

namespace {

    constexpr quint64 largestCopy = 1024 * 1024; ///< bytes; more text than that helps nobody
    constexpr quint64 leastFold = 1024; ///< bytes of zeros that are worth a row of their own
    constexpr std::size_t mostOpened = 64; ///< opened stretches that are remembered
    constexpr int wheelRows = 3;
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

    /// Tells the row at the cursor as the value of the view.
    class AccessibleHexView final : public QAccessibleWidget {
    public:
        explicit AccessibleHexView(HexView* view)
            : QAccessibleWidget(view, QAccessible::Document)
            , m_view(view)
        {
        }
        QString text(QAccessible::Text kind) const override
        {
            return kind == QAccessible::Value ? m_view->rowText(m_view->cursor())
                                              : QAccessibleWidget::text(kind);
        }

    private:
        HexView* m_view;
    };

    QAccessibleInterface* accessibleFor(const QString&, QObject* object)
    {
        auto* const view = qobject_cast<HexView*>(object);
        return view ? new AccessibleHexView(view) : nullptr;
    }

} // namespace

HexView::HexView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    static const bool installed = [] {
        QAccessible::installFactory(accessibleFor);
        return true;
    }();
    Q_UNUSED(installed);
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
    m_opened.clear();
    updateGeometryOfBytes();
    viewport()->update();
    emit viewChanged();
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
    openFoldAt(m_anchor);
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

/// The folded zeros that hold `offset`.
std::optional<HexRow> HexView::foldAt(quint64 offset) const
{
    const auto zeros = m_source ? m_source->zerosAround(offset) : std::nullopt;
    if (!zeros || zeros->end <= zeros->start)
        return {};
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 start
        = zeros->start / perRow * perRow + (zeros->start % perRow != 0 ? perRow : 0);
    const quint64 end
        = zeros->end >= m_geometry.size ? m_geometry.size : zeros->end / perRow * perRow;
    if (start >= end || end - start < leastFold || offset < start || offset >= end)
        return {};
    const bool opened = std::any_of(m_opened.begin(), m_opened.end(),
        [&](const HexRow& one) { return one.start < end && start < one.end; });
    if (opened)
        return {};
    return HexRow{start, end, HexRow::Kind::Zeros};
}

/// The row that holds `offset`, which lies below the size.
HexRow HexView::rowAt(quint64 offset) const
{
    if (const auto fold = foldAt(offset))
        return *fold;
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 start = offset / perRow * perRow;
    return {start, start + std::min(perRow, m_geometry.size - start)};
}

std::optional<HexRow> HexView::rowBefore(quint64 start) const
{
    return start == 0 ? std::nullopt : std::optional{rowAt(start - 1)};
}

/// Fills the list of rows in view from the first one on.
void HexView::layOut()
{
    const auto before = m_geometry.shown;
    m_geometry.shown.clear();
    if (m_geometry.size == 0)
        return;
    auto& shown = m_geometry.shown;
    const auto wanted = static_cast<std::size_t>(visibleRows()) + 1;
    quint64 at = std::min(m_geometry.firstRow, m_geometry.rows() - 1)
        * static_cast<quint64>(m_geometry.bytesPerRow);
    while (shown.size() < wanted && at < m_geometry.size) {
        shown.push_back(rowAt(at));
        at = shown.back().end;
    }
    // The end of the file is at the bottom, not in the middle.
    while (at >= m_geometry.size && shown.size() < wanted - 1) {
        const auto row = rowBefore(shown.front().start);
        if (!row)
            break;
        shown.insert(shown.begin(), *row);
    }
    m_geometry.firstRow = m_geometry.rowOf(shown.front().start);
    const bool same = before.size() == shown.size()
        && std::equal(before.begin(), before.end(), shown.begin(),
            [](const HexRow& a, const HexRow& b) { return a.start == b.start && a.end == b.end; });
    if (!same)
        emit viewChanged();
}

void HexView::setTop(quint64 offset)
{
    m_geometry.firstRow = m_geometry.rowOf(offset);
    updateScrollBar();
    viewport()->update();
}

void HexView::scrollRows(int rows)
{
    if (m_geometry.shown.empty())
        return;
    quint64 top = m_geometry.shown.front().start;
    for (; rows > 0; --rows) {
        const quint64 end = rowAt(top).end;
        if (end >= m_geometry.size)
            break;
        top = end;
    }
    for (; rows < 0; ++rows) {
        const auto row = rowBefore(top);
        if (!row)
            break;
        top = row->start;
    }
    setTop(top);
}

void HexView::openFold(const HexRow& fold)
{
    if (m_opened.size() == mostOpened)
        m_opened.erase(m_opened.begin());
    m_opened.push_back(fold);
    updateScrollBar();
    viewport()->update();
}

/// @returns whether there was something to open
bool HexView::openFoldAt(quint64 offset)
{
    const auto fold = offset < m_geometry.size ? foldAt(offset) : std::nullopt;
    if (fold)
        openFold(*fold);
    return fold.has_value();
}

void HexView::ensureVisible(quint64 offset)
{
    if (offset >= m_geometry.size)
        return;
    const int at = m_geometry.shownRowOf(offset);
    if (at >= 0 && at < visibleRows())
        return;
    HexRow row = rowAt(offset);
    if (!m_geometry.shown.empty() && offset >= m_geometry.shown.front().start) {
        for (int i = 1; i < visibleRows(); ++i) {
            const auto above = rowBefore(row.start);
            if (!above)
                break;
            row = *above;
        }
    }
    setTop(row.start);
}

std::vector<HexRow> HexView::visibleRanges() const
{
    std::vector<HexRow> ranges;
    for (const HexRow& row : m_geometry.shown) {
        if (row.kind == HexRow::Kind::Zeros)
            continue;
        if (!ranges.empty() && ranges.back().end == row.start)
            ranges.back().end = row.end;
        else
            ranges.push_back(row);
    }
    return ranges;
}

QString HexView::rowText(quint64 offset) const
{
    if (!m_source || offset >= m_geometry.size)
        return {};
    const HexRow row = rowAt(offset);
    const QString place = QStringLiteral("0x") + offsetText(row.start, m_geometry.offsetDigits);
    if (row.kind == HexRow::Kind::Zeros)
        return tr("%1: %n byte(s) of zeros, folded", nullptr,
            static_cast<int>(std::min<quint64>(row.end - row.start, 0x7fffffff)))
            .arg(place);
    std::vector<std::byte> bytes(row.end - row.start);
    const HexMark* const mark = markAt(offset);
    QString text = place + QStringLiteral(": ");
    if (m_source->tryRead(row.start, bytes))
        text += QString::fromLatin1(QByteArray(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()))
                                        .toHex(' '));
    else
        text += tr("not read yet");
    if (mark)
        text += QStringLiteral("; ") + mark->label;
    return text;
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
    layOut();
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
    layOut();
    viewport()->update();
}

void HexView::wheelEvent(QWheelEvent* event)
{
    // Not through the scroll bar: of a large file each of its steps stands for many rows.
    m_wheelRest += event->angleDelta().y();
    const int notches = m_wheelRest / (QWheelEvent::DefaultDeltasPerStep / wheelRows);
    m_wheelRest -= notches * (QWheelEvent::DefaultDeltasPerStep / wheelRows);
    scrollRows(-notches);
    event->accept();
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
    std::vector<std::byte> bytes(static_cast<std::size_t>(m_geometry.bytesPerRow));
    for (const HexRow& row : m_geometry.shown) {
        if (row.kind == HexRow::Kind::Zeros) {
            paintZeros(painter, row);
            continue;
        }
        const std::size_t count = row.end - row.start;
        const bool here = m_source->tryRead(row.start, std::span{bytes}.first(count));
        paintRow(painter, m_geometry.rowOf(row.start), bytes, here ? count : 0);
    }
    if (m_hoverLength && m_hoverOffset < m_geometry.size)
        paintFrame(painter, m_hoverOffset, m_hoverLength, Theme::color(Token::ControlEdge));
    if (m_hasSelection && hasFocus())
        paintFrame(painter, m_cursor, 1, Theme::color(Token::Link));
}

void HexView::paintZeros(QPainter& painter, const HexRow& row) const
{
    const QRect first = m_geometry.hexRect(row.start);
    const QRect line{m_geometry.hexLeft(), first.top() + 1,
        m_geometry.width() - m_geometry.hexLeft() - m_geometry.margin, first.height() - 2};
    const bool chosen = m_hasSelection && m_cursor >= row.start && m_cursor < row.end;
    painter.fillRect(line, Theme::color(chosen ? Token::Accent : Token::Window));
    painter.setPen(Theme::color(Token::TextSecond));
    painter.drawText(QRect{m_geometry.margin, first.top(),
                         m_geometry.offsetDigits * m_geometry.charWidth, first.height()},
        Qt::AlignVCenter | Qt::AlignLeft, offsetText(row.start, m_geometry.offsetDigits));
    if (chosen)
        painter.setPen(Qt::white);
    const auto bytes = static_cast<qint64>(
        std::min<quint64>(row.end - row.start, std::numeric_limits<qint64>::max()));
    painter.drawText(line.adjusted(m_geometry.margin, 0, -m_geometry.margin, 0),
        Qt::AlignVCenter | Qt::AlignLeft,
        tr("%1 of zeros. Enter opens.")
            .arg(QLocale().formattedDataSize(bytes, 2, QLocale::DataSizeIecFormat)));
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
        else if (mark && mark->tint >= 0)
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
    painter.setPen(colour);
    painter.setBrush(Qt::NoBrush);
    const quint64 end = offset + std::min(length, m_geometry.size - offset);
    for (const HexRow& row : m_geometry.shown) {
        const quint64 from = std::max(row.start, offset);
        const quint64 to = std::min(row.end, end);
        if (from >= to || row.kind == HexRow::Kind::Zeros)
            continue;
        for (const auto rectOf : {&HexGeometry::hexRect, &HexGeometry::textRect})
            painter.drawRect((m_geometry.*rectOf)(from)
                                 .united((m_geometry.*rectOf)(to - 1))
                                 .adjusted(-1, 0, 0, -1));
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
    QAccessibleValueChangeEvent changed{this, rowText(m_cursor)};
    QAccessible::updateAccessibility(&changed);
    emit selectionChanged(selectionStart(), selectionLength());
}

/// The byte of a row that stands below or above the cursor.
quint64 HexView::sameColumn(const HexRow& row) const
{
    if (row.kind == HexRow::Kind::Zeros)
        return row.start;
    const quint64 column = m_cursor % static_cast<quint64>(m_geometry.bytesPerRow);
    return row.start + std::min(column, row.end - row.start - 1);
}

void HexView::mousePressEvent(QMouseEvent* event)
{
    const auto at = m_geometry.offsetAt(
        event->position().toPoint() + QPoint{horizontalScrollBar()->value(), 0});
    if (event->button() == Qt::LeftButton && at)
        moveCursor(*at, event->modifiers());
}

void HexView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const auto at = m_geometry.offsetAt(
        event->position().toPoint() + QPoint{horizontalScrollBar()->value(), 0});
    if (event->button() == Qt::LeftButton && at && !openFoldAt(*at))
        emit activated(*at);
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
    case Qt::Key_Left: {
        const auto fold = m_cursor > 0 ? foldAt(m_cursor - 1) : std::nullopt;
        moveCursor(fold ? fold->start : back(1), modifiers);
        return;
    }
    case Qt::Key_Right: {
        if (!m_hasSelection) {
            moveCursor(0, modifiers);
            return;
        }
        const auto fold = m_cursor < m_geometry.size ? foldAt(m_cursor) : std::nullopt;
        moveCursor(fold ? fold->end : m_cursor < last ? m_cursor + 1 : last, modifiers);
        return;
    }
    case Qt::Key_Up:
        if (m_geometry.size) {
            const auto above = rowBefore(rowAt(m_cursor).start);
            moveCursor(above ? sameColumn(*above) : m_cursor, modifiers);
        }
        return;
    case Qt::Key_Down:
        if (m_geometry.size) {
            const quint64 next = rowAt(m_cursor).end;
            const bool reaches = next < m_geometry.size
                && (rowAt(next).kind == HexRow::Kind::Zeros
                    || rowAt(next).end - next > m_cursor % perRow);
            moveCursor(reaches ? sameColumn(rowAt(next)) : m_cursor, modifiers);
        }
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_hasSelection && !openFoldAt(m_cursor))
            emit activated(m_cursor);
        return;
    case Qt::Key_PageUp: moveCursor(back(page), modifiers); return;
    case Qt::Key_PageDown:
        moveCursor(last - m_cursor > page ? m_cursor + page : last, modifiers);
        return;
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
