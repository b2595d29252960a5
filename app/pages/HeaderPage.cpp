// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HeaderPage.h"

#include "app/document/FileBytes.h"
#include "app/document/TableReader.h"
#include "app/pages/FieldPanel.h"
#include "app/pages/FieldTree.h"
#include "app/pages/FindBar.h"
#include "app/text/CoreText.h"
#include "app/text/FieldCopy.h"
#include "app/window/SelectionCopier.h"
#include "widgets/hexview/HexView.h"

#include <QAction>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>
#include <QMenu>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    const QString unfoldedKey = QStringLiteral("unfolded");

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

} // namespace

HeaderPage::HeaderPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_content(std::make_shared<const FieldContent>())
    , m_model(new StructureModel(this))
    , m_reader(new TableReader(this))
    , m_finder(new JobRunner(tr("Find"), this))
    , m_copier(new SelectionCopier(document, this))
    , m_findBar(new FindBar(FindBar::Of::Words))
    , m_tree(new FieldTree(*m_model))
    , m_hex(new HexView)
    , m_panel(new FieldPanel(document, *m_model))
{
    m_hex->setFrameShape(QFrame::NoFrame);
    m_hex->setAccessibleName(tr("Bytes of the image file"));
    auto* right = new QWidget;
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addWidget(m_hex, 1);
    rightColumn->addWidget(m_panel);
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_tree);
    splitter->addWidget(right);
    // The bytes need no more than their width; what is left is for the words.
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 0);
    splitter->setSizes({10'000, m_hex->sizeHint().width()});
    right->setMinimumWidth(m_hex->minimumWidth());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_findBar);
    column->addWidget(splitter, 1);

    document.addRunner(m_reader->runner());
    document.addRunner(m_finder);
    connect(m_model, &StructureModel::entriesWanted, m_reader, &TableReader::read);
    connect(m_reader, &TableReader::arrived, m_model, &StructureModel::setEntries);
    connect(m_reader, &TableReader::failed, m_model, &StructureModel::setProblem);
    connect(m_model, &StructureModel::entriesArrived, this, [this] {
        markBytes();
        if (m_wanted)
            choose(Wanted{*m_wanted});
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this,
        &HeaderPage::currentChanged);
    connect(m_tree, &QTreeView::entered, this, &HeaderPage::hover);
    connect(m_tree, &QTreeView::activated, this, &HeaderPage::follow);
    connect(m_panel, &FieldPanel::followed, this, [this] { follow(m_tree->currentIndex()); });
    connect(m_hex, &HexView::selectionChanged, this, &HeaderPage::showBytes);
    connect(m_hex, &HexView::viewChanged, this, &HeaderPage::markBytes);
    connect(m_hex, &HexView::byteHovered, this,
        [this](quint64 offset) { hover(m_model->fieldAt(HostOffset{offset})); });
    connect(m_hex, &HexView::hoverLeft, this, [this] { hover({}); });
    for (QWidget* side : std::initializer_list<QWidget*>{m_tree, m_hex}) {
        side->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(side, &QWidget::customContextMenuRequested, this,
            [this, side](const QPoint& at) { copyMenu()->popup(side->mapToGlobal(at)); });
    }
    connect(m_findBar, &FindBar::wordsWanted, this, &HeaderPage::find);
    connect(m_findBar, &FindBar::stopped, m_finder, &JobRunner::cancel);
    connect(m_findBar, &FindBar::closed, m_tree, qOverload<>(&QWidget::setFocus));
    connect(m_finder, &JobRunner::progressed, this, [this](int permille) {
        m_findBar->setRunning(permille,
            tr("entry %1 of %2", "of all tables, while they are searched")
                .arg(number(*m_findEntries * static_cast<quint64>(permille) / 1000),
                    number(*m_findEntries)));
    });
    connect(
        m_finder, &JobRunner::cancelled, this, [this] { m_findBar->setResult(tr("Stopped.")); });
    connect(m_finder, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_findBar->setResult(error.why); });
    connect(&document, &ImageDocument::imageChanged, this, &HeaderPage::refresh);
    connect(&document, &ImageDocument::checkChanged, this,
        [this] { m_panel->describe(m_tree->currentIndex()); });
    connect(&document, &ImageDocument::selectionChanged, this, [this](const Selection& selection) {
        if (!m_following && isVisible())
            followSelection(selection);
    });
    refresh();
}

