// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/StructureModel.h"

#include "app/text/CoreText.h"
#include "widgets/theme/Theme.h"

#include <QCoreApplication>
#include <QFontDatabase>

namespace platter::app {

namespace {

    // What an index stands for is in its internal id: 0 a structure; else one more than the
    // structure's row, and above it one more than the field's row for a bit.
    constexpr unsigned fieldShift = 32;

    std::size_t structureRow(const QModelIndex& index)
    {
        return index.internalId() == 0
            ? static_cast<std::size_t>(index.row())
            : static_cast<std::size_t>(index.internalId() & 0xffffffff) - 1;
    }
    bool isStructure(const QModelIndex& index)
    {
        return index.internalId() == 0;
    }
    bool isBit(const QModelIndex& index)
    {
        return index.internalId() >> fieldShift != 0;
    }
    std::size_t fieldRow(const QModelIndex& index)
    {
        return isBit(index) ? static_cast<std::size_t>(index.internalId() >> fieldShift) - 1
                            : static_cast<std::size_t>(index.row());
    }

    QString sentence(const std::string& text)
    {
        return QCoreApplication::translate("Field", text.c_str());
    }

} // namespace

int fieldTint(std::size_t fieldIndex)
{
    return static_cast<int>(fieldIndex % 4);
}

void StructureModel::setStructures(std::vector<StructureMark> structures)
{
    beginResetModel();
    m_structures = std::move(structures);
    m_hovered = QPersistentModelIndex{};
    endResetModel();
}

const StructureMark* StructureModel::structureOf(const QModelIndex& index) const
{
    return index.isValid() ? &m_structures[structureRow(index)] : nullptr;
}

const FieldMark* StructureModel::fieldOf(const QModelIndex& index) const
{
    return index.isValid() && !isStructure(index) ? &structureOf(index)->fields[fieldRow(index)]
                                                  : nullptr;
}

const FieldMark::Bit* StructureModel::bitOf(const QModelIndex& index) const
{
    return index.isValid() && isBit(index)
        ? &fieldOf(index)->bits[static_cast<std::size_t>(index.row())]
        : nullptr;
}

std::optional<StructureModel::Range> StructureModel::rangeOf(const QModelIndex& index) const
{
    if (const FieldMark* field = fieldOf(index))
        return Range{field->at, field->length};
    if (const StructureMark* structure = structureOf(index))
        return Range{structure->at, structure->length};
    return {};
}

QModelIndex StructureModel::fieldAt(HostOffset at) const
{
    for (std::size_t s = 0; s < m_structures.size(); ++s) {
        const auto& fields = m_structures[s].fields;
        for (std::size_t f = 0; f < fields.size(); ++f) {
            if (at >= fields[f].at && at.value - fields[f].at.value < fields[f].length.value)
                return index(static_cast<int>(f), 0, index(static_cast<int>(s), 0));
        }
    }
    return {};
}

void StructureModel::setHovered(const QModelIndex& hovered)
{
    const QModelIndex before = m_hovered;
    if (before == hovered)
        return;
    m_hovered = hovered;
    for (const QModelIndex& changed : {before, hovered}) {
        if (changed.isValid())
            emit dataChanged(changed.siblingAtColumn(0), changed.siblingAtColumn(ColumnCount - 1),
                {HoveredRole});
    }
}

QModelIndex StructureModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    if (!parent.isValid())
        return createIndex(row, column, quintptr{0});
    const quintptr structure = structureRow(parent) + 1;
    if (isStructure(parent))
        return createIndex(row, column, structure);
    return createIndex(row, column, structure | quintptr{fieldRow(parent) + 1} << fieldShift);
}

QModelIndex StructureModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || isStructure(child))
        return {};
    if (isBit(child))
        return createIndex(static_cast<int>(fieldRow(child)), 0, child.internalId() & 0xffffffff);
    return createIndex(static_cast<int>(structureRow(child)), 0, quintptr{0});
}

int StructureModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_structures.size());
    if (parent.column() != 0 || isBit(parent))
        return 0;
    if (isStructure(parent))
        return static_cast<int>(structureOf(parent)->fields.size());
    return static_cast<int>(fieldOf(parent)->bits.size());
}

QString StructureModel::text(const QModelIndex& index) const
{
    const FieldMark* const field = fieldOf(index);
    const FieldMark::Bit* const bit = bitOf(index);
    switch (index.column()) {
    case NameColumn:
        if (bit)
            return tr("bit %1: %2").arg(bit->bit).arg(shownText(bit->name));
        return shownText(field ? field->name : structureOf(index)->name);
    case ValueColumn:
        if (bit)
            return bit->set ? tr("set") : tr("clear");
        if (field && field->display == Display::Text && field->value.empty())
            return tr("none");
        return field ? shownText(field->value) : QString{};
    case VerdictColumn:
        if (field && !bit)
            return field->verdict.empty() ? tr("ok") : sentence(field->verdict);
        return {};
    default: return {};
    }
}

QVariant StructureModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const FieldMark* const field = fieldOf(index);
    switch (role) {
    case Qt::DisplayRole: return text(index);
    case Qt::AccessibleTextRole:
        if (index.column() == NameColumn && field)
            return tr("%1: %2").arg(text(index), text(index.siblingAtColumn(ValueColumn)));
        return text(index);
    case Qt::ForegroundRole:
        if (index.column() == VerdictColumn && field)
            return Theme::color(field->verdict.empty() ? Token::TextSecond : Token::ProblemText);
        return {};
    case Qt::FontRole:
        if (isStructure(index)) {
            QFont bold;
            bold.setWeight(QFont::DemiBold);
            return bold;
        }
        return index.column() == ValueColumn ? QFontDatabase::systemFont(QFontDatabase::FixedFont)
                                             : QVariant{};
    case TintRole: return field && !isBit(index) ? fieldTint(fieldRow(index)) : -1;
    case HoveredRole: return m_hovered.isValid() && index.siblingAtColumn(0) == m_hovered;
    default: return {};
    }
}

QVariant StructureModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Field");
    case ValueColumn: return tr("Value");
    case VerdictColumn: return tr("Verdict");
    default: return {};
    }
}

} // namespace platter::app
