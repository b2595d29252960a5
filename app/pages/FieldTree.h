// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPersistentModelIndex>
#include <QTreeView>

#include <deque>

namespace platter::app {

class StructureModel;

/// The tree of a StructureModel. Of the tables that were opened, the latest `mostOpen` ranges stay
/// so and keep their entries: memory is bounded however long somebody walks through a table.
class FieldTree final : public QTreeView {
    Q_OBJECT

public:
    static constexpr std::size_t mostOpen = 64; ///< ranges of 1024 entries, about 1 MiB each

    explicit FieldTree(StructureModel& model, QWidget* parent = nullptr);

    /// Opens an item and all that it lies in; of a table its entries are fetched.
    void open(const QModelIndex& index);
    /// Gives names and values the room they need; where that is little, values are cut first.
    void fitColumns();
    /// The names of structures and tables that are open, at most so many.
    QStringList openNames(qsizetype most) const;
    void openByName(const QStringList& names);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void opened(const QModelIndex& index);
    void closed(const QModelIndex& index);
    bool isAbove(const QModelIndex& above, QModelIndex index) const;

    StructureModel& m_model;
    std::deque<QPersistentModelIndex> m_open; ///< tables and ranges, oldest first
};

} // namespace platter::app
