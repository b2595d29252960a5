// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/RefcountsPage.h"

#include "app/models/ClusterCountsModel.h"
#include "app/models/ReferencesModel.h"
#include "app/pages/PlotCard.h"
#include "app/pages/RefcountPlots.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int placeTicks = 6;

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

    QWidget* titled(QWidget* title, QWidget* words, QWidget* content)
    {
        auto* part = new QWidget;
        auto* column = new QVBoxLayout(part);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(smallGap);
        column->addWidget(title);
        column->addWidget(words);
        column->addWidget(content, 1);
        return part;
    }

} // namespace

RefcountsPage::RefcountsPage(ImageDocument& document, QAction& check, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_reader(new RefcountReader(document, this))
    , m_clusters(new ClusterCountsModel(this))
    , m_references(new ReferencesModel(this))
    , m_needsCheck(new TextLabel(TextLabel::Rank::Second))
    , m_words(new TextLabel(TextLabel::Rank::Second))
    , m_reset(new ActionButton(tr("Reset")))
{
    m_reset->setLook(ActionButton::Look::Link);
    m_reset->setAccessibleName(tr("Reset the selection in the plots"));
    m_words->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* line = new QHBoxLayout;
    line->setSpacing(gap);
    line->addWidget(m_words, 1);
    line->addWidget(m_reset);

    auto* split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(makePlots(check));
    split->addWidget(makeTables());
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, gap, hugeGap, wideGap);
    column->setSpacing(smallGap);
    column->addLayout(line);
    column->addWidget(split, 1);

    connect(m_reset, &ActionButton::clicked, this, &RefcountsPage::clearBrush);
    connect(m_reader, &RefcountReader::surveyChanged, this, &RefcountsPage::showSurvey);
    connect(m_reader, &RefcountReader::usesChanged, this,
        [this] { m_clusters->setUses(m_reader->uses()); });
    connect(m_reader, &RefcountReader::referencesChanged, this, &RefcountsPage::showReferences);
    connect(&document, &ImageDocument::imageChanged, this, &RefcountsPage::imageChanged);
    connect(&document, &ImageDocument::checkChanged, this, &RefcountsPage::showDifferences);
    connect(&document, &ImageDocument::selectionChanged, this, &RefcountsPage::follow);
    connect(&document, &ImageDocument::brushChanged, this, [this] {
        // Another page took back what was picked here.
        if (m_document.brush().isEmpty() && !m_sharing && !m_reader->filter().isEmpty())
            clearBrush();
    });
    showSurvey();
    showReferences();
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

    auto* along = new QVBoxLayout;
    along->setSpacing(gap);
    along->addWidget(m_places, 1);
    along->addWidget(m_differences, 1);
    auto* plots = new QWidget;
    auto* row = new QHBoxLayout(plots);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(wideGap);
    row->addWidget(m_counts, 2);
    row->addLayout(along, 3);
    return plots;
}

