// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/JobsView.h"

#include "app/models/JobsModel.h"
#include "app/window/ActionButton.h"
#include "app/window/JobRow.h"
#include "app/window/Look.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

namespace platter::app {

namespace {

    /// The ground below a row's widgets.
    class RowDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            const auto* view = static_cast<const QListView*>(parent());
            const auto* job = index.data(JobsModel::JobRole).value<QueuedJob*>();
            const int width = view->viewport()->width();
            return {width, job ? JobRow::heightFor(*job, option.fontMetrics, width) : 0};
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            painter->save();
            const bool chosen = option.state.testFlag(QStyle::State_Selected);
            if (chosen)
                painter->fillRect(option.rect, color(Token::NoteGround));
            if (index.row() > 0)
                painter->fillRect(QRect(option.rect.topLeft(), QSize(option.rect.width(), 1)),
                    color(Token::Divider));
            if (chosen && option.state.testFlag(QStyle::State_HasFocus)) {
                painter->setPen(QPen(color(Token::Link), 2));
                painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
            }
            painter->restore();
        }
    };

} // namespace

JobsView::JobsView(JobsModel& model, QWidget* parent)
    : QListView(parent)
    , m_model(model)
{
    setAccessibleName(tr("Jobs"));
    setFrameShape(NoFrame);
    setItemDelegate(new RowDelegate(this));
    setResizeMode(Adjust);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setDragDropMode(InternalMove);
    setDropIndicatorShown(true);
    setSelectionMode(SingleSelection);
    viewport()->setAutoFillBackground(false);
    setModel(&model);
    connect(&model, &QAbstractItemModel::dataChanged, this,
        [this](const QModelIndex& first, const QModelIndex&) {
            const QueuedJob* job = m_model.jobAt(first);
            const QRect at = visualRect(first);
            // What has ended may have more to say than a line.
            if (job && at.height() != JobRow::heightFor(*job, fontMetrics(), viewport()->width()))
                scheduleDelayedItemsLayout();
        });
}

QueuedJob* JobsView::current() const
{
    return m_model.jobAt(currentIndex());
}

JobRow* JobsView::rowOf(const QueuedJob& job) const
{
    return m_rows.value(&job);
}

void JobsView::doItemsLayout()
{
    QListView::doItemsLayout();
    placeRows();
}

void JobsView::updateGeometries()
{
    QListView::updateGeometries();
    placeRows();
}

void JobsView::scrollContentsBy(int dx, int dy)
{
    QListView::scrollContentsBy(dx, dy);
    placeRows();
}

void JobsView::placeRows()
{
    QHash<const QueuedJob*, JobRow*> kept;
    QWidget* before = this;
    const QRect seen = viewport()->rect();
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const QModelIndex index = m_model.index(row);
        const QRect at = visualRect(index);
        if (!at.intersects(seen))
            continue;
        QueuedJob* job = m_model.jobAt(index);
        JobRow* widget = m_rows.take(job);
        if (!widget) {
            widget = new JobRow(*job, viewport());
            connect(widget, &JobRow::actRequested, this, &JobsView::actRequested);
        }
        widget->setGeometry(at);
        widget->show();
        for (QWidget* button : widget->findChildren<ActionButton*>()) {
            setTabOrder(before, button);
            before = button;
        }
        kept.insert(job, widget);
    }
    for (JobRow* gone : std::as_const(m_rows)) {
        gone->hide();
        gone->deleteLater();
    }
    m_rows = kept;
}

void JobsView::keyPressEvent(QKeyEvent* event)
{
    QueuedJob* job = current();
    const RowActs acts = job ? rowActsOf(*job) : RowActs{};
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        // What the row offers first: it never takes anything away that runs.
        if (acts.first && *acts.first != JobAct::Cancel)
            emit actRequested(*acts.first, job);
        return;
    case Qt::Key_Delete:
        if (job && job->state() != QueuedJob::State::Stopping)
            emit actRequested(job->isUnfinished() ? JobAct::Cancel : JobAct::Remove, job);
        return;
    default: QListView::keyPressEvent(event);
    }
}

void JobsView::contextMenuEvent(QContextMenuEvent* event)
{
    if (event->reason() == QContextMenuEvent::Mouse) {
        const QModelIndex index = indexAt(event->pos());
        if (!index.isValid())
            return;
        setCurrentIndex(index);
        emit menuRequested(event->globalPos());
    } else if (currentIndex().isValid()) {
        emit menuRequested(viewport()->mapToGlobal(visualRect(currentIndex()).center()));
    }
}

void JobsView::currentChanged(const QModelIndex& now, const QModelIndex& previous)
{
    QListView::currentChanged(now, previous);
    emit currentJobChanged();
}

} // namespace platter::app
