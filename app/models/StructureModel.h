// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/layout/Field.h"

#include <QAbstractItemModel>

#include <optional>
#include <vector>

namespace platter::app {

/// The structures of an image as a tree: structure, its fields, their bits.
class StructureModel final : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { NameColumn, ValueColumn, VerdictColumn, ColumnCount };
    enum Role {
        TintRole = Qt::UserRole, ///< int 0 to 3 of a field, the same in the tree and over the bytes
        HoveredRole, ///< bool: the mouse is over its bytes
    };

    /// Bytes of the file that an item stands for.
    struct Range {
        HostOffset at{};
        Bytes length{};
    };

    using QAbstractItemModel::QAbstractItemModel;

    void setStructures(std::vector<StructureMark> structures);
    const std::vector<StructureMark>& structures() const { return m_structures; }

    /// The structure, field or bit of an item; nullptr where it is none.
    const StructureMark* structureOf(const QModelIndex& index) const;
    const FieldMark* fieldOf(const QModelIndex& index) const;
    const FieldMark::Bit* bitOf(const QModelIndex& index) const;
    std::optional<Range> rangeOf(const QModelIndex& index) const;

    /// The field whose bytes hold `at`; invalid: none.
    QModelIndex fieldAt(HostOffset at) const;
    void setHovered(const QModelIndex& index);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return ColumnCount; }
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const QModelIndex& index) const;

    std::vector<StructureMark> m_structures;
    QPersistentModelIndex m_hovered;
};

/// The tint of a field by its place in its structure.
int fieldTint(std::size_t fieldIndex);

} // namespace platter::app
