// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace platter::tests {

/// What a damage takes from a qcow2 image.
enum class Lost {
    Header, ///< the first cluster
    L1, ///< the L1 table of the present state
    L2, ///< the middle one of its L2 tables
    Refcounts, ///< table and blocks
    HeaderAndL1,
    AllButL2, ///< header, all L1 tables, refcounts, snapshot table
};

enum class Filler { Zeros, Noise };

/// Overwrites the structures of `image`, which is whole.
void loseStructures(const QString& image, Lost lost, Filler filler);

/// Makes the guest's range of the table that Lost::L2 takes read as never written.
void forgetTable(const QString& image);

} // namespace platter::tests
