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

void FindingsFilter::setWanted(std::function<bool(const Finding&)> wanted)
{
    if (!wanted && !m_wanted)
        return;
    m_wanted = std::move(wanted);
    invalidateFilter();
}

int FindingsFilter::wantedCount() const
{
    const auto* model = static_cast<const FindingsModel*>(sourceModel());
    int count = 0;
    for (int group = 0; group < model->rowCount(); ++group) {
        const QModelIndex parent = model->index(group, 0);
        for (int row = 0; row < model->rowCount(parent); ++row)
            count += !m_wanted || m_wanted(*model->finding(model->index(row, 0, parent)));
    }
    return count;
}

bool FindingsFilter::hasWanted(int group) const
{
    const auto* model = static_cast<const FindingsModel*>(sourceModel());
    const QModelIndex parent = model->index(group, 0);
    for (int row = 0; row < model->rowCount(parent); ++row) {
        if (m_wanted(*model->finding(model->index(row, 0, parent))))
            return true;
    }
    return false;
}

bool FindingsFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const auto* model = static_cast<const FindingsModel*>(sourceModel());
    if (parent.isValid()) // all findings of a kind have its severity
        return !m_wanted || m_wanted(*model->finding(model->index(row, 0, parent)));
    const QVariant severity = model->index(row, 0).data(FindingsModel::SeverityRole);
    return !m_hidden.contains(static_cast<Severity>(severity.toInt()))
        && (!m_wanted || hasWanted(row));
}

} // namespace platter::app
