// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ReferencesPanel.h"

#include "app/models/ReferencesModel.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QResizeEvent>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int leastWhatLetters = 18;
    constexpr int mostOwnerLetters = 24;
    constexpr int leastRows = 3;

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

} // namespace

ReferencesPanel::ReferencesPanel(ImageDocument& document, RefcountReader& reader, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_reader(reader)
    , m_references(new ReferencesModel(this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_title(new TextLabel(TextLabel::Rank::Heading))
    , m_words(new TextLabel(TextLabel::Rank::Second))
{
    m_table->setModel(m_references);
    m_table->setAccessibleName(tr("References to the cluster"));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->showRows(leastRows);
    m_table->viewport()->installEventFilter(this);
    m_table->horizontalHeader()->setResizeContentsPrecision(60); // rows that widths are taken from
    m_title->setWordWrap(true);
    m_words->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(smallGap);
    column->addWidget(m_title);
    column->addWidget(m_words);
    column->addWidget(m_table, 1);

    connect(m_table, &QTableView::activated, this,
        [this](const QModelIndex& index) { openReference(index.row()); });
    connect(m_table, &QWidget::customContextMenuRequested, this, &ReferencesPanel::showMenu);
    connect(&reader, &RefcountReader::referencesChanged, this, &ReferencesPanel::showReferences);
    showReferences();
}

QTableView& ReferencesPanel::table() const
{
    return *m_table;
}

bool ReferencesPanel::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table->viewport() && event->type() == QEvent::Resize
        && static_cast<QResizeEvent*>(event)->oldSize().width() != m_table->viewport()->width())
        fitColumns();
    return QWidget::eventFilter(watched, event);
}

/// What refers comes first: where there is little room, the guest's address stands in the tooltip
/// alone.
void ReferencesPanel::fitColumns()
{
    using Model = ReferencesModel;
    QHeaderView& header = *m_table->horizontalHeader();
    QAbstractItemView& view = *m_table;
    const int letter = fontMetrics().averageCharWidth();
    m_table->setColumnHidden(Model::GuestColumn, false); // a hidden one has no width to ask for
    for (int column = 0; column < Model::ColumnCount; ++column)
        header.setSectionResizeMode(column, QHeaderView::Interactive);
    int room = m_table->viewport()->width() - leastWhatLetters * letter;
    for (const int column : {Model::PlaceColumn, Model::OwnerColumn, Model::GuestColumn}) {
        int wanted = std::max(view.sizeHintForColumn(column), header.sectionSizeHint(column));
        if (column == Model::OwnerColumn)
            wanted = std::min(wanted, mostOwnerLetters * letter);
        if (column == Model::GuestColumn)
            m_table->setColumnHidden(column, wanted > room);
        if (!m_table->isColumnHidden(column))
            header.resizeSection(column, wanted);
        room -= wanted;
    }
    header.setSectionResizeMode(Model::WhatColumn, QHeaderView::Stretch);
}

void ReferencesPanel::showReferences()
{
    const auto& references = m_reader.references();
    m_references->setReferences(references, m_document.image());
    fitColumns();
    const auto at = m_reader.referencesAt();
    m_title->setText(at ? tr("References to %1").arg(shownOffset(at->value)) : tr("References"));
    QString words;
    if (!at)
        words = tr("Select a cluster to see who refers to it.");
    else if (!m_reader.referencesProblem().isEmpty())
        words = m_reader.referencesProblem();
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
    m_words->setText(words);
}

Selection ReferencesPanel::selectionOf(int row) const
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

void ReferencesPanel::openReference(int row)
{
    const HostReference& reference = m_references->reference(row);
    if (!reference.place)
        m_document.reveal(PageId::Header, selectionOf(row));
    else
        m_document.reveal(PageId::Hex, selectionOf(row));
}

void ReferencesPanel::showMenu(const QPoint& at)
{
    const QModelIndex index = m_table->indexAt(at);
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
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

} // namespace platter::app
