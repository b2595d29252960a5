// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapPainter.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace platter {

namespace {

    constexpr int leastMarker = 9; ///< pixels
    constexpr int largestMarker = 21; ///< pixels
    constexpr int hatchStep = 6; ///< pixels
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

    /// The looks of all cells in view, row by row.
    std::vector<QRgb> cellsInView(const ClusterMapGeometry& geometry,
        const ClusterMapGeometry::Grid& grid, const TileLookup& lookUp)
    {
        const auto columns = static_cast<std::size_t>(grid.columns());
        const auto rows = static_cast<std::size_t>(grid.rows());
        std::vector<QRgb> cells(columns * rows, CellLook::outside);
        std::vector<QRgb> tile(cellsPerTile);
        for (const quint64 index : tilesInView(geometry)) {
            lookUp(index, tile);
            const quint64 first = index * cellsPerTile;
            if (geometry.layout == ClusterLayout::Rows) {
                const quint64 top = geometry.first / geometry.bytesPerCell;
                const quint64 from = std::max(first, top);
                const quint64 end = std::min(first + cellsPerTile, top + cells.size());
                if (from < end)
                    std::copy_n(tile.begin() + static_cast<std::ptrdiff_t>(from - first),
                        end - from, cells.begin() + static_cast<std::ptrdiff_t>(from - top));
                continue;
            }
            for (std::size_t i = 0; i < tile.size() && tile[i] != CellLook::outside; ++i) {
                const auto point = geometry.hilbert.pointOf(first + i, geometry.level);
                const auto x = static_cast<std::size_t>(point.x - grid.first.x);
                const auto y = static_cast<std::size_t>(point.y - grid.first.y);
                if (x < columns && y < rows)
                    cells[y * columns + x] = tile[i];
            }
        }
        return cells;
    }

    /// A square with a cross.
    QImage markerOf(int side, const ClusterMapColors& colors)
    {
        QImage marker{side, side, QImage::Format_RGB32};
        marker.fill(colors.problem());
        QPainter painter{&marker};
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen{QColor::fromRgb(colors.cross()), side >= 15 ? 2.0 : 1.5});
        const QRectF inner = QRectF{marker.rect()}.adjusted(2.5, 2.5, -2.5, -2.5);
        painter.drawLine(inner.topLeft(), inner.bottomRight());
        painter.drawLine(inner.topRight(), inner.bottomLeft());
        return marker;
    }

    /// Draws markers of at least 9 pixels, centred on their cells as far as the picture lets them.
    class Markers {
    public:
        Markers(QImage& picture, const ClusterMapColors& colors)
            : m_picture(picture)
            , m_colors(colors)
        {
        }

        void add(const QRect& cell)
        {
            const double ratio = m_picture.devicePixelRatio();
            const int room = std::min(cell.width(), cell.height());
            const int least = static_cast<int>(std::ceil(leastMarker * ratio));
            const int most = static_cast<int>(largestMarker * ratio);
            const int side
                = std::min({std::clamp(room % 2 ? room : room - 1, least, std::max(least, most)),
                    m_picture.width(), m_picture.height()});
            if (m_marker.width() != side)
                m_marker = markerOf(side, m_colors);
            const auto inside = [side](int centre, int extent) {
                return std::clamp(centre - side / 2, 0, extent - side);
            };
            const int left = inside(cell.center().x(), m_picture.width());
            const int top = inside(cell.center().y(), m_picture.height());
            for (int y = 0; y < side; ++y)
                std::memcpy(m_picture.scanLine(top + y) + static_cast<std::ptrdiff_t>(left) * 4,
                    m_marker.constScanLine(y), static_cast<std::size_t>(side) * 4);
        }

    private:
        QImage& m_picture;
        const ClusterMapColors& m_colors;
        QImage m_marker;
    };

} // namespace

