// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/StructureModel.h"

#include "app/models/StructureNode.h"
#include "app/text/CoreText.h"
#include "widgets/theme/Theme.h"

#include <QFontDatabase>
#include <QLocale>

#include <limits>

namespace platter::app {

int fieldTint(std::size_t fieldIndex)
{
    return static_cast<int>(fieldIndex % 4);
}

std::optional<HostOffset> pointerOf(const FieldMark& field)
{
    if (field.target)
        return field.target;
    if (field.display == Display::Position && field.number.value_or(0) != 0)
        return HostOffset{*field.number};
    return std::nullopt;
}

StructureModel::StructureModel(QObject* parent)
    : QAbstractItemModel(parent)
    , m_root(std::make_unique<Node>())
{
}

StructureModel::~StructureModel() = default;

void StructureModel::setContent(const FieldContent& content)
{
    beginResetModel();
    m_root = std::make_unique<Node>();
    m_waiting.clear();
    m_hovered = QPersistentModelIndex{};
    for (const StructureMark& structure : content.structures)
        m_root->addStructure(structure);
    for (const EntryTable& table : content.tables)
        m_root->addTable(table);
    endResetModel();
}

/// The node of an item; nullptr: the item is a bit, or none.
StructureModel::Node* StructureModel::nodeOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    auto* const above = static_cast<Node*>(index.internalPointer());
    return above->kind == Node::Kind::Field
        ? nullptr
        : above->children[static_cast<std::size_t>(index.row())].get();
}

/// The table or range that an item is; nullptr: it is none.
StructureModel::Node* StructureModel::listOf(const QModelIndex& index) const
{
    Node* const node = nodeOf(index);
    return node && node->isList() ? node : nullptr;
}

QModelIndex StructureModel::indexOf(const Node* node) const
{
    return node && node->parent ? createIndex(node->row, 0, node->parent) : QModelIndex{};
}

void StructureModel::changed(const Node* node)
{
    const QModelIndex index = indexOf(node);
    emit dataChanged(index, index.siblingAtColumn(ColumnCount - 1));
}

bool StructureModel::hasChildren(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return false;
    const Node* const list = listOf(parent);
    return list && list->state != Node::State::Here ? list->count > 0 : rowCount(parent) > 0;
}

bool StructureModel::canFetchMore(const QModelIndex& parent) const
{
    const Node* const list = listOf(parent);
    return list && list->state == Node::State::Idle;
}

void StructureModel::fetchMore(const QModelIndex& parent)
{
    Node* const list = listOf(parent);
    if (!list || list->state != Node::State::Idle)
        return;
    if (!list->isLeaf()) {
        split(*list);
        return;
    }
    list->state = Node::State::Reading;
    list->ticket = ++m_lastTicket;
    m_waiting[list->ticket] = list;
    changed(list);
    emit entriesWanted(list->ticket, *list->table, list->first, list->count);
}

/// Divides a long table, or a long range of one.
void StructureModel::split(Node& node)
{
    const std::uint64_t step = node.step();
    const std::uint64_t parts = node.count / step + (node.count % step != 0);
    beginInsertRows(indexOf(&node), 0, static_cast<int>(parts) - 1);
    for (std::uint64_t i = 0; i < parts; ++i) {
        Node& range = node.add(Node::Kind::Range);
        range.table = node.table;
        range.first = node.first + i * step;
        range.count = std::min(step, node.count - i * step);
        range.state = Node::State::Idle;
    }
    node.state = Node::State::Here;
    endInsertRows();
}

void StructureModel::setEntries(quint64 ticket, const TableRows& rows)
{
    const auto found = m_waiting.find(ticket);
    if (found == m_waiting.end())
        return;
    Node& node = *found->second;
    m_waiting.erase(found);
    const bool some = rows.size() > 0;
    if (some)
        beginInsertRows(indexOf(&node), 0, static_cast<int>(rows.size()) - 1);
    node.state = Node::State::Here;
    node.fields = rows.fields;
    for (const FieldMark& field : node.fields)
        node.add(Node::Kind::Field).field = &field;
    for (std::size_t i = 0; i < rows.records.size(); ++i) {
        node.addStructure(rows.records[i]);
        if (rows.below[i])
            node.children.back()->addTable(*rows.below[i]);
    }
    if (some)
        endInsertRows();
    changed(&node);
    emit entriesArrived(indexOf(&node));
}

