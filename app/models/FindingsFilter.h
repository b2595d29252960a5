// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

#include <QSortFilterProxyModel>

#include <set>

namespace platter::app {

/// A FindingsModel without the severities that nobody wants to see.
class FindingsFilter final : public QSortFilterProxyModel {
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setHidden(std::set<Severity> hidden);
    const std::set<Severity>& hidden() const { return m_hidden; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    std::set<Severity> m_hidden;
};

} // namespace platter::app
