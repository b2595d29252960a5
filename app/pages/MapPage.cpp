// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapPage.h"

#include "app/document/BrushedPicture.h"
#include "app/models/MapLegendModel.h"
#include "app/pages/BrushBar.h"
#include "app/pages/MapCard.h"
#include "app/pages/MapColourBox.h"
#include "app/pages/MapExporter.h"
#include "app/pages/MapPlaceMenu.h"
#include "app/pages/MapTools.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/clustermap/ClusterStrip.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    const QString fileKey = QStringLiteral("file");
    const QString regionsKey = QStringLiteral("regions");

    constexpr int shortWork = 300; ///< milliseconds
    constexpr int sideWidth = 328; ///< pixels of legend and card

} // namespace

MapPage::MapPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_reader(new MapReader(document, this))
    , m_placeRunner(new JobRunner(tr("Place on the map"), this))
    , m_exporter(new MapExporter(
          document,
          [this]() -> std::optional<MapExporter::Shown> {
              if (!m_reader->picture())
                  return {};
              return MapExporter::Shown{MapExtract::of(*m_reader->subject(), m_reader->picture(),
                                            m_reader->detail(), m_map->mapGeometry()),
                  m_legend->look()};
          },
          this))
    , m_tools(new MapTools)
    , m_colours(new MapColourBox)
    , m_state(new TextLabel(TextLabel::Rank::Second))
    , m_stateButton(new ActionButton)
    , m_stateRow(new QWidget)
    , m_brush(new BrushBar(document))
    , m_strip(new ClusterStrip)
    , m_map(new ClusterMap)
    , m_legend(new MapLegendModel(this))
    , m_legendTable(new PlainTable)
    , m_card(new MapCard)
{
    document.addRunner(m_placeRunner);
    makeLayout();
    connectTools();
    connectMap();
    connect(m_reader, &MapReader::pictureChanged, this, &MapPage::showPicture);
    connect(m_reader, &MapReader::pictureGrew, this, [this] {
        m_map->dataArrived();
        m_strip->dataArrived();
        if (!m_legendTimer.isActive())
            m_legendTimer.start();
    });
    connect(m_reader, &MapReader::stateChanged, this, &MapPage::refreshState);
    connect(&document, &ImageDocument::selectionChanged, this, &MapPage::follow);
    connect(&document, &ImageDocument::imageChanged, m_placeRunner, &JobRunner::drop);
    connect(&document, &ImageDocument::brushChanged, this, &MapPage::showSource);
    connect(&document, &ImageDocument::pageRequested, this, [this](PageId page) {
        if (page == PageId::Map)
            showSelection();
    });
    m_legend->setView(view());
    showPicture();
    refreshState();
}

void MapPage::makeLayout()
{
    auto* stateLine = new QHBoxLayout(m_stateRow);
    stateLine->setContentsMargins(0, 0, 0, 0);
    stateLine->setSpacing(gap);
    m_state->setWordWrap(true);
    m_stateButton->setLook(ActionButton::Look::Link);
    stateLine->addWidget(m_state, 1);
    stateLine->addWidget(m_stateButton, 0, Qt::AlignTop);

    m_legendTable->setModel(m_legend);
    m_legendTable->setAccessibleName(tr("Legend: tick what the map shows"));
    auto* sideContent = new ScrolledContent(ScrolledContent::Height::Wanted);
    auto* sideColumn = new QVBoxLayout(sideContent);
    sideColumn->setContentsMargins(0, 0, 0, 0);
    sideColumn->setSpacing(12);
    sideColumn->addWidget(m_colours);
    sideColumn->addWidget(m_legendTable);
    sideColumn->addWidget(m_card);
    sideColumn->addStretch(1);
    auto* sideArea = new QScrollArea;
    sideArea->setFrameShape(QFrame::NoFrame);
    sideArea->setWidgetResizable(true);
    sideArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    sideArea->setFocusPolicy(Qt::NoFocus);
    sideArea->setWidget(sideContent);
    sideArea->setFixedWidth(sideWidth);

    auto* pictures = new QVBoxLayout;
    pictures->setSpacing(gap);
    pictures->addWidget(m_strip);
    pictures->addWidget(m_map, 1);
    auto* body = new QHBoxLayout;
    body->setSpacing(wideGap);
    body->addLayout(pictures, 1);
    body->addWidget(sideArea);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(12);
    column->addWidget(m_tools);
    column->addWidget(m_stateRow);
    column->addWidget(m_brush);
    column->addLayout(body, 1);
    // Tab walks as the eye does: tools, map, legend.
    setTabOrder(m_tools, m_strip);
    setTabOrder(m_strip, m_map);
    setTabOrder(m_map, m_colours);
    setTabOrder(m_colours, m_legendTable);
    setFocusProxy(m_map);
}

