// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/StructureModel.h"

namespace platter::app {

/// An item of a StructureModel that can have others below it. Bits have none: their index names
/// the field.
struct StructureModel::Node {
    enum class Kind { Root, Structure, Field, Table, Range };
    enum class State { Idle, Reading, Here, Failed };

    Kind kind = Kind::Root;
    Node* parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Node>> children;

    std::unique_ptr<StructureMark> structure; ///< of a structure; of a table without fields
    const FieldMark* field = nullptr; ///< in `structure` or `fields` of the parent
    std::shared_ptr<const EntryTable> table; ///< of a table and its ranges
    std::uint64_t first = 0; ///< entries of the table that it stands for
    std::uint64_t count = 0;
    std::vector<FieldMark> fields; ///< the entries that were read, of a table of words
    State state = State::Here; ///< of a table or range
    QString problem;
    quint64 ticket = 0;

    Node& add(Kind what)
    {
        auto& node = children.emplace_back(std::make_unique<Node>());
        node->kind = what;
        node->parent = this;
        node->row = static_cast<int>(children.size()) - 1;
        return *node;
    }
    bool isList() const { return kind == Kind::Table || kind == Kind::Range; }
    /// Whether its entries come through a reader, not as ranges.
    bool isLeaf() const { return count <= batch; }
    /// Entries of each range of a divided table.
    std::uint64_t step() const
    {
        std::uint64_t step = batch;
        while (count > step * batch)
            step *= batch;
        return step;
    }
    void addStructure(const StructureMark& mark)
    {
        Node& node = add(Kind::Structure);
        node.structure = std::make_unique<StructureMark>(mark);
        for (const FieldMark& each : node.structure->fields)
            node.add(Kind::Field).field = &each;
    }
    void addTable(const EntryTable& all)
    {
        Node& node = add(Kind::Table);
        node.structure = std::make_unique<StructureMark>(
            StructureMark{all.name, all.at(), all.length(), {}, all.note});
        node.table = std::make_shared<const EntryTable>(all);
        node.count = all.entries;
        node.state = State::Idle;
    }
    HostOffset start() const { return table->placeOf(first); }
    /// Never throws: what a hostile image says of its tables need not fit together.
    Bytes length() const
    {
        const HostOffset end = table->placeOf(first + count);
        return end > start() ? end - start() : Bytes{};
    }
};

} // namespace platter::app
