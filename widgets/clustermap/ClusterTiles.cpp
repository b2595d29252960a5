// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterTiles.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::size_t mostScales = 8;
    constexpr std::size_t mostRunning = 2; ///< workers at once

    /// Cells of the whole address space at least, so that there is always something to stand in.
    constexpr quint64 leastCells = 2048;

    quint64 wholeScale(const ClusterMapSource& source)
    {
        const quint64 unit = std::max<quint64>(1, source.unit());
        const quint64 units = source.size() / unit + (source.size() % unit != 0);
        return std::max<quint64>(1, (units + leastCells - 1) / leastCells) * unit;
    }

} // namespace

ClusterTiles::ClusterTiles(QObject* parent)
    : QObject(parent)
    , m_colors(std::make_shared<const ClusterMapColors>(ClusterMapLook{}))
    , m_tiles(mostMemory)
{
    m_pool.setMaxThreadCount(static_cast<int>(mostRunning));
}

ClusterTiles::~ClusterTiles() = default;

void ClusterTiles::setSource(std::shared_ptr<const ClusterMapSource> source, Before before)
{
    m_source = std::move(source);
    ++m_picture;
    m_waiting.clear();
    if (before == Before::IsForgotten) {
        m_tiles.clear();
        m_scales.clear();
    }
}

void ClusterTiles::setLook(const ClusterMapLook& look)
{
    m_colors = std::make_shared<const ClusterMapColors>(look);
    ++m_picture;
    m_waiting.clear();
}

void ClusterTiles::grow()
{
    ++m_growth;
}

bool ClusterTiles::isFresh(const Tile& tile) const
{
    return tile.picture == m_picture && (tile.complete || tile.growth == m_growth);
}

void ClusterTiles::want(quint64 bytesPerCell, const std::vector<quint64>& tiles)
{
    m_waiting.clear();
    if (!m_source || m_source->size() == 0)
        return;
    // The whole comes last: it always has something, but coarse.
    const quint64 whole = wholeScale(*m_source);
    if (m_scales.empty())
        m_scales.push_back(whole);
    std::erase(m_scales, bytesPerCell);
    m_scales.insert(m_scales.begin(), bytesPerCell);
    if (m_scales.size() > mostScales)
        m_scales.erase(m_scales.end() - 2);
    if (m_scales.back() != whole)
        m_scales.push_back(whole);
    const auto add = [&](const Key& key) {
        const Tile* const tile = m_tiles.object(key);
        if (!(tile && isFresh(*tile)) && !m_running.contains({key, m_picture}))
            m_waiting.push_back(key);
    };
    for (quint64 index = 0; index * cellsPerTile * whole < m_source->size(); ++index)
        add({whole, index});
    for (const quint64 index : tiles)
        add({bytesPerCell, index});
    startMore();
}

void ClusterTiles::startMore()
{
    while (!m_waiting.empty() && m_running.size() < mostRunning) {
        const Key key = m_waiting.front();
        m_waiting.pop_front();
        m_running.insert({key, m_picture});
        m_pool.start([this, key, source = m_source, colors = m_colors, picture = m_picture,
                         growth = m_growth] {
            auto tile = std::make_shared<Tile>();
            tile->picture = picture;
            tile->growth = growth;
            tile->cells = lookUpCells(*source, *colors,
                {key.index * cellsPerTile * key.bytesPerCell, key.bytesPerCell, cellsPerTile});
            tile->complete = std::find(tile->cells.begin(), tile->cells.end(), CellLook::unread)
                == tile->cells.end();
            QMetaObject::invokeMethod(
                this, [this, key, tile] { accept(key, std::make_unique<Tile>(std::move(*tile))); },
                Qt::QueuedConnection);
        });
    }
}

void ClusterTiles::accept(const Key& key, std::unique_ptr<Tile> tile)
{
    m_running.erase({key, tile->picture});
    if (tile->picture == m_picture) {
        const auto bytes = static_cast<qsizetype>(sizeof(Tile) + tile->cells.size() * sizeof(QRgb));
        m_tiles.insert(key, tile.release(), bytes);
        emit arrived();
    }
    startMore();
}

void ClusterTiles::cellsOf(quint64 bytesPerCell, quint64 tile, std::span<QRgb> cells)
{
    const Tile* const ready = m_tiles.object({bytesPerCell, tile});
    // An older picture of the same cells is better than another scale.
    if (ready)
        std::copy(ready->cells.begin(), ready->cells.end(), cells.begin());
    else
        standIn(bytesPerCell, tile, cells);
}

/// Fills in cells from other scales; nearer in time first.
void ClusterTiles::standIn(quint64 bytesPerCell, quint64 tile, std::span<QRgb> cells)
{
    const quint64 size = m_source ? m_source->size() : 0;
    const quint64 start = tile * cellsPerTile * bytesPerCell;
    struct Found {
        Key key;
        const Tile* tile = nullptr;
    };
    std::vector<Found> found(m_scales.size()); // neighbours mostly have the same tile
    const auto find = [&](std::size_t i, quint64 at) -> const Tile* {
        const Key key{m_scales[i], at / m_scales[i] / cellsPerTile};
        if (key != found[i].key)
            found[i] = {key, m_tiles.object(key)};
        return found[i].tile;
    };
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const quint64 from = start + i * bytesPerCell;
        if (start >= size || i * bytesPerCell >= size - start) {
            cells[i] = CellLook::outside;
            continue;
        }
        cells[i] = CellLook::unread;
        const quint64 at = from + std::min(bytesPerCell, size - from) / 2;
        for (std::size_t scale = 0; scale < m_scales.size(); ++scale) {
            if (const Tile* const other = find(scale, at)) {
                cells[i] = other->cells[at / m_scales[scale] % cellsPerTile];
                break;
            }
        }
    }
}

} // namespace platter
