// SPDX-License-Identifier: GPL-3.0-or-later
// Where the items of a StructureModel stand: in the file, in its tables, below each other.
#include "app/models/StructureModel.h"
#include "app/models/StructureNode.h"

#include <algorithm>

namespace platter::app {

namespace {

    bool holds(HostOffset start, Bytes length, HostOffset at)
    {
        return at >= start && at.value - start.value < length.value;
    }

} // namespace

const StructureMark* StructureModel::structureOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    const Node* node = nodeOf(index);
    if (!node)
        node = static_cast<Node*>(index.internalPointer());
    while (node && !node->structure)
        node = node->parent;
    return node ? node->structure.get() : nullptr;
}

const FieldMark* StructureModel::fieldOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    const Node* const node = nodeOf(index);
    return node ? node->field : static_cast<Node*>(index.internalPointer())->field;
}

const FieldMark::Bit* StructureModel::bitOf(const QModelIndex& index) const
{
    return index.isValid() && !nodeOf(index)
        ? &fieldOf(index)->bits[static_cast<std::size_t>(index.row())]
        : nullptr;
}

const EntryTable* StructureModel::tableOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    const Node* node = nodeOf(index);
    if (!node)
        node = static_cast<Node*>(index.internalPointer());
    while (node && !node->isList())
        node = node->parent;
    return node ? node->table.get() : nullptr;
}

std::optional<std::uint64_t> StructureModel::entryOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return std::nullopt;
    const Node* node = nodeOf(index);
    if (!node)
        node = static_cast<Node*>(index.internalPointer());
    for (; !node->isList() && node->parent; node = node->parent) {
        if (node->parent->isList())
            return node->parent->first + static_cast<std::uint64_t>(node->row);
    }
    return std::nullopt;
}

bool StructureModel::isTable(const QModelIndex& index) const
{
    return listOf(index) != nullptr;
}

std::optional<StructureModel::Range> StructureModel::rangeOf(const QModelIndex& index) const
{
    if (const FieldMark* field = fieldOf(index))
        return Range{field->at, field->length};
    if (const Node* list = listOf(index); list && list->kind == Node::Kind::Range)
        return Range{list->start(), list->length()};
    if (const StructureMark* structure = structureOf(index))
        return Range{structure->at, structure->length};
    return {};
}

/// The item of an entry, or of something below one: `rest` is the path from the entry on.
StructureModel::Spot StructureModel::spotOf(Node& table, std::uint64_t entry, const FieldPath& rest)
{
    Node* node = &table;
    while (!node->isLeaf()) {
        if (node->state == Node::State::Idle)
            split(*node);
        node = node->children[static_cast<std::size_t>((entry - node->first) / node->step())].get();
    }
    const auto row = static_cast<std::size_t>(entry - node->first);
    if (node->state != Node::State::Here || row >= node->children.size())
        return {{}, node->state == Node::State::Failed ? QModelIndex{} : indexOf(node)};
    node = node->children[row].get();
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (node->kind == Node::Kind::Table)
            return spotOf(*node, rest[i],
                FieldPath(rest.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest.end()));
        const QModelIndex above = indexOf(node);
        if (rest[i] >= static_cast<std::uint64_t>(rowCount(above)))
            break;
        if (node->kind == Node::Kind::Field)
            return {index(static_cast<int>(rest[i]), 0, above), {}};
        node = node->children[static_cast<std::size_t>(rest[i])].get();
    }
    return {indexOf(node), {}};
}

StructureModel::Spot StructureModel::locate(const FieldPath& path)
{
    if (path.empty() || path.front() >= m_root->children.size())
        return {};
    Node* node = m_root->children[static_cast<std::size_t>(path.front())].get();
    if (node->kind == Node::Kind::Table && path.size() > 1)
        return path[1] < node->count
            ? spotOf(*node, path[1], FieldPath(path.begin() + 2, path.end()))
            : Spot{};
    QModelIndex found = indexOf(node);
    for (std::size_t i = 1; i < path.size(); ++i)
        found = index(static_cast<int>(path[i]), 0, found);
    return {found, {}};
}

