// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/RefcountsPage.h"

#include "app/models/ClusterCountsModel.h"
#include "app/pages/PlotCard.h"
#include "app/pages/RefcountPlots.h"
#include "app/pages/ReferencesPanel.h"
#include "app/pages/RowFindBar.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/SegmentSwitch.h"
#include "app/window/SelectionCopier.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QResizeEvent>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace platter::app {

namespace {

    constexpr int placeTicks = 6;
    constexpr int besideLetters = 100; ///< average ones of the page, for plots beside tables
    constexpr int plotLines = 11; ///< of text that a plot with its name is high, at least
    constexpr int leastRows = 4; ///< of the table in view

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

} // namespace

RefcountsPage::RefcountsPage(ImageDocument& document, QAction& check, QWidget* parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_reader(new RefcountReader(document, this))
    , m_clusters(new ClusterCountsModel(this))
    , m_needsCheck(new TextLabel(TextLabel::Rank::Second))
    , m_words(new TextLabel(TextLabel::Rank::Second))
    , m_reset(new ActionButton(tr("Reset")))
    , m_again(new ActionButton(tr("Read again")))
    , m_references(new ReferencesPanel(document, *m_reader))
    , m_split(new QSplitter(Qt::Horizontal))
    , m_whichPlot(new SegmentSwitch({tr("Counts"), tr("Places"), tr("Differences")}))
{
    m_reset->setLook(ActionButton::Look::Link);
    m_reset->setAccessibleName(tr("Reset the selection in the plots"));
    m_again->setLook(ActionButton::Look::Link);
    m_words->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->setSpacing(gap);
    line->addWidget(m_words, 1);
    line->addWidget(m_again, 0, Qt::AlignTop);
    line->addWidget(m_reset, 0, Qt::AlignTop);

    m_split->setChildrenCollapsible(false);
    m_split->setHandleWidth(wideGap);
    m_split->addWidget(makePlots(check));
    m_split->addWidget(makeTables());
    m_split->setStretchFactor(0, 9);
    m_split->setStretchFactor(1, 11);
    m_split->setSizes({9'000, 11'000}); // a share, not pixels
    auto* content = new ScrolledContent(ScrolledContent::Height::Least);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(hugeGap, gap, hugeGap, wideGap);
    column->setSpacing(smallGap);
    column->addLayout(line);
    column->addWidget(m_split, 1);
    setWidget(content);
    setWidgetResizable(true);
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::NoFocus);

    connect(m_whichPlot, &SegmentSwitch::chosen, this, &RefcountsPage::arrange);
    connect(m_again, &ActionButton::clicked, m_reader, &RefcountReader::readAgain);
    connect(m_reset, &ActionButton::clicked, this, &RefcountsPage::clearBrush);
    connect(m_reader, &RefcountReader::surveyChanged, this, &RefcountsPage::showSurvey);
    connect(m_reader, &RefcountReader::usesChanged, this,
        [this] { m_clusters->setUses(m_reader->uses()); });
    connect(m_reader, &RefcountReader::referencesChanged, this, &RefcountsPage::showWords);
    connect(&document, &ImageDocument::imageChanged, this, &RefcountsPage::imageChanged);
    connect(&document, &ImageDocument::checkChanged, this, &RefcountsPage::showDifferences);
    connect(&document, &ImageDocument::selectionChanged, this, &RefcountsPage::follow);
    connect(&document, &ImageDocument::brushChanged, this, [this] {
        // Another page took back what was picked here.
        if (m_document.brush().isEmpty() && !m_sharing && !m_reader->filter().isEmpty())
            clearBrush();
    });
    showSurvey();
    arrange();
}

