// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsModel.h"

#include "app/document/ProblemWalk.h"
#include "app/text/CoreText.h"

#include <QLocale>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr quintptr groupRow = ~quintptr{0}; ///< internal id of rows that stand for a kind

    /// Findings by their order on the walk through them.
    struct ByOrder {
        const CheckReport& report;
        bool operator()(std::size_t a, std::size_t b) const
        {
            return standsBefore(report.findings[a], report.findings[b]);
        }
    };

} // namespace

void FindingsModel::setReport(std::shared_ptr<const CheckReport> report)
{
    beginResetModel();
    m_report = std::move(report);
    m_groups.clear();
    if (m_report) {
        for (const auto& [kind, count] : m_report->countOf)
            m_groups.push_back({kind, count, m_report->guestBytesOf.at(kind), {}});
        std::sort(m_groups.begin(), m_groups.end(),
            [](const Group& a, const Group& b) { return standsBefore(*a.kind, *b.kind); });
        for (std::size_t i = 0; i < m_report->findings.size(); ++i) {
            const auto group = std::find_if(m_groups.begin(), m_groups.end(),
                [&](const Group& g) { return g.kind == m_report->findings[i].kind; });
            if (group != m_groups.end())
                group->findings.push_back(i);
        }
        for (Group& group : m_groups)
            std::stable_sort(group.findings.begin(), group.findings.end(), ByOrder{*m_report});
    }
    endResetModel();
}

const Finding* FindingsModel::finding(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == groupRow)
        return nullptr;
    const Group& group = m_groups[index.internalId()];
    return &m_report->findings[group.findings[static_cast<std::size_t>(index.row())]];
}

const FindingsModel::Group* FindingsModel::group(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    const bool isGroup = index.internalId() == groupRow;
    return &m_groups[isGroup ? static_cast<std::size_t>(index.row())
                             : static_cast<std::size_t>(index.internalId())];
}

QModelIndex FindingsModel::indexOf(const Finding& finding) const
{
    const auto number = static_cast<std::size_t>(&finding - m_report->findings.data());
    for (int i = 0; i < rowCount(); ++i) {
        const Group& group = m_groups[static_cast<std::size_t>(i)];
        if (group.kind != finding.kind)
            continue;
        const auto [first, end] = std::equal_range(
            group.findings.begin(), group.findings.end(), number, ByOrder{*m_report});
        const auto at = std::find(first, end, number);
        return index(static_cast<int>(at - group.findings.begin()), 0, index(i, 0));
    }
    return {};
}

QModelIndex FindingsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(
        row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) : groupRow);
}

QModelIndex FindingsModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == groupRow)
        return {};
    return createIndex(static_cast<int>(child.internalId()), 0, groupRow);
}

int FindingsModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.internalId() != groupRow || parent.column() != 0)
        return 0;
    return static_cast<int>(m_groups[static_cast<std::size_t>(parent.row())].findings.size());
}

int FindingsModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QVariant FindingsModel::groupData(const Group& group, int column, int role) const
{
    if (role == SeverityRole)
        return static_cast<int>(group.kind->severity);
    if (role == GroupRole)
        return true;
    if (role == Qt::ToolTipRole)
        return findingMeaning(*group.kind);
    if (role != Qt::DisplayRole)
        return {};
    const Finding* first
        = group.findings.empty() ? nullptr : &m_report->findings[group.findings.front()];
    const bool alone = group.count == 1 && first;
    switch (column) {
    case TextColumn: {
        const QString what = alone ? findingText(*first) : findingMeaning(*group.kind);
        const QString severity = severityText(group.kind->severity);
        if (alone)
            return QStringLiteral("%1: %2").arg(severity, what);
        const auto number = [](std::uint64_t value) {
            return QLocale().toString(static_cast<qulonglong>(value));
        };
        if (group.findings.size() < group.count)
            return tr("%1, %2 times, of which %3 are listed: %4",
                "severity, how often, how many with their place, what it means")
                .arg(severity, number(group.count), number(group.findings.size()), what);
        return tr("%1, %2 times: %3", "severity, how often, what it means")
            .arg(severity, number(group.count), what);
    }
    case PlaceColumn:
        if (!first || !first->host)
            return {};
        return alone ? shownOffset(first->host->value)
                     : tr("from %1 on").arg(shownOffset(first->host->value));
    case GuestColumn: {
        if (group.guestBytes.value == 0)
            return {};
        const auto hit = std::find_if(group.findings.begin(), group.findings.end(),
            [&](std::size_t i) { return m_report->findings[i].guest.has_value(); });
        if (hit == group.findings.end())
            return shownSize(group.guestBytes);
        const QString place = shownOffset(m_report->findings[*hit].guest->value);
        return alone
            ? tr("%1, %2", "guest offset, length").arg(place, shownSize(group.guestBytes))
            : tr("%1, from %2 on", "length, guest offset").arg(shownSize(group.guestBytes), place);
    }
    default: return {};
    }
}

QVariant FindingsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    if (index.internalId() == groupRow)
        return groupData(m_groups[static_cast<std::size_t>(index.row())], index.column(), role);
    const Finding& found = *finding(index);
    if (role == SeverityRole)
        return static_cast<int>(found.kind->severity);
    if (role == GroupRole)
        return false;
    if (role == Qt::ToolTipRole && index.column() == TextColumn)
        return findingText(found);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case TextColumn: return findingText(found);
    case PlaceColumn: return found.host ? shownOffset(found.host->value) : QString();
    case GuestColumn:
        if (!found.guest)
            return {};
        return found.length.value == 0
            ? shownOffset(found.guest->value)
            : tr("%1, %2", "guest offset, length")
                  .arg(shownOffset(found.guest->value), shownSize(found.length));
    default: return {};
    }
}

QVariant FindingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TextColumn: return tr("Finding");
    case PlaceColumn: return tr("Place in the file");
    case GuestColumn: return tr("Guest range hit");
    default: return {};
    }
}

} // namespace platter::app
