// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotsPage.h"

#include "app/models/SnapshotsModel.h"
#include "app/pages/EmptyHint.h"
#include "app/pages/RowFindBar.h"
#include "app/pages/SnapshotColumns.h"
#include "app/pages/SnapshotCompareCard.h"
#include "app/pages/SnapshotGraphDelegate.h"
#include "app/text/CoreText.h"
#include "app/text/SnapshotText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PageSpec.h"
#include "app/window/PlainTable.h"
#include "app/window/SelectionCopier.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QMenu>
#include <QResizeEvent>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSortFilterProxyModel>

#include <algorithm>

namespace platter::app {

namespace {

    // In average letters, so that they grow with the text.
    constexpr int besideLetters = 100; ///< of the page, for list and comparison side by side
    constexpr int leastCardLetters = 40;
    constexpr int mostCardLetters = 76;
    constexpr int mostNameLetters = 40;
    constexpr int leastRows = 6; ///< of the table in view
    constexpr int shortWork = 150; ///< milliseconds before a new choice is compared

    bool hasPage(PageId page)
    {
        const auto specs = pageSpecs();
        return std::any_of(
            specs.begin(), specs.end(), [&](const PageSpec& spec) { return spec.id == page; });
    }

    /// Sorts by a column. The rows of the model are in the order of the tree already, so that
    /// 65 536 of them need no work for it.
    class SnapshotOrder final : public QSortFilterProxyModel {
    public:
        using QSortFilterProxyModel::QSortFilterProxyModel;
        void sort(int column, Qt::SortOrder order) override
        {
            const bool isTree
                = column == SnapshotsModel::GraphColumn && order == Qt::AscendingOrder;
            QSortFilterProxyModel::sort(isTree ? -1 : column, order);
        }
    };

} // namespace

SnapshotsPage::SnapshotsPage(ImageDocument& document, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new SnapshotsModel(this))
    , m_sorted(new SnapshotOrder(this))
    , m_graph(new SnapshotGraphDelegate(this))
    , m_examiner(new JobRunner(tr("Snapshots"), this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_stop(new ActionButton(tr("Stop")))
    , m_again(new ActionButton(tr("Read again")))
    , m_find(nullptr)
    , m_detail(new TextLabel(TextLabel::Rank::Second))
    , m_card(new SnapshotCompareCard(document, *m_model, this))
    , m_body(new QBoxLayout(QBoxLayout::LeftToRight))
    , m_area(new QScrollArea)
{
    addWidget(new EmptyHint(QStringLiteral("history"), tr("No snapshots yet"),
        tr("A snapshot keeps the present state of the disk inside the file, to return to.")));
    makeTable();
    m_find = new RowFindBar(*m_table);

    m_summary->setWordWrap(true);
    m_stop->setLook(ActionButton::Look::Link);
    m_again->setLook(ActionButton::Look::Link);
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_detail->setAccessibleName(tr("About the chosen state"));
    auto* state = new QHBoxLayout;
    state->setSpacing(gap);
    state->addWidget(m_summary, 1);
    state->addWidget(m_stop, 0, Qt::AlignTop);
    state->addWidget(m_again, 0, Qt::AlignTop);
    auto* list = new QVBoxLayout;
    list->setSpacing(gap);
    list->addWidget(m_find);
    list->addWidget(m_table, 1);
    list->addWidget(m_detail);
    m_body->setSpacing(wideGap);
    m_body->addLayout(list, 1);
    m_body->addWidget(m_card);
    auto* page = new ScrolledContent(ScrolledContent::Height::Least);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addLayout(state);
    column->addLayout(m_body, 1);
    m_area->setWidget(page);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setFocusPolicy(Qt::NoFocus);
    addWidget(m_area);
    setFocusProxy(m_table);

    document.addRunner(m_examiner);
    m_compareTimer.setSingleShot(true);
    m_compareTimer.setInterval(shortWork);
    connect(&m_compareTimer, &QTimer::timeout, this, &SnapshotsPage::compareChosen);
    connect(m_stop, &ActionButton::clicked, m_examiner, &JobRunner::cancel);
    connect(m_again, &ActionButton::clicked, this, [this] {
        m_problem.clear();
        examine();
    });
    connect(m_examiner, &JobRunner::progressed, this, &SnapshotsPage::refreshState);
    connect(m_examiner, &JobRunner::ended, this, &SnapshotsPage::refreshState);
    connect(m_examiner, &JobRunner::cancelled, this, [this] {
        m_problem = tr("Reading was stopped: what the snapshots use is not known.");
        refreshState();
    });
    connect(m_examiner, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = tr("What the snapshots use cannot be told. %1").arg(error.why);
        refreshState();
    });
    connect(&document, &ImageDocument::imageChanged, this, [this] {
        m_isStale = true;
        m_examiner->drop();
        m_compareTimer.stop();
        m_card->clear();
        // 65 536 rows take a moment to be sorted: not before somebody looks.
        if (isVisible())
            showImage();
    });
    connect(&document, &ImageDocument::selectionChanged, this, &SnapshotsPage::follow);
    showImage();
}

void SnapshotsPage::makeTable()
{
    m_sorted->setSourceModel(m_model);
    m_sorted->setSortRole(SnapshotsModel::SortRole);
    m_sorted->setSortCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(m_sorted);
    m_table->setItemDelegateForColumn(SnapshotsModel::GraphColumn, m_graph);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(SnapshotsModel::GraphColumn, Qt::AscendingOrder);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Snapshots"));
    m_table->setAccessibleDescription(
        tr("Choose one state to compare it with now, or two to compare them"));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->horizontalHeader()->setResizeContentsPrecision(60);
    m_table->showRows(leastRows);
    m_table->viewport()->installEventFilter(this);
    connect(m_table, &QWidget::customContextMenuRequested, this, &SnapshotsPage::showMenu);
    connect(m_table->horizontalHeader(), &QHeaderView::sortIndicatorChanged, this,
        [this](int column, Qt::SortOrder order) {
            m_graph->setLines(column == SnapshotsModel::GraphColumn && order == Qt::AscendingOrder
                    ? SnapshotGraphDelegate::Lines::Shown
                    : SnapshotGraphDelegate::Lines::Left);
            m_table->viewport()->update();
        });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
        &SnapshotsPage::rowsChosen);
}

void SnapshotsPage::showEvent(QShowEvent* event)
{
    QStackedWidget::showEvent(event);
    if (m_isStale)
        showImage();
    examine();
    if (!m_card->comparison().totals() && !m_card->comparison().isRunning())
        compareChosen();
}

bool SnapshotsPage::eventFilter(QObject* watched, QEvent* event)
{
    // The columns follow the width that the layout has given to the table.
    if (watched == m_table->viewport() && event->type() == QEvent::Resize
        && static_cast<QResizeEvent*>(event)->oldSize().width() != m_table->viewport()->width())
        fitColumns();
    return QStackedWidget::eventFilter(watched, event);
}

void SnapshotsPage::resizeEvent(QResizeEvent* event)
{
    QStackedWidget::resizeEvent(event);
    const int letter = fontMetrics().averageCharWidth();
    const bool isWide = event->size().width() >= besideLetters * letter;
    m_body->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    const int beside = std::clamp(
        event->size().width() * 3 / 10, leastCardLetters * letter, mostCardLetters * letter);
    m_card->setMinimumWidth(isWide ? beside : 0);
    m_card->setMaximumWidth(isWide ? beside : QWIDGETSIZE_MAX);
}

void SnapshotsPage::showImage()
{
    m_isStale = false;
    m_examiner->drop();
    m_compareTimer.stop();
    m_problem.clear();
    m_card->clear();
    m_find->hide();
    const auto image = m_document.image();
    m_model->setSnapshots(image ? image->snapshots() : std::vector<SnapshotInfo>{},
        image ? image->virtualSize() : Bytes{});
    fitColumns();
    setCurrentIndex(m_model->rowCount() == 0 ? 0 : 1);
    if (m_model->rowCount() > 0) {
        const StateIndex selected = m_document.selection().snapshot;
        choose(selected < m_model->snapshots().size() ? selected : StateIndex{});
        if (isVisible()) {
            compareChosen();
            examine();
        }
    }
    refreshState();
}

/// Reads what the snapshots use, unless that was done, is being done or could not be.
void SnapshotsPage::examine()
{
    const auto image = m_document.image();
    if (m_model->rowCount() == 0 || m_model->report() || m_examiner->isRunning()
        || !m_problem.isEmpty())
        return;
    m_examiner->start(
        [image](const JobControl& job) {
            return std::make_shared<const SnapshotReport>(image->examineSnapshots(job));
        },
        [this](std::shared_ptr<const SnapshotReport> report) {
            m_model->setReport(std::move(report));
            fitColumns();
            refreshState();
            const auto states = chosenStates();
            const auto parent = m_model->report()->now.parent.snapshot;
            if (states.size() == 1 && !states.front() && parent
                && parent != m_card->comparison().first())
                compareChosen(); // it was not known where now comes from
        });
    refreshState();
}

void SnapshotsPage::refreshState()
{
    const auto count = static_cast<int>(m_model->snapshots().size());
    QString text = tr("%n state(s) of the disk are kept inside the file.", nullptr, count);
    const auto& report = m_model->report();
    if (report) {
        Bytes alone{};
        for (const StateReport& one : report->snapshots)
            alone += one.usage.alone;
        text += QLatin1Char(' ')
            + tr("Deleting one frees what it holds alone, %1 in all; what several hold stays "
                 "until the last of them goes.")
                  .arg(shownSize(alone));
        if (!report->sharedIsExact)
            text += QLatin1Char(' ')
                + tr("What is shared counts some clusters of compressed data twice.");
    } else if (m_examiner->isRunning()) {
        text
            += QLatin1Char(' ') + tr("Reading their tables: %1 %").arg(m_examiner->permille() / 10);
    } else if (!m_problem.isEmpty()) {
        text += QLatin1Char(' ') + m_problem;
    }
    m_summary->setText(text);
    m_stop->setVisible(m_examiner->isRunning());
    m_again->setVisible(!m_examiner->isRunning() && !m_problem.isEmpty());
}

void SnapshotsPage::fitColumns()
{
    fitSnapshotColumns(*m_table, *m_model);
    describeRow(); // tells what the columns do not
}

/// Says of the chosen state what stands in no column that is shown, and why its note says so.
void SnapshotsPage::describeRow()
{
    const QModelIndex row = m_table->currentIndex();
    const bool chosen = row.isValid() && chosenStates().size() == 1;
    m_detail->setVisible(chosen);
    if (!chosen)
        return;
    const auto cell = [&](int column) { return row.siblingAtColumn(column).data().toString(); };
    QStringList lines;
    const int letter = fontMetrics().averageCharWidth();
    const QString name = m_detail->fontMetrics().elidedText(
        cell(SnapshotsModel::NameColumn), Qt::ElideMiddle, mostNameLetters * letter);
    if (const QString why
        = row.siblingAtColumn(SnapshotsModel::NoteColumn).data(Qt::ToolTipRole).toString();
        !why.isEmpty())
        lines << tr("%1: %2", "a snapshot and where it comes from").arg(name, why);
    QStringList facts;
    for (int column = 0; column < SnapshotsModel::ColumnCount; ++column) {
        const QString value = cell(column);
        if (m_table->isColumnHidden(column) && !value.isEmpty())
            facts << QStringLiteral("%1: %2").arg(
                m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), value);
    }
    if (!facts.isEmpty())
        lines << facts.join(QStringLiteral(" · "));
    m_detail->setText(lines.join(QLatin1Char('\n')));
    m_detail->setVisible(!lines.isEmpty());
}

