// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/MapTableDialog.h"

#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

MapTableDialog::MapTableDialog(MapExtract extract, QWidget* parent)
    : QDialog(parent)
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
{
    setWindowTitle(tr("Map as a table"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* const cells = new MapCellsModel(std::move(extract), this);
    auto* const intro = new TextLabel(TextLabel::Rank::Second,
        tr("%Ln cell(s) in view, by address. Enter shows one on the map.", nullptr,
            cells->rowCount()));
    intro->setWordWrap(true);
    m_table->setModel(cells);
    m_table->setAccessibleName(windowTitle());
    fitColumns(*cells);
    connect(m_table, &PlainTable::activated, this, [this](const QModelIndex& index) {
        emit cellActivated(index.data(MapCellsModel::OffsetRole).toULongLong(),
            index.data(MapCellsModel::LengthRole).toULongLong());
    });
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(intro);
    column->addWidget(m_table, 1);
    fitButtons(*buttons);
    column->addWidget(buttons);
    resize(880, 560);
}

/// Measures once: words are made for each cell that is measured, and a header that fits its columns
/// itself measures at every layout. Addresses are longest at the end.
void MapTableDialog::fitColumns(const MapCellsModel& cells)
{
    constexpr int rowsInView = 24;
    QHeaderView& header = *m_table->horizontalHeader();
    header.setResizeContentsPrecision(rowsInView);
    for (int column = 0; column < MapCellsModel::ColumnCount; ++column) {
        if (column == MapCellsModel::SharesColumn) {
            header.setSectionResizeMode(column, QHeaderView::Stretch);
            continue;
        }
        const QModelIndex last = cells.index(cells.rowCount() - 1, column);
        header.setSectionResizeMode(column, QHeaderView::Interactive);
        m_table->resizeColumnToContents(column);
        header.resizeSection(
            column, std::max(header.sectionSize(column), m_table->sizeHintForIndex(last).width()));
    }
}

} // namespace platter::app