HeaderPage::~HeaderPage() = default;

void HeaderPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    followSelection(m_document.selection());
}

void HeaderPage::refresh()
{
    constexpr qsizetype all = 1000;
    const QStringList open = m_tree->openNames(all); // as far as the image, read again, has it
    const auto image = m_document.image();
    m_finder->drop();
    m_wanted.reset();
    m_reader->setImage(image);
    m_content = std::make_shared<const FieldContent>(
        image ? fieldContent(m_document.facts().structures, image->tables()) : FieldContent{});
    m_model->setContent(*m_content);
    m_bytes = image ? std::make_shared<FileBytes>(
                  std::make_shared<FileSpace>(image->sharedFile()), m_document.facts().fileLength)
                    : nullptr;
    m_hex->setSource(m_bytes);
    markBytes();
    if (m_bytes)
        connect(m_bytes.get(), &FileBytes::arrived, m_hex, &HexView::dataArrived);
    if (m_model->rowCount() == 0)
        return;
    m_tree->openByName(open);
    if (open.isEmpty())
        m_tree->expand(m_model->index(0, 0));
    for (std::size_t row = 0; row < m_content->structures.size(); ++row)
        m_tree->setFirstColumnSpanned(static_cast<int>(row), {}, true);
    m_tree->fitColumns();
    // Opening an image selects nothing for the other pages.
    const QScopedValueRollback guard{m_following, true};
    const QModelIndex first = m_model->index(0, 0, m_model->index(0, 0));
    m_tree->setCurrentIndex(first);
    if (const auto range = m_model->rangeOf(first))
        m_hex->showSelection(range->at.value, range->length.value);
    followSelection(m_document.selection());
}

/// Ties the bytes in view to their fields, as far as those have been read.
void HeaderPage::markBytes()
{
    std::vector<HexMark> marks;
    for (const HexRow& range : m_hex->visibleRanges()) {
        for (const StructureModel::Shown& shown :
            m_model->fieldsIn(HostOffset{range.start}, HostOffset{range.end}))
            marks.push_back({shown.field->at.value, shown.field->length.value, shown.tint,
                shownText(shown.structure->name) + QStringLiteral(": ")
                    + shownText(shown.field->name)});
    }
    std::stable_sort(marks.begin(), marks.end(),
        [](const HexMark& a, const HexMark& b) { return a.offset < b.offset; });
    // A hostile image can make structures overlap; the first one keeps its bytes.
    std::vector<HexMark> apart;
    for (HexMark& mark : marks) {
        if (apart.empty() || mark.offset - apart.back().offset >= apart.back().length)
            apart.push_back(std::move(mark));
    }
    m_hex->setMarks(std::move(apart));
}

/// Makes an item the current one; if it is not here yet, it is fetched first.
void HeaderPage::choose(const Wanted& wanted)
{
    m_wanted.reset();
    const auto spot = wanted.path.empty() ? m_model->locate(wanted.bytes.at, wanted.bytes.length)
                                          : m_model->locate(wanted.path);
    const QScopedValueRollback guard{m_following, true};
    if (!spot.index.isValid() && spot.unread.isValid()) {
        m_wanted = wanted;
        m_tree->open(spot.unread);
        return;
    }
    m_tree->setCurrentIndex(spot.index);
    if (!spot.index.isValid())
        return;
    m_tree->scrollTo(spot.index);
    const auto range = m_model->rangeOf(spot.index);
    if (!wanted.path.empty() && range)
        m_hex->showSelection(range->at.value, std::max<quint64>(range->length.value, 1));
    if (wanted.telling == Wanted::Telling::Others)
        tell(spot.index);
}