QWidget* RefcountsPage::makePlots(QAction& check)
{
    m_counts = new PlotCard(
        tr("How often each count occurs"), BinPlot::Shape::Bars, BinPlot::Scale::Logarithmic);
    m_places
        = new PlotCard(tr("Counts along the file"), BinPlot::Shape::Steps, BinPlot::Scale::Linear);
    m_differences = new PlotCard(
        tr("Stored minus counted"), BinPlot::Shape::Differences, BinPlot::Scale::Linear);
    m_counts->plot().setAxisTitles(tr("Stored count"), tr("Clusters"));
    m_places->plot().setAxisTitles(tr("Place in the file"), tr("Stored count"));
    m_differences->plot().setAxisTitles(tr("Place in the file"), tr("Difference of counts"));

    auto* standIn = new GroundFrame(Token::Surface, GroundFrame::Edge::None);
    auto* column = new QVBoxLayout(standIn);
    m_needsCheck->setWordWrap(true);
    m_needsCheck->setAlignment(Qt::AlignCenter);
    auto* start = new ActionButton;
    start->setAction(&check);
    column->addStretch();
    column->addWidget(m_needsCheck);
    column->addWidget(start, 0, Qt::AlignHCenter);
    column->addStretch();
    m_differences->setStandIn(standIn);

    connect(&m_counts->plot(), &BinPlot::brushed, this, [this](BinPlot::Range range) {
        m_places->plot().setBrush({});
        m_differences->plot().setBrush({});
        m_reader->setFilter(filterOfCounts(*m_reader->whole(), range));
        showDifferences();
        showWords();
    });
    for (PlotCard* card : {m_places, m_differences}) {
        PlotCard* other = card == m_places ? m_differences : m_places;
        connect(&card->plot(), &BinPlot::brushed, this, [this, other](BinPlot::Range range) {
            m_counts->plot().setBrush({});
            other->plot().setBrush(range);
            m_reader->setFilter(filterOfPlaces(*m_reader->whole(), range));
            showDifferences();
            showWords();
        });
    }
    for (PlotCard* card : {m_counts, m_places, m_differences})
        connect(&card->plot(), &BinPlot::brushCleared, this, &RefcountsPage::clearBrush);

    auto* plots = new QWidget;
    auto* stack = new QVBoxLayout(plots);
    stack->setContentsMargins(0, 0, 0, 0);
    stack->setSpacing(gap);
    auto* which = new QHBoxLayout;
    which->addWidget(m_whichPlot);
    which->addStretch();
    stack->addLayout(which);
    for (PlotCard* card : {m_counts, m_places, m_differences})
        stack->addWidget(card, 1);
    return plots;
}

/// All plots beside the tables if there is room; else one of them, and the tables below if need be.
void RefcountsPage::arrange()
{
    const QFontMetrics metrics = fontMetrics();
    const bool beside = viewport()->width() >= besideLetters * metrics.averageCharWidth();
    const bool all = beside && viewport()->height() >= (3 * plotLines + 3) * metrics.lineSpacing();
    m_split->setOrientation(beside ? Qt::Horizontal : Qt::Vertical);
    m_whichPlot->setVisible(!all);
    const std::array cards{m_counts, m_places, m_differences};
    for (std::size_t i = 0; i < cards.size(); ++i) {
        cards[i]->setVisible(all || static_cast<int>(i) == m_whichPlot->current());
        cards[i]->setMinimumHeight(plotLines * metrics.lineSpacing());
    }
}

void RefcountsPage::resizeEvent(QResizeEvent* event)
{
    arrange();
    QScrollArea::resizeEvent(event);
}

