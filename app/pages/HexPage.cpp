// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HexPage.h"

#include "app/document/Address.h"
#include "app/document/FileBytes.h"
#include "app/models/ByteValuesModel.h"
#include "app/pages/ByteInspector.h"
#include "app/pages/FindBar.h"
#include "app/pages/HexCopier.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/RecentImages.h"
#include "app/window/SegmentSwitch.h"
#include "widgets/hexview/HexView.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>

#include <algorithm>

namespace platter::app {

namespace {

    const QString panelKey = QStringLiteral("panel");

    // Pixels.
    constexpr int leastPanel = 200;
    // Until somebody wants another width: the words of its table fit, and all its values.
    constexpr int plainPanel = 320;
    constexpr int widePanel = 480;
    constexpr int toolHeight = 32; ///< as ActionButton has it

} // namespace

HexPage::HexPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_switch(new SegmentSwitch({tr("File"), tr("Guest disk")}))
    , m_place(new TextLabel(TextLabel::Rank::Second))
    , m_goTo(new QLineEdit)
    , m_stack(new QStackedWidget)
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_missing(new TextLabel(TextLabel::Rank::Body))
    , m_hex(new HexView)
    , m_inspector(new ByteInspector)
    , m_findBar(new FindBar)
    , m_labels(new HexLabeler(this))
    , m_copier(new HexCopier(
          [this] {
              const HostLabel* const label = m_labels->at(m_hex->selectionStart());
              return SelectedBytes{m_bytes ? m_bytes->space() : nullptr, m_hex->selectionStart(),
                  m_hex->selectionLength(), label ? ByteInspector::nameOf(*label) : QString()};
          },
          this))
    , m_finder(tr("Find"))
{
    m_missing->setAlignment(Qt::AlignCenter);
    m_missing->setWordWrap(true);
    m_stack->addWidget(makeBytes());
    m_stack->addWidget(m_missing);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeTools());
    column->addWidget(m_findBar);
    column->addWidget(m_stack, 1);
    document.addRunner(&m_finder);
    document.addRunner(m_copier->runner());
    connectParts();
    connectFinder();
    refresh();
}

HexPage::~HexPage() = default;

QWidget* HexPage::makeTools()
{
    m_place->setElide(Qt::ElideRight);
    m_goTo->setPlaceholderText(tr("Go to 0x… or l2 3/12"));
    m_goTo->setAccessibleName(tr("Go to"));
    m_goTo->setObjectName(QStringLiteral("goTo"));
    m_goTo->setToolTip(tr("An offset of what is shown (0x5_0000, 1.5G), or of the other space "
                          "(file 64k, guest 1.5G), a cluster (cluster 7), a table entry (l1 3, "
                          "l2 3/12)"));
    m_goTo->setFixedHeight(toolHeight);
    m_goTo->setMinimumWidth(toolHeight * 5);
    m_goTo->setMaximumWidth(toolHeight * 6);
    auto* findButton = new ActionButton(tr("Find..."));
    connect(findButton, &ActionButton::clicked, this, &HexPage::startFind);
    auto* tools = new QWidget;
    auto* row = new QHBoxLayout(tools);
    row->setContentsMargins(hugeGap, gap, hugeGap, gap);
    row->setSpacing(gap);
    row->addWidget(m_switch);
    row->addSpacing(gap);
    row->addWidget(m_place, 1);
    row->addWidget(m_goTo);
    row->addWidget(findButton);
    return tools;
}

QWidget* HexPage::makeBytes()
{
    m_hex->setFrameShape(QFrame::NoFrame);
    m_hex->setContextMenuPolicy(Qt::CustomContextMenu);
    auto* panel = new QScrollArea;
    panel->setAccessibleName(tr("Values at the cursor"));
    panel->setWidget(m_inspector);
    panel->setWidgetResizable(true);
    panel->setFrameShape(QFrame::NoFrame);
    panel->setMinimumWidth(leastPanel);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_hex);
    m_splitter->addWidget(panel);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    connect(m_splitter, &QSplitter::splitterMoved, this,
        [this] { m_panelWidth = m_splitter->sizes().last(); });
    return m_splitter;
}

