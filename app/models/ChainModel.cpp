// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ChainModel.h"

#include "app/text/CoreText.h"

namespace platter::app {

void ChainModel::setDocument(const ImageDocument& document)
{
    beginResetModel();
    m_rows.clear();
    if (const auto image = document.image()) {
        m_rows.push_back({document.name(), shownPath(document.path()),
            shownText(image->formatName()), shownSize(image->virtualSize()),
            exactSize(image->virtualSize()), ChainLink::State::Opened, tr("This image"), {}});
    }
    for (const ChainLink& link : document.chain()) {
        Row row;
        row.name = shownText(link.name.named.name);
        row.path = link.name.path.empty() ? tr("–", "no path") : shownPath(link.name.path);
        row.problem = shownText(link.problem);
        row.state = link.state;
        if (link.opened) {
            const Image& image = *link.opened->image;
            row.format = shownText(image.formatName());
            row.size = shownSize(image.virtualSize());
            row.exactSize = exactSize(image.virtualSize());
        } else if (link.name.named.format) {
            row.format = tr("%1, as stored").arg(shownText(*link.name.named.format));
        } else {
            row.format = tr("not stored");
        }
        switch (link.state) {
        case ChainLink::State::Opened:
            row.stateText = link.name.named.role == NamedFile::Role::Data
                ? tr("Found, holds the data")
                : tr("Found");
            break;
        case ChainLink::State::NeedsConsent: row.stateText = tr("Needs your consent"); break;
        case ChainLink::State::Missing: row.stateText = tr("Missing"); break;
        case ChainLink::State::Refused: row.stateText = tr("Not followed"); break;
        case ChainLink::State::Broken: row.stateText = tr("Cannot be used"); break;
        }
        m_rows.push_back(std::move(row));
    }
    endResetModel();
}

int ChainModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ChainModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ChainModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == LinkStateRole)
        return static_cast<int>(row.state);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case NameColumn: return row.name;
        case PathColumn: return row.path;
        case FormatColumn: return row.format;
        case SizeColumn: return row.size;
        case StateColumn: return row.stateText;
        default: return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (index.column()) {
        case NameColumn: return row.name;
        case PathColumn: return row.path;
        case SizeColumn: return row.exactSize;
        case StateColumn: return row.problem;
        default: return {};
        }
    }
    if (role == Qt::TextAlignmentRole && index.column() == SizeColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant ChainModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == SizeColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Name as stored");
    case PathColumn: return tr("Leads to");
    case FormatColumn: return tr("Format");
    case SizeColumn: return tr("Disk size");
    case StateColumn: return tr("State");
    default: return {};
    }
}

} // namespace platter::app