void StructureModel::setProblem(quint64 ticket, const QString& why)
{
    const auto found = m_waiting.find(ticket);
    if (found == m_waiting.end())
        return;
    Node& node = *found->second;
    m_waiting.erase(found);
    node.state = Node::State::Failed;
    node.problem = why;
    changed(&node);
}

/// Nobody waits any more for what lies below a node.
void StructureModel::forget(Node& node)
{
    m_waiting.erase(node.ticket);
    for (const auto& child : node.children)
        forget(*child);
}

void StructureModel::release(const QModelIndex& index)
{
    Node* const list = listOf(index);
    if (!list || list->state == Node::State::Idle)
        return;
    const int rows = static_cast<int>(list->children.size());
    forget(*list);
    if (rows > 0)
        beginRemoveRows(index.siblingAtColumn(0), 0, rows - 1);
    list->children.clear();
    list->fields.clear();
    list->problem.clear();
    list->state = Node::State::Idle;
    if (rows > 0)
        endRemoveRows();
    changed(list);
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
    return createIndex(row, column, parent.isValid() ? nodeOf(parent) : m_root.get());
}

QModelIndex StructureModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(static_cast<Node*>(child.internalPointer())) : QModelIndex{};
}

int StructureModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    const Node* const node = parent.isValid() ? nodeOf(parent) : m_root.get();
    if (!node)
        return 0;
    return static_cast<int>(
        node->kind == Node::Kind::Field ? node->field->bits.size() : node->children.size());
}

QString StructureModel::text(const QModelIndex& index) const
{
    const auto entries = [](std::uint64_t count) {
        return count <= std::numeric_limits<int>::max()
            ? tr("%Ln entry(s)", nullptr, static_cast<int>(count))
            : tr("%1 entries").arg(QLocale().toString(static_cast<qulonglong>(count)));
    };
    const Node* const node = nodeOf(index);
    const Node* const list = listOf(index);
    const FieldMark* const field = fieldOf(index);
    const FieldMark::Bit* const bit = bitOf(index);
    switch (index.column()) {
    case NameColumn:
        if (bit)
            return tr("bit %1: %2").arg(bit->bit).arg(shownText(bit->name));
        if (node->kind == Node::Kind::Range)
            return tr("entries %1 to %2").arg(list->first).arg(list->first + list->count - 1);
        return shownText(field ? field->name : structureOf(index)->name);
    case ValueColumn:
        if (bit)
            return bit->set ? tr("set") : tr("clear");
        if (list)
            return list->state == Node::State::Reading
                ? tr("reading", "entries of a table are being read")
                : entries(list->count);
        if (field && field->display == Display::Text && field->value.empty())
            return tr("none");
        return field ? shownText(field->value) : QString{};
    case VerdictColumn:
        if (list)
            return list->problem;
        if (field && !bit)
            return field->verdict.empty() ? tr("ok") : fieldText(field->verdict);
        return {};
    default: return {};
    }
}

QVariant StructureModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Node* const node = nodeOf(index);
    const FieldMark* const field = fieldOf(index);
    const bool isWhole
        = node && (node->kind == Node::Kind::Structure || node->kind == Node::Kind::Table);
    switch (role) {
    case Qt::DisplayRole: return text(index);
    case Qt::AccessibleTextRole:
        if (index.column() == NameColumn && (field || listOf(index)))
            return tr("%1: %2").arg(text(index), text(index.siblingAtColumn(ValueColumn)));
        return text(index);
    case Qt::ForegroundRole:
        if (index.column() == VerdictColumn && field)
            return Theme::color(field->verdict.empty() ? Token::TextSecond : Token::ProblemText);
        if (index.column() == VerdictColumn && listOf(index))
            return Theme::color(Token::ProblemText);
        if (index.column() == ValueColumn && listOf(index))
            return Theme::color(Token::TextSecond);
        if (index.column() == ValueColumn && node && field && pointerOf(*field))
            return Theme::color(Token::Link); // Return follows it
        return {};
    case Qt::FontRole:
        if (isWhole && index.column() == NameColumn) {
            QFont bold;
            bold.setWeight(QFont::DemiBold);
            return bold;
        }
        return index.column() == ValueColumn && field
            ? QFontDatabase::systemFont(QFontDatabase::FixedFont)
            : QVariant{};
    case TintRole:
        return node && field ? fieldTint(static_cast<std::size_t>(
                   entryOf(index).value_or(static_cast<std::uint64_t>(index.row()))))
                             : -1;
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
