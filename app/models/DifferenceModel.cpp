// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/DifferenceModel.h"

#include "app/text/CoreText.h"

#include <QLocale>

namespace platter::app {

namespace {

    QString kindText(DifferenceKind kind)
    {
        switch (kind) {
        case DifferenceKind::Same: return DifferenceModel::tr("The same");
        case DifferenceKind::SameContent: return DifferenceModel::tr("Stored twice, same bytes");
        case DifferenceKind::Changed: return DifferenceModel::tr("Changed");
        case DifferenceKind::New: return DifferenceModel::tr("New");
        case DifferenceKind::Gone: return DifferenceModel::tr("Gone");
        case DifferenceKind::Damaged: return DifferenceModel::tr("Cannot be followed");
        }
        return {};
    }

    QString kindMeaning(DifferenceKind kind)
    {
        switch (kind) {
        case DifferenceKind::Same: return {};
        case DifferenceKind::SameContent:
            return DifferenceModel::tr("Written again with what was there before");
        case DifferenceKind::Changed:
            return DifferenceModel::tr("Stored in both states, in different places of the file");
        case DifferenceKind::New: return DifferenceModel::tr("Stored in the later state only");
        case DifferenceKind::Gone: return DifferenceModel::tr("Stored in the earlier state only");
        case DifferenceKind::Damaged:
            return DifferenceModel::tr("A table entry of one of the states is damaged");
        }
        return {};
    }

} // namespace

DifferenceModel::DifferenceModel(std::function<QColor(DifferenceKind)> colorOf, QObject* parent)
    : QAbstractTableModel(parent)
    , m_colorOf(std::move(colorOf))
{
}

void DifferenceModel::setRows(std::vector<Row> rows)
{
    if (rows.size() == m_rows.size()) {
        m_rows = std::move(rows);
        if (!m_rows.empty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int DifferenceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int DifferenceModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DifferenceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::DecorationRole && index.column() == KindColumn)
        return m_colorOf(row.kind);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case KindColumn: return kindText(row.kind);
        case BytesColumn: return shownSize(row.bytes);
        case ClustersColumn:
            return row.clusters ? QLocale().toString(static_cast<qulonglong>(*row.clusters))
                                : QStringLiteral("–");
        default: return {};
        }
    }
    if (role == Qt::ToolTipRole)
        return index.column() == KindColumn ? kindMeaning(row.kind) : exactSize(row.bytes);
    if (role == Qt::TextAlignmentRole && index.column() != KindColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant DifferenceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == KindColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case KindColumn: return tr("Difference");
    case BytesColumn: return tr("Bytes");
    case ClustersColumn: return tr("Clusters");
    default: return {};
    }
}

} // namespace platter::app
