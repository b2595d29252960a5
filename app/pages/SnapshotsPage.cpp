// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotsPage.h"

#include "app/models/SnapshotsModel.h"
#include "app/pages/EmptyHint.h"
#include "app/pages/SnapshotCompareCard.h"
#include "app/pages/SnapshotGraphDelegate.h"
#include "app/text/CoreText.h"
#include "app/text/SnapshotText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PageSpec.h"
#include "app/window/PlainTable.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QMenu>
#include <QResizeEvent>
#include <QScopedValueRollback>
#include <QSortFilterProxyModel>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int wideEnough = 860; ///< pixels of the page for list and comparison side by side
    constexpr int cardWidth = 340;
    constexpr int cardHeight = 300; ///< below the list
    constexpr int shortWork = 150; ///< milliseconds before a new choice is compared

    bool hasPage(PageId page)
    {
        const auto specs = pageSpecs();
        return std::any_of(
            specs.begin(), specs.end(), [&](const PageSpec& spec) { return spec.id == page; });
    }

} // namespace

SnapshotsPage::SnapshotsPage(ImageDocument& document, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new SnapshotsModel(this))
    , m_sorted(new QSortFilterProxyModel(this))
    , m_graph(new SnapshotGraphDelegate(this))
    , m_examiner(new JobRunner(tr("Snapshots"), this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_stop(new ActionButton(tr("Stop")))
    , m_card(new SnapshotCompareCard(document, *m_model, this))
    , m_body(new QBoxLayout(QBoxLayout::LeftToRight))
{
    addWidget(new EmptyHint(QStringLiteral("history"), tr("No snapshots yet"),
        tr("A snapshot keeps the present state of the disk inside the file, to return to.")));
    makeTable();

    m_summary->setWordWrap(true);
    m_stop->setLook(ActionButton::Look::Link);
    auto* state = new QHBoxLayout;
    state->setSpacing(gap);
    state->addWidget(m_summary, 1);
    state->addWidget(m_stop, 0, Qt::AlignTop);
    m_body->setSpacing(wideGap);
    m_body->addWidget(m_table, 1);
    m_body->addWidget(m_card);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addLayout(state);
    column->addLayout(m_body, 1);
    addWidget(page);
    setFocusProxy(m_table);

    document.addRunner(m_examiner);
    m_compareTimer.setSingleShot(true);
    m_compareTimer.setInterval(shortWork);
    connect(&m_compareTimer, &QTimer::timeout, this, &SnapshotsPage::compareChosen);
    connect(m_stop, &ActionButton::clicked, m_examiner, &JobRunner::cancel);
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
        m_compareTimer.start();
}

void SnapshotsPage::resizeEvent(QResizeEvent* event)
{
    QStackedWidget::resizeEvent(event);
    const bool isWide = event->size().width() >= wideEnough;
    m_body->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_card->setMinimumSize(isWide ? cardWidth : 0, 0);
    m_card->setMaximumSize(
        isWide ? cardWidth : QWIDGETSIZE_MAX, isWide ? QWIDGETSIZE_MAX : cardHeight);
    fitColumns();
}

void SnapshotsPage::showImage()
{
    m_isStale = false;
    m_examiner->drop();
    m_compareTimer.stop();
    m_problem.clear();
    m_card->clear();
    const auto image = m_document.image();
    m_model->setSnapshots(image ? image->snapshots() : std::vector<SnapshotInfo>{},
        image ? image->virtualSize() : Bytes{});
    fitColumns();
    setCurrentIndex(m_model->rowCount() == 0 ? 0 : 1);
    if (m_model->rowCount() > 0) {
        const StateIndex selected = m_document.selection().snapshot;
        choose(selected < m_model->snapshots().size() ? selected : StateIndex{});
        if (isVisible())
            examine();
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
                m_compareTimer.start(); // it was not known where now comes from
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
}

/// Gives each column its width, and leaves out those that tell nothing.
void SnapshotsPage::fitColumns()
{
    using Model = SnapshotsModel;
    QHeaderView* header = m_table->horizontalHeader();
    const auto any = [&](auto has) {
        return std::any_of(m_model->snapshots().begin(), m_model->snapshots().end(), has);
    };
    m_table->setColumnHidden(Model::ClockColumn,
        !any([](const SnapshotInfo& one) { return one.vmClockNanoseconds != 0; }));
    m_table->setColumnHidden(Model::StateColumn,
        !any([](const SnapshotInfo& one) { return one.vmStateSize.value != 0; }));
    for (int column = 0; column < Model::ColumnCount; ++column)
        header->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    header->setMinimumSectionSize(40);
    header->setSectionResizeMode(Model::GraphColumn, QHeaderView::Fixed);
    header->resizeSection(
        Model::GraphColumn, std::max(SnapshotGraphDelegate::widthFor(m_model->lanes()), 56));
    header->setSectionResizeMode(Model::NameColumn, QHeaderView::Interactive);
    header->resizeSection(Model::NameColumn, std::clamp(m_table->width() / 4, 90, 220));
    header->setSectionResizeMode(Model::NoteColumn, QHeaderView::Stretch);
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
    QMenu* copy = menu->addMenu(tr("&Copy all as"));
    const auto add = [&](const QString& name, TableForm form) {
        copy->addAction(name, this, [this, form] {
            QGuiApplication::clipboard()->setText(
                snapshotsAs(form, m_model->snapshots(), m_model->report().get()));
        });
    };
    add(tr("&Text"), TableForm::Text);
    add(tr("C&SV"), TableForm::Csv);
    add(tr("&JSON"), TableForm::Json);
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

} // namespace platter::app
