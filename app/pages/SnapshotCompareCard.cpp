// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotCompareCard.h"

#include "app/models/DifferenceModel.h"
#include "app/models/SnapshotsModel.h"
#include "app/text/CoreText.h"
#include "app/text/SnapshotText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/SearchBox.h"
#include "widgets/clustermap/ClusterMap.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mostNameLetters = 30; ///< a longer name would not wrap

    QColor shadeColor(DifferenceKind kind)
    {
        switch (kind) {
        case DifferenceKind::Changed: return color(Token::MapData);
        case DifferenceKind::New: return color(Token::MapCompressed);
        case DifferenceKind::Gone: return color(Token::MapSnapshot);
        case DifferenceKind::SameContent: return color(Token::MapZero);
        case DifferenceKind::Damaged: return color(Token::MapProblem);
        case DifferenceKind::Same: break;
        }
        return color(Token::MapFree);
    }

} // namespace

SnapshotCompareCard::SnapshotCompareCard(
    ImageDocument& document, SnapshotsModel& snapshots, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_snapshots(snapshots)
    , m_comparison(new StateComparison(document, this))
    , m_figures(new DifferenceModel(shadeColor, this))
    , m_title(new TextLabel(TextLabel::Rank::Heading))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_state(new TextLabel(TextLabel::Rank::Second))
    , m_place(new TextLabel(TextLabel::Rank::Second))
    , m_other(new SearchBox)
    , m_content(new ActionButton(tr("Compare bytes")))
    , m_stop(new ActionButton(tr("Stop")))
    , m_map(new ClusterMap)
{
    m_title->setWordWrap(true);
    m_summary->setWordWrap(true);
    m_state->setWordWrap(true);
    m_place->setWordWrap(true);
    auto* table = new PlainTable;
    table->setModel(m_figures);
    table->setAccessibleName(tr("Differences"));
    m_map->setLook(differenceLook());
    m_map->setAccessibleName(tr("Map of differences"));
    m_map->setMinimumHeight(96);

    m_other->setAccessibleName(tr("Compare with"));
    m_other->setToolTip(tr("Compare with another state. Two chosen rows are compared with each "
                           "other, too."));
    m_other->setMinimumContentsLength(10);
    m_other->setRows(snapshots, SnapshotsModel::NameColumn);
    m_content->setToolTip(
        tr("Reads what is stored in both states and tells whether the bytes are the same"));
    m_stop->setLook(ActionButton::Look::Link);

    auto* tools = new QHBoxLayout;
    tools->setSpacing(gap);
    auto* with = new TextLabel(TextLabel::Rank::Body, tr("Compare with"));
    with->setWordWrap(true);
    tools->addWidget(with);
    tools->addWidget(m_other, 1);
    auto* result = new QHBoxLayout;
    result->setSpacing(gap);
    result->addWidget(m_summary, 1);
    result->addWidget(m_content, 0, Qt::AlignTop);
    auto* stateLine = new QHBoxLayout;
    stateLine->setSpacing(gap);
    stateLine->addWidget(m_state, 1);
    stateLine->addWidget(m_stop, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    column->addWidget(m_title);
    column->addLayout(tools);
    column->addLayout(result);
    column->addLayout(stateLine);
    column->addWidget(table);
    column->addWidget(m_map, 1);
    column->addWidget(m_place);

    connect(m_comparison, &StateComparison::changed, this, &SnapshotCompareCard::refresh);
    connect(
        m_comparison, &StateComparison::pictureChanged, this, &SnapshotCompareCard::refreshPicture);
    connect(m_stop, &ActionButton::clicked, m_comparison, &StateComparison::stop);
    connect(m_content, &ActionButton::clicked, this, [this] {
        m_comparison->compare(
            m_comparison->first(), m_comparison->second(), DifferenceOptions::Depth::Content);
    });
    connect(m_other, &QComboBox::activated, this, [this](int row) {
        if (m_snapshots.stateOf(row) != m_chosen)
            compare(m_chosen, m_snapshots.stateOf(row));
    });
    connect(m_map, &ClusterMap::cellsChosen, this, &SnapshotCompareCard::chooseCells);
    connect(m_map, &ClusterMap::cellHovered, this, [this](quint64 from, quint64 length) {
        m_place->setText(tr("Guest %1 to %2").arg(shownOffset(from), shownOffset(from + length)));
    });
    connect(m_map, &ClusterMap::hoverLeft, m_place, &QLabel::clear);
    refresh();
}

void SnapshotCompareCard::compare(StateIndex chosen, StateIndex other)
{
    m_active = true;
    m_chosen = chosen;
    m_place->clear();
    // The earlier state comes first; now is the latest.
    const bool otherIsLater = chosen && (!other || *other > *chosen);
    m_comparison->compare(otherIsLater ? chosen : other, otherIsLater ? other : chosen,
        DifferenceOptions::Depth::Tables);
    m_other->choose(m_snapshots.rowOf(other));
}

void SnapshotCompareCard::clear()
{
    m_active = false;
    m_comparison->clear();
}

void SnapshotCompareCard::refreshPicture()
{
    m_map->setSource(m_comparison->picture(), ClusterMap::View::Keep);
    m_map->dataArrived();
}

void SnapshotCompareCard::refresh()
{
    setVisible(m_active);
    if (!m_active)
        return;
    const auto& snapshots = m_snapshots.snapshots();
    const auto shortName = [&](StateIndex state) {
        const QFontMetrics& metrics = m_title->fontMetrics();
        return metrics.elidedText(stateName(snapshots, state), Qt::ElideMiddle,
            mostNameLetters * metrics.averageCharWidth());
    };
    const QString first = shortName(m_comparison->first());
    const QString second = shortName(m_comparison->second());
    const auto& totals = m_comparison->totals();
    QString title = tr("%1 compared with %2").arg(second, first);
    title.front() = title.front().toUpper(); // it begins with a name, or with "now"
    m_title->setText(title);
    const bool isDeep = m_comparison->depth() == DifferenceOptions::Depth::Content;

    std::vector<DifferenceModel::Row> rows;
    Bytes different{};
    const auto add = [&](DifferenceKind kind) {
        DifferenceModel::Row row;
        row.kind = kind;
        row.bytes = m_comparison->soFar(kind);
        if (totals)
            row.clusters = totals->clustersOf(kind);
        rows.push_back(row);
    };
    for (const DifferenceKind kind :
        {DifferenceKind::Changed, DifferenceKind::New, DifferenceKind::Gone}) {
        add(kind);
        different += m_comparison->soFar(kind);
    }
    if (isDeep)
        add(DifferenceKind::SameContent);
    if (m_comparison->soFar(DifferenceKind::Damaged).value)
        add(DifferenceKind::Damaged);
    m_figures->setRows(std::move(rows));

    if (totals && different.value == 0 && totals->of(DifferenceKind::Damaged).value == 0)
        m_summary->setText(tr("Both disks hold the same."));
    else if (totals)
        m_summary->setText(tr("%1 differ.", "an amount of guest data").arg(shownSize(different)));
    else
        m_summary->setText(tr("%1 differ so far.").arg(shownSize(different)));

    QString state = m_comparison->problem();
    if (m_comparison->isRunning())
        state = isDeep ? tr("Reading the data: %1 %").arg(m_comparison->permille() / 10)
                       : tr("Reading the tables: %1 %").arg(m_comparison->permille() / 10);
    else if (totals && totals->firstSize != totals->secondSize)
        state = tr("The disk had %1, and has %2.")
                    .arg(shownSize(totals->firstSize), shownSize(totals->secondSize));
    m_state->setText(state);
    m_state->setVisible(!state.isEmpty());
    m_stop->setVisible(m_comparison->isRunning());
    QString reason;
    if (m_document.isLocked())
        reason = tr("Needs the image unlocked");
    else if (isDeep && totals)
        reason = tr("The bytes were compared");
    else if (totals && totals->of(DifferenceKind::Changed).value == 0)
        reason = tr("Nothing is stored in both states");
    m_content->setEnabled(reason.isEmpty() && totals.has_value());
    m_content->setAccessibleDescription(reason);
    if (!reason.isEmpty())
        m_content->setToolTip(reason);
    else
        m_content->setToolTip(
            tr("Reads what is stored in both states and tells whether the bytes are the same"));
    const auto row = [&](DifferenceKind kind) { return shownSize(m_comparison->soFar(kind)); };
    m_map->setAccessibleDescription(tr("%1 changed, %2 new, %3 gone")
                                        .arg(row(DifferenceKind::Changed), row(DifferenceKind::New),
                                            row(DifferenceKind::Gone)));
}

/// Tells the other pages which guest range was chosen.
void SnapshotCompareCard::chooseCells(quint64 from, quint64 length)
{
    Selection selection;
    selection.guest = GuestOffset{from};
    selection.guestLength = Bytes{length};
    selection.snapshot = m_document.selection().snapshot;
    m_document.select(selection);
}

} // namespace platter::app
