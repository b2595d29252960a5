// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/SpaceModel.h"

#include "app/text/CoreText.h"

namespace platter::app {

void SpaceModel::setRows(std::vector<Overview::SpaceRow> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    m_whole = {};
    for (const Overview::SpaceRow& row : m_rows)
        m_whole += row.bytes;
    endResetModel();
}

int SpaceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int SpaceModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant SpaceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Overview::SpaceRow& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == KindRole)
        return static_cast<int>(row.kind);
    if (role == Qt::DecorationRole && index.column() == NameColumn && m_swatchOf)
        return m_swatchOf(row.kind);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case NameColumn: return row.name;
        case SizeColumn: return shownSize(row.bytes);
        case ShareColumn: return shownShare(row.bytes, m_whole);
        default: return {};
        }
    }
    if (role == Qt::ToolTipRole)
        return exactSize(row.bytes);
    if (role == Qt::TextAlignmentRole && index.column() != NameColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant SpaceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == NameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Used for");
    case SizeColumn: return tr("Bytes");
    case ShareColumn: return tr("Share of the file");
    default: return {};
    }
}

} // namespace platter::app