std::vector<StateIndex> SnapshotsPage::chosenStates() const
{
    std::vector<StateIndex> states;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    for (const QModelIndex& row : rows.mid(0, 3))
        states.push_back(m_model->stateOf(m_sorted->mapToSource(row).row()));
    return states;
}

void SnapshotsPage::choose(StateIndex state)
{
    const QScopedValueRollback guard{m_following, true};
    const QModelIndex index = m_sorted->mapFromSource(
        m_model->index(m_model->rowOf(state), SnapshotsModel::NameColumn));
    m_table->setCurrentIndex(index);
    m_table->scrollTo(index);
    m_compareTimer.start();
}

void SnapshotsPage::rowsChosen()
{
    describeRow();
    if (m_following)
        return;
    const auto states = chosenStates();
    if (states.size() == 1 && m_document.selection().snapshot != states.front()) {
        Selection selection;
        selection.snapshot = states.front();
        const QScopedValueRollback guard{m_following, true};
        m_document.select(selection);
    }
    m_compareTimer.start();
}

/// One state is compared with now, now with where it comes from, two with each other.
void SnapshotsPage::compareChosen()
{
    m_compareTimer.stop();
    if (!isVisible() || m_model->rowCount() == 0)
        return;
    const auto states = chosenStates();
    if (states.empty() || states.size() > 2)
        return;
    if (states.size() == 2) {
        m_card->compare(states[0], states[1]);
    } else if (states[0]) {
        m_card->compare(states[0], StateIndex{});
    } else {
        const auto& report = m_model->report();
        m_card->compare(StateIndex{},
            report && report->now.parent.snapshot ? *report->now.parent.snapshot
                                                  : m_model->snapshots().size() - 1);
    }
}

