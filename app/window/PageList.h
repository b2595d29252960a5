// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"
#include "app/window/Look.h"

#include <QAbstractListModel>
#include <QKeySequence>
#include <QListView>

#include <optional>
#include <vector>

namespace platter::app {

/// The pages that the present image has, in their fixed order.
class PageListModel final : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { PageRole = Qt::UserRole, MarkRole, MarkTokenRole };

    struct Entry {
        PageId page = PageId::Overview;
        QString title;
        QString icon;
        QKeySequence key;
        QString mark; ///< a count or "!" at the right edge; may be empty
        Token markToken = Token::TextSecond;
        QString markMeaning; ///< the mark in words, for the tooltip and for screen readers
    };

    using QAbstractListModel::QAbstractListModel;

    void setEntries(std::vector<Entry> entries);
    void setMark(PageId page, const QString& mark, Token token, const QString& meaning);
    int rowOf(PageId page) const; ///< -1: the image has no such page
    const std::vector<Entry>& entries() const { return m_entries; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    std::vector<Entry> m_entries;
};

/// The sidebar: pages with icon, name and mark; icons alone when the window is narrow.
class PageList final : public QListView {
    Q_OBJECT

public:
    enum class Width { Full, IconsOnly };
    static constexpr int fullWidth = 188;

    explicit PageList(PageListModel& model, QWidget* parent = nullptr);
    void setWidth(Width width);
    Width width() const { return m_width; }

private:
    Width m_width = Width::Full;
};

} // namespace platter::app
