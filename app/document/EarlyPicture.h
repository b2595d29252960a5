// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostMap.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <memory>
#include <vector>

namespace platter::app {

/// Where the tables of a file lie, as far as opening told: an outline to look things up in.
class HostOutline {
public:
    /// `ranges` rise and lie apart, as Image::fileOutline() gives them.
    explicit HostOutline(const std::vector<HostRange>& ranges);

    /// Bytes of [from, from + length) that are known to be tables.
    Bytes within(HostOffset from, Bytes length) const;

private:
    Bytes before(std::uint64_t end) const;

    std::vector<std::uint64_t> m_starts;
    std::vector<std::uint64_t> m_lengths;
    std::vector<std::uint64_t> m_sums; ///< of the lengths of all ranges before each
};

/// A map of a file that is still being read: where nothing was read yet, it shows the tables that
/// are known.
class EarlyPicture final : public ClusterMapSource {
public:
    EarlyPicture(std::shared_ptr<const ClusterMapSource> picture,
        std::shared_ptr<const HostOutline> outline);

    quint64 size() const override { return m_picture->size(); }
    quint64 unit() const override { return m_picture->unit(); }
    CellShares shares(quint64 from, quint64 length) const override;

private:
    std::shared_ptr<const ClusterMapSource> m_picture;
    std::shared_ptr<const HostOutline> m_outline;
};

} // namespace platter::app
