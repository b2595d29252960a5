// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/FieldFinder.h"

#include <QAbstractItemModel>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace platter::app {

/// The structures of an image as a tree: structure, its fields, their bits; and its tables, whose
/// entries are asked for when somebody opens them.
///
/// No item has more than `batch` items below it: longer tables are divided into ranges, and those
/// again. The model reads nothing itself: it says by entriesWanted() what it lacks.
class StructureModel final : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { NameColumn, ValueColumn, VerdictColumn, ColumnCount };
    enum Role {
        TintRole = Qt::UserRole, ///< int 0 to 3 of a field, the same in the tree and over the bytes
        HoveredRole, ///< bool: the mouse is over its bytes
    };
    static constexpr std::uint64_t batch = 1024;

    /// Bytes of the file that an item stands for.
    struct Range {
        HostOffset at{};
        Bytes length{};
        bool operator==(const Range&) const = default;
    };

    explicit StructureModel(QObject* parent = nullptr);
    ~StructureModel() override;

    void setContent(const FieldContent& content);
    /// The entries that were asked for with this ticket; of a ticket that nobody waits for nothing
    /// is taken.
    void setEntries(quint64 ticket, const TableRows& rows);
    /// They cannot be had.
    void setProblem(quint64 ticket, const QString& why);
    /// Gives up what was read for a table or a range; it is asked for again when it is opened.
    void release(const QModelIndex& index);

    /// The structure or table that an item is or belongs to; the field; the bit; nullptr where the
    /// item is none.
    const StructureMark* structureOf(const QModelIndex& index) const;
    const FieldMark* fieldOf(const QModelIndex& index) const;
    const FieldMark::Bit* bitOf(const QModelIndex& index) const;
    /// The table that an item is, is a range of, or an entry of.
    const EntryTable* tableOf(const QModelIndex& index) const;
    /// Which entry of tableOf() an item is, or belongs to.
    std::optional<std::uint64_t> entryOf(const QModelIndex& index) const;
    /// Whether an item is a table or a range of one.
    bool isTable(const QModelIndex& index) const;
    std::optional<Range> rangeOf(const QModelIndex& index) const;

    /// An item, as near as it can be given: where it has not been read yet, `unread` is the range
    /// that holds it, to be fetched. Both invalid: there is none.
    struct Spot {
        QModelIndex index;
        QModelIndex unread;
    };
    /// The structure or table of exactly these bytes, else the field or entry that holds the first.
    Spot locate(HostOffset at, Bytes length);
    Spot locate(const FieldPath& path);
    FieldPath pathOf(const QModelIndex& index) const;
    /// The field whose bytes hold `at`, if it is here; invalid: none.
    QModelIndex fieldAt(HostOffset at) const;
    void setHovered(const QModelIndex& index);

    /// A field that has been read.
    struct Shown {
        const StructureMark* structure = nullptr;
        const FieldMark* field = nullptr;
        int tint = 0;
    };
    /// Those that touch [from, end).
    std::vector<Shown> fieldsIn(HostOffset from, HostOffset end) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return ColumnCount; }
    bool hasChildren(const QModelIndex& parent = {}) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    /// setEntries() or setProblem() is to follow, at any later time.
    void entriesWanted(
        quint64 ticket, const platter::EntryTable& table, quint64 first, quint64 count);
    void entriesArrived(const QModelIndex& parent);

private:
    struct Node;

    Node* nodeOf(const QModelIndex& index) const;
    Node* listOf(const QModelIndex& index) const;
    QModelIndex indexOf(const Node* node) const;
    void split(Node& node);
    void forget(Node& node);
    Spot spotOf(Node& table, std::uint64_t entry, const FieldPath& rest);
    void changed(const Node* node);
    QString text(const QModelIndex& index) const;

    std::unique_ptr<Node> m_root;
    std::map<quint64, Node*> m_waiting;
    quint64 m_lastTicket = 0;
    QPersistentModelIndex m_hovered;
};

/// The tint of a field by its place in its structure.
int fieldTint(std::size_t fieldIndex);

/// Where a field leads in the file: the target of a table's entry, or what a pointer of the header
/// names. Nothing: nowhere.
std::optional<HostOffset> pointerOf(const FieldMark& field);

} // namespace platter::app
