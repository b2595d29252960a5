// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/FlowLayout.h"

#include "app/window/Look.h"

#include <QStyle>
#include <QWidget>

#include <algorithm>

namespace platter::app {

FlowLayout::FlowLayout(QWidget* parent)
    : QLayout(parent)
{
    setContentsMargins(0, 0, 0, 0);
    setSpacing(gap);
}

FlowLayout::~FlowLayout()
{
    qDeleteAll(m_items);
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

QSize FlowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem* item : m_items) {
        if (!item->isEmpty())
            size = size.expandedTo(item->minimumSize());
    }
    return size;
}

QSize FlowLayout::sizeHint() const
{
    QSize size;
    for (const QLayoutItem* item : m_items) {
        if (item->isEmpty())
            continue;
        size.rwidth() += item->sizeHint().width() + (size.width() > 0 ? spacing() : 0);
        size.setHeight(std::max(size.height(), item->sizeHint().height()));
    }
    return size;
}

void FlowLayout::setGeometry(const QRect& room)
{
    QLayout::setGeometry(room);
    place(room, Doing::Move);
}

int FlowLayout::place(const QRect& whole, Doing doing) const
{
    const QRect room = whole.marginsRemoved(contentsMargins());
    const auto direction = parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int x = 0;
    int y = 0;
    int lineHeight = 0;
    QList<std::pair<QLayoutItem*, QRect>> line;
    // In a line, all stand beside the middle of the highest.
    const auto finishLine = [&] {
        for (auto& [item, at] : line) {
            at.translate(0, (lineHeight - at.height()) / 2);
            if (doing == Doing::Move)
                item->setGeometry(QStyle::visualRect(direction, room, at));
        }
        line.clear();
    };
    for (QLayoutItem* item : m_items) {
        if (item->isEmpty())
            continue;
        const QSize size = item->sizeHint().boundedTo({std::max(room.width(), 1), QWIDGETSIZE_MAX});
        if (x > 0 && x + size.width() > room.width()) {
            finishLine();
            x = 0;
            y += lineHeight + spacing();
            lineHeight = 0;
        }
        line.append({item, QRect(room.topLeft() + QPoint(x, y), size)});
        x += size.width() + spacing();
        lineHeight = std::max(lineHeight, size.height());
    }
    finishLine();
    return y + lineHeight;
}

} // namespace platter::app