void SnapshotsPage::follow(const Selection& selection)
{
    if (m_following || m_isStale || m_model->rowCount() == 0 || !selection.snapshot
        || *selection.snapshot >= m_model->snapshots().size())
        return;
    const auto states = chosenStates();
    if (states.size() != 1 || states.front() != selection.snapshot)
        choose(selection.snapshot);
}

void SnapshotsPage::revealTable(PageId page, std::size_t snapshot)
{
    const SnapshotInfo& one = m_model->snapshots()[snapshot];
    Selection selection;
    selection.snapshot = snapshot;
    if (page == PageId::Header) {
        selection.structure = QStringLiteral("Snapshot %1").arg(snapshot + 1);
        for (const StructureMark& mark : m_document.facts().structures) {
            if (QString::fromStdString(mark.name) == selection.structure) {
                selection.host = mark.at;
                selection.hostLength = mark.length;
            }
        }
    } else {
        selection.structure = tr("L1 table of %1").arg(stateName(m_model->snapshots(), snapshot));
        selection.host = one.l1TableOffset;
        selection.hostLength = Bytes{one.l1Entries * 8ULL};
    }
    m_document.reveal(page, selection);
}

void SnapshotsPage::showMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto states = chosenStates();
    if (states.size() == 1 && states.front()) {
        const std::size_t snapshot = *states.front();
        if (hasPage(PageId::Hex))
            menu->addAction(tr("Show its L1 table in &Hex"), this,
                [this, snapshot] { revealTable(PageId::Hex, snapshot); });
        menu->addAction(tr("Show its entry in the &Header"), this,
            [this, snapshot] { revealTable(PageId::Header, snapshot); });
        menu->addSeparator();
    }
    fillCopyMenu(*menu->addMenu(tr("&Copy")));
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