void HexPage::connectParts()
{
    connect(m_goTo, &QLineEdit::returnPressed, this, &HexPage::goTo);
    connect(m_copier, &HexCopier::saved, this, [this](const QString& path) {
        m_news = tr("Saved as “%1”.").arg(shownPath(fromQtPath(path)));
        m_place->setText(m_news);
    });
    connect(m_copier, &HexCopier::failed, m_place, &QLabel::setText);
    connect(m_switch, &SegmentSwitch::chosen, this,
        [this](int index) { showSpace(index == 0 ? Space::File : Space::Guest); });
    connect(m_hex, &HexView::selectionChanged, this, &HexPage::tellSelection);
    connect(m_hex, &HexView::viewChanged, this, &HexPage::requestLabels);
    connect(m_hex, &HexView::activated, this, &HexPage::followPointer);
    connect(m_hex, &QWidget::customContextMenuRequested, this, &HexPage::showMenu);
    connect(m_inspector, &ByteInspector::hostWanted, this, &HexPage::goToHost);
    connect(m_inspector, &ByteInspector::guestWanted, this, &HexPage::goToGuest);
    connect(m_labels, &HexLabeler::changed, this, [this] {
        m_hex->setMarks(m_labels->marks());
        inspect();
    });
    connect(&m_document, &ImageDocument::imageChanged, this, &HexPage::refresh);
    connect(&m_document, &ImageDocument::chainChanged, this, [this] {
        if (m_space == Space::Guest && !m_bytes)
            openSpace();
    });
    connect(
        &m_document, &ImageDocument::selectionChanged, this, [this](const Selection& selection) {
            if (!m_following)
                follow(selection);
        });
}

void HexPage::connectFinder()
{
    connect(m_findBar, &FindBar::wanted, this, &HexPage::find);
    connect(m_findBar, &FindBar::stopped, &m_finder, &JobRunner::cancel);
    connect(m_findBar, &FindBar::closed, m_hex, qOverload<>(&QWidget::setFocus));
    connect(&m_finder, &JobRunner::progressed, this, [this](int permille) {
        const double done = static_cast<double>(m_findLength) / 1000 * permille;
        m_findBar->setRunning(permille,
            tr("%1 of %2", "bytes searched, bytes in all")
                .arg(shownSize(Bytes{static_cast<std::uint64_t>(done)}),
                    shownSize(Bytes{m_findLength})));
    });
    connect(
        &m_finder, &JobRunner::cancelled, this, [this] { m_findBar->setResult(tr("Stopped.")); });
    connect(&m_finder, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_findBar->setResult(error.why); });
}

void HexPage::startFind()
{
    if (canFind())
        m_findBar->open();
}

void HexPage::findNext(int direction)
{
    if (canFind())
        m_findBar->searchOn(direction > 0 ? FindDirection::Forward : FindDirection::Backward);
}

bool HexPage::showCopyMenu()
{
    showMenu(m_hex->geometryOfBytes().hexRect(m_hex->cursor()).bottomLeft());
    return true;
}

QVariantMap HexPage::savedView() const
{
    return m_panelWidth ? QVariantMap{{panelKey, m_panelWidth}} : QVariantMap{};
}

void HexPage::restoreView(const QVariantMap& view)
{
    m_panelWidth = view[panelKey].toInt();
    fitPanel();
}

void HexPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    fitPanel();
    requestLabels();
}

void HexPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitPanel();
}

/// The bytes get whole rows, the panel what they leave, as long as nobody has chosen its width.
void HexPage::fitPanel()
{
    const int whole = width() - m_splitter->handleWidth();
    const int bar = m_hex->verticalScrollBar()->sizeHint().width();
    HexGeometry rows = m_hex->geometryOfBytes();
    rows.bytesPerRow = HexGeometry::bytesPerRowFor(
        whole - plainPanel - bar, rows.charWidth, rows.margin, rows.offsetDigits);
    const int left = whole - rows.width() - bar;
    const int panel = m_panelWidth ? m_panelWidth : std::clamp(left, plainPanel, widePanel);
    m_splitter->setSizes({std::max(0, whole - panel), panel});
}

void HexPage::refresh()
{
    m_labels->setSource(m_document.labels());
    openSpace();
}

void HexPage::showSpace(Space space)
{
    if (space == m_space)
        return;
    m_space = space;
    m_switch->setCurrent(space == Space::File ? 0 : 1);
    openSpace();
}

