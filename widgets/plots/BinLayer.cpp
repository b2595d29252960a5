// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/BinLayer.h"

#include "widgets/plots/BinPlot.h"

#include <algorithm>
#include <cmath>

namespace platter {

namespace {

    constexpr int lineWidth = 2; ///< pixels of a line along the values

} // namespace

BinLayer::BinLayer(
    QCustomPlot& plot, QCPAxis& across, QCPAxis& up, const std::vector<PlotBin>& bins)
    : QCPLayerable(&plot, QStringLiteral("main"))
    , m_across(across)
    , m_up(up)
    , m_bins(bins)
{
}

QRect BinLayer::clipRect() const
{
    return m_across.axisRect()->rect();
}

void BinLayer::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false); // edges lie on pixels
}

int BinLayer::pixelOf(double value) const
{
    // A logarithmic axis has no place for 0; what lies below the axis ends at it.
    const double shown = std::clamp(value, m_up.range().lower, m_up.range().upper);
    return static_cast<int>(std::lround(m_up.coordToPixel(shown)));
}

std::vector<BinLayer::Column> BinLayer::columns() const
{
    std::vector<Column> result;
    result.reserve(m_bins.size());
    for (std::size_t i = 0; i < m_bins.size(); ++i) {
        const PlotBin& bin = m_bins[i];
        const auto edge = [this](std::size_t at) {
            return static_cast<int>(std::lround(m_across.coordToPixel(static_cast<double>(at))));
        };
        const Column column{edge(i), edge(i + 1), bin.whole, bin.high, bin.low};
        if (!result.empty() && result.back().left == column.left) {
            // The one before takes less than a pixel.
            Column& shared = result.back();
            shared.right = std::max(shared.right, column.right);
            shared.whole = std::max(shared.whole, column.whole);
            shared.high = std::max(shared.high, column.high);
            shared.low = std::min(shared.low, column.low);
        } else {
            result.push_back(column);
        }
    }
    return result;
}

/// Each pixel once: of a thousand bars that are laid over each other the hidden parts cost as much
/// as those that are seen.
void BinLayer::drawBars(QCPPainter& painter, const std::vector<Column>& columns) const
{
    const int base = pixelOf(0);
    for (const Column& column : columns) {
        const auto fill = [&](int from, int to, const QColor& color) {
            if (color.isValid() && from != to)
                painter.fillRect(QRect{column.left, std::min(from, to),
                                     std::max(1, column.right - column.left), std::abs(from - to)},
                    color);
        };
        const int high = pixelOf(column.high);
        const int low = m_look.low.isValid() ? pixelOf(column.low) : base;
        const int whole = pixelOf(column.whole);
        if (whole < high)
            fill(whole, high, m_look.whole);
        fill(base, low, m_look.low);
        const bool covered = (low < base) == (high < base); // both on one side of the line at 0
        fill(covered ? low : base, high, m_look.high);
    }
}

void BinLayer::drawLine(QCPPainter& painter, const std::vector<Column>& columns,
    double Column::*value, const QColor& color) const
{
    if (!color.isValid())
        return;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        const int at = pixelOf(column.*value);
        painter.fillRect(QRect{column.left, at - lineWidth / 2,
                             std::max(1, column.right - column.left), lineWidth},
            color);
        if (i == 0)
            continue;
        const int before = pixelOf(columns[i - 1].*value);
        if (std::abs(before - at) > lineWidth)
            painter.fillRect(
                QRect{column.left, std::min(before, at), 1, std::abs(before - at)}, color);
    }
}

void BinLayer::draw(QCPPainter* painter)
{
    const std::vector<Column> all = columns();
    drawBars(*painter, all);
    drawLine(*painter, all, &Column::low, m_look.lowLine);
    drawLine(*painter, all, &Column::high, m_look.highLine);
}

} // namespace platter
