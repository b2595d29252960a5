// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapPage.h"

#include "app/models/MapLegendModel.h"
#include "app/pages/MapCard.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"
#include "app/window/SegmentSwitch.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/clustermap/ClusterStrip.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace platter::app {

namespace {

    constexpr int shortWork = 300; ///< milliseconds
    constexpr int zoomSteps = 1000;
    constexpr int toolHeight = 32; ///< pixels, as ActionButton has it
    constexpr int sideWidth = 328; ///< pixels of legend and card

} // namespace

MapPage::MapPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_reader(new MapReader(document, this))
    , m_switch(new SegmentSwitch({tr("Guest"), tr("File")}))
    , m_zoom(new QSlider(Qt::Horizontal))
    , m_goTo(new QLineEdit)
    , m_state(new TextLabel(TextLabel::Rank::Second))
    , m_stateButton(new ActionButton)
    , m_stateRow(new QWidget)
    , m_strip(new ClusterStrip)
    , m_map(new ClusterMap)
    , m_legend(new MapLegendModel(this))
    , m_legendTable(new PlainTable)
    , m_card(new MapCard)
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
    auto* sideContent = new QWidget;
    auto* sideColumn = new QVBoxLayout(sideContent);
    sideColumn->setContentsMargins(0, 0, 0, 0);
    sideColumn->setSpacing(wideGap);
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
    column->addLayout(makeTools());
    column->addWidget(m_stateRow);
    column->addLayout(body, 1);
    // Tab walks as the eye does: tools, map, legend.
    setTabOrder(m_goTo, m_strip);
    setTabOrder(m_strip, m_map);
    setTabOrder(m_map, m_legendTable);
    setFocusProxy(m_map);

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

    connect(m_strip, &ClusterStrip::startRequested, m_map, &ClusterMap::scrollTo);
    connect(m_map, &ClusterMap::viewChanged, this, &MapPage::viewChanged);
    connect(m_map, &ClusterMap::cellsChosen, this, &MapPage::chooseCells);
    connect(m_map, &ClusterMap::cellHovered, this, [this](quint64 from, quint64 length) {
        m_hoverFrom = from;
        m_hoverLength = length;
        refreshCard();
    });
    connect(m_map, &ClusterMap::hoverLeft, this, [this] {
        m_hoverLength = 0;
        refreshCard();
    });
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
    connect(m_reader, &MapReader::pictureChanged, this, &MapPage::showPicture);
    connect(m_reader, &MapReader::stateChanged, this, &MapPage::refreshState);
    connect(&document, &ImageDocument::selectionChanged, this, &MapPage::follow);
    m_legend->setView(view());
    showPicture();
    refreshState();
}

QLayout* MapPage::makeTools()
{
    m_switch->setToolTip(tr("Guest: what the virtual machine sees. File: what each part of the "
                            "image file is for."));
    m_zoom->setRange(0, zoomSteps);
    m_zoom->setFixedWidth(140);
    m_zoom->setAccessibleName(tr("Zoom"));
    m_goTo->setPlaceholderText(tr("Go to 0x… or 1.5 GiB"));
    m_goTo->setAccessibleName(tr("Go to"));
    m_goTo->setToolTip(tr("An offset such as 0x5_0000, or a size such as 1.5 GiB"));
    m_goTo->setFixedSize(toolHeight * 6, toolHeight);
    auto* out = new ActionButton(QStringLiteral("−"));
    out->setAccessibleName(tr("Zoom out"));
    out->setToolTip(tr("Zoom out (-)"));
    auto* in = new ActionButton(QStringLiteral("+"));
    in->setAccessibleName(tr("Zoom in"));
    in->setToolTip(tr("Zoom in (+)"));
    auto* whole = new ActionButton(tr("Show all"));
    whole->setToolTip(tr("Show all (0)"));
    auto* tools = new QHBoxLayout;
    tools->setSpacing(gap);
    tools->addWidget(m_switch);
    tools->addStretch(1);
    for (QWidget* tool : std::initializer_list<QWidget*>{out, m_zoom, in, whole})
        tools->addWidget(tool);
    tools->addSpacing(gap);
    tools->addWidget(m_goTo);

    connect(m_switch, &SegmentSwitch::chosen, this,
        [this](int index) { setView(index == 0 ? MapView::Guest : MapView::File); });
    connect(m_zoom, &QSlider::valueChanged, m_map,
        [this](int value) { m_map->setZoom(static_cast<double>(value) / zoomSteps); });
    connect(out, &ActionButton::clicked, m_map, &ClusterMap::zoomOut);
    connect(in, &ActionButton::clicked, m_map, &ClusterMap::zoomIn);
    connect(whole, &ActionButton::clicked, m_map, &ClusterMap::showWhole);
    connect(m_goTo, &QLineEdit::returnPressed, this, &MapPage::goTo);
    connect(m_goTo, &QLineEdit::textEdited, this, &MapPage::refreshState);
    return tools;
}

MapPage::~MapPage() = default;

void MapPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_reader->want();
    m_detailTimer.start();
}

void MapPage::setView(MapView view)
{
    m_switch->setCurrent(static_cast<int>(view));
    m_hoverLength = 0;
    m_reader->setView(view);
    follow(m_document.selection());
}

void MapPage::showPicture()
{
    const auto& picture = m_reader->picture();
    if (m_shownView != view())
        m_legend->setView(view());
    // The same file read again keeps what is in view.
    if (!picture || m_shownPath != m_document.path() || m_shownView != view()) {
        m_hoverLength = 0;
        m_map->setSource(nullptr, ClusterMap::View::Whole);
    }
    m_shownPath = m_document.path();
    m_shownView = view();
    m_map->setSource(picture, ClusterMap::View::Keep);
    m_strip->setSource(picture);
    viewChanged();
    refreshCard();
    if (isVisible())
        m_reader->want();
}

void MapPage::viewChanged()
{
    m_strip->setVisibleRange(m_map->mapGeometry().visible());
    const QSignalBlocker quiet{m_zoom};
    m_zoom->setValue(static_cast<int>(std::lround(m_map->mapGeometry().zoom() * zoomSteps)));
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
    const bool wrong = !m_goTo->text().isEmpty() && !parseOffset(m_goTo->text());
    m_goTo->setAccessibleDescription(wrong ? tr("This is not an offset.") : QString());
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
    const auto range = geometry.visible();
    m_legend->setTotals(
        m_reader->totalsOf(range.from, Bytes{range.length}, Bytes{geometry.bytesPerCell}));
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
    if (of == MapCard::Of::View) { // the legend tells the shares of the view already
        words.places = {};
        words.kinds = QStringList{tr("Point at a cell, or choose one, to see what it is.")};
    }
    m_card->setWords(of, words);
    if (of != MapCard::Of::Pointer)
        m_map->setAccessibleDescription(words.all());
}

void MapPage::goTo()
{
    const auto& picture = m_reader->picture();
    const auto offset = parseOffset(m_goTo->text());
    if (!picture || !offset || *offset >= picture->size()) {
        m_state->setText(!offset
                ? tr("“%1” is not an offset. Offsets look like 0x5_0000, sizes "
                     "like 1.5 GiB.")
                      .arg(m_goTo->text())
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

/// Tells the other pages what was chosen, in both address spaces where that is known.
void MapPage::chooseCells(quint64 from, quint64 length)
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
    const QScopedValueRollback guard{m_selecting, true};
    m_document.select(selection);
    refreshCard();
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
