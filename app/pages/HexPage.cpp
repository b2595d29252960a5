// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HexPage.h"

#include "app/document/FileBytes.h"
#include "app/models/ByteValuesModel.h"
#include "app/pages/ByteInspector.h"
#include "app/pages/FindBar.h"
#include "app/text/ByteText.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/SegmentSwitch.h"
#include "widgets/hexview/HexView.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QMenu>
#include <QSaveFile>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace platter::app {

namespace {

    constexpr quint64 largestCopy = 1024 * 1024; ///< bytes; more text than that helps nobody
    constexpr int inspectorWidth = 320; ///< pixels

    /// What serves a stretch of the guest disk, in the form of a label of the file.
    std::vector<HostLabel> guestLabels(
        const VirtualDisk& disk, const std::vector<HexRow>& ranges, const JobControl& job)
    {
        std::vector<HostLabel> labels;
        for (const HexRow& range : ranges) {
            disk.scan(
                GuestOffset{range.start}, Bytes{range.end - range.start},
                [&](const LayeredExtent& layered) {
                    const Extent& extent = layered.extent;
                    HostLabel label;
                    label.start = HostOffset{extent.start.value};
                    label.length = extent.length;
                    label.guest = extent.start;
                    switch (extent.kind) {
                    case ExtentKind::Data: label.use = HostUse::Data; break;
                    case ExtentKind::Compressed: label.use = HostUse::Compressed; break;
                    case ExtentKind::ZeroAllocated: label.use = HostUse::ZeroAllocated; break;
                    case ExtentKind::Damaged: label.use = HostUse::Problem; break;
                    default: label.use = HostUse::Free; break;
                    }
                    // Bytes of a backing file have no place in this one.
                    if (layered.layer == 0
                        && (extent.kind == ExtentKind::Data || extent.kind == ExtentKind::Compressed
                            || extent.kind == ExtentKind::ZeroAllocated)) {
                        FieldMark place;
                        place.target = extent.host;
                        place.at = label.start;
                        place.length = label.length;
                        label.field = place;
                    }
                    labels.push_back(std::move(label));
                },
                JobControl{job.stop, {}});
        }
        return labels;
    }

} // namespace

HexPage::HexPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_switch(new SegmentSwitch({tr("File"), tr("Guest disk")}))
    , m_place(new TextLabel(TextLabel::Rank::Second))
    , m_stack(new QStackedWidget)
    , m_missing(new TextLabel(TextLabel::Rank::Body))
    , m_hex(new HexView)
    , m_inspector(new ByteInspector)
    , m_findBar(new FindBar)
    , m_labeler(tr("Naming bytes"))
    , m_finder(tr("Find"))
    , m_copier(tr("Copy"))
{
    auto* findButton = new ActionButton(tr("Find..."));
    auto* top = new QHBoxLayout;
    top->setContentsMargins(wideGap, gap, wideGap, gap);
    top->setSpacing(wideGap);
    top->addWidget(m_switch);
    top->addWidget(m_place, 1);
    top->addWidget(findButton);
    m_place->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    m_hex->setFrameShape(QFrame::NoFrame);
    m_hex->setContextMenuPolicy(Qt::CustomContextMenu);
    auto* side = new QScrollArea;
    side->setAccessibleName(tr("Values at the cursor"));
    side->setWidget(m_inspector);
    side->setWidgetResizable(true);
    side->setFrameShape(QFrame::NoFrame);
    side->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    side->setFixedWidth(inspectorWidth);
    auto* bytes = new QWidget;
    auto* row = new QHBoxLayout(bytes);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_hex, 1);
    row->addWidget(side);
    m_missing->setAlignment(Qt::AlignCenter);
    m_missing->setWordWrap(true);
    m_stack->addWidget(bytes);
    m_stack->addWidget(m_missing);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(m_findBar);
    column->addWidget(m_stack, 1);

    document.addRunner(&m_finder);
    document.addRunner(&m_copier);
    connect(findButton, &ActionButton::clicked, m_findBar, &FindBar::open);
    connect(m_findBar, &FindBar::wanted, this, &HexPage::find);
    connect(m_findBar, &FindBar::stopped, &m_finder, &JobRunner::cancel);
    connect(m_findBar, &FindBar::closed, m_hex, qOverload<>(&QWidget::setFocus));
    connect(&m_finder, &JobRunner::progressed, m_findBar, &FindBar::setRunning);
    connect(
        &m_finder, &JobRunner::cancelled, this, [this] { m_findBar->setResult(tr("Stopped.")); });
    connect(&m_finder, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_findBar->setResult(error.why); });
    connect(&m_copier, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_place->setText(error.why); });
    connect(m_switch, &SegmentSwitch::chosen, this,
        [this](int index) { showSpace(index == 0 ? Space::File : Space::Guest); });
    connect(m_hex, &HexView::selectionChanged, this, &HexPage::tellSelection);
    connect(m_hex, &HexView::viewChanged, this, &HexPage::requestLabels);
    connect(m_hex, &HexView::activated, this, &HexPage::followPointer);
    connect(m_hex, &QWidget::customContextMenuRequested, this, &HexPage::showMenu);
    connect(m_inspector, &ByteInspector::hostWanted, this, &HexPage::goToHost);
    connect(m_inspector, &ByteInspector::guestWanted, this, &HexPage::goToGuest);
    connect(&m_labeler, &JobRunner::ended, this, [this] {
        if (std::exchange(m_labelsAgain, false))
            requestLabels();
    });
    connect(&document, &ImageDocument::imageChanged, this, &HexPage::refresh);
    connect(&document, &ImageDocument::chainChanged, this, [this] {
        if (m_space == Space::Guest && !m_bytes)
            openSpace();
    });
    connect(&document, &ImageDocument::selectionChanged, this, [this](const Selection& selection) {
        if (!m_following)
            follow(selection);
    });
    refresh();
}

