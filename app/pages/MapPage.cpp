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
#include <mutex>

namespace platter::app {

namespace {

    constexpr int shortWork = 300; ///< milliseconds
    constexpr int zoomSteps = 1000;
    constexpr int toolHeight = 32; ///< pixels, as ActionButton has it
    constexpr int sideWidth = 328; ///< pixels of legend and card
    constexpr std::uint64_t mostDetailUnits = 1 << 19; ///< in view, to be read place by place

} // namespace

struct MapPage::Feed {
    std::mutex mutex;
    std::shared_ptr<const MapPyramid> pyramid;
};

MapPage::MapPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
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
    , m_runner(new JobRunner(tr("Map"), this))
    , m_detailRunner(new JobRunner(tr("Map, close up"), this))
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
    column->addLayout(tools);
    column->addWidget(m_stateRow);
    column->addLayout(body, 1);
    // Tab walks as the eye does: tools, map, legend.
    setTabOrder(m_goTo, m_strip);
    setTabOrder(m_strip, m_map);
    setTabOrder(m_map, m_legendTable);
    setFocusProxy(m_map);

    m_feedTimer.setInterval(50);
    m_detailTimer.setInterval(120);
    m_detailTimer.setSingleShot(true);
    m_legendTimer.setInterval(30);
    m_legendTimer.setSingleShot(true);
    connect(&m_feedTimer, &QTimer::timeout, this, &MapPage::takeFeed);
    connect(&m_detailTimer, &QTimer::timeout, this, &MapPage::startDetail);
    connect(&m_legendTimer, &QTimer::timeout, this, &MapPage::refreshLegend);

    connect(m_switch, &SegmentSwitch::chosen, this,
        [this](int index) { setView(index == 0 ? MapView::Guest : MapView::File); });
    connect(m_zoom, &QSlider::valueChanged, this, &MapPage::moveZoom);
    connect(out, &ActionButton::clicked, m_map, &ClusterMap::zoomOut);
    connect(in, &ActionButton::clicked, m_map, &ClusterMap::zoomIn);
    connect(whole, &ActionButton::clicked, m_map, &ClusterMap::showWhole);
    connect(m_goTo, &QLineEdit::returnPressed, this, &MapPage::goTo);
    connect(m_goTo, &QLineEdit::textEdited, this, &MapPage::refreshState);
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
        if (m_runner->isRunning()) {
            m_runner->cancel();
            return;
        }
        side() = {};
        startIfNeeded();
    });

    document.addRunner(m_runner);
    connect(m_runner, &JobRunner::progressed, this, &MapPage::refreshState);
    connect(m_runner, &JobRunner::cancelled, this, [this] {
        takeFeed();
        side().problem = tr("Reading was stopped. What was read until then is shown.");
    });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        takeFeed();
        side().problem = tr("The map could not be read to its end. %1").arg(error.why);
    });
    connect(m_runner, &JobRunner::ended, this, [this] {
        m_feedTimer.stop();
        refreshState();
        startIfNeeded(); // the other view may have been chosen meanwhile
    });
    connect(&document, &ImageDocument::imageChanged, this, &MapPage::forget);
    connect(&document, &ImageDocument::chainChanged, this, &MapPage::chainChanged);
    connect(&document, &ImageDocument::selectionChanged, this, &MapPage::follow);
    m_legend->setView(m_view);
    forget();
}

MapPage::~MapPage() = default;

void MapPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    startIfNeeded();
}

/// Another image, or none.
void MapPage::forget()
{
    m_runner->drop();
    m_detailRunner->drop();
    m_feedTimer.stop();
    m_sides = {};
    m_hoverLength = 0;
    if (m_path != m_document.path()) // read again, the same file keeps its view
        m_map->setSource(nullptr, ClusterMap::View::Whole);
    m_path = m_document.path();
    m_subject = makeSubject();
    showPicture();
    if (isVisible())
        startIfNeeded();
}

/// What lies below the image has become known, or is no longer: the guest's view changes.
void MapPage::chainChanged()
{
    m_sides[static_cast<std::size_t>(MapView::Guest)] = {};
    if (m_view != MapView::Guest)
        return;
    m_runner->drop();
    m_detailRunner->drop();
    m_feedTimer.stop();
    m_subject = makeSubject();
    showPicture();
    if (isVisible())
        startIfNeeded();
}

