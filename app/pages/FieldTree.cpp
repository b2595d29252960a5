// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/FieldTree.h"

#include "app/models/StructureModel.h"
#include "app/window/PlainTable.h"
#include "widgets/theme/Theme.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QResizeEvent>
#include <QStyledItemDelegate>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int leastWidth = 400; ///< pixels: name and value of the longest field of a header
    constexpr int tintWidth = 4; ///< pixels of the stripe that ties a field to its bytes

    /// Draws the tint of a field at the left of its value and a frame around what the mouse is
    /// over.
    class FieldDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            constexpr Token tints[]
                = {Token::FieldTint1, Token::FieldTint2, Token::FieldTint3, Token::FieldTint4};
            const int tint = index.data(StructureModel::TintRole).toInt();
            if (index.column() == StructureModel::ValueColumn && tint >= 0
                && !(option.state & QStyle::State_Selected))
                painter->fillRect(
                    option.rect.adjusted(0, 1, -tintWidth, -1), Theme::color(tints[tint]));
            QStyledItemDelegate::paint(painter, option, index);
            if (index.data(StructureModel::HoveredRole).toBool()) {
                painter->setPen(Theme::color(Token::ControlEdge));
                painter->drawLine(option.rect.topLeft(), option.rect.topRight());
                painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
            }
        }
        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            return QStyledItemDelegate::sizeHint(option, index).expandedTo({0, 24});
        }
    };

} // namespace

FieldTree::FieldTree(StructureModel& model, QWidget* parent)
    : QTreeView(parent)
    , m_model(model)
{
    makePlain(*this);
    setModel(&model);
    header()->setStretchLastSection(true);
    setItemDelegate(new FieldDelegate(this));
    setAccessibleName(tr("Structures and fields"));
    setAlternatingRowColors(false);
    setUniformRowHeights(true);
    setMouseTracking(true);
    setTextElideMode(Qt::ElideRight);
    setFrameShape(QFrame::NoFrame);
    setExpandsOnDoubleClick(false);
    // What is cut stands whole in the panel.
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(leastWidth);
    connect(this, &QTreeView::expanded, this, &FieldTree::opened);
    // Rows are not to go while the view still works on what it closes.
    connect(this, &QTreeView::collapsed, this, [this](const QModelIndex& index) {
        QMetaObject::invokeMethod(
            this, [this, kept = QPersistentModelIndex{index}] { closed(kept); },
            Qt::QueuedConnection);
    });
}

void FieldTree::open(const QModelIndex& index)
{
    for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
        expand(above);
    expand(index);
    // A tree that is not laid out yet asks for nothing.
    if (m_model.canFetchMore(index))
        m_model.fetchMore(index);
}

bool FieldTree::isAbove(const QModelIndex& above, QModelIndex index) const
{
    while (index.isValid() && index != above)
        index = index.parent();
    return index.isValid();
}

void FieldTree::opened(const QModelIndex& index)
{
    if (!m_model.isTable(index))
        return;
    std::erase_if(
        m_open, [&](const QPersistentModelIndex& one) { return !one.isValid() || one == index; });
    m_open.push_back(index);
    const QModelIndex current = currentIndex();
    for (std::size_t i = 0; m_open.size() > mostOpen && i < m_open.size();) {
        const QModelIndex oldest = m_open[i];
        if (isAbove(oldest, current) || isAbove(oldest, index)) {
            ++i;
            continue;
        }
        m_open.erase(m_open.begin() + static_cast<std::ptrdiff_t>(i));
        collapse(oldest);
    }
}

void FieldTree::closed(const QModelIndex& index)
{
    if (!m_model.isTable(index) || isExpanded(index))
        return;
    std::erase_if(m_open, [&](const QPersistentModelIndex& one) { return one == index; });
    if (currentIndex() != index && isAbove(index, currentIndex()))
        setCurrentIndex(index);
    m_model.release(index);
}

void FieldTree::fitColumns()
{
    const int letter = fontMetrics().horizontalAdvance(u'x');
    resizeColumnToContents(StructureModel::NameColumn);
    const int name = std::min(columnWidth(StructureModel::NameColumn), letter * 28);
    setColumnWidth(StructureModel::NameColumn, name);
    const int left = viewport()->width() - name - letter * 8;
    setColumnWidth(StructureModel::ValueColumn, std::clamp(left, letter * 16, letter * 40));
}

void FieldTree::resizeEvent(QResizeEvent* event)
{
    // What is chosen stays in view when there is less room.
    const bool wasInView = QRect(QPoint(), event->oldSize()).intersects(visualRect(currentIndex()));
    QTreeView::resizeEvent(event);
    fitColumns();
    if (wasInView)
        scrollTo(currentIndex());
}

void FieldTree::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Asterisk) {
        // Of a table with millions of entries all would be read; one level is opened.
        if (currentIndex().isValid())
            expand(currentIndex().siblingAtColumn(0));
        return;
    }
    QTreeView::keyPressEvent(event);
}

QStringList FieldTree::openNames(qsizetype most) const
{
    QStringList names;
    for (int row = 0; row < m_model.rowCount() && names.size() < most; ++row) {
        const QModelIndex structure = m_model.index(row, 0);
        if (isExpanded(structure))
            names << structure.data().toString();
    }
    return names;
}

void FieldTree::openByName(const QStringList& names)
{
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const QModelIndex structure = m_model.index(row, 0);
        setExpanded(structure, names.contains(structure.data().toString()));
    }
}

} // namespace platter::app