HexPage::~HexPage() = default;

void HexPage::startFind()
{
    m_findBar->open();
}

void HexPage::findNext(int direction)
{
    m_findBar->searchOn(direction > 0 ? FindDirection::Forward : FindDirection::Backward);
}

bool HexPage::showCopyMenu()
{
    showMenu(m_hex->geometryOfBytes().hexRect(m_hex->cursor()).bottomLeft());
    return true;
}

void HexPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    requestLabels();
}

void HexPage::refresh()
{
    m_labels = m_document.labels();
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
    m_labeler.drop();
    m_finder.drop();
    m_labelsAgain = false;
    m_shownLabels.clear();
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
}

void HexPage::requestLabels()
{
    // Naming bytes reads all tables, which nobody has asked for before the page is looked at.
    if (!m_bytes || !m_labels || !isVisible())
        return;
    if (m_labeler.isRunning()) {
        // The first question makes the labels read all tables; scrolling must not stop that.
        m_labelsAgain = true;
        return;
    }
    std::vector<HexRow> ranges = m_hex->visibleRanges();
    const quint64 cursor = m_hex->cursor();
    if (m_hex->geometryOfBytes().shownRowOf(cursor) < 0 || ranges.empty()) {
        if (cursor < m_bytes->size())
            ranges.push_back({cursor, cursor + 1});
    }
    const auto deliver = [this](std::vector<HostLabel> labels) { showLabels(std::move(labels)); };
    if (m_space == Space::File) {
        m_labeler.start(
            [labels = m_labels, ranges](const JobControl& job) {
                std::vector<HostLabel> all;
                for (const HexRow& range : ranges) {
                    for (HostLabel& label : labels->labelsOf(
                             HostOffset{range.start}, Bytes{range.end - range.start}, job))
                        all.push_back(std::move(label));
                }
                return all;
            },
            deliver);
        return;
    }
    const auto chain = m_document.openedChain();
    if (!chain)
        return;
    m_labeler.start(
        [chain = *chain, ranges](
            const JobControl& job) { return guestLabels(VirtualDisk{chain}, ranges, job); },
        deliver);
}

void HexPage::showLabels(std::vector<HostLabel> labels)
{
    std::ranges::stable_sort(labels, {}, &HostLabel::start);
    m_shownLabels = std::move(labels);
    std::vector<HexMark> marks;
    for (const HostLabel& label : m_shownLabels) {
        const bool tinted = m_space == Space::File && label.field;
        const QString name = ByteInspector::nameOf(label);
        marks.push_back({label.start.value, label.length.value,
            tinted ? static_cast<int>(label.fieldIndex % 4) : -1,
            tinted ? name + QStringLiteral(" = ") + shownText(label.field->value) : name});
    }
    m_hex->setMarks(std::move(marks));
    inspect();
}

const HostLabel* HexPage::labelAt(quint64 offset) const
{
    const auto next
        = std::ranges::upper_bound(m_shownLabels, HostOffset{offset}, {}, &HostLabel::start);
    if (next == m_shownLabels.begin())
        return nullptr;
    const HostLabel& label = *std::prev(next);
    return offset < label.end().value ? &label : nullptr;
}

/// Fills the panel for the byte at the cursor.
void HexPage::inspect()
{
    if (!m_bytes || m_hex->selectionLength() == 0) {
        m_inspector->setLabel(nullptr);
        m_inspector->setBytes({});
        return;
    }
    const quint64 at = m_hex->selectionStart();
    const HostLabel* const label = labelAt(at);
    std::optional<HostLabel> exact;
    if (label) {
        exact = *label;
        // What is stored in order has a guest byte of its own for each byte.
        const bool inOrder = !label->field || m_space == Space::Guest;
        if (exact->guest && inOrder && label->use != HostUse::Compressed)
            *exact->guest += Bytes{at - label->start.value};
        if (m_space == Space::Guest && exact->field && exact->use != HostUse::Compressed)
            *exact->field->target += Bytes{at - label->start.value};
    }
    m_inspector->setLabel(exact ? &*exact : nullptr);
    std::vector<std::byte> bytes(
        std::min<quint64>(ByteValuesModel::mostBytes, m_bytes->size() - at));
    if (!m_bytes->tryRead(at, bytes))
        bytes.clear();
    m_inspector->setBytes(std::move(bytes));
    QString place = shownOffset(at);
    if (m_hex->selectionLength() > 1)
        place += QStringLiteral(" · ") + exactSize(Bytes{m_hex->selectionLength()});
    if (exact)
        place += QStringLiteral(" · ") + ByteInspector::nameOf(*exact);
    if (!m_bytes->problem().isEmpty())
        place = m_bytes->problem();
    m_place->setText(place);
}