void MapPage::setView(MapView view)
{
    if (view == m_view)
        return;
    m_switch->setCurrent(static_cast<int>(view));
    m_runner->drop();
    m_detailRunner->drop();
    m_feedTimer.stop();
    if (!side().complete)
        side() = {};
    m_view = view;
    m_hoverLength = 0;
    m_legend->setView(view);
    m_subject = makeSubject();
    m_map->setSource(nullptr, ClusterMap::View::Whole);
    showPicture();
    startIfNeeded();
    follow(m_document.selection());
}

std::optional<MapSubject> MapPage::makeSubject() const
{
    MapSubject subject;
    subject.image = m_document.image();
    if (!subject.image)
        return {};
    subject.view = m_view;
    if (m_view == MapView::Guest) {
        auto chain = m_document.openedChain();
        subject.belowIsUnknown = !chain && subject.image->backingFile();
        if (!chain) {
            chain.emplace();
            chain->layers.push_back(m_document.opened());
        }
        subject.disk = std::make_shared<const VirtualDisk>(std::move(*chain));
    }
    return subject;
}

void MapPage::startIfNeeded()
{
    refreshState();
    if (!m_subject || m_runner->isRunning() || side().complete || !side().problem.isEmpty()
        || !isVisible())
        return;
    m_feed = std::make_shared<Feed>();
    m_feedTimer.start();
    m_since.start();
    m_runner->start(
        [subject = *m_subject, feed = m_feed](const JobControl& job) {
            return scanMap(
                subject,
                [&feed](const std::shared_ptr<const MapPyramid>& pyramid) {
                    const std::scoped_lock lock{feed->mutex};
                    feed->pyramid = pyramid;
                },
                job);
        },
        [this](std::shared_ptr<const MapPyramid> pyramid) {
            side().pyramid = std::move(pyramid);
            side().complete = true;
            showPicture();
        });
    refreshState();
}

/// Shows what the worker has read until now.
void MapPage::takeFeed()
{
    refreshState();
    {
        const std::scoped_lock lock{m_feed->mutex};
        if (!m_feed->pyramid)
            return;
        side().pyramid = m_feed->pyramid;
    }
    showPicture();
}

