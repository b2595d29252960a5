// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTreeView>

namespace platter::app {

namespace {

    constexpr int measuredRows = 60; ///< of a long table; more than are in view

    constexpr int rowPadding = 10;
    constexpr int cellPadding = 8;

    /// Cells with room at their sides, as the header has it.
    class CellDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            return QStyledItemDelegate::sizeHint(option, index)
                + QSize(2 * cellPadding, rowPadding);
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            QStyleOptionViewItem whole = option;
            initStyleOption(&whole, index);
            const QStyle* style = whole.widget->style();
            style->drawPrimitive(QStyle::PE_PanelItemViewItem, &whole, painter, whole.widget);
            QStyleOptionViewItem inner = whole;
            inner.rect = whole.rect.adjusted(cellPadding - 2, 0, -(cellPadding - 2), 0);
            inner.backgroundBrush = Qt::NoBrush;
            inner.state &= ~(QStyle::State_HasFocus | QStyle::State_MouseOver);
            style->drawControl(QStyle::CE_ItemViewItem, &inner, painter, whole.widget);
        }
    };

    /// A flat header: words and one line below.
    class PlainHeader final : public QHeaderView {
    public:
        explicit PlainHeader(QWidget* parent)
            : QHeaderView(Qt::Horizontal, parent)
        {
            setSectionsClickable(true);
        }

    protected:
        void paintSection(QPainter* painter, const QRect& rect, int section) const override
        {
            painter->save();
            painter->fillRect(rect, palette().color(QPalette::Window));
            painter->setPen(palette().color(QPalette::Mid));
            painter->drawLine(rect.bottomLeft(), rect.bottomRight());
            const auto alignment
                = model()->headerData(section, Qt::Horizontal, Qt::TextAlignmentRole);
            QString words = model()->headerData(section, Qt::Horizontal).toString();
            if (isSortIndicatorShown() && sortIndicatorSection() == section)
                words += sortIndicatorOrder() == Qt::AscendingOrder ? QStringLiteral(" ↑")
                                                                    : QStringLiteral(" ↓");
            painter->setPen(palette().color(QPalette::PlaceholderText));
            painter->drawText(rect.adjusted(cellPadding, 0, -cellPadding, 0),
                (alignment.isValid() ? alignment.toInt() : static_cast<int>(Qt::AlignLeft))
                    | Qt::AlignVCenter,
                fontMetrics().elidedText(words, Qt::ElideRight, rect.width() - 2 * cellPadding));
            painter->restore();
        }

        QSize sectionSizeFromContents(int section) const override
        {
            const QString words = model()->headerData(section, Qt::Horizontal).toString();
            return {fontMetrics().horizontalAdvance(words + QStringLiteral(" ↑")) + 2 * cellPadding,
                fontMetrics().height() + rowPadding};
        }
    };

} // namespace

PlainTable::PlainTable(QWidget* parent)
    : PlainTable(Height::FitsRows, parent)
{
}

PlainTable::PlainTable(Height height, QWidget* parent)
    : QTableView(parent)
    , m_height(height)
{
    setHorizontalHeader(new PlainHeader(this));
    setItemDelegate(new CellDelegate(this));
    setShowGrid(false);
    setFrameShape(NoFrame);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + rowPadding);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(false);
    horizontalHeader()->setMinimumSectionSize(60);
    // Each layout asks so many rows how wide they are; Qt's thousand take longer than a frame.
    horizontalHeader()->setResizeContentsPrecision(measuredRows);
    if (height == Height::FitsRows) {
        setSelectionMode(NoSelection);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }
}

void PlainTable::setModel(QAbstractItemModel* model)
{
    QTableView::setModel(model);
    connect(model, &QAbstractItemModel::modelReset, this, &PlainTable::fitColumns);
    connect(model, &QAbstractItemModel::rowsInserted, this, &PlainTable::fitColumns);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &PlainTable::fitColumns);
    fitColumns();
}

void PlainTable::fitColumns()
{
    if (!model())
        return;
    for (int column = 0; column < model()->columnCount(); ++column)
        horizontalHeader()->setSectionResizeMode(
            column, column == 0 ? QHeaderView::Stretch : QHeaderView::ResizeToContents);
    updateGeometry();
}

void PlainTable::showRows(int rows)
{
    setMinimumHeight(horizontalHeader()->sizeHint().height()
        + rows * verticalHeader()->defaultSectionSize() + 2 * frameWidth());
}

QSize PlainTable::sizeHint() const
{
    if (m_height == Height::FillsPage || !model())
        return QTableView::sizeHint();
    const int rows = model()->rowCount() * verticalHeader()->defaultSectionSize();
    return {300, horizontalHeader()->sizeHint().height() + rows + 2 * frameWidth()};
}

QSize PlainTable::minimumSizeHint() const
{
    return m_height == Height::FitsRows ? sizeHint() : QTableView::minimumSizeHint();
}

void makePlain(QTreeView& tree)
{
    tree.setHeader(new PlainHeader(&tree));
    tree.setItemDelegate(new CellDelegate(&tree));
    tree.setFrameShape(QFrame::NoFrame);
    tree.setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
}

} // namespace platter::app
