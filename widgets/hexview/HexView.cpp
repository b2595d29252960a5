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
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>

namespace platter {

namespace {

    constexpr quint64 largestCopy = 1024 * 1024; ///< bytes; more text than that helps nobody
    constexpr int wheelRows = 3;

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
    m_keepOpen = false;
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
    // That a place lies in zeros is known only now; it was to be seen all the same.
    if (m_hasSelection && m_keepOpen && openFoldAt(m_anchor)) {
        ensureVisible(m_cursor);
        ensureVisible(m_anchor);
    }
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
    m_keepOpen = true;
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

void HexView::paintEvent(QPaintEvent*)
{
    QPainter painter{viewport()};
    painter.fillRect(viewport()->rect(), Theme::color(Token::Surface));
    painter.translate(-horizontalScrollBar()->value(), 0);
    paintHex(painter,
        {m_geometry, m_marks, font(), selectionStart(), selectionLength(), m_cursor,
            m_hasSelection && hasFocus() ? HexPicture::Cursor::Shown : HexPicture::Cursor::Hidden,
            m_hoverOffset, m_hoverLength},
        m_source.get());
}

QString HexView::rowText(quint64 offset) const
{
    if (!m_source || offset >= m_geometry.size)
        return {};
    const HexRow row = rowAt(offset);
    const QString place = QStringLiteral("0x") + hexOffsetText(row.start, m_geometry.offsetDigits);
    if (row.kind == HexRow::Kind::Zeros)
        return tr("%1: %n byte(s) of zeros, folded", nullptr,
            static_cast<int>(std::min<quint64>(row.end - row.start, 0x7fffffff)))
            .arg(place);
    std::vector<std::byte> bytes(row.end - row.start);
    const HexMark* const mark = markAt(m_marks, offset);
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

void HexView::moveCursor(quint64 to, Qt::KeyboardModifiers modifiers)
{
    if (m_geometry.size == 0)
        return;
    m_keepOpen = false;
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
        const HexMark* const mark = at ? markAt(m_marks, *at) : nullptr;
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