ClusterMapColors::ClusterMapColors(const ClusterMapLook& look)
    : m_look(look)
    , m_ground(Theme::color(look.ground).rgb())
    , m_window(Theme::color(Token::Window).rgb())
    , m_hatch(Theme::color(Token::Divider).rgb())
    , m_problem(Theme::color(Token::MapProblem).rgb())
    , m_cross(Theme::color(Token::Surface).rgb())
{
    for (std::size_t kind = 0; kind < look.kinds.size() && kind < mostMapKinds; ++kind) {
        const QRgb full = Theme::color(look.kinds[kind]).rgb();
        if (Theme::contrast() == Theme::Contrast::More)
            m_patterns[kind] = platter::patternOf(look.kinds[kind]);
        m_inks[kind] = inkOver(full);
        const QRgb alpha = m_patterns[kind] == Pattern::None
            ? 255
            : CellLook::kindAlpha + static_cast<QRgb>(kind);
        for (int share = 1; share < 256; ++share)
            m_colors[kind][static_cast<std::size_t>(share)]
                = (mixed(m_ground, full, leastStrength + (1 - leastStrength) * share / 255.0)
                      & RGB_MASK)
                | (alpha << 24);
    }
}

Pattern ClusterMapColors::patternOf(QRgb look) const
{
    const QRgb kind = (look >> 24) - CellLook::kindAlpha; // huge if there is none
    if (kind < mostMapKinds)
        return m_patterns[kind];
    return CellLook::isProblem(look) ? m_patterns[static_cast<std::size_t>(m_look.problem)]
                                     : Pattern::None;
}

