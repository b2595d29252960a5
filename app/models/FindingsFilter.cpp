// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsFilter.h"

#include "app/models/FindingsModel.h"

namespace platter::app {

void FindingsFilter::setHidden(std::set<Severity> hidden)
{
    if (hidden == m_hidden)
        return;
    m_hidden = std::move(hidden);
    invalidateFilter();
}

bool FindingsFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (parent.isValid() || m_hidden.empty())
        return true; // all findings of a kind have its severity
    const QVariant severity = sourceModel()->index(row, 0).data(FindingsModel::SeverityRole);
    return !m_hidden.contains(static_cast<Severity>(severity.toInt()));
}

} // namespace platter::app
