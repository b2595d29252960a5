// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/OverlaysModel.h"

#include "app/text/CoreText.h"

namespace platter::app {

void OverlaysModel::setOverlays(std::vector<FoundOverlay> overlays)
{
    beginResetModel();
    m_overlays = std::move(overlays);
    endResetModel();
}

int OverlaysModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_overlays.size());
}

int OverlaysModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant OverlaysModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const FoundOverlay& overlay = m_overlays[static_cast<std::size_t>(index.row())];
    const bool tip = role == Qt::ToolTipRole;
    switch (index.column()) {
    case NameColumn: return shownPath(tip ? overlay.path : overlay.path.filename());
    case RestsOnColumn:
        if (tip)
            return shownPath(overlay.restsOn);
        return overlay.distance == 1 ? tr("this image, directly")
                                     : tr("%1, %2 steps away")
                                           .arg(shownPath(overlay.restsOn.filename()))
                                           .arg(overlay.distance);
    case FormatColumn: return shownText(overlay.formatId);
    case SizeColumn: return tip ? exactSize(overlay.virtualSize) : shownSize(overlay.virtualSize);
    case NoteColumn:
        if (overlay.role == NamedFile::Role::Data)
            return tr("keeps its data in it");
        return overlay.isOlder ? tr("older than what it rests on") : QString();
    default: return {};
    }
}

QVariant OverlaysModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Image");
    case RestsOnColumn: return tr("Rests on");
    case FormatColumn: return tr("Format");
    case SizeColumn: return tr("Disk size");
    case NoteColumn: return tr("Note");
    default: return {};
    }
}

} // namespace platter::app