QRgb ClusterMapColors::inkOf(QRgb look) const
{
    const QRgb kind = (look >> 24) - CellLook::kindAlpha;
    return m_inks[kind < mostMapKinds ? kind : static_cast<std::size_t>(m_look.problem)];
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

std::vector<QRgb> lookUpCells(
    const ClusterMapSource& source, const ClusterMapColors& colors, const CellRun& run)
{
    std::vector<QRgb> cells;
    cells.reserve(run.count);
    const quint64 size = source.size();
    quint64 at = run.from;
    while (cells.size() < run.count && at < size) {
        const quint64 length = std::min(run.bytesPerCell, size - at);
        const CellShares shares = source.shares(at, length);
        at += length;
        if (!shares.known)
            cells.push_back(CellLook::unread);
        else if (colors.isProblem(shares))
            cells.push_back((colors.of(shares) & RGB_MASK) | (CellLook::problemAlpha << 24));
        else
            cells.push_back(colors.of(shares));
    }
    cells.resize(run.count, CellLook::outside);
    return cells;
}

std::vector<quint64> tilesInView(const ClusterMapGeometry& geometry)
{
    std::vector<quint64> tiles;
    for (const auto& range : geometry.visibleRanges()) {
        if (range.length == 0)
            continue;
        const quint64 first = range.from / geometry.bytesPerCell / cellsPerTile;
        const quint64 last
            = (range.from + (range.length - 1)) / geometry.bytesPerCell / cellsPerTile;
        for (quint64 tile = first; tile <= last; ++tile) {
            if (tiles.empty() || tiles.back() < tile)
                tiles.push_back(tile);
        }
    }
    return tiles;
}

void paintFrame(QImage& picture, const ClusterMapGeometry& geometry, const ClusterMapColors& colors,
    const TileLookup& lookUp)
{
    auto grid = geometry.grid();
    const std::vector<QRgb> cells = cellsInView(geometry, grid, lookUp);
    const double ratio = picture.devicePixelRatio();
    const auto toDevice = [ratio](std::vector<int>& edges, int most) {
        for (int& edge : edges)
            edge = std::clamp(static_cast<int>(std::lround(edge * ratio)), 0, most);
    };
    toDevice(grid.columnEdges, picture.width());
    toDevice(grid.rowEdges, picture.height());
    const int gap = geometry.gap() ? std::max(1, static_cast<int>(ratio)) : 0;
    const auto columns = static_cast<std::size_t>(grid.columns());
    const auto lineAt = [&picture](int y) { return reinterpret_cast<QRgb*>(picture.scanLine(y)); };
    const auto clear = [&](int from, int end) {
        for (int y = from; y < end; ++y)
            std::fill_n(lineAt(y), picture.width(), colors.window());
    };
    Markers markers{picture, colors};
    std::vector<QRect> problems;
    int done = 0; ///< lines that are drawn
    for (int row = 0; row < grid.rows(); ++row) {
        const int top = grid.rowEdges[static_cast<std::size_t>(row)];
        const int bottom = grid.rowEdges[static_cast<std::size_t>(row) + 1];
        const int inner = std::max(top, bottom - gap);
        clear(done, std::min(bottom, top + 1));
        done = bottom;
        if (bottom <= top)
            continue;
        const QRgb* const looks = &cells[static_cast<std::size_t>(row) * columns];
        QRgb* const line = lineAt(top);
        bool hatched = false;
        bool patterned = false;
        for (std::size_t column = 0; column < columns; ++column) {
            const QRgb look = looks[column];
            if (look == CellLook::outside)
                continue;
            const int left = grid.columnEdges[column];
            const int right = std::max(left, grid.columnEdges[column + 1] - gap);
            if (look == CellLook::unread) {
                hatched = true;
                continue;
            }
            std::fill(line + left, line + right, look | 0xff000000);
            patterned = patterned || colors.patternOf(look) != Pattern::None;
            if (CellLook::isProblem(look))
                problems.emplace_back(left, top, right - left, inner - top);
        }
        for (int y = top + 1; y < inner; ++y)
            std::memcpy(lineAt(y), line, static_cast<std::size_t>(picture.width()) * 4);
        clear(std::max(inner, top + 1), bottom);
        for (std::size_t column = 0; patterned && column < columns; ++column) {
            const Pattern pattern = colors.patternOf(looks[column]);
            if (pattern == Pattern::None)
                continue;
            const QRgb ink = colors.inkOf(looks[column]);
            const int left = grid.columnEdges[column];
            const int right = std::max(left, grid.columnEdges[column + 1] - gap);
            for (int y = top; y < inner; ++y) {
                QRgb* const inked = lineAt(y);
                for (int x = left; x < right; ++x) {
                    if (isInked(pattern, x, y))
                        inked[x] = ink;
                }
            }
        }
        if (!hatched)
            continue;
        // Neighbours that were not read are hatched in one go.
        for (std::size_t column = 0; column < columns; ++column) {
            if (looks[column] != CellLook::unread)
                continue;
            const int left = grid.columnEdges[column];
            const bool goesOn = column + 1 < columns && looks[column + 1] == CellLook::unread;
            const int right = grid.columnEdges[column + 1] - (goesOn ? 0 : gap);
            for (int y = top; y < inner; ++y) {
                QRgb* const hatch = lineAt(y);
                for (int x = left + (hatchStep - (left + y) % hatchStep) % hatchStep; x < right;
                     x += hatchStep)
                    hatch[x] = colors.hatch();
            }
        }
    }
    clear(done, picture.height());
    for (const QRect& cell : problems)
        markers.add(cell);
}

void paintCells(QPainter& painter, const ClusterMapGeometry& geometry,
    const ClusterMapSource& source, const ClusterMapLook& look)
{
    const ClusterMapColors colors{look};
    const double ratio = painter.device()->devicePixelRatioF();
    QImage picture{geometry.area * ratio, QImage::Format_RGB32};
    picture.setDevicePixelRatio(ratio);
    paintFrame(picture, geometry, colors, [&](quint64 tile, std::span<QRgb> cells) {
        const auto found = lookUpCells(source, colors,
            {tile * cellsPerTile * geometry.bytesPerCell, geometry.bytesPerCell, cells.size()});
        std::copy(found.begin(), found.end(), cells.begin());
    });
    painter.drawImage(0, 0, picture);
}

} // namespace platter