QString HexPage::whyNoGuestBytes() const
{
    if (m_document.isLocked())
        return tr("Locked. The guest's data needs the passphrase.");
    if (!m_document.openedChain())
        return tr("The guest's data rests on files that are not opened. See the Chain page.");
    return {};
}

void HexPage::openSpace()
{
    m_finder.drop();
    m_hex->setMarks({});
    m_bytes.reset();
    const auto image = m_document.image();
    QString missing;
    if (image && m_space == Space::File) {
        m_bytes = std::make_shared<FileBytes>(
            std::make_shared<FileSpace>(image->sharedFile()), m_document.facts().fileLength);
    } else if (image) {
        missing = whyNoGuestBytes();
        if (missing.isEmpty()) {
            auto disk = std::make_shared<const VirtualDisk>(*m_document.openedChain());
            const Bytes size = disk->size();
            m_bytes = std::make_shared<FileBytes>(
                std::make_shared<GuestDiskSpace>(std::move(disk)), size);
        }
    }
    m_labels->setView(
        m_space, m_bytes && m_space == Space::Guest ? m_document.openedChain() : std::nullopt);
    m_missing->setText(missing);
    m_stack->setCurrentIndex(missing.isEmpty() ? 0 : 1);
    m_hex->setAccessibleName(
        m_space == Space::File ? tr("Bytes of the image file") : tr("Bytes of the guest disk"));
    if (m_bytes) {
        connect(m_bytes.get(), &FileBytes::arrived, m_hex, &HexView::dataArrived);
        connect(m_bytes.get(), &FileBytes::arrived, this, &HexPage::inspect);
    }
    m_hex->setSource(m_bytes);
    m_inspector->setLabel(nullptr);
    m_place->clear();
    requestLabels();
    emit commandsChanged();
}

void HexPage::requestLabels()
{
    // Naming bytes reads all tables, which nobody has asked for before the page is looked at.
    if (!m_bytes || !isVisible())
        return;
    std::vector<HexRow> ranges = m_hex->visibleRanges();
    const quint64 cursor = m_hex->cursor();
    if (m_hex->geometryOfBytes().shownRowOf(cursor) < 0 || ranges.empty()) {
        if (cursor < m_bytes->size())
            ranges.push_back({cursor, cursor + 1});
    }
    m_labels->want(std::move(ranges));
}

/// Fills the panel for the byte at the cursor.
void HexPage::inspect()
{
    if (!m_bytes || m_bytes->size() == 0) {
        m_inspector->setLabel(nullptr);
        m_inspector->setBytes({});
        return;
    }
    const quint64 at = m_hex->selectionLength() > 0 ? m_hex->selectionStart() : m_hex->cursor();
    const auto label = m_labels->exactlyAt(at);
    m_inspector->setLabel(label ? &*label : nullptr);
    std::vector<std::byte> bytes(
        std::min<quint64>(ByteValuesModel::mostBytes, m_bytes->size() - at));
    if (!m_bytes->tryRead(at, bytes))
        bytes.clear();
    m_inspector->setBytes(std::move(bytes));
    QString place = shownOffset(at);
    if (m_hex->selectionLength() > 1)
        place += QStringLiteral(" · ") + exactSize(Bytes{m_hex->selectionLength()});
    if (label)
        place += QStringLiteral(" · ") + ByteInspector::nameOf(*label);
    if (!m_bytes->problem().isEmpty())
        place = m_bytes->problem();
    // News stay until something else is selected: names of bytes come when they come.
    if (!m_news.isEmpty())
        place = m_news;
    m_place->setText(place);
    m_place->setToolTip(place);
}

void HexPage::tellSelection(quint64 offset, quint64 length)
{
    m_news.clear();
    inspect();
    const HostLabel* const label = m_labels->at(offset);
    Selection selection;
    if (m_space == Space::File) {
        selection.host = HostOffset{offset};
        selection.hostLength = Bytes{length};
        if (label) {
            selection.structure = shownText(label->structure);
            if (label->field)
                selection.field = shownText(label->field->name);
            selection.guest = label->guest;
        }
    } else {
        selection.guest = GuestOffset{offset};
        selection.guestLength = Bytes{length};
        if (label && label->field && label->field->target)
            selection.host = *label->field->target
                + (label->use == HostUse::Compressed ? Bytes{}
                                                     : Bytes{offset - label->start.value});
    }
    const QScopedValueRollback guard{m_following, true};
    m_document.select(selection);
}