void MapPage::connectTools()
{
    m_exporter->fill(*m_tools->menu());
    connect(m_tools, &MapTools::viewChosen, this, &MapPage::setView);
    connect(m_tools, &MapTools::layoutChosen, this, &MapPage::setMapLayout);
    connect(m_tools, &MapTools::zoomChosen, m_map, &ClusterMap::setZoom);
    connect(m_tools, &MapTools::zoomInAsked, m_map, &ClusterMap::zoomIn);
    connect(m_tools, &MapTools::zoomOutAsked, m_map, &ClusterMap::zoomOut);
    connect(m_tools, &MapTools::wholeAsked, m_map, &ClusterMap::showWhole);
    connect(m_tools->goTo(), &QLineEdit::returnPressed, this, &MapPage::goTo);
    connect(m_tools->goTo(), &QLineEdit::textEdited, this, &MapPage::refreshState);
    connect(m_colours, &MapColourBox::chosen, this, &MapPage::setAspect);
    connect(m_legend, &MapLegendModel::lookChanged, this, [this] {
        m_map->setLook(m_legend->look());
        m_strip->setLook(m_legend->look());
    });
    connect(m_stateButton, &ActionButton::clicked, this, [this] {
        if (m_reader->isRunning())
            m_reader->stop();
        else
            m_reader->readAgain();
    });
    const auto tell = [this](const QString& text) {
        m_state->setText(text);
        m_stateButton->hide();
        m_stateRow->show();
    };
    connect(m_exporter, &MapExporter::saved, this,
        [tell](const QString& path) { tell(tr("Saved as “%1”.").arg(path)); });
    connect(m_exporter, &MapExporter::failed, this, tell);
    connect(m_exporter, &MapExporter::cellActivated, this, [this](quint64 from, quint64 length) {
        m_map->choose({from, length});
        chooseCells(from, length);
    });
}

void MapPage::connectMap()
{
    m_detailTimer.setInterval(120);
    m_detailTimer.setSingleShot(true);
    m_legendTimer.setInterval(30);
    m_legendTimer.setSingleShot(true);
    connect(&m_detailTimer, &QTimer::timeout, this, [this] {
        const auto range = m_map->mapGeometry().visible();
        if (isVisible())
            m_reader->wantDetail(range.from, Bytes{range.length});
    });
    connect(&m_legendTimer, &QTimer::timeout, this, &MapPage::refreshLegend);
    const auto describe = [this](quint64 from, quint64 length) { return cellText(from, length); };
    m_map->setDescriber(describe);
    m_strip->setDescriber(describe);
    m_map->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_strip, &ClusterStrip::centreRequested, m_map, &ClusterMap::centreOn);
    connect(m_map, &ClusterMap::viewChanged, this, &MapPage::viewChanged);
    connect(m_map, &ClusterMap::cellsChosen, this, &MapPage::chooseCells);
    connect(m_map, &ClusterMap::extentRequested, this, &MapPage::goToExtent);
    connect(m_map, &ClusterMap::customContextMenuRequested, this, &MapPage::showMenu);
    connect(m_map, &ClusterMap::viewRequested, this,
        [this] { setView(view() == MapView::Guest ? MapView::File : MapView::Guest); });
    connect(m_map, &ClusterMap::layoutRequested, this, [this] {
        setMapLayout(m_map->mapGeometry().layout == ClusterLayout::Rows ? ClusterLayout::Regions
                                                                        : ClusterLayout::Rows);
    });
    connect(m_map, &ClusterMap::cellHovered, this, [this](quint64 from, quint64 length) {
        m_hoverFrom = from;
        m_hoverLength = length;
        refreshCard();
    });
    connect(m_map, &ClusterMap::hoverLeft, this, [this] {
        m_hoverLength = 0;
        refreshCard();
    });
}