void MapPage::showPicture()
{
    if (!m_subject) {
        m_picture = nullptr;
        m_map->setSource(nullptr, ClusterMap::View::Whole);
        m_strip->setSource(nullptr);
        return;
    }
    m_picture = std::make_shared<const MapPicture>(
        m_subject->size(), m_subject->unit(), side().pyramid, side().detail);
    m_map->setSource(m_picture, ClusterMap::View::Keep);
    m_strip->setSource(m_picture);
    viewChanged();
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

void MapPage::moveZoom(int value)
{
    m_map->setZoom(static_cast<double>(value) / zoomSteps);
}

/// Reads what is in view place by place, if that is little enough and not known yet.
void MapPage::startDetail()
{
    if (!m_subject || !isVisible() || !side().complete)
        return;
    const auto range = m_map->mapGeometry().visible();
    if (range.length == 0 || range.length / m_subject->unit().value > mostDetailUnits)
        return;
    const auto& known = side().detail;
    if (known && known->start <= range.from
        && range.from + range.length <= known->start + known->length.value)
        return;
    m_detailRunner->start(
        [subject = *m_subject, range](const JobControl& job) {
            return scanMapDetail(subject, range.from, Bytes{range.length}, job);
        },
        [this](MapDetail detail) {
            side().detail = std::make_shared<const MapDetail>(std::move(detail));
            showPicture();
            refreshCard();
        });
}

void MapPage::refreshState()
{
    QString text;
    QString button;
    if (m_runner->isRunning()) {
        // The line would only flash, and move the map, where reading takes no time.
        if (m_since.elapsed() < shortWork)
            return;
        text = tr("Reading the tables: %1 %").arg(m_runner->permille() / 10);
        button = tr("Stop");
    } else if (!side().problem.isEmpty()) {
        text = side().problem;
        button = tr("Read again");
    } else if (m_subject && m_subject->belowIsUnknown) {
        text = tr("What this image does not hold itself comes from “%1”, which was not opened: "
                  "its content is unknown.")
                   .arg(shownText(m_subject->image->backingFile()->name));
    } else if (m_subject && m_view == MapView::Guest && m_document.isLocked()) {
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
    MapLegendModel::Totals totals;
    const auto range = m_map->mapGeometry().visible();
    if (!m_picture || range.length == 0) {
        m_legend->setTotals(totals);
        return;
    }
    const Side& now = side();
    Bytes told{};
    const auto places
        = now.detail ? now.detail->placesOf(range.from, Bytes{range.length}) : std::nullopt;
    if (places) {
        for (const MapPlace& place : *places) {
            const std::uint64_t from = std::max<quint64>(place.start, range.from);
            const Bytes part{std::min<quint64>(place.end(), range.from + range.length) - from};
            if (place.kind) {
                totals.of[static_cast<std::size_t>(*place.kind)] += part;
                told += part;
            }
        }
    } else if (now.pyramid && range.length == m_picture->size()) {
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            totals.of[kind] = now.pyramid->total(static_cast<MapKind>(kind));
            told += totals.of[kind];
        }
        if (!now.complete)
            totals.unread
                = Bytes{range.length - std::min<quint64>(range.length, now.pyramid->known().value)};
    } else {
        totals.counting = MapLegendModel::Counting::About;
        const quint64 step = m_map->mapGeometry().bytesPerCell;
        for (quint64 at = range.from; at < range.from + range.length;) {
            const quint64 length = std::min(step, range.from + range.length - at);
            const CellShares shares = m_picture->shares(at, length);
            if (!shares.known) {
                totals.unread += Bytes{length};
            } else {
                for (std::size_t kind = 0; kind < mapKinds; ++kind) {
                    const Bytes part{static_cast<quint64>(
                        static_cast<double>(length) * shares.of[kind] / 255.0)};
                    totals.of[kind] += part;
                    told += part;
                }
            }
            at += length;
        }
    }
    const quint64 rest = told.value + totals.unread.value;
    totals.ground = Bytes{rest < range.length ? range.length - rest : 0};
    m_legend->setTotals(totals);
    refreshCard();
}

void MapPage::refreshCard()
{
    if (!m_picture) {
        m_card->setWords(MapCard::Of::Nothing, {});
        return;
    }
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
    if (files.size() == 1 && m_subject->image->backingFile())
        files << shownText(m_subject->image->backingFile()->name);
    const auto places
        = side().detail ? side().detail->placesOf(range.from, Bytes{range.length}) : std::nullopt;
    MapWords words = describeMapRange(*m_subject, range.from, Bytes{range.length},
        m_picture->shares(range.from, range.length), places, files);
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
    const auto offset = parseOffset(m_goTo->text());
    if (!m_picture || !offset || *offset >= m_picture->size()) {
        m_state->setText(!offset
                ? tr("“%1” is not an offset. Offsets look like 0x5_0000, sizes "
                     "like 1.5 GiB.")
                      .arg(m_goTo->text())
                : tr("%1 lies behind the end at %2.")
                      .arg(shownOffset(*offset), shownOffset(m_picture ? m_picture->size() : 0)));
        m_stateButton->hide();
        m_stateRow->show();
        return;
    }
    refreshState();
    const quint64 unit = m_picture->unit();
    const quint64 from = *offset / unit * unit;
    m_map->choose({from, unit});
    chooseCells(m_map->chosen().from, m_map->chosen().length);
    m_map->setFocus();
}

/// Tells the other pages what was chosen, in both address spaces where that is known.
void MapPage::chooseCells(quint64 from, quint64 length)
{
    Selection selection;
    const auto places = side().detail ? side().detail->placesOf(from, Bytes{length}) : std::nullopt;
    const MapPlace* const only = places && places->size() == 1 ? &places->front() : nullptr;
    if (m_view == MapView::Guest) {
        selection.guest = GuestOffset{from};
        selection.guestLength = Bytes{length};
        if (only && only->layer == 0 && only->host
            && only->compression == MapPlace::Compression::None
            && !m_subject->image->externalDataFile()) {
            selection.host = *only->host + Bytes{from - only->start};
            selection.hostLength = Bytes{length};
        }
        if (only)
            selection.structure
                = only->kind ? mapKindText(*only->kind, m_view) : mapGroundText(m_view);
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
    if (m_selecting || !m_picture)
        return;
    if (m_view == MapView::Guest)
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
