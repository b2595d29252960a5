// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/MapCellsModel.h"

#include "app/text/CoreText.h"
#include "app/text/MapText.h"

#include <algorithm>
#include <limits>

namespace platter::app {

MapCellsModel::MapCellsModel(MapExtract extract, QObject* parent)
    : QAbstractTableModel(parent)
    , m_extract(std::move(extract))
{
}

int MapCellsModel::rowCount(const QModelIndex& parent) const
{
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return parent.isValid() ? 0 : static_cast<int>(std::min(m_extract.cellCount(), most));
}

int MapCellsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant MapCellsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const auto cell = m_extract.cellAt(static_cast<std::uint64_t>(index.row()));
    if (role == OffsetRole)
        return QVariant::fromValue(static_cast<qulonglong>(cell.from));
    if (role == LengthRole)
        return QVariant::fromValue(static_cast<qulonglong>(cell.length.value));
    const auto places
        = m_extract.detail ? m_extract.detail->placesOf(cell.from, cell.length) : std::nullopt;
    const CellShares shares = m_extract.picture->shares(cell.from, cell.length.value);
    if (role == Qt::AccessibleTextRole && index.column() == FirstColumn)
        return mapCellText(m_extract.subject, cell.from, cell.length, shares, places);
    if (role == Qt::ToolTipRole && index.column() == LengthColumn)
        return exactSize(cell.length);
    if (role == Qt::TextAlignmentRole && index.column() == LengthColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case FirstColumn: return shownOffset(cell.from);
    case LengthColumn: return shownSize(cell.length);
    case MostlyColumn: {
        // Behind the range that the other columns tell already.
        const QString text = mapCellText(m_extract.subject, cell.from, cell.length, shares, places);
        return text.section(QStringLiteral(", "), 1);
    }
    case SharesColumn:
        return shares.known ? mapShareTexts(m_extract.subject, shares).join(QStringLiteral(", "))
                            : QString();
    case EntryColumn: return mapEntryText(m_extract.subject, cell.from, cell.length, places);
    default: return {};
    }
}

QVariant MapCellsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case FirstColumn:
        return m_extract.subject.view == MapView::Guest ? tr("Guest offset") : tr("Offset in file");
    case LengthColumn: return tr("Length");
    case MostlyColumn: return tr("Mostly");
    case SharesColumn: return tr("Shares");
    case EntryColumn: return tr("Table entry");
    default: return {};
    }
}

} // namespace platter::app
