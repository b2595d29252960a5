// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/CheckReport.h"

#include <QAbstractItemModel>

#include <memory>
#include <vector>

namespace platter::app {

/// The findings of a check: one row per kind, gravest first, with its findings below it.
///
/// Rows are made when they are asked for: tens of thousands cost no more than the report itself.
class FindingsModel final : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { TextColumn, PlaceColumn, GuestColumn, ColumnCount };
    enum Role {
        SeverityRole = Qt::UserRole, ///< Severity as int
        GroupRole, ///< true: the row stands for a kind
    };

    /// All that is known of the findings of one kind.
    struct Group {
        const FindingKind* kind = nullptr;
        std::uint64_t count = 0; ///< also those that were not kept
        Bytes guestBytes{}; ///< what they affect of the guest's disk
        std::vector<std::size_t> findings; ///< those kept, into the report's, as the walk has them
    };

    using QAbstractItemModel::QAbstractItemModel;

    void setReport(std::shared_ptr<const CheckReport> report);
    /// The finding of a row; nullptr for a row that stands for a kind.
    const Finding* finding(const QModelIndex& index) const;
    /// The row of a finding of the report.
    QModelIndex indexOf(const Finding& finding) const;
    /// The group of a row, or that it belongs to; nullptr for an invalid index.
    const Group* group(const QModelIndex& index) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QVariant groupData(const Group& group, int column, int role) const;

    std::shared_ptr<const CheckReport> m_report;
    std::vector<Group> m_groups;
};

} // namespace platter::app