MapPage::~MapPage() = default;

void MapPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_reader->want();
    m_detailTimer.start();
}

void MapPage::setView(MapView wanted)
{
    m_tools->setView(wanted);
    if (wanted == view())
        return;
    m_placeRunner->drop();
    m_hoverLength = 0;
    const ClusterMapGeometry before = m_map->mapGeometry();
    const auto from = m_reader->picture() ? m_reader->subject() : std::nullopt;
    MapAspect kept = aspect();
    if (m_document.image() && !whyNoColour(kept.colour, wanted, *m_document.image()).isEmpty())
        kept = {};
    m_reader->show(wanted, kept);
    follow(m_document.selection());
    if (!from || before.isWhole())
        return;
    // The clusters in the middle stay there; where they lie in the other space takes a look.
    m_placeRunner->start([from = *from, middle = before.middle()](
                             const JobControl& job) { return inOtherView(from, middle, job); },
        [this, wanted, scale = before.scale()](std::optional<std::uint64_t> place) {
            if (place && view() == wanted && *place < m_map->mapGeometry().size)
                m_map->showAround(*place, scale);
        });
}

void MapPage::setMapLayout(ClusterLayout layout)
{
    m_tools->setMapLayout(layout);
    m_map->setMapLayout(layout);
}

QVariantMap MapPage::savedView() const
{
    return {{fileKey, view() == MapView::File},
        {regionsKey, m_map->mapGeometry().layout == ClusterLayout::Regions}};
}

void MapPage::restoreView(const QVariantMap& saved)
{
    setView(saved[fileKey].toBool() ? MapView::File : MapView::Guest);
    setMapLayout(saved[regionsKey].toBool() ? ClusterLayout::Regions : ClusterLayout::Rows);
}

void MapPage::setAspect(const MapAspect& aspect)
{
    m_reader->show(view(), aspect);
}

void MapPage::showPicture()
{
    const auto& picture = m_reader->picture();
    if (m_shownView != view() || m_shownAspect != aspect())
        m_legend->setView(view(), aspect());
    // The same file read again keeps what is in view.
    const bool other = !picture || m_shownPath != m_document.path() || m_shownView != view();
    if (other) {
        m_hoverLength = 0;
        m_map->setSource(nullptr, ClusterMap::View::Whole);
        m_strip->setSource(nullptr);
    }
    if (other || m_shownAspect != aspect()) {
        m_colours->setImage(m_document.image(), view());
        m_colours->setAspect(aspect());
    }
    m_shownPath = m_document.path();
    m_shownView = view();
    m_shownAspect = aspect();
    showSource();
    viewChanged();
    refreshCard();
    if (isVisible())
        m_reader->want();
}

/// Hands the picture to the maps: all of it, or what was picked on the page Refcounts.
void MapPage::showSource()
{
    std::shared_ptr<const ClusterMapSource> source = m_reader->picture();
    const HostBrush& brush = m_document.brush();
    if (source && m_reader->outline())
        source = std::make_shared<const EarlyPicture>(source, m_reader->outline());
    if (source && !brush.isEmpty() && view() == MapView::File)
        source = std::make_shared<const BrushedPicture>(source, brush);
    m_brush->setRemark(view() == MapView::File
            ? tr("Other clusters are left empty.")
            : tr("That is a choice in the file: the view File shows it."));
    m_map->setSource(source, ClusterMap::View::Keep);
    m_strip->setSource(source);
}

void MapPage::viewChanged()
{
    m_strip->setVisibleRanges(m_map->mapGeometry().visibleRanges());
    m_tools->setZoom(m_map->mapGeometry().zoom());
    if (!m_legendTimer.isActive())
        m_legendTimer.start();
    m_detailTimer.start();
}