QWidget* RefcountsPage::makeTables()
{
    m_clusterTable = new PlainTable(PlainTable::Height::FillsPage);
    m_clusterTable->setModel(m_clusters);
    m_clusterTable->setAccessibleName(tr("Clusters of the selection"));
    m_clusterWords = new TextLabel(TextLabel::Rank::Second);
    m_clusterWords->setWordWrap(true);
    // Widths are not fitted to the contents: there may be millions of rows.
    QHeaderView* header = m_clusterTable->horizontalHeader();
    const auto fixWidths = [header] {
        for (int column = 0; column < ClusterCountsModel::ColumnCount; ++column)
            header->setSectionResizeMode(column, QHeaderView::Interactive);
        header->setSectionResizeMode(ClusterCountsModel::UseColumn, QHeaderView::Stretch);
    };
    connect(m_clusters, &QAbstractItemModel::modelReset, header, fixWidths);
    fixWidths();
    header->resizeSection(ClusterCountsModel::OffsetColumn, 130);
    header->resizeSection(ClusterCountsModel::StoredColumn, 76);
    header->resizeSection(ClusterCountsModel::FoundColumn, 76);
    connect(m_clusterTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        [this](const QModelIndex& now) {
            if (now.isValid() && !m_following)
                chooseCluster(now.row());
        });

    m_referenceTable = new PlainTable(PlainTable::Height::FillsPage);
    m_referenceTable->setModel(m_references);
    m_referenceTable->setAccessibleName(tr("References to the cluster"));
    m_referenceTable->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_referenceTable, &QTableView::activated, this,
        [this](const QModelIndex& index) { openReference(index.row()); });
    connect(m_referenceTable, &QWidget::customContextMenuRequested, this,
        &RefcountsPage::showReferenceMenu);
    m_referenceTitle = new TextLabel(TextLabel::Rank::Heading);
    m_referenceWords = new TextLabel(TextLabel::Rank::Second);
    m_referenceWords->setWordWrap(true);

    auto* split = new QSplitter(Qt::Horizontal);
    split->setChildrenCollapsible(false);
    split->addWidget(titled(
        new TextLabel(TextLabel::Rank::Heading, tr("Clusters")), m_clusterWords, m_clusterTable));
    split->addWidget(titled(m_referenceTitle, m_referenceWords, m_referenceTable));
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    return split;
}

void RefcountsPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
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

void RefcountsPage::showReferences()
{
    const auto& references = m_reader->references();
    m_references->setReferences(references, m_document.image());
    const auto at = m_reader->referencesAt();
    m_referenceTitle->setText(
        at ? tr("References to %1").arg(shownOffset(at->value)) : tr("References"));
    QString words;
    if (!at)
        words = tr("Select a cluster to see who refers to it.");
    else if (!m_reader->referencesProblem().isEmpty())
        words = m_reader->referencesProblem();
    else if (!references)
        words = tr("Looking through the metadata …");
    else if (references->places == 0)
        words = tr("Nothing refers to this cluster.");
    else if (references->list.size() < references->places)
        words = tr("The first %1 of %2 places; together they count %3 times.")
                    .arg(number(references->list.size()), number(references->places),
                        number(references->times));
    else
        words = tr("%n place(s)", nullptr, static_cast<int>(references->places))
            + QLatin1String(" · ")
            + tr("counted %n time(s)", nullptr, static_cast<int>(references->times))
            + QLatin1String(" · ") + tr("Enter opens a place");
    m_referenceWords->setText(words);
}

Selection RefcountsPage::selectionOf(int row) const
{
    const HostReference& reference = m_references->reference(row);
    Selection selection;
    selection.host = reference.place;
    selection.hostLength = Bytes{8};
    selection.structure = referenceSource(reference);
    if (reference.guest && reference.active) {
        selection.guest = reference.guest;
        selection.guestLength = reference.length;
    }
    if (!reference.active && !reference.snapshots.empty())
        selection.snapshot = reference.snapshots.front();
    if (reference.bitmap)
        selection.bitmap = *reference.bitmap;
    return selection;
}

void RefcountsPage::openReference(int row)
{
    const HostReference& reference = m_references->reference(row);
    if (!reference.place)
        m_document.reveal(PageId::Header, selectionOf(row));
    else
        m_document.reveal(PageId::Hex, selectionOf(row));
}

void RefcountsPage::showReferenceMenu(const QPoint& at)
{
    const QModelIndex index = m_referenceTable->indexAt(at);
    if (!index.isValid())
        return;
    const Selection selection = selectionOf(index.row());
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [&](const QString& text, PageId page) {
        menu->addAction(
            text, this, [this, page, selection] { m_document.reveal(page, selection); });
    };
    add(tr("Show in Hex"), PageId::Hex);
    add(tr("Show in Header"), PageId::Header);
    add(tr("Show on the map"), PageId::Map);
    if (selection.snapshot)
        add(tr("Show the snapshot"), PageId::Snapshots);
    if (selection.bitmap)
        add(tr("Show the bitmap"), PageId::Bitmaps);
    menu->popup(m_referenceTable->viewport()->mapToGlobal(at));
}

} // namespace platter::app