void SnapshotsPage::fillCopyMenu(QMenu& menu)
{
    const auto put = [](const QString& text) { QGuiApplication::clipboard()->setText(text); };
    if (const auto states = chosenStates(); states.size() == 1 && states.front())
        menu.addAction(tr("&Name"), this, [this, put, state = *states.front()] {
            put(shownText(m_model->snapshots()[state].name));
        });
    if (m_table->selectionModel()->hasSelection()) {
        menu.addAction(tr("&Chosen rows"), this, [this, put] { put(copied(CopyForm::Text)); });
        menu.addAction(
            tr("Chosen &rows as JSON"), this, [this, put] { put(copied(CopyForm::Json)); });
        menu.addSeparator();
    }
    const auto addAll = [&](const QString& name, TableForm form) {
        menu.addAction(name, this, [this, put, form] {
            put(snapshotsAs(form, m_model->snapshots(), m_model->report().get()));
        });
    };
    addAll(tr("All as &text"), TableForm::Text);
    addAll(tr("All as C&SV"), TableForm::Csv);
    addAll(tr("All as &JSON"), TableForm::Json);
}

bool SnapshotsPage::showCopyMenu()
{
    if (m_model->rowCount() == 0)
        return false;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillCopyMenu(*menu);
    const QRect row = m_table->visualRect(m_table->currentIndex());
    menu->popup(m_table->viewport()->mapToGlobal(
        row.isValid() ? row.bottomLeft() : m_table->viewport()->rect().topLeft()));
    return true;
}

QString SnapshotsPage::copied(CopyForm form) const
{
    if (form != CopyForm::Text && form != CopyForm::Json)
        return {};
    return copiedRows(*m_table, form, SnapshotsModel::NameColumn); // the tree is no text
}

bool SnapshotsPage::canFind() const
{
    return m_model->rowCount() > 0;
}

void SnapshotsPage::startFind()
{
    m_find->open();
}

void SnapshotsPage::findNext(int direction)
{
    m_find->searchOn(direction);
}

} // namespace platter::app
