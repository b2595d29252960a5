// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ClusterCountsModel.h"

#include "app/text/CoreText.h"

#include <QLocale>

#include <algorithm>

namespace platter::app {

void ClusterCountsModel::setSurvey(std::shared_ptr<const RefcountSurvey> survey)
{
    beginResetModel();
    m_survey = std::move(survey);
    m_firstRows.clear();
    if (m_survey) {
        std::uint64_t rows = 0;
        for (const SurveyRun& run : m_survey->runs) {
            m_firstRows.push_back(rows);
            rows += run.clusters;
        }
    }
    endResetModel();
}

void ClusterCountsModel::columnChanged(Column column)
{
    if (rowCount() > 0)
        emit dataChanged(index(0, column), index(rowCount() - 1, column));
}

void ClusterCountsModel::setDifferences(std::shared_ptr<const CountDifferences> differences)
{
    m_differences = std::move(differences);
    columnChanged(FoundColumn);
}

void ClusterCountsModel::setUses(std::shared_ptr<const HostUses> uses)
{
    m_uses = std::move(uses);
    columnChanged(UseColumn);
}

const SurveyRun& ClusterCountsModel::runOf(int row) const
{
    const auto after
        = std::upper_bound(m_firstRows.begin(), m_firstRows.end(), static_cast<std::uint64_t>(row));
    return m_survey->runs[static_cast<std::size_t>(after - m_firstRows.begin()) - 1];
}

HostOffset ClusterCountsModel::clusterOf(int row) const
{
    const SurveyRun& run = runOf(row);
    const auto index = static_cast<std::size_t>(&run - m_survey->runs.data());
    return run.start
        + m_survey->clusterSize * (static_cast<std::uint64_t>(row) - m_firstRows[index]);
}

int ClusterCountsModel::rowOf(HostOffset place) const
{
    if (!m_survey)
        return -1;
    const auto& runs = m_survey->runs;
    const auto after = std::upper_bound(runs.begin(), runs.end(), place,
        [](HostOffset at, const SurveyRun& run) { return at < run.start; });
    if (after == runs.begin())
        return -1;
    const SurveyRun& run = *std::prev(after);
    const std::uint64_t within = (place - run.start).value / m_survey->clusterSize.value;
    const auto index = static_cast<std::size_t>(after - runs.begin()) - 1;
    const std::uint64_t row = m_firstRows[index] + within;
    return within < run.clusters && row < static_cast<std::uint64_t>(rowCount())
        ? static_cast<int>(row)
        : -1;
}

std::uint64_t ClusterCountsModel::clustersWithoutRow() const
{
    return m_survey ? m_survey->clusters - static_cast<std::uint64_t>(rowCount()) : 0;
}

int ClusterCountsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_survey
        ? 0
        : static_cast<int>(std::min(m_survey->clustersInRuns, mostRows));
}

int ClusterCountsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClusterCountsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const bool isNumber = index.column() == StoredColumn || index.column() == FoundColumn;
    if (role == Qt::TextAlignmentRole)
        return int((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const HostOffset place = clusterOf(index.row());
    const std::optional<std::uint64_t> stored = runOf(index.row()).count;
    const auto number
        = [](std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); };
    switch (index.column()) {
    case OffsetColumn: return shownOffset(place.value);
    case StoredColumn:
        if (stored)
            return number(*stored);
        return role == Qt::ToolTipRole ? tr("The place of this count cannot be read.")
                                       : tr("not known");
    case FoundColumn:
        if (!m_differences)
            return role == Qt::ToolTipRole ? tr("A check counts the references.")
                                           : QStringLiteral("–");
        if (const CountDifference* difference = m_differences->at(place))
            return number(difference->found);
        if (!stored || m_differences->runsLeftOut > 0)
            return tr("not known");
        return number(*stored);
    case UseColumn: {
        if (!m_uses)
            return QStringLiteral("–"); // being read, or it could not be
        const auto use = m_uses->at(place);
        return use ? hostUseText(*use) : tr("not kept", "what a cluster is for");
    }
    default: return {};
    }
}

QVariant ClusterCountsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(
            section == StoredColumn || section == FoundColumn ? Qt::AlignRight : Qt::AlignLeft);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case OffsetColumn: return tr("Cluster at");
    case StoredColumn: return tr("Stored");
    case FoundColumn: return tr("Counted");
    case UseColumn: return tr("Use");
    default: return {};
    }
}

} // namespace platter::app
