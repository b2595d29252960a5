// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ConversionModel.h"

#include "app/document/Hurdle.h"
#include "app/text/CoreText.h"

namespace platter::app {

ConversionModel::ConversionModel(ConversionList& list, QObject* parent)
    : QAbstractTableModel(parent)
    , m_list(list)
{
    connect(&list, &ConversionList::changed, this, &ConversionModel::refresh);
    refresh();
}

void ConversionModel::refresh()
{
    std::vector<quint64> ids;
    for (const ConversionList::Row& row : m_list.rows())
        ids.push_back(row.id);
    if (ids != m_ids) {
        beginResetModel();
        m_ids = std::move(ids);
        endResetModel();
    } else if (!m_ids.empty()) {
        emit dataChanged(index(0, 0), index(static_cast<int>(m_ids.size()) - 1, ColumnCount - 1));
    }
}

int ConversionModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

int ConversionModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ConversionModel::text(std::size_t row, int column) const
{
    const ConversionList::Row& shown = m_list.rows()[row];
    switch (column) {
    case SourceColumn: return shownPath(shown.source.filename());
    case TargetColumn:
        return shown.target.path.empty() ? QStringLiteral("–")
                                         : shownPath(shown.target.path.filename());
    case SizeColumn:
        return shown.forecast && shown.forecast->size ? shownSize(shown.forecast->onDisk.expected)
                                                      : QStringLiteral("–");
    case StateColumn:
        if (hurdleOf(*shown.document) == Hurdle::Reading)
            return tr("opening", "of an image");
        if (!m_list.obstacle(row).isEmpty())
            return tr("not yet", "an image cannot be converted yet");
        return m_list.warnings(row).isEmpty() ? tr("ready", "to be converted")
                                              : tr("ready, see below", "to be converted");
    default: return {};
    }
}

QVariant ConversionModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || static_cast<std::size_t>(index.row()) >= m_list.rows().size())
        return {};
    const auto row = static_cast<std::size_t>(index.row());
    switch (role) {
    case Qt::DisplayRole: return text(row, index.column());
    case Qt::ToolTipRole:
        switch (index.column()) {
        case SourceColumn: return shownPath(m_list.rows()[row].source);
        case TargetColumn: return shownPath(m_list.rows()[row].target.path);
        case SizeColumn: {
            const auto& forecast = m_list.rows()[row].forecast;
            return forecast
                ? forecast->problem.isEmpty() ? forecastText(*forecast) : forecast->problem
                : QString();
        }
        default: return m_list.obstacle(row);
        }
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            (index.column() == SizeColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default: return {};
    }
}

QVariant ConversionModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == SizeColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case SourceColumn: return tr("Image");
    case TargetColumn: return tr("New file");
    case SizeColumn: return tr("Expected");
    case StateColumn: return tr("State");
    default: return {};
    }
}

} // namespace platter::app
