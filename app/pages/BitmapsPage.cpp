// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/BitmapsPage.h"

#include "app/models/BitmapsModel.h"
#include "app/pages/EmptyHint.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QScopedValueRollback>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    /// Counts one bitmap; damage becomes words.
    BitmapCount countBitmap(const Image& image, std::size_t index, const JobControl& job)
    {
        BitmapCount count;
        try {
            count.inFile = image.bitmapBytesInFile(index, job);
            Bytes dirty{};
            image.scanBitmap(
                index, [&](const Extent& extent) { dirty += extent.length; }, job);
            count.dirty = dirty;
        } catch (const Error&) {
            count.problem = describeError(std::current_exception()).why;
        }
        return count;
    }

} // namespace

BitmapsPage::BitmapsPage(ImageDocument& document, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_counter(new JobRunner(tr("Bitmaps"), this))
    , m_model(new BitmapsModel(this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_meaning(new TextLabel(TextLabel::Rank::Body))
    , m_show(new ActionButton(tr("Show on the map")))
{
    document.addRunner(m_counter);
    addWidget(new EmptyHint(QStringLiteral("grid-2x2-check"), tr("No bitmaps"),
        tr("A bitmap records which parts of the disk were written, so that a backup need not read "
           "the rest.")));

    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Bitmaps"));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_summary->setWordWrap(true);
    m_meaning->setWordWrap(true);
    m_meaning->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    column->addWidget(m_summary);
    column->addWidget(m_table, 1);
    auto* foot = new QHBoxLayout;
    foot->setSpacing(wideGap);
    foot->addWidget(m_meaning, 1);
    foot->addWidget(m_show, 0, Qt::AlignTop);
    column->addLayout(foot);
    addWidget(list);

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &BitmapsPage::describeRow);
    connect(m_table, &QTableView::activated, this, &BitmapsPage::showOnMap);
    connect(m_table, &QWidget::customContextMenuRequested, this, &BitmapsPage::showMenu);
    connect(m_show, &ActionButton::clicked, this, &BitmapsPage::showOnMap);
    connect(m_counter, &JobRunner::cancelled, this, [this] {
        m_counted = false;
        m_summary->setText(tr("Counting was stopped. Open the page again to go on."));
    });
    connect(m_counter, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_summary->setText(error.why); });
    connect(&document, &ImageDocument::imageChanged, this, &BitmapsPage::refresh);
    connect(&document, &ImageDocument::selectionChanged, this, &BitmapsPage::follow);
    refresh();
}

void BitmapsPage::showEvent(QShowEvent* event)
{
    QStackedWidget::showEvent(event);
    count();
    follow(m_document.selection());
}

void BitmapsPage::refresh()
{
    const auto image = m_document.image();
    m_counter->drop();
    m_counted = false;
    m_model->setBitmaps(image ? image->bitmaps() : std::vector<BitmapInfo>{},
        image ? image->virtualSize() : Bytes{});
    const int count = m_model->rowCount();
    setCurrentIndex(count == 0 ? 0 : 1);
    m_summary->setText(tr("%n bitmap(s) record what was written to the disk.", nullptr, count));
    if (count > 0)
        m_table->selectRow(0);
    describeRow();
    if (isVisible())
        this->count();
}

void BitmapsPage::count()
{
    const auto image = m_document.image();
    if (!image || m_counted || m_model->rowCount() == 0)
        return;
    m_counted = true;
    m_counter->start(
        [image](const JobControl& job) {
            std::vector<BitmapCount> counts;
            for (std::size_t i = 0; i < image->bitmaps().size(); ++i)
                counts.push_back(countBitmap(*image, i, job));
            return counts;
        },
        [this](std::vector<BitmapCount> counts) {
            m_model->setCounts(std::move(counts));
            m_summary->setText(tr(
                "%n bitmap(s) record what was written to the disk.", nullptr, m_model->rowCount()));
            describeRow();
        });
}

void BitmapsPage::describeRow()
{
    const int row = m_table->currentIndex().row();
    const bool chosen = row >= 0 && row < m_model->rowCount();
    m_show->setEnabled(chosen);
    m_meaning->setText(chosen ? m_model->meaningOf(row) : QString());
    if (!chosen || m_following || !isVisible())
        return;
    Selection selection;
    selection.bitmap = static_cast<std::size_t>(row);
    m_document.select(selection);
}

void BitmapsPage::follow(const Selection& selection)
{
    if (!selection.bitmap || static_cast<int>(*selection.bitmap) >= m_model->rowCount())
        return;
    const QScopedValueRollback following{m_following, true};
    m_table->selectRow(static_cast<int>(*selection.bitmap));
}

void BitmapsPage::showOnMap()
{
    const int row = m_table->currentIndex().row();
    if (row < 0)
        return;
    Selection selection;
    selection.bitmap = static_cast<std::size_t>(row);
    m_document.reveal(PageId::Map, selection);
}

void BitmapsPage::showMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QModelIndex index = m_table->indexAt(at);
    if (index.isValid()) {
        menu->addAction(tr("Show on the map"), this, &BitmapsPage::showOnMap);
        menu->addAction(tr("Copy name"), this, [this, index] {
            QGuiApplication::clipboard()->setText(
                m_model->index(index.row(), BitmapsModel::NameColumn).data().toString());
        });
    }
    menu->addAction(tr("Copy all as CSV"), this,
        [this] { QGuiApplication::clipboard()->setText(m_model->csv()); });
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

} // namespace platter::app
