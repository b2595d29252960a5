// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace platter::app {

/// Draws the tree of snapshots beside their rows: a dot for each state, lines to its parent.
class SnapshotGraphDelegate final : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// Lines make sense only in the order of the tree.
    enum class Lines { Shown, Left };
    void setLines(Lines lines) { m_lines = lines; }

    /// Pixels for so many lanes.
    static int widthFor(unsigned lanes);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override;

private:
    Lines m_lines = Lines::Shown;
};

} // namespace platter::app
