// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotsPage.h"

#include "app/models/SnapshotsModel.h"
#include "app/pages/EmptyHint.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

namespace platter::app {

SnapshotsPage::SnapshotsPage(ImageDocument& document, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new SnapshotsModel(this))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
{
    addWidget(new EmptyHint(QStringLiteral("history"), tr("No snapshots yet"),
        tr("A snapshot keeps the present state of the disk inside the file, to return to.")));

    auto* sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(m_model);
    sorted->setSortRole(SnapshotsModel::SortRole);
    sorted->setSortCaseSensitivity(Qt::CaseInsensitive);
    auto* table = new PlainTable(PlainTable::Height::FillsPage);
    table->setModel(sorted);
    table->setSortingEnabled(true);
    table->sortByColumn(SnapshotsModel::DateColumn, Qt::AscendingOrder);
    table->setAccessibleName(tr("Snapshots"));
    QHeaderView* header = table->horizontalHeader();
    for (int column = 0; column < SnapshotsModel::ColumnCount; ++column)
        header->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    header->setSectionResizeMode(SnapshotsModel::NameColumn, QHeaderView::Stretch);
    connect(sorted, &QAbstractItemModel::modelReset, header, [header] {
        header->setSectionResizeMode(SnapshotsModel::IdColumn, QHeaderView::ResizeToContents);
        header->setSectionResizeMode(SnapshotsModel::NameColumn, QHeaderView::Stretch);
    });

    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    m_summary->setWordWrap(true);
    column->addWidget(m_summary);
    column->addWidget(table, 1);
    addWidget(list);

    connect(&document, &ImageDocument::imageChanged, this, &SnapshotsPage::refresh);
    connect(&document, &ImageDocument::hostTotalsChanged, this, &SnapshotsPage::refresh);
    refresh();
}

void SnapshotsPage::refresh()
{
    const auto image = m_document.image();
    const auto snapshots = image ? image->snapshots() : std::vector<SnapshotInfo>{};
    const auto count = static_cast<int>(snapshots.size());
    if (m_model->rowCount() != count || !m_document.hostTotals())
        m_model->setSnapshots(snapshots);
    QString summary = tr("%n state(s) of the disk are kept inside the file.", nullptr, count);
    if (const auto& totals = m_document.hostTotals())
        summary += QLatin1Char(' ')
            + tr("%1 are used by them alone.")
                  .arg(shownSize(totals->of(HostUse::DataSnapshot)
                      + totals->of(HostUse::CompressedSnapshot)
                      + totals->of(HostUse::SnapshotL2Table)));
    m_summary->setText(summary);
    setCurrentIndex(count == 0 ? 0 : 1);
}

} // namespace platter::app