/// The user chose an item of the tree: its bytes follow.
void HeaderPage::currentChanged(const QModelIndex& index)
{
    m_panel->describe(index);
    if (m_following)
        return;
    m_wanted.reset();
    const QScopedValueRollback guard{m_following, true};
    const auto range = m_model->rangeOf(index);
    if (!range)
        return;
    m_hex->showSelection(range->at.value, std::max<quint64>(range->length.value, 1));
    tell(index);
}

/// Tells the other pages what the item is, in every space where it is known.
void HeaderPage::tell(const QModelIndex& index)
{
    const auto range = *m_model->rangeOf(index);
    Selection selection;
    selection.host = range.at;
    selection.hostLength = range.length;
    selection.structure = shownText(m_model->structureOf(index)->name);
    const EntryTable* const table = m_model->tableOf(index);
    if (const FieldMark* field = m_model->fieldOf(index)) {
        selection.field = shownText(field->name);
        selection.guest = field->guest;
        if (field->guest && table)
            selection.guestLength = table->coverage;
    }
    if (table) {
        const auto entry = m_model->entryOf(index);
        switch (table->owner.use) {
        case HostUse::SnapshotTable: selection.snapshot = entry; break;
        case HostUse::BitmapDirectory: selection.bitmap = entry; break;
        case HostUse::SnapshotL1Table: selection.snapshot = table->owner.index; break;
        case HostUse::BitmapTable: selection.bitmap = table->owner.index; break;
        default: break;
        }
    }
    m_document.select(selection);
}

/// Bytes were chosen: the field that they belong to follows, if there is one.
void HeaderPage::showBytes(quint64 offset, quint64 length)
{
    Selection selection;
    selection.host = HostOffset{offset};
    selection.hostLength = Bytes{length};
    const auto spot = m_model->locate(HostOffset{offset}, Bytes{length});
    if (spot.index.isValid()) {
        selection.structure = shownText(m_model->structureOf(spot.index)->name);
        if (const FieldMark* field = m_model->fieldOf(spot.index)) {
            selection.field = shownText(field->name);
            selection.guest = field->guest;
        }
    }
    {
        const QScopedValueRollback guard{m_following, true};
        m_document.select(selection);
    }
    choose({{}, {HostOffset{offset}, Bytes{length}}, Wanted::Telling::Nobody});
}

/// Where the records of a table stand in the tree; empty: the image has no such table.
FieldPath HeaderPage::recordPath(HostUse table, std::size_t record) const
{
    for (std::size_t i = 0; i < m_content->tables.size(); ++i) {
        if (m_content->tables[i].owner.use == table && record < m_content->tables[i].entries)
            return {m_content->structures.size() + i, record};
    }
    return {};
}

/// Shows what another page selected.
void HeaderPage::followSelection(const Selection& selection)
{
    if (selection.host) {
        const StructureModel::Range bytes{
            *selection.host, Bytes{std::max<std::uint64_t>(selection.hostLength.value, 1)}};
        const QModelIndex current = m_tree->currentIndex();
        m_hex->showSelection(bytes.at.value, bytes.length.value);
        if (!current.isValid() || m_model->rangeOf(current) != bytes)
            choose({{}, bytes, Wanted::Telling::Nobody});
        return;
    }
    FieldPath path;
    if (selection.snapshot)
        path = recordPath(HostUse::SnapshotTable, *selection.snapshot);
    else if (selection.bitmap)
        path = recordPath(HostUse::BitmapDirectory, *selection.bitmap);
    if (!path.empty())
        choose({path, {}, Wanted::Telling::Nobody});
}

