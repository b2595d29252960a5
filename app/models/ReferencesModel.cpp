// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ReferencesModel.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QLocale>

namespace platter::app {

namespace {

    constexpr std::size_t namedInRow = 3;

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

} // namespace

QString referenceOwners(const HostReference& reference, const Image& image)
{
    if (reference.bitmap && *reference.bitmap < image.bitmaps().size())
        return ReferencesModel::tr("Bitmap “%1”")
            .arg(shownText(image.bitmaps()[*reference.bitmap].name));
    QStringList names;
    for (const std::uint32_t index : reference.snapshots) {
        if (static_cast<std::size_t>(names.size()) < namedInRow && index < image.snapshots().size())
            names << shownText(image.snapshots()[index].name);
    }
    QString snapshots;
    if (reference.snapshotCount > 0) {
        snapshots = ReferencesModel::tr(
            "%n snapshot(s): %1", nullptr, static_cast<int>(reference.snapshotCount))
                        .arg(names.join(QStringLiteral(", ")));
        if (reference.snapshotCount > static_cast<std::uint64_t>(names.size()))
            snapshots += QStringLiteral(" …");
    }
    if (reference.active)
        return snapshots.isEmpty() ? ReferencesModel::tr("Now", "the present state of the disk")
                                   : ReferencesModel::tr("Now and %1").arg(snapshots);
    return snapshots.isEmpty() ? ReferencesModel::tr("The image itself") : snapshots;
}

QString referenceSource(const HostReference& reference)
{
    if (!reference.place)
        return ReferencesModel::tr("Its place is fixed");
    switch (reference.use) {
    case HostUse::L2Table:
    case HostUse::SnapshotL2Table:
        return ReferencesModel::tr("L1 entry %1").arg(number(reference.l1Index.value_or(0)));
    case HostUse::RefcountBlock:
        return ReferencesModel::tr("Refcount table, entry %1")
            .arg(number(reference.entryIndex.value_or(0)));
    case HostUse::BitmapData:
        return ReferencesModel::tr("Bitmap table, entry %1")
            .arg(number(reference.entryIndex.value_or(0)));
    case HostUse::SnapshotL1Table: return ReferencesModel::tr("Snapshot table");
    case HostUse::BitmapTable: return ReferencesModel::tr("Bitmap directory");
    case HostUse::Data:
    case HostUse::DataShared:
    case HostUse::DataSnapshot:
    case HostUse::Compressed:
    case HostUse::CompressedSnapshot:
    case HostUse::ZeroAllocated:
    case HostUse::VmState:
        return ReferencesModel::tr("L2 table %1, entry %2")
            .arg(number(reference.l1Index.value_or(0)), number(reference.entryIndex.value_or(0)));
    default: return ReferencesModel::tr("Header");
    }
}

void ReferencesModel::setReferences(
    std::shared_ptr<const HostReferences> references, std::shared_ptr<const Image> image)
{
    beginResetModel();
    m_references = std::move(references);
    m_image = std::move(image);
    endResetModel();
}

int ReferencesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_references ? 0 : static_cast<int>(m_references->list.size());
}

int ReferencesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ReferencesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const HostReference& one = reference(index.row());
    if (role == Qt::ToolTipRole) {
        QStringList lines{referenceSource(one), referenceOwners(one, *m_image)};
        if (one.copied)
            lines << (*one.copied ? tr("COPIED is set: this is said to be the only reference.")
                                  : tr("COPIED is clear: a write makes a copy first."));
        if (one.times > 1)
            lines << tr("It counts %1 times: so many L1 entries lead here.").arg(number(one.times));
        return lines.join(QLatin1Char('\n'));
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case WhatColumn: {
        QString what = tr("%1, from %2").arg(hostUseText(one.use), referenceSource(one));
        if (one.copied && *one.copied)
            what += QStringLiteral(" · COPIED");
        return what;
    }
    case OwnerColumn: return referenceOwners(one, *m_image);
    case PlaceColumn: return one.place ? shownOffset(one.place->value) : QStringLiteral("–");
    case GuestColumn: return one.guest ? shownOffset(one.guest->value) : QStringLiteral("–");
    default: return {};
    }
}

QVariant ReferencesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case WhatColumn: return tr("Used as");
    case OwnerColumn: return tr("Belongs to");
    case PlaceColumn: return tr("Entry at");
    case GuestColumn: return tr("Guest");
    default: return {};
    }
}

} // namespace platter::app
