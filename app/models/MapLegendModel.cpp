// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/MapLegendModel.h"

#include "app/text/CoreText.h"
#include "widgets/theme/Pattern.h"

namespace platter::app {

void MapLegendModel::setView(MapView view, const MapAspect& aspect)
{
    beginResetModel();
    m_rows.clear();
    for (MapCategoryWords& words : mapCategories(view, aspect))
        m_rows.push_back({Row::What::Category, std::move(words), true});
    m_rows.push_back({Row::What::Ground, mapGround(view, aspect), true});
    m_totals = {};
    endResetModel();
    emit lookChanged();
}

void MapLegendModel::setTotals(const MapTotals& totals)
{
    m_totals = totals;
    if (m_rows.empty())
        return;
    const bool hasRow = m_rows.back().what == Row::What::Unread;
    const bool needsRow = totals.unread.value != 0;
    const int last = rowCount();
    if (needsRow && !hasRow) {
        beginInsertRows({}, last, last);
        m_rows.push_back({Row::What::Unread, {0, tr("Not read yet"), {}, Token::Divider}, true});
        endInsertRows();
    } else if (hasRow && !needsRow) {
        beginRemoveRows({}, last - 1, last - 1);
        m_rows.pop_back();
        endRemoveRows();
    }
    emit dataChanged(index(0, SizeColumn), index(rowCount() - 1, ShareColumn));
}

ClusterMapLook MapLegendModel::look() const
{
    ClusterMapLook look;
    look.kinds.resize(mapKinds, Token::MapProblem);
    look.problem = static_cast<int>(MapKind::Problem);
    for (const Row& row : m_rows) {
        if (row.what == Row::What::Category) {
            look.kinds[row.words.category] = row.words.token;
            look.hidden[row.words.category] = !row.ticked;
        } else if (row.what == Row::What::Ground && !row.ticked) {
            look.ground = Token::Window;
        }
    }
    return look;
}

Bytes MapLegendModel::bytesOf(const Row& row) const
{
    switch (row.what) {
    case Row::What::Category: return m_totals.of[row.words.category];
    case Row::What::Ground: return m_totals.ground;
    case Row::What::Unread: break;
    }
    return m_totals.unread;
}

int MapLegendModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int MapLegendModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant MapLegendModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const Bytes bytes = bytesOf(row);
    const bool about = m_totals.counting == MapTotals::Counting::About && bytes.value != 0;
    if (role == Qt::DisplayRole) {
        if (index.column() == NameColumn)
            return row.words.name;
        if (index.column() == SizeColumn)
            return about ? tr("~%1", "about so many bytes").arg(shownSize(bytes))
                         : shownSize(bytes);
        Bytes all = m_totals.ground + m_totals.unread;
        for (const Bytes part : m_totals.of)
            all += part;
        return shownShare(bytes, all);
    }
    if (role == Qt::ToolTipRole && index.column() == NameColumn)
        return row.words.meaning;
    if (role == Qt::ToolTipRole)
        return about ? tr("About %1, from the shares of the visible cells").arg(shownSize(bytes))
                     : exactSize(bytes);
    if (role == Qt::TextAlignmentRole && index.column() != NameColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (index.column() != NameColumn)
        return {};
    if (role == Qt::CheckStateRole && row.what != Row::What::Unread)
        return row.ticked ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::DecorationRole)
        return kindSwatch(row.words.token);
    return {};
}

bool MapLegendModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable))
        return false;
    m_rows[static_cast<std::size_t>(index.row())].ticked = value.toInt() == Qt::Checked;
    emit dataChanged(index, index, {Qt::CheckStateRole});
    emit lookChanged();
    return true;
}

Qt::ItemFlags MapLegendModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags result = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (index.column() == NameColumn
        && m_rows[static_cast<std::size_t>(index.row())].what != Row::What::Unread)
        result |= Qt::ItemIsUserCheckable;
    return result;
}

QVariant MapLegendModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == NameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("In view");
    case SizeColumn: return tr("Bytes");
    case ShareColumn: return tr("Share");
    default: return {};
    }
}

} // namespace platter::app