/// Widths are not fitted to the contents: there may be millions of rows.
void RefcountsPage::fitClusterColumns()
{
    QHeaderView& header = *m_clusterTable->horizontalHeader();
    const auto widen = [&](int column, const QString& longest) {
        header.setSectionResizeMode(column, QHeaderView::Interactive);
        header.resizeSection(column,
            std::max(header.sectionSizeHint(column),
                fontMetrics().horizontalAdvance(longest) + wideGap));
    };
    const auto whole = m_reader->whole();
    widen(ClusterCountsModel::OffsetColumn, shownOffset(whole ? whole->fileSize.value : 0));
    widen(ClusterCountsModel::StoredColumn, number(65'535));
    widen(ClusterCountsModel::FoundColumn, number(65'535));
    header.setSectionResizeMode(ClusterCountsModel::UseColumn, QHeaderView::Stretch);
}

QWidget* RefcountsPage::makeTables()
{
    m_clusterTable = new PlainTable(PlainTable::Height::FillsPage);
    m_clusterTable->setModel(m_clusters);
    m_clusterTable->setAccessibleName(tr("Clusters of the selection"));
    m_clusterTable->setContextMenuPolicy(Qt::CustomContextMenu);
    m_clusterTable->showRows(leastRows);
    m_find = new RowFindBar(*m_clusterTable);
    connect(m_clusterTable, &QWidget::customContextMenuRequested, this,
        &RefcountsPage::showClusterMenu);
    m_clusterWords = new TextLabel(TextLabel::Rank::Second);
    m_clusterWords->setWordWrap(true);
    connect(m_clusters, &QAbstractItemModel::modelReset, this, &RefcountsPage::fitClusterColumns);
    fitClusterColumns();
    connect(m_clusterTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        [this](const QModelIndex& now) {
            if (now.isValid() && !m_following)
                chooseCluster(now.row());
        });

    auto* clusters = new QWidget;
    auto* column = new QVBoxLayout(clusters);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(smallGap);
    column->addWidget(new TextLabel(TextLabel::Rank::Heading, tr("Clusters")));
    column->addWidget(m_clusterWords);
    column->addWidget(m_find);
    column->addWidget(m_clusterTable, 1);
    auto* split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(gap + smallGap);
    split->addWidget(clusters);
    split->addWidget(m_references);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    return split;
}

void RefcountsPage::showEvent(QShowEvent* event)
{
    QScrollArea::showEvent(event);
    m_reader->want();
    follow(m_document.selection());
}

void RefcountsPage::imageChanged()
{
    for (PlotCard* card : {m_counts, m_places, m_differences})
        card->setBins({});
    if (isVisible())
        m_reader->want();
}

void RefcountsPage::showSurvey()
{
    const auto whole = m_reader->whole();
    const auto part = m_reader->part();
    if (whole && part) {
        m_clusters->setSurvey(part);
        m_counts->setBins(countBins(*whole, *part));
        m_places->setBins(placeBins(*whole, *part));
        const auto ticks = binaryTicks(
            whole->fileSize.value, static_cast<double>(whole->places.size()), placeTicks);
        m_places->plot().setTicks(ticks);
        m_differences->plot().setTicks(ticks);
    } else {
        m_clusters->setSurvey(nullptr);
    }
    showDifferences();
    showWords();
    shareBrush();
    follow(m_document.selection());
}

/// Tells the other pages which clusters are picked, once they are known.
void RefcountsPage::shareBrush()
{
    const QScopedValueRollback guard{m_sharing, true};
    if (m_reader->filter().isEmpty())
        m_document.clearBrush();
    else if (m_reader->part() && !m_reader->isRunning())
        m_document.setBrush({m_reader->filter(), m_reader->part()});
}

void RefcountsPage::showDifferences()
{
    const auto& differences = m_document.countDifferences();
    m_clusters->setDifferences(differences);
    m_differences->setNote(differences ? differencesNote(*differences) : QString());
    if (differences && m_reader->whole()) {
        const auto brush = m_differences->plot().brush();
        m_differences->setBins(
            differenceBins(*m_reader->whole(), m_reader->filter(), *differences));
        m_differences->plot().setBrush(brush);
        if (m_differences->face() == PlotCard::Face::StandIn)
            m_differences->show(PlotCard::Face::Plot);
        return;
    }
    m_needsCheck->setText(m_document.checker()->isRunning()
            ? tr("The check is running.")
            : tr("A check counts the references itself and shows here where the stored counts "
                 "differ."));
    m_differences->show(PlotCard::Face::StandIn);
}

void RefcountsPage::showWords()
{
    const RefcountFilter& filter = m_reader->filter();
    m_reset->setVisible(!filter.isEmpty());
    m_again->setVisible(m_reader->canReadAgain());
    const auto part = m_reader->part();
    if (!m_reader->problem().isEmpty()) {
        m_words->setText(m_reader->problem());
    } else if (!part || m_reader->isRunning()) {
        m_words->setText(m_document.image() ? tr("Reading the reference counts …") : QString());
    } else if (filter.counts) {
        m_words->setText((filter.counts->least == filter.counts->most
                ? tr("Selected: clusters with count %1. %2 of %3.")
                      .arg(number(filter.counts->least))
                : tr("Selected: clusters with counts %1 to %2. %3 of %4.")
                      .arg(number(filter.counts->least), number(filter.counts->most)))
                             .arg(number(part->clusters), number(m_reader->whole()->clusters)));
    } else if (filter.place) {
        m_words->setText(
            tr("Selected: %1 to %2 of the file. %3 of %4 clusters.")
                .arg(shownOffset(filter.place->start.value),
                    shownOffset((filter.place->start + filter.place->length).value - 1),
                    number(part->clusters), number(m_reader->whole()->clusters)));
    } else {
        m_words->setText(tr("%1 clusters of %2. Drag in a plot to select some of them.")
                             .arg(number(part->clusters), shownSize(part->clusterSize)));
    }
    const std::uint64_t rest = m_clusters->clustersWithoutRow();
    m_clusterWords->setVisible(rest > 0);
    m_clusterWords->setText(tr("The first %1. Select less in the plots to see the others.")
                                .arg(number(static_cast<std::uint64_t>(m_clusters->rowCount()))));
}

void RefcountsPage::clearBrush()
{
    for (PlotCard* card : {m_counts, m_places, m_differences})
        card->plot().setBrush({});
    m_reader->setFilter({});
    showDifferences();
    showWords();
}

void RefcountsPage::chooseCluster(int row)
{
    const auto image = m_document.image();
    if (!image)
        return;
    Selection selection;
    selection.host = m_clusters->clusterOf(row);
    selection.hostLength = image->clusterSize().value_or(Bytes{});
    selection.structure = m_clusters->index(row, ClusterCountsModel::UseColumn).data().toString();
    m_document.select(selection);
}

void RefcountsPage::follow(const Selection& selection)
{
    if (!isVisible())
        return;
    std::optional<HostOffset> cluster;
    const auto image = m_document.image();
    if (selection.host && image && image->clusterSize()) {
        const std::uint64_t size = image->clusterSize()->value;
        cluster = HostOffset{selection.host->value / size * size};
    }
    m_reader->wantReferences(cluster);
    const int row = cluster ? m_clusters->rowOf(*cluster) : -1;
    if (row < 0 || m_clusterTable->currentIndex().row() == row)
        return;
    const QScopedValueRollback following{m_following, true};
    m_clusterTable->setCurrentIndex(m_clusters->index(row, 0));
    m_clusterTable->scrollTo(m_clusters->index(row, 0));
}

void RefcountsPage::showClusterMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (m_clusterTable->indexAt(at).isValid()) {
        const Selection selection = m_document.selection();
        const auto add = [&](const QString& text, PageId page) {
            menu->addAction(
                text, this, [this, page, selection] { m_document.reveal(page, selection); });
        };
        add(tr("Show in Hex"), PageId::Hex);
        add(tr("Show on the map"), PageId::Map);
        menu->addSeparator();
    }
    fillCopyMenu(*menu->addMenu(tr("&Copy")));
    menu->popup(m_clusterTable->viewport()->mapToGlobal(at));
}

void RefcountsPage::fillCopyMenu(QMenu& menu)
{
    const auto put = [](const QString& text) { QGuiApplication::clipboard()->setText(text); };
    const auto addRows = [&](const QString& name, const QString& asJson, QTableView& table) {
        if (!table.selectionModel()->hasSelection())
            return;
        menu.addAction(name, this, [put, &table] { put(copiedRows(table, CopyForm::Text)); });
        menu.addAction(asJson, this, [put, &table] { put(copiedRows(table, CopyForm::Json)); });
    };
    addRows(tr("Chosen c&luster"), tr("Chosen cluster as &JSON"), *m_clusterTable);
    addRows(tr("Chosen &reference"), tr("Chosen reference as JSO&N"), m_references->table());
    menu.addSeparator();
    const auto addPlot = [&](const QString& name, PlotCard& card) {
        if (!card.plot().bins().empty())
            menu.addAction(name, this, [put, &card] { put(card.csv()); });
    };
    addPlot(tr("How often each &count occurs, as CSV"), *m_counts);
    addPlot(tr("Counts &along the file, as CSV"), *m_places);
    addPlot(tr("Stored &minus counted, as CSV"), *m_differences);
}

bool RefcountsPage::showCopyMenu()
{
    if (!m_reader->whole())
        return false;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillCopyMenu(*menu);
    const QRect row = m_clusterTable->visualRect(m_clusterTable->currentIndex());
    menu->popup(
        m_clusterTable->viewport()->mapToGlobal(row.isValid() ? row.bottomLeft() : QPoint{0, 0}));
    return true;
}

QString RefcountsPage::copied(CopyForm form) const
{
    if (form != CopyForm::Text)
        return {};
    for (const PlotCard* card : {m_counts, m_places, m_differences}) {
        if (card->plot().hasFocus())
            return card->csv();
    }
    return {};
}

bool RefcountsPage::canFind() const
{
    return m_clusters->rowCount() > 0;
}

void RefcountsPage::startFind()
{
    m_find->open();
}

void RefcountsPage::findNext(int direction)
{
    m_find->searchOn(direction);
}

} // namespace platter::app
