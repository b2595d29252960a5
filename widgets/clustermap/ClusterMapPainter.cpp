// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapPainter.h"

#include <QPainter>

#include <algorithm>

namespace platter {

namespace {

    constexpr int leastMarker = 9; ///< pixels
    constexpr int largestMarker = 21; ///< pixels
    constexpr double leastStrength
        = 0.7; ///< at the smallest share: paler, one kind looks like another

    QRgb mixed(QRgb ground, QRgb colour, double strength)
    {
        const auto channel = [&](int from, int to) {
            return static_cast<int>(from + (to - from) * strength + 0.5);
        };
        return qRgb(channel(qRed(ground), qRed(colour)), channel(qGreen(ground), qGreen(colour)),
            channel(qBlue(ground), qBlue(colour)));
    }

} // namespace

ClusterMapColors::ClusterMapColors(const ClusterMapLook& look)
    : m_look(look)
    , m_ground(Theme::color(look.ground).rgb())
{
    for (std::size_t kind = 0; kind < look.kinds.size() && kind < mostMapKinds; ++kind) {
        const QRgb full = Theme::color(look.kinds[kind]).rgb();
        for (int share = 1; share < 256; ++share)
            m_colors[kind][static_cast<std::size_t>(share)]
                = mixed(m_ground, full, leastStrength + (1 - leastStrength) * share / 255.0);
    }
}

bool ClusterMapColors::isProblem(const CellShares& shares) const
{
    return shares.problem && m_look.problem >= 0
        && !m_look.hidden[static_cast<std::size_t>(m_look.problem)];
}

QRgb ClusterMapColors::of(const CellShares& shares) const
{
    std::size_t strongest = 0;
    unsigned most = 0;
    unsigned all = 0;
    for (std::size_t kind = 0; kind < mostMapKinds; ++kind) {
        if (m_look.hidden[kind])
            continue;
        all += shares.of[kind];
        if (shares.of[kind] > most) {
            most = shares.of[kind];
            strongest = kind;
        }
    }
    if (isProblem(shares))
        return m_colors[static_cast<std::size_t>(m_look.problem)][255];
    return most == 0 ? m_ground : m_colors[strongest][std::min(all, 255U)];
}

void paintUnread(QPainter& painter, const QRect& rect)
{
    painter.fillRect(rect, Theme::color(Token::Window));
    painter.fillRect(rect, QBrush{Theme::color(Token::Divider), Qt::BDiagPattern});
}

void paintProblem(QPainter& painter, const QRect& cell, const QRect& area)
{
    const int room = std::min(cell.width(), cell.height());
    const int side = std::clamp(room % 2 ? room : room - 1, leastMarker, largestMarker);
    const auto inside = [side](int centre, int least, int most) {
        return std::max(least, std::min(centre - side / 2, most - side + 1));
    };
    const QRect marker{inside(cell.center().x(), area.left(), area.right()),
        inside(cell.center().y(), area.top(), area.bottom()), side, side};
    painter.fillRect(marker, Theme::color(Token::MapProblem));
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen{Theme::color(Token::Surface), side >= 15 ? 2.0 : 1.5});
    const QRectF inner = QRectF{marker}.adjusted(2.5, 2.5, -2.5, -2.5);
    painter.drawLine(inner.topLeft(), inner.bottomRight());
    painter.drawLine(inner.topRight(), inner.bottomLeft());
    painter.restore();
}

void paintCells(QPainter& painter, const ClusterMapGeometry& geometry,
    const ClusterMapSource& source, const ClusterMapLook& look)
{
    const ClusterMapColors colors{look};
    const ClusterMapGeometry::Range view = geometry.visible();
    const int columns = geometry.columns();
    const int inner = geometry.side - geometry.gap();
    std::vector<QRect> problems;
    quint64 at = view.from;
    const quint64 end = view.from + view.length;
    for (int row = 0; row < geometry.rows() && at < end; ++row) {
        int unreadFrom = -1; // neighbours that were not read are hatched in one go
        const auto flush = [&](int column) {
            if (unreadFrom >= 0)
                paintUnread(painter,
                    {unreadFrom * geometry.side, row * geometry.side,
                        (column - unreadFrom) * geometry.side - geometry.gap(), inner});
            unreadFrom = -1;
        };
        int column = 0;
        for (; column < columns && at < end; ++column) {
            const quint64 length = std::min(geometry.bytesPerCell, end - at);
            const CellShares shares = source.shares(at, length);
            at += length;
            if (!shares.known) {
                if (unreadFrom < 0)
                    unreadFrom = column;
                continue;
            }
            flush(column);
            const QRect cell{column * geometry.side, row * geometry.side, inner, inner};
            painter.fillRect(cell, QColor::fromRgb(colors.of(shares)));
            if (colors.isProblem(shares))
                problems.push_back(cell);
        }
        flush(column);
    }
    for (const QRect& cell : problems)
        paintProblem(painter, cell, QRect{{}, geometry.area});
}

} // namespace platter