void MapPage::refreshState()
{
    const auto& subject = m_reader->subject();
    QString text;
    QString button;
    if (m_reader->isRunning()) {
        // The line would only flash, and move the map, where reading takes no time.
        if (m_reader->runningFor() < shortWork)
            return;
        text = tr("Reading the tables: %1 %").arg(m_reader->permille() / 10);
        button = tr("Stop");
    } else if (!m_reader->problem().isEmpty()) {
        text = m_reader->problem();
        button = tr("Read again");
    } else if (subject && subject->belowIsUnknown) {
        text = tr("What this image does not hold itself comes from “%1”, which was not opened: "
                  "its content is unknown.")
                   .arg(shownText(subject->image->backingFile()->name));
    } else if (subject && view() == MapView::Guest && m_document.isLocked()) {
        text = tr("The image is encrypted and locked. Where its data lies can be seen, its "
                  "content cannot.");
    }
    const QString asked = m_tools->goTo()->text();
    const bool wrong = !asked.isEmpty() && !parseOffset(asked);
    m_tools->goTo()->setAccessibleDescription(wrong ? tr("This is not an offset.") : QString());
    m_state->setText(text);
    m_stateButton->setText(button);
    m_stateButton->setAccessibleName(button);
    m_stateButton->updateGeometry();
    m_stateButton->setVisible(!button.isEmpty());
    m_stateRow->setVisible(!text.isEmpty());
}

void MapPage::refreshLegend()
{
    const ClusterMapGeometry& geometry = m_map->mapGeometry();
    MapTotals totals;
    // Cells of a screen would be many to ask for while it moves; so many parts look the same.
    constexpr quint64 mostParts = 2048;
    for (const auto& range : geometry.visibleRanges())
        totals += m_reader->totalsOf(range.from, Bytes{range.length},
            Bytes{std::max(geometry.bytesPerCell, range.length / mostParts)});
    m_legend->setTotals(totals);
    refreshCard();
}

void MapPage::refreshCard()
{
    const auto& picture = m_reader->picture();
    if (!picture) {
        m_card->setWords(MapCard::Of::Nothing, {});
        return;
    }
    const MapSubject& subject = *m_reader->subject();
    const auto chosen = m_map->chosen();
    ClusterMapGeometry::Range range{m_hoverFrom, m_hoverLength};
    MapCard::Of of = MapCard::Of::Pointer;
    if (m_hoverLength == 0) {
        of = chosen.length ? MapCard::Of::Chosen : MapCard::Of::View;
        range = chosen.length ? chosen : m_map->mapGeometry().visible();
    }
    QStringList files{m_document.name()};
    for (const ChainLink& link : m_document.chain()) {
        if (link.name.named.role != NamedFile::Role::Data)
            files << shownText(link.name.named.name);
    }
    if (files.size() == 1 && subject.image->backingFile())
        files << shownText(subject.image->backingFile()->name);
    const auto places = m_reader->placesOf(range.from, Bytes{range.length});
    MapWords words = describeMapRange(subject, range.from, Bytes{range.length},
        picture->shares(range.from, range.length), places, files);
    if (m_reader->detail())
        words.counts = mapCountText(m_reader->detail()->countsOf(range.from, Bytes{range.length}));
    if (of == MapCard::Of::View) { // the legend tells the shares of the view already
        words.places = {};
        words.entry = {};
        words.counts = {};
        words.kinds = QStringList{tr("Point at a cell, or choose one, to see what it is.")};
    }
    m_card->setWords(of, words);
    if (of != MapCard::Of::Pointer)
        m_map->setAccessibleDescription(words.all());
}

void MapPage::goTo()
{
    const auto& picture = m_reader->picture();
    const auto offset = parseOffset(m_tools->goTo()->text());
    if (!picture || !offset || *offset >= picture->size()) {
        m_state->setText(!offset
                ? tr("“%1” is not an offset. Offsets look like 0x5_0000, sizes "
                     "like 1.5 GiB.")
                      .arg(m_tools->goTo()->text())
                : tr("%1 lies behind the end at %2.")
                      .arg(shownOffset(*offset), shownOffset(picture ? picture->size() : 0)));
        m_stateButton->hide();
        m_stateRow->show();
        return;
    }
    refreshState();
    const quint64 unit = picture->unit();
    const quint64 from = *offset / unit * unit;
    m_map->choose({from, unit});
    chooseCells(m_map->chosen().from, m_map->chosen().length);
    m_map->setFocus();
}

