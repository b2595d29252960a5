// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/RefcountReader.h"

#include <QAbstractTableModel>

namespace platter::app {

/// The clusters of a survey one by one: place, stored count, what a check counted, use. A row is
/// made when it is asked for.
class ClusterCountsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { OffsetColumn, StoredColumn, FoundColumn, UseColumn, ColumnCount };
    /// A view keeps something for every row, so there are no more.
    static constexpr std::uint64_t mostRows = 2'000'000;

    using QAbstractTableModel::QAbstractTableModel;

    void setSurvey(std::shared_ptr<const RefcountSurvey> survey);
    void setDifferences(std::shared_ptr<const CountDifferences> differences);
    void setUses(std::shared_ptr<const HostUses> uses);

    HostOffset clusterOf(int row) const;
    /// The row of the cluster at a place; -1: it has none.
    int rowOf(HostOffset place) const;
    /// Clusters of the survey that have no row.
    std::uint64_t clustersWithoutRow() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const SurveyRun& runOf(int row) const;
    void columnChanged(Column column);

    std::shared_ptr<const RefcountSurvey> m_survey;
    std::vector<std::uint64_t> m_firstRows; ///< of each run
    std::shared_ptr<const CountDifferences> m_differences;
    std::shared_ptr<const HostUses> m_uses;
};

} // namespace platter::app
