// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PageList.h"

#include <QPainter>
#include <QStyledItemDelegate>

namespace platter::app {

namespace {

    constexpr int rowHeight = 36;
    constexpr int iconsOnlyWidth = 52;
    constexpr int chosenBarWidth = 3;
    constexpr int cornerRadius = 4;

    class PageDelegate final : public QStyledItemDelegate {
    public:
        PageDelegate(PageList& list)
            : QStyledItemDelegate(&list)
            , m_list(list)
        {
        }

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
        {
            return {
                option.rect.width(), std::max(rowHeight, option.fontMetrics.height() + 2 * gap)};
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            const bool chosen = option.state.testFlag(QStyle::State_Selected);
            const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
            const QRect row = option.rect.adjusted(smallGap, 1, -smallGap, -1);
            if (chosen || hovered) {
                painter->setPen(Qt::NoPen);
                painter->setBrush(color(chosen ? Token::NoteGround : Token::Surface));
                painter->drawRoundedRect(row, cornerRadius, cornerRadius);
            }
            if (chosen) {
                painter->setBrush(color(Token::Accent));
                painter->drawRoundedRect(
                    QRect(row.left(), row.top() + gap, chosenBarWidth, row.height() - 2 * gap), 1,
                    1);
            }
            if (m_list.hasFocus() && chosen) {
                painter->setBrush(Qt::NoBrush);
                painter->setPen(QPen(color(Token::Link), 2));
                painter->drawRoundedRect(
                    QRectF(row).adjusted(1, 1, -1, -1), cornerRadius, cornerRadius);
            }
            const QRect icon(
                row.left() + 12, row.center().y() - iconSize / 2 + 1, iconSize, iconSize);
            index.data(Qt::DecorationRole).value<QIcon>().paint(painter, icon);

            const QString mark = index.data(PageListModel::MarkRole).toString();
            const auto markToken
                = static_cast<Token>(index.data(PageListModel::MarkTokenRole).toInt());
            if (m_list.width() == PageList::Width::IconsOnly) {
                if (!mark.isEmpty() && markToken != Token::TextSecond) {
                    painter->setPen(Qt::NoPen);
                    painter->setBrush(color(markToken));
                    painter->drawEllipse(QPointF(icon.right() + 2, icon.top()), 4, 4);
                }
                painter->restore();
                return;
            }
            QRect text = row.adjusted(12 + iconSize + 12, 0, -12, 0);
            painter->setFont(option.font);
            if (!mark.isEmpty()) {
                painter->setPen(color(markToken));
                painter->drawText(text, Qt::AlignRight | Qt::AlignVCenter, mark);
                text.setRight(text.right() - option.fontMetrics.horizontalAdvance(mark) - gap);
            }
            QFont font = option.font;
            if (chosen)
                font.setWeight(QFont::DemiBold);
            painter->setFont(font);
            painter->setPen(color(Token::Text));
            painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                QFontMetrics(font).elidedText(
                    index.data(Qt::DisplayRole).toString(), Qt::ElideRight, text.width()));
            painter->restore();
        }

    private:
        PageList& m_list;
    };

} // namespace

void PageListModel::setEntries(std::vector<Entry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

void PageListModel::setMark(PageId page, const QString& mark, Token token, const QString& meaning)
{
    const int row = rowOf(page);
    if (row < 0)
        return;
    Entry& entry = m_entries[static_cast<std::size_t>(row)];
    entry.mark = mark;
    entry.markToken = token;
    entry.markMeaning = meaning;
    emit dataChanged(index(row), index(row));
}

int PageListModel::rowOf(PageId page) const
{
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].page == page)
            return static_cast<int>(i);
    }
    return -1;
}

int PageListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant PageListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole: return entry.title;
    case Qt::DecorationRole: return lineIcon(entry.icon);
    case Qt::ToolTipRole: {
        QString tip = QStringLiteral("%1 (%2)").arg(
            entry.title, entry.key.toString(QKeySequence::NativeText));
        if (!entry.markMeaning.isEmpty())
            tip += QLatin1Char('\n') + entry.markMeaning;
        return tip;
    }
    case Qt::AccessibleTextRole:
        return entry.markMeaning.isEmpty() ? entry.title
                                           : entry.title + QStringLiteral(", ") + entry.markMeaning;
    case PageRole: return static_cast<int>(entry.page);
    case MarkRole: return entry.mark;
    case MarkTokenRole: return static_cast<int>(entry.markToken);
    default: return {};
    }
}

PageList::PageList(PageListModel& model, QWidget* parent)
    : QListView(parent)
{
    setModel(&model);
    setItemDelegate(new PageDelegate(*this));
    setAccessibleName(tr("Pages"));
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    viewport()->setAutoFillBackground(false);
    setWidth(Width::Full);
}

void PageList::setWidth(Width width)
{
    m_width = width;
    setFixedWidth(width == Width::Full ? fullWidth : iconsOnlyWidth);
    viewport()->update();
}

} // namespace platter::app
