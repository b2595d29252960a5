// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"
#include "widgets/clustermap/ClusterMapPainter.h"

#include <filesystem>

namespace platter::app {

/// A map as it is shown: what workers need to write it down. A value that keeps everything alive.
struct MapExtract {
    MapSubject subject;
    std::shared_ptr<const MapPicture> picture;
    std::shared_ptr<const MapDetail> detail; ///< nullptr: nothing was read place by place
    ClusterMapGeometry geometry;

    /// One visible cell.
    struct Cell {
        std::uint64_t from = 0;
        Bytes length{};
    };
    std::uint64_t cellCount() const;
    /// The cells in view, by address.
    Cell cellAt(std::uint64_t index) const;

    static MapExtract of(MapSubject subject, std::shared_ptr<const MapPicture> picture,
        std::shared_ptr<const MapDetail> detail, const ClusterMapGeometry& geometry);

private:
    std::vector<ClusterMapGeometry::Range> m_ranges; ///< in view
    std::vector<std::uint64_t> m_cellsBefore; ///< each range
};

/// Writes the picture as a PNG file. Throws IoError, Cancelled.
void saveMapPicture(const MapExtract& extract, const ClusterMapColors& colors,
    const std::filesystem::path& path, const JobControl& job);

/// Writes the visible cells as comma-separated values: offsets in bytes, shares in per cent, with
/// the categories' names in the first line. Throws IoError, Cancelled.
void saveMapTable(
    const MapExtract& extract, const std::filesystem::path& path, const JobControl& job);

} // namespace platter::app
