// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/MapLegendModel.h"

#include "app/text/CoreText.h"

#include <QColor>
#include <QCoreApplication>

namespace platter::app {

namespace {

    struct Words {
        Q_DECLARE_TR_FUNCTIONS(Map)
    };

    std::vector<MapKind> kindsOf(MapView view)
    {
        if (view == MapView::Guest)
            return {MapKind::Data, MapKind::Compressed, MapKind::Zero, MapKind::Backing,
                MapKind::Problem};
        return {MapKind::Data, MapKind::Compressed, MapKind::Snapshot, MapKind::Zero,
            MapKind::Metadata, MapKind::Leaked, MapKind::Problem};
    }

} // namespace

QString mapKindText(MapKind kind, MapView view)
{
    switch (kind) {
    case MapKind::Data: return Words::tr("Data");
    case MapKind::Zero:
        return view == MapView::Guest ? Words::tr("Reads as zero") : Words::tr("Kept for zeros");
    case MapKind::Compressed: return Words::tr("Compressed");
    case MapKind::Snapshot: return Words::tr("In snapshots");
    case MapKind::Backing: return Words::tr("From backing file");
    case MapKind::Metadata: return Words::tr("Metadata");
    case MapKind::Leaked: return Words::tr("Leaked");
    case MapKind::Problem: return Words::tr("Problem");
    }
    return {};
}

QString mapKindMeaning(MapKind kind, MapView view)
{
    const bool guest = view == MapView::Guest;
    switch (kind) {
    case MapKind::Data:
        return guest ? Words::tr("Stored byte for byte in this image")
                     : Words::tr("Guest data of the present state alone");
    case MapKind::Zero:
        return guest ? Words::tr("Marked as zeros; the file stores nothing for it")
                     : Words::tr("Reserved in the file for guest data that reads as zeros");
    case MapKind::Compressed: return Words::tr("Guest data, stored compressed");
    case MapKind::Snapshot:
        return Words::tr("Guest data that at least one snapshot uses, alone or together with the "
                         "present state; and saved machine states");
    case MapKind::Backing: return Words::tr("Not in this image: a file below it is asked");
    case MapKind::Metadata: return Words::tr("Header and tables of the format");
    case MapKind::Leaked: return Words::tr("Counted as used, but nothing uses it");
    case MapKind::Problem:
        return guest
            ? Words::tr("Its table entry cannot be followed")
            : Words::tr("Used in two ways that exclude each other, or used and not counted");
    }
    return {};
}

QString mapGroundText(MapView view)
{
    return view == MapView::Guest ? Words::tr("Unallocated") : Words::tr("Free");
}

Token mapKindToken(MapKind kind)
{
    switch (kind) {
    case MapKind::Data: return Token::MapData;
    case MapKind::Zero: return Token::MapZero;
    case MapKind::Compressed: return Token::MapCompressed;
    case MapKind::Snapshot: return Token::MapSnapshot;
    case MapKind::Backing: return Token::MapBacking;
    case MapKind::Metadata: return Token::MapMetadata;
    case MapKind::Leaked: return Token::MapLeaked;
    case MapKind::Problem: return Token::MapProblem;
    }
    return Token::MapProblem;
}

void MapLegendModel::setView(MapView view)
{
    beginResetModel();
    m_view = view;
    m_rows.clear();
    for (const MapKind kind : kindsOf(view))
        m_rows.push_back({Row::What::Kind, kind, true});
    m_rows.push_back({Row::What::Ground, {}, true});
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
        m_rows.push_back({Row::What::Unread, {}, true});
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
    for (std::size_t kind = 0; kind < mapKinds; ++kind)
        look.kinds.push_back(mapKindToken(static_cast<MapKind>(kind)));
    look.problem = static_cast<int>(MapKind::Problem);
    for (const Row& row : m_rows) {
        if (row.ticked)
            continue;
        if (row.what == Row::What::Kind)
            look.hidden[static_cast<std::size_t>(row.kind)] = true;
        else
            look.ground = Token::Window;
    }
    return look;
}

Bytes MapLegendModel::bytesOf(const Row& row) const
{
    switch (row.what) {
    case Row::What::Kind: return m_totals.of[static_cast<std::size_t>(row.kind)];
    case Row::What::Ground: return m_totals.ground;
    case Row::What::Unread: break;
    }
    return m_totals.unread;
}

QString MapLegendModel::nameOf(const Row& row) const
{
    switch (row.what) {
    case Row::What::Kind: return mapKindText(row.kind, m_view);
    case Row::What::Ground: return mapGroundText(m_view);
    case Row::What::Unread: break;
    }
    return tr("Not read yet");
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
            return nameOf(row);
        if (index.column() == SizeColumn)
            return about ? tr("~%1", "about so many bytes").arg(shownSize(bytes))
                         : shownSize(bytes);
        Bytes all = m_totals.ground + m_totals.unread;
        for (const Bytes part : m_totals.of)
            all += part;
        return shownShare(bytes, all);
    }
    if (role == Qt::ToolTipRole && index.column() == NameColumn)
        return row.what == Row::What::Kind ? mapKindMeaning(row.kind, m_view) : QVariant();
    if (role == Qt::ToolTipRole)
        return about ? tr("About %1, from the shares of the visible cells").arg(shownSize(bytes))
                     : exactSize(bytes);
    if (role == Qt::TextAlignmentRole && index.column() != NameColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (index.column() != NameColumn)
        return {};
    if (role == Qt::CheckStateRole && row.what != Row::What::Unread)
        return row.ticked ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::DecorationRole) {
        switch (row.what) {
        case Row::What::Kind: return Theme::color(mapKindToken(row.kind));
        case Row::What::Ground: return Theme::color(Token::MapFree);
        case Row::What::Unread: return Theme::color(Token::Divider);
        }
    }
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
