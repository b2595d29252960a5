// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsModel.h"

#include "app/text/CoreText.h"

#include <QLocale>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr quintptr groupRow = ~quintptr{0}; ///< internal id of rows that stand for a kind

    int gravity(Severity severity)
    {
        switch (severity) {
        case Severity::Corruption: return 4;
        case Severity::Unchecked: return 3;
        case Severity::Leak: return 2;
        case Severity::Warning: return 1;
        case Severity::Note: return 0;
        }
        return 0;
    }

} // namespace

void FindingsModel::setReport(std::shared_ptr<const CheckReport> report)
{
    beginResetModel();
    m_report = std::move(report);
    m_groups.clear();
    if (m_report) {
        for (const auto& [kind, count] : m_report->countOf)
            m_groups.push_back({kind, count, {}});
        std::sort(m_groups.begin(), m_groups.end(), [](const Group& a, const Group& b) {
            const int first = gravity(a.kind->severity);
            const int second = gravity(b.kind->severity);
            return first != second ? first > second : std::string_view{a.kind->id} < b.kind->id;
        });
        for (std::size_t i = 0; i < m_report->findings.size(); ++i) {
            const auto group = std::find_if(m_groups.begin(), m_groups.end(),
                [&](const Group& g) { return g.kind == m_report->findings[i].kind; });
            if (group != m_groups.end())
                group->findings.push_back(i);
        }
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
    if (role == Qt::ToolTipRole)
        return findingMeaning(*group.kind);
    if (role != Qt::DisplayRole)
        return {};
    if (column == TextColumn) {
        const QString meaning = findingMeaning(*group.kind);
        const QString what = meaning.isEmpty() ? QString::fromLatin1(group.kind->id) : meaning;
        return QStringLiteral("%1: %2").arg(severityText(group.kind->severity), what);
    }
    if (column == PlaceColumn) {
        const QString all = QLocale().toString(static_cast<qulonglong>(group.count));
        if (group.findings.size() < group.count)
            return tr("%1, of which %2 are listed")
                .arg(all, QLocale().toString(static_cast<qulonglong>(group.findings.size())));
        return tr("%1 ×", "how many times a kind of finding was found").arg(all);
    }
    return {};
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