void HeaderPage::follow(const QModelIndex& index)
{
    const FieldMark* const field = m_model->fieldOf(index);
    const auto pointer = field ? pointerOf(*field) : std::nullopt;
    if (!pointer) {
        const QModelIndex item = index.siblingAtColumn(0);
        m_tree->setExpanded(item, !m_tree->isExpanded(item));
        return;
    }
    // As a step of the window, so that its way back leads here again.
    Selection target;
    target.host = *pointer;
    target.hostLength = Bytes{1};
    if (field->target) {
        target.guest = field->guest;
        if (const EntryTable* table = m_model->tableOf(index); table && field->guest)
            target.guestLength = table->coverage;
        m_document.reveal(PageId::Hex, target);
        return;
    }
    // What a field of the header points at stands in the tree itself, if it is a structure.
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const auto whole = m_model->rangeOf(m_model->index(row, 0));
        if (whole && whole->at == *pointer && whole->length.value > 0)
            target.hostLength = whole->length;
    }
    m_document.reveal(PageId::Header, target);
}

void HeaderPage::hover(const QModelIndex& index)
{
    m_model->setHovered(index.isValid() ? index.siblingAtColumn(0) : QModelIndex{});
    const FieldMark* const field = m_model->fieldOf(index);
    m_hex->setHoverFrame(field ? field->at.value : 0, field ? field->length.value : 0);
}

void HeaderPage::startFind()
{
    m_findBar->open();
}

void HeaderPage::findNext(int direction)
{
    m_findBar->searchOn(direction > 0 ? FindDirection::Forward : FindDirection::Backward);
}

void HeaderPage::find(const QString& words, FindDirection direction)
{
    const auto image = m_document.image();
    if (!image)
        return;
    m_findEntries = std::make_shared<std::atomic<quint64>>(0);
    m_finder->start(
        [image, content = m_content, words, from = m_model->pathOf(m_tree->currentIndex()),
            direction, entries = m_findEntries](const JobControl& job) {
            *entries = entriesOf(*image, *content);
            return findField(*image, *content, words, from, direction, job);
        },
        [this](const std::optional<FieldPath>& path) {
            m_findBar->setResult(path ? QString() : tr("Nothing here has these words."));
            if (path)
                choose({*path, {}, Wanted::Telling::Others});
        });
}

QString HeaderPage::copied(CopyForm form) const
{
    const QModelIndex index = m_tree->currentIndex();
    const StructureMark* const structure = m_model->structureOf(index);
    if (!structure || m_hex->hasFocus() || (form != CopyForm::Text && form != CopyForm::Json))
        return {}; // the window copies the bytes that are selected
    const FieldMark* const field = m_model->fieldOf(index);
    if (form == CopyForm::Text)
        return field ? fieldLine(*field, m_model->bitOf(index)) : structureLines(*structure);
    QJsonObject object = field ? fieldObject(*field) : structureObject(*structure);
    if (field)
        object[QStringLiteral("structure")] = shownText(structure->name);
    return QString::fromUtf8(QJsonDocument(QJsonArray{object}).toJson());
}

/// The forms in which what is chosen can be copied.
QMenu* HeaderPage::copyMenu()
{
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    const auto add = [&](const QString& text, CopyForm form) {
        QAction* const action
            = menu->addAction(text, this, [this, form] { m_copier->copy(form, this, m_tree); });
        const QString why = m_copier->whyNot(form);
        action->setEnabled(why.isEmpty());
        action->setToolTip(why);
        action->setStatusTip(why);
    };
    add(tr("Copy as text"), CopyForm::Text);
    add(tr("Copy as hexadecimal bytes"), CopyForm::Hex);
    add(tr("Copy as C array"), CopyForm::C);
    add(tr("Copy as JSON"), CopyForm::Json);
    add(tr("Copy offset"), CopyForm::Offset);
    return menu;
}

bool HeaderPage::showCopyMenu()
{
    copyMenu()->popup(
        m_tree->viewport()->mapToGlobal(m_tree->visualRect(m_tree->currentIndex()).bottomLeft()));
    return true;
}

QVariantMap HeaderPage::savedView() const
{
    constexpr qsizetype mostKept = 32;
    return {{unfoldedKey, m_tree->openNames(mostKept)}};
}

void HeaderPage::restoreView(const QVariantMap& view)
{
    m_tree->openByName(view[unfoldedKey].toStringList());
}

} // namespace platter::app
