// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

#include <QSortFilterProxyModel>

#include <functional>
#include <set>

namespace platter::app {

/// A FindingsModel without the severities and places that nobody wants to see.
class FindingsFilter final : public QSortFilterProxyModel {
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setHidden(std::set<Severity> hidden);
    const std::set<Severity>& hidden() const { return m_hidden; }
    /// Leaves only findings that `wanted` lets through; nothing: all.
    void setWanted(std::function<bool(const Finding&)> wanted);
    const std::function<bool(const Finding&)>& wanted() const { return m_wanted; }
    /// How many findings are left, all severities counted.
    int wantedCount() const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    bool hasWanted(int group) const;

    std::set<Severity> m_hidden;
    std::function<bool(const Finding&)> m_wanted;
};

} // namespace platter::app