/// Shows what was selected elsewhere, in the space that is open if the place is known there.
void HexPage::follow(const Selection& selection)
{
    if (!selection.host && !selection.guest)
        return;
    const QScopedValueRollback guard{m_following, true};
    if (m_space == Space::File && !selection.host && whyNoGuestBytes().isEmpty())
        showSpace(Space::Guest);
    else if (m_space == Space::Guest && !selection.guest)
        showSpace(Space::File);
    if (m_space == Space::File && selection.host)
        m_hex->showSelection(
            selection.host->value, std::max<quint64>(selection.hostLength.value, 1));
    else if (m_space == Space::Guest && selection.guest)
        m_hex->showSelection(
            selection.guest->value, std::max<quint64>(selection.guestLength.value, 1));
    inspect();
    requestLabels();
}

void HexPage::followPointer()
{
    const HostLabel* const label = m_labels->at(m_hex->cursor());
    const auto target = label ? ByteInspector::targetOf(*label) : std::nullopt;
    if (target)
        goToHost(target->value);
}

/// Goes where the words in the line say. Where no space is named, that which is shown is meant.
void HexPage::goTo()
{
    const QString words = m_goTo->text();
    if (!m_document.image() || words.trimmed().isEmpty())
        return;
    const auto address = parseAddress(words);
    AddressPlace place;
    if (!address) {
        place.refusal = tr("“%1” is no address. Addresses look like 0x5_0000, guest 1.5G or "
                           "l2 3/12.")
                            .arg(words.simplified());
    } else {
        const bool plain = !words.trimmed()[0].isLetter();
        place = placeOf(address->space == Address::Space::File && plain && m_space == Space::Guest
                ? Address{Address::Space::Guest, address->value, 0}
                : *address,
            m_document);
    }
    if (place.refusal.isEmpty() && !place.selection.host && !whyNoGuestBytes().isEmpty())
        place.refusal = whyNoGuestBytes();
    m_goTo->setAccessibleDescription(place.refusal);
    if (!place.refusal.isEmpty()) {
        m_place->setText(place.refusal);
        m_place->setToolTip(place.refusal);
        return;
    }
    // As a step of the window, so that its way back leads here again.
    m_document.reveal(PageId::Hex, place.selection);
    follow(place.selection); // also where it was selected already, but is not in view
    if (!place.remark.isEmpty()) {
        m_place->setText(place.remark);
        m_place->setToolTip(place.remark);
    }
    m_hex->setFocus();
}

void HexPage::goToHost(quint64 offset)
{
    Selection selection;
    selection.host = HostOffset{offset};
    selection.hostLength = Bytes{1};
    m_document.reveal(PageId::Hex, selection);
}

void HexPage::goToGuest(quint64 offset)
{
    Selection selection;
    selection.guest = GuestOffset{offset};
    selection.guestLength = Bytes{1};
    m_document.reveal(PageId::Hex, selection);
}

void HexPage::find(const FindPattern& pattern, FindDirection direction)
{
    if (!m_bytes)
        return;
    const quint64 selected = m_hex->selectionLength();
    const bool forward = direction == FindDirection::Forward;
    const quint64 from = m_hex->selectionStart() + (forward && selected ? 1 : 0);
    m_findLength = forward ? m_bytes->size() - std::min(from, m_bytes->size()) : from;
    m_finder.start(
        [space = m_bytes->space(), pattern, from, direction](
            const JobControl& job) { return platter::find(*space, pattern, from, direction, job); },
        [this, size = pattern.size(), bytes = m_bytes](std::optional<std::uint64_t> place) {
            if (bytes != m_bytes)
                return;
            if (!place) {
                m_findBar->setResult(tr("Not found from here on."));
                return;
            }
            m_findBar->setResult(tr("At %1").arg(shownOffset(*place)));
            m_hex->showSelection(*place, size);
            tellSelection(*place, size);
            requestLabels();
        });
}

void HexPage::showMenu(const QPoint& place)
{
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    m_copier->fill(*menu);
    menu->popup(m_hex->viewport()->mapToGlobal(place));
}

} // namespace platter::app