/// A place in both address spaces where that is known.
Selection MapPage::selectionOf(quint64 from, quint64 length) const
{
    Selection selection;
    const auto places = m_reader->placesOf(from, Bytes{length});
    const MapPlace* const only = places && places->size() == 1 ? &places->front() : nullptr;
    if (view() == MapView::Guest) {
        selection.guest = GuestOffset{from};
        selection.guestLength = Bytes{length};
        if (only && only->layer == 0 && only->host
            && only->compression == MapPlace::Compression::None
            && !m_reader->subject()->image->externalDataFile()) {
            selection.host = *only->host + Bytes{from - only->start};
            selection.hostLength = Bytes{length};
        }
        if (only)
            selection.structure
                = only->kind ? mapKindText(*only->kind, view()) : mapGroundText(view());
    } else {
        selection.host = HostOffset{from};
        selection.hostLength = Bytes{length};
        if (only) {
            selection.structure = hostUseText(only->use);
            if (only->guest) {
                selection.guest = *only->guest + Bytes{from - only->start};
                selection.guestLength = Bytes{length};
            }
        }
    }
    return selection;
}

/// Tells the other pages what was chosen.
void MapPage::chooseCells(quint64 from, quint64 length)
{
    const QScopedValueRollback guard{m_selecting, true};
    m_document.select(selectionOf(from, length));
    refreshCard();
}

/// Chooses the extent before or after a place.
void MapPage::goToExtent(quint64 from, int direction)
{
    if (!m_reader->picture())
        return;
    m_placeRunner->start(
        [subject = *m_reader->subject(), from, direction](
            const JobControl& job) { return neighbourExtent(subject, from, direction, job); },
        [this](std::optional<std::uint64_t> start) {
            if (!start || !m_reader->picture())
                return;
            m_map->choose(m_map->mapGeometry().cellOf(*start));
            chooseCells(m_map->chosen().from, m_map->chosen().length);
        });
}

QString MapPage::cellText(quint64 from, quint64 length) const
{
    const auto& picture = m_reader->picture();
    return picture ? mapCellText(*m_reader->subject(), from, Bytes{length},
               picture->shares(from, length), m_reader->placesOf(from, Bytes{length}))
                   : QString();
}

void MapPage::showMenu(const QPoint& at)
{
    const auto chosen = m_map->chosen();
    const auto cell = m_map->mapGeometry().cellAt(at);
    // A cell of what is chosen stands for all of it.
    const bool inside = cell && chosen.length && cell->from >= chosen.from
        && cell->from - chosen.from < chosen.length;
    const auto range = cell && !inside ? *cell : chosen;
    if (range.length == 0)
        return;
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillPlaceMenu(*menu, range.from, range.length);
    menu->popup(m_map->mapToGlobal(at));
}

void MapPage::fillPlaceMenu(QMenu& menu, quint64 from, quint64 length)
{
    fillMapPlaceMenu(menu, m_document, *m_reader, from, selectionOf(from, length));
}

/// Somebody wants the selection in view: shows the view and the colours that have it.
void MapPage::showSelection()
{
    const Selection& selection = m_document.selection();
    if (selection.bitmap) {
        setView(MapView::Guest);
        setAspect({MapAspect::Colour::Bitmap, selection.bitmap});
    } else if (selection.snapshot) {
        setAspect({MapAspect::Colour::Snapshot, selection.snapshot});
    } else if (view() == MapView::Guest && selection.host && !selection.guest) {
        setView(MapView::File);
    } else if (view() == MapView::File && selection.guest && !selection.host) {
        setView(MapView::Guest);
    }
    follow(selection);
}

/// Another page selected something: it is chosen here too where this view has it.
void MapPage::follow(const Selection& selection)
{
    if (m_selecting || !m_reader->picture())
        return;
    if (view() == MapView::Guest)
        m_map->choose(selection.guest ? ClusterMapGeometry::Range{selection.guest->value,
                          std::max<quint64>(1, selection.guestLength.value)}
                                      : ClusterMapGeometry::Range{});
    else
        m_map->choose(selection.host ? ClusterMapGeometry::Range{selection.host->value,
                          std::max<quint64>(1, selection.hostLength.value)}
                                     : ClusterMapGeometry::Range{});
    refreshCard();
}

} // namespace platter::app
