// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterMapPainter.h"

#include <QCache>
#include <QObject>
#include <QThreadPool>

#include <deque>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace platter {

/// The cells of a map in tiles of 1024 neighbours by address, looked up on workers and kept in
/// bounded memory. Layouts share them: a tile knows addresses, not pixels.
///
/// While a tile is not ready, what is known of its addresses at other scales stands in for it. All
/// functions belong to the GUI thread and return at once.
class ClusterTiles final : public QObject {
    Q_OBJECT

public:
    static constexpr int mostMemory = 16 << 20; ///< bytes

    explicit ClusterTiles(QObject* parent = nullptr);
    ~ClusterTiles() override;

    /// Tiles of another address space are of no use; those of the same one stand in for a while.
    enum class Before { StandsIn, IsForgotten };
    void setSource(std::shared_ptr<const ClusterMapSource> source, Before before);
    /// To be called again when the theme changes.
    void setLook(const ClusterMapLook& look);
    const ClusterMapColors& colors() const { return *m_colors; }
    /// The source knows more of what was not read.
    void grow();

    /// The tiles that are in view, of cells with so many bytes: those that are not ready will be
    /// looked up, in this order; what was wanted before is not wanted any more.
    void want(quint64 bytesPerCell, const std::vector<quint64>& tiles);
    /// The cells of a tile as well as they are known now; those behind the end are `outside`.
    void cellsOf(quint64 bytesPerCell, quint64 tile, std::span<QRgb> cells);

    bool isQuiet() const { return m_waiting.empty() && m_running.empty(); }
    qsizetype memory() const { return m_tiles.totalCost(); } ///< bytes

signals:
    void arrived(); ///< cells changed

private:
    struct Key {
        quint64 bytesPerCell = 0;
        quint64 index = 0;
        auto operator<=>(const Key&) const = default;
    };
    friend size_t qHash(const Key& key, size_t seed)
    {
        return qHashMulti(seed, key.bytesPerCell, key.index);
    }
    struct Tile {
        std::vector<QRgb> cells;
        quint64 picture = 0; ///< m_picture when it was asked for
        quint64 growth = 0; ///< m_growth when it was asked for
        bool complete = false; ///< nothing of it is unread
    };

    bool isFresh(const Tile& tile) const;
    void standIn(quint64 bytesPerCell, quint64 tile, std::span<QRgb> cells);
    void startMore();
    void accept(const Key& key, std::unique_ptr<Tile> tile);

    std::shared_ptr<const ClusterMapSource> m_source;
    std::shared_ptr<const ClusterMapColors> m_colors;
    QCache<Key, Tile> m_tiles;
    std::vector<quint64> m_scales; ///< bytes of a cell, latest first: they can stand in
    std::deque<Key> m_waiting;
    std::set<std::pair<Key, quint64>> m_running; ///< with the m_picture of each
    quint64 m_picture = 0; ///< counts sources and looks
    quint64 m_growth = 0;
    QThreadPool m_pool; // last: its destructor waits for the work before the rest goes
};

} // namespace platter
