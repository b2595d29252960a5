// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/HostBrush.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <utility>

namespace platter::app {

/// A map of the image file on which only picked clusters have their kind; the rest is empty ground.
class BrushedPicture final : public ClusterMapSource {
public:
    BrushedPicture(std::shared_ptr<const ClusterMapSource> whole, HostBrush brush)
        : m_whole(std::move(whole))
        , m_brush(std::move(brush))
    {
    }

    quint64 size() const override { return m_whole->size(); }
    quint64 unit() const override { return m_whole->unit(); }
    CellShares shares(quint64 from, quint64 length) const override
    {
        if (m_brush.touches(HostOffset{from}, Bytes{length}))
            return m_whole->shares(from, length);
        CellShares nothing;
        nothing.known = true;
        return nothing;
    }

private:
    std::shared_ptr<const ClusterMapSource> m_whole;
    HostBrush m_brush;
};

} // namespace platter::app