FieldPath StructureModel::pathOf(const QModelIndex& index) const
{
    FieldPath path;
    if (!index.isValid())
        return path;
    const Node* node = nodeOf(index);
    if (!node) {
        path.push_back(static_cast<std::uint64_t>(index.row()));
        node = static_cast<Node*>(index.internalPointer());
    }
    if (node->kind == Node::Kind::Range) {
        // A range is no item of the walk: it stands behind all that precedes its first entry.
        if (node->first > 0)
            path = {~std::uint64_t{0}, node->first - 1};
        while (node->kind == Node::Kind::Range)
            node = node->parent;
    }
    for (; node->parent; node = node->parent) {
        if (node->parent->isList()) {
            path.push_back(node->parent->first + static_cast<std::uint64_t>(node->row));
            for (node = node->parent; node->kind == Node::Kind::Range; node = node->parent) { }
        }
        path.push_back(static_cast<std::uint64_t>(node->row));
    }
    std::reverse(path.begin(), path.end());
    return path;
}

StructureModel::Spot StructureModel::locate(HostOffset at, Bytes length)
{
    const Range wanted{at, length};
    std::vector<Node*> tables;
    const auto walk = [&](const auto& self, Node& node) -> QModelIndex {
        for (const auto& child : node.children) {
            if (child->structure && rangeOf(indexOf(child.get())) == wanted)
                return indexOf(child.get());
            if (child->kind == Node::Kind::Table
                && holds(child->table->at(), child->table->length(), at))
                tables.push_back(child.get());
            if (child->kind != Node::Kind::Field) {
                if (const QModelIndex found = self(self, *child); found.isValid())
                    return found;
            }
        }
        return {};
    };
    if (const QModelIndex exact = walk(walk, *m_root); exact.isValid())
        return {exact, {}};
    if (const QModelIndex here = fieldAt(at); here.isValid())
        return {here, {}};
    for (Node* table : tables) {
        if (const auto entry = table->table->entryAt(at)) {
            Spot spot = spotOf(*table, *entry, {});
            if (spot.index.isValid() || spot.unread.isValid())
                return spot;
        }
    }
    return {};
}

QModelIndex StructureModel::fieldAt(HostOffset at) const
{
    // Breadth first: of what a hostile image lays over each other, the header is told.
    std::vector<const Node*> level{m_root.get()};
    while (!level.empty()) {
        std::vector<const Node*> next;
        for (const Node* node : level) {
            if (node->isList() && node->state == Node::State::Here && node->isLeaf()
                && !node->table->hasRecords()) {
                // Words of one width: the entry is computed, not searched.
                const auto entry = node->table->entryAt(at);
                if (entry && *entry >= node->first && *entry - node->first < node->children.size())
                    return indexOf(
                        node->children[static_cast<std::size_t>(*entry - node->first)].get());
                continue;
            }
            for (const auto& child : node->children) {
                if (!child->field)
                    next.push_back(child.get());
                else if (holds(child->field->at, child->field->length, at))
                    return indexOf(child.get());
            }
        }
        level = std::move(next);
    }
    return {};
}

std::vector<StructureModel::Shown> StructureModel::fieldsIn(HostOffset from, HostOffset end) const
{
    std::vector<Shown> shown;
    const auto take = [&](const Node& node, const Node& field) {
        const FieldMark& mark = *field.field;
        const bool touches = mark.at < end && (mark.at >= from || holds(mark.at, mark.length, from))
            && mark.length.value > 0;
        if (touches)
            shown.push_back({structureOf(indexOf(&field)), &mark,
                fieldTint(
                    static_cast<std::size_t>(node.first) + static_cast<std::size_t>(field.row))});
    };
    const auto walk = [&](const auto& self, const Node& node) -> void {
        std::size_t first = 0;
        if (node.isList() && node.isLeaf() && !node.table->hasRecords() && !node.children.empty()) {
            // Of words of one width, those before the first are stepped over unseen.
            const auto entry = node.table->entryAt(from);
            if (entry && *entry > node.first)
                first = static_cast<std::size_t>(*entry - node.first);
        }
        for (std::size_t i = first; i < node.children.size(); ++i) {
            const Node& child = *node.children[i];
            if (!child.field) {
                self(self, child);
                continue;
            }
            if (node.isList() && child.field->at >= end)
                break;
            take(node, child);
        }
    };
    walk(walk, *m_root);
    return shown;
}

} // namespace platter::app