void HexPage::tellSelection(quint64 offset, quint64 length)
{
    inspect();
    const HostLabel* const label = labelAt(offset);
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
    const HostLabel* const label = labelAt(m_hex->cursor());
    const auto target = label ? ByteInspector::targetOf(*label) : std::nullopt;
    if (target)
        goToHost(target->value);
}

void HexPage::goToHost(quint64 offset)
{
    Selection selection;
    selection.host = HostOffset{offset};
    selection.hostLength = Bytes{1};
    m_document.select(selection);
}

void HexPage::goToGuest(quint64 offset)
{
    Selection selection;
    selection.guest = GuestOffset{offset};
    selection.guestLength = Bytes{1};
    m_document.select(selection);
}

void HexPage::find(const FindPattern& pattern, FindDirection direction)
{
    if (!m_bytes)
        return;
    const quint64 selected = m_hex->selectionLength();
    const quint64 from = direction == FindDirection::Forward
        ? m_hex->selectionStart() + (selected ? 1 : 0)
        : m_hex->selectionStart();
    m_findBar->setRunning(0);
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
    QMenu menu{this};
    const bool some = m_hex->selectionLength() > 0;
    const auto add
        = [&](const QString& text, auto act) { menu.addAction(text, this, act)->setEnabled(some); };
    add(tr("Copy as hexadecimal"), [this] { copySelection(CopyForm::Hex); });
    add(tr("Copy as C array"), [this] { copySelection(CopyForm::CArray); });
    add(tr("Copy as text"), [this] { copySelection(CopyForm::Text); });
    add(tr("Copy as Base64"), [this] { copySelection(CopyForm::Base64); });
    add(tr("Copy as JSON"), [this] { copySelection(CopyForm::Json); });
    add(tr("Copy offset"), [this] {
        QApplication::clipboard()->setText(
            QStringLiteral("0x") + QString::number(m_hex->selectionStart(), 16));
    });
    menu.addSeparator();
    add(tr("Save selection..."), [this] { saveSelection(); });
    menu.exec(m_hex->viewport()->mapToGlobal(place));
}

void HexPage::copySelection(CopyForm form)
{
    const quint64 start = m_hex->selectionStart();
    const quint64 length = std::min(m_hex->selectionLength(), largestCopy);
    if (!m_bytes || length == 0)
        return;
    const HostLabel* const label = labelAt(start);
    const QString name = label ? ByteInspector::nameOf(*label) : QString();
    m_copier.start(
        [space = m_bytes->space(), start, length](const JobControl&) {
            QByteArray bytes(static_cast<qsizetype>(length), '\0');
            space->read(start, std::as_writable_bytes(std::span{bytes.data(), length}));
            return bytes;
        },
        [form, start, name](const QByteArray& bytes) {
            QString text;
            switch (form) {
            case CopyForm::Hex: text = QString::fromLatin1(bytes.toHex(' ')); break;
            case CopyForm::CArray: text = asCArray(bytes); break;
            case CopyForm::Text: text = asText(bytes); break;
            case CopyForm::Base64: text = QString::fromLatin1(bytes.toBase64()); break;
            case CopyForm::Json: text = asJson(bytes, start, name); break;
            }
            QApplication::clipboard()->setText(text);
        });
}

void HexPage::saveSelection()
{
    const quint64 start = m_hex->selectionStart();
    const quint64 length = m_hex->selectionLength();
    if (!m_bytes || length == 0)
        return;
    const QString path = QFileDialog::getSaveFileName(this, tr("Save selection"));
    if (path.isEmpty())
        return;
    m_copier.start(
        [space = m_bytes->space(), start, length, path](const JobControl& job) {
            QSaveFile file{path};
            const auto refuse = [&] {
                throw Error(
                    "The selection was not saved. " + file.errorString().toStdString() + ".");
            };
            if (!file.open(QIODevice::WriteOnly))
                refuse();
            QByteArray buffer(static_cast<qsizetype>(largestCopy), '\0');
            for (quint64 done = 0; done < length;) {
                job.step({done, length});
                const quint64 part = std::min(largestCopy, length - done);
                space->read(start + done, std::as_writable_bytes(std::span{buffer.data(), part}));
                if (file.write(buffer.constData(), static_cast<qint64>(part))
                    != static_cast<qint64>(part))
                    refuse();
                done += part;
            }
            if (!file.commit())
                refuse();
            return path;
        },
        [this](const QString& saved) { m_place->setText(tr("Saved as %1").arg(saved)); });
}

} // namespace platter::app
