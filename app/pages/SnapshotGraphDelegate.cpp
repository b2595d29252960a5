// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotGraphDelegate.h"

#include "app/models/SnapshotsModel.h"
#include "app/window/Look.h"

#include <QPainter>
#include <QPainterPath>

#include <array>

namespace platter::app {

namespace {

    constexpr int laneWidth = 14;
    constexpr int margin = 8;
    constexpr double dotRadius = 4.5;

    QColor laneColor(std::uint32_t lane)
    {
        constexpr std::array tokens{Token::MapData, Token::MapSnapshot, Token::MapCompressed,
            Token::MapLeaked, Token::TextSecond};
        return color(tokens[lane % tokens.size()]);
    }

} // namespace

int SnapshotGraphDelegate::widthFor(unsigned lanes)
{
    return 2 * margin + static_cast<int>(lanes) * laneWidth;
}

void SnapshotGraphDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem whole = option;
    initStyleOption(&whole, index);
    whole.widget->style()->drawPrimitive(
        QStyle::PE_PanelItemViewItem, &whole, painter, whole.widget);

    const auto row = index.data(SnapshotsModel::GraphRole).value<GraphRow>();
    const bool hasLines = m_lines == Lines::Shown;
    const std::uint32_t lane = hasLines ? std::min(row.lane, graphLanes - 1) : 0;
    const QRectF cell = option.rect;
    const auto across
        = [&](std::uint32_t which) { return cell.left() + margin + (which + 0.5) * laneWidth; };
    const QPointF dot{across(lane), cell.center().y()};
    painter->save();
    painter->setClipRect(option.rect);
    painter->setRenderHint(QPainter::Antialiasing);
    const auto line = [&](std::uint32_t which, double from, double to, Qt::PenStyle style) {
        painter->setPen(QPen(laneColor(which), 2, style));
        painter->drawLine(QPointF(across(which), from), QPointF(across(which), to));
    };
    for (std::uint32_t which = 0; hasLines && which < graphLanes; ++which) {
        const unsigned bit = 1U << which;
        const bool isOwn = which == row.lane;
        if (row.joining & bit) {
            // From the branch above, bent to the dot.
            QPainterPath path{QPointF(across(which), cell.top())};
            path.quadTo(QPointF(across(which), dot.y()), dot);
            painter->setPen(QPen(laneColor(which), 2));
            painter->drawPath(path);
        } else if (isOwn) {
            if (row.above & bit)
                line(which, cell.top(), dot.y(), Qt::SolidLine);
        } else if (row.above & row.below & bit) {
            line(which, cell.top(), cell.bottom() + 1, Qt::SolidLine);
        }
        if (isOwn && (row.below & bit))
            line(which, dot.y(), cell.bottom() + 1,
                row.parentIsGuessed ? Qt::DotLine : Qt::SolidLine);
    }
    // Now is a ring, a snapshot a dot; one whose lane is too far out is a ring of its own colour.
    const bool isRing = !row.state || row.lane >= graphLanes;
    painter->setPen(QPen(!row.state ? color(Token::Text) : laneColor(lane), 2));
    painter->setBrush(isRing ? color(Token::Surface) : laneColor(lane));
    painter->drawEllipse(dot, dotRadius, dotRadius);
    painter->restore();
}

} // namespace platter::app
