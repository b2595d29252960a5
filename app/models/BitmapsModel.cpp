// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/BitmapsModel.h"

#include "app/text/CoreText.h"

namespace platter::app {

void BitmapsModel::setBitmaps(std::vector<BitmapInfo> bitmaps, Bytes diskSize)
{
    beginResetModel();
    m_bitmaps = std::move(bitmaps);
    m_counts.clear();
    m_diskSize = diskSize;
    endResetModel();
}

void BitmapsModel::setCounts(std::vector<BitmapCount> counts)
{
    m_counts = std::move(counts);
    if (!m_bitmaps.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void BitmapsModel::setReading(Reading reading)
{
    m_reading = reading;
    if (!m_bitmaps.empty())
        emit dataChanged(index(0, DirtyColumn), index(rowCount() - 1, DirtyColumn));
}

const BitmapCount* BitmapsModel::count(int row) const
{
    const auto index = static_cast<std::size_t>(row);
    return row >= 0 && index < m_counts.size() ? &m_counts[index] : nullptr;
}

QString BitmapsModel::stateOf(const BitmapInfo& bitmap)
{
    if (bitmap.inUse)
        return tr("In use: not reliable");
    if (!bitmap.consistent)
        return tr("Stale: not reliable");
    return bitmap.autoLoad ? tr("Enabled") : tr("Disabled");
}

QString BitmapsModel::meaningOf(int row) const
{
    const BitmapInfo& bitmap = m_bitmaps[static_cast<std::size_t>(row)];
    const BitmapCount* counted = count(row);
    QString text;
    if (bitmap.inUse)
        text = tr("The program that kept this bitmap did not finish, or is running now: writes are "
                  "missing from it. If no virtual machine uses the image, it can only be removed; "
                  "the next backup must be a full one.");
    else if (!bitmap.consistent)
        text = tr("A program that does not know bitmaps has written to the image: writes are "
                  "missing from it. It can only be removed; the next backup must be a full one.");
    else if (bitmap.autoLoad)
        text = tr("A virtual machine that opens the image goes on recording what it writes.");
    else
        text = tr("It is kept as it is; a virtual machine does not add to it.");
    if (counted && !counted->problem.isEmpty())
        text += QLatin1Char(' ') + tr("Its bits cannot be read: %1").arg(counted->problem);
    return text;
}

QString BitmapsModel::csv() const
{
    QString lines = QStringLiteral(
        "name,granularity,dirty_bytes,disk_bytes,enabled,in_use,consistent,bytes_in_file\n");
    const auto flag = [](bool set) { return QLatin1String(set ? "true" : "false"); };
    for (int row = 0; row < rowCount(); ++row) {
        const BitmapInfo& bitmap = m_bitmaps[static_cast<std::size_t>(row)];
        const BitmapCount* counted = count(row);
        QString name = shownText(bitmap.name);
        name.replace(QLatin1Char('"'), QLatin1String("\"\""));
        lines += QStringLiteral("\"%1\",%2,%3,%4,%5,%6,%7,%8\n")
                     .arg(name)
                     .arg(bitmap.granularity.value)
                     .arg(counted && counted->dirty ? QString::number(counted->dirty->value)
                                                    : QString())
                     .arg(m_diskSize.value)
                     .arg(flag(bitmap.autoLoad), flag(bitmap.inUse), flag(bitmap.consistent))
                     .arg(counted ? QString::number(counted->inFile.value) : QString());
    }
    return lines;
}

int BitmapsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_bitmaps.size());
}

int BitmapsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant BitmapsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const BitmapInfo& bitmap = m_bitmaps[static_cast<std::size_t>(index.row())];
    const BitmapCount* counted = count(index.row());
    const bool isText = index.column() == NameColumn || index.column() == StateColumn;
    if (role == Qt::TextAlignmentRole)
        return int((isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        switch (index.column()) {
        case NameColumn: return shownText(bitmap.name);
        case DirtyColumn: return counted && counted->dirty ? exactSize(*counted->dirty) : QString();
        case GranularityColumn:
            return tr("One bit stands for %1 of the guest's disk.")
                .arg(exactSize(bitmap.granularity));
        case FileColumn: return counted ? exactSize(counted->inFile) : QString();
        default: return meaningOf(index.row());
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    const bool unreadable = counted && !counted->dirty;
    switch (index.column()) {
    case NameColumn: return shownText(bitmap.name);
    case DirtyColumn:
        return !counted  ? (m_reading == Reading::GoesOn ? tr("reading") : tr("not read"))
            : unreadable ? tr("not readable")
                         : shownSize(*counted->dirty);
    case ShareColumn:
        return counted && counted->dirty ? shownShare(*counted->dirty, m_diskSize)
                                         : QStringLiteral("–");
    case GranularityColumn: return shownSize(bitmap.granularity);
    case StateColumn: return stateOf(bitmap);
    case FileColumn: return counted ? shownSize(counted->inFile) : QStringLiteral("–");
    default: return {};
    }
}

QVariant BitmapsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(
            section == NameColumn || section == StateColumn ? Qt::AlignLeft : Qt::AlignRight);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Name");
    case DirtyColumn: return tr("Changed");
    case ShareColumn: return tr("Of the disk");
    case GranularityColumn: return tr("Granularity");
    case StateColumn: return tr("State");
    case FileColumn: return tr("In the file");
    default: return {};
    }
}

} // namespace platter::app
