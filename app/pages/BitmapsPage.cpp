// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/BitmapsPage.h"

#include "app/models/BitmapsModel.h"
#include "app/pages/EmptyHint.h"
#include "app/pages/RowFindBar.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/SelectionCopier.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int leastRows = 5; ///< of the table in view

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
    , m_find(nullptr)
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_again(new ActionButton(tr("Read again")))
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
    m_table->showRows(leastRows);
    m_find = new RowFindBar(*m_table);
    m_again->setLook(ActionButton::Look::Link);
    m_again->hide();
    m_summary->setWordWrap(true);
    m_meaning->setWordWrap(true);
    m_meaning->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* list = new ScrolledContent(ScrolledContent::Height::Least);
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    auto* head = new QHBoxLayout;
    head->setSpacing(gap);
    head->addWidget(m_summary, 1);
    head->addWidget(m_again, 0, Qt::AlignTop);
    column->addLayout(head);
    column->addWidget(m_find);
    column->addWidget(m_table, 1);
    auto* foot = new QHBoxLayout;
    foot->setSpacing(wideGap);
    foot->addWidget(m_meaning, 1);
    foot->addWidget(m_show, 0, Qt::AlignTop);
    column->addLayout(foot);
    auto* area = new QScrollArea;
    area->setWidget(list);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    addWidget(area);

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &BitmapsPage::describeRow);
    connect(m_table, &QTableView::activated, this, &BitmapsPage::showOnMap);
    connect(m_table, &QWidget::customContextMenuRequested, this, &BitmapsPage::showMenu);
    connect(m_show, &ActionButton::clicked, this, &BitmapsPage::showOnMap);
    connect(m_again, &ActionButton::clicked, this, &BitmapsPage::countAgain);
    connect(m_counter, &JobRunner::cancelled, this,
        [this] { countEnded(tr("Counting was stopped: what changed is not known.")); });
    connect(m_counter, &JobRunner::failed, this,
        [this](const ErrorText& error) { countEnded(error.why); });
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
    m_find->hide();
    countEnded({});
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
            countEnded({});
            describeRow();
        });
}

void BitmapsPage::countAgain()
{
    m_counted = false;
    countEnded({});
    count();
}

/// Says how many bitmaps there are, and why their bits were not counted if they were not.
void BitmapsPage::countEnded(const QString& problem)
{
    const QString words
        = tr("%n bitmap(s) record what was written to the disk.", nullptr, m_model->rowCount());
    m_summary->setText(problem.isEmpty() ? words : words + QLatin1Char(' ') + problem);
    m_again->setVisible(!problem.isEmpty());
    m_model->setReading(
        problem.isEmpty() ? BitmapsModel::Reading::GoesOn : BitmapsModel::Reading::Ended);
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
        menu->addSeparator();
    }
    fillCopyMenu(*menu);
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

void BitmapsPage::fillCopyMenu(QMenu& menu)
{
    const auto put = [](const QString& text) { QGuiApplication::clipboard()->setText(text); };
    const QModelIndex row = m_table->currentIndex();
    if (row.isValid()) {
        menu.addAction(tr("Copy &name"), this, [put, row = QPersistentModelIndex{row}] {
            put(row.sibling(row.row(), BitmapsModel::NameColumn).data().toString());
        });
        menu.addAction(tr("Copy &row"), this, [this, put] { put(copied(CopyForm::Text)); });
        menu.addAction(tr("Copy row as &JSON"), this, [this, put] { put(copied(CopyForm::Json)); });
    }
    menu.addAction(tr("Copy all as &CSV"), this, [this, put] { put(m_model->csv()); });
}

bool BitmapsPage::showCopyMenu()
{
    if (m_model->rowCount() == 0)
        return false;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillCopyMenu(*menu);
    const QRect row = m_table->visualRect(m_table->currentIndex());
    menu->popup(m_table->viewport()->mapToGlobal(row.bottomLeft()));
    return true;
}

QString BitmapsPage::copied(CopyForm form) const
{
    if (form != CopyForm::Text && form != CopyForm::Json)
        return {};
    return copiedRows(*m_table, form);
}

bool BitmapsPage::canFind() const
{
    return m_model->rowCount() > 0;
}

void BitmapsPage::startFind()
{
    m_find->open();
}

void BitmapsPage::findNext(int direction)
{
    m_find->searchOn(direction);
}

} // namespace platter::app
