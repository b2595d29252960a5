// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/Theme.h"

#include <array>
#include <cstddef>
#include <vector>

namespace platter {

/// Most kinds that a cluster map tells apart; what is of no kind is the empty ground.
inline constexpr std::size_t mostMapKinds = 8;

/// What a range of the map is made of.
struct CellShares {
    std::array<quint8, mostMapKinds> of{}; ///< by kind, 255 for the whole range
    bool known = false; ///< false: at least a part has not been read
    bool problem = false; ///< a problem lies inside, however small
};

/// Where a cluster map gets its picture from. Asked on the GUI thread for each cell; must answer in
/// about a microsecond and never wait.
class ClusterMapSource {
public:
    ClusterMapSource() = default;
    ClusterMapSource(const ClusterMapSource&) = delete;
    ClusterMapSource& operator=(const ClusterMapSource&) = delete;
    virtual ~ClusterMapSource() = default;

    /// Bytes of the address space.
    virtual quint64 size() const = 0;
    /// Bytes of the smallest thing that is worth a cell of its own; at least 1.
    virtual quint64 unit() const = 0;
    virtual CellShares shares(quint64 from, quint64 length) const = 0;
};

/// How a map shows its kinds.
struct ClusterMapLook {
    std::vector<Token> kinds; ///< colour of each kind, by its index in CellShares::of
    Token ground = Token::MapFree; ///< where there is nothing
    int problem = -1; ///< index of the kind that always wins and gets a marker; -1: none
    std::array<bool, mostMapKinds> hidden{}; ///< kinds that are left out for now
};

} // namespace platter
