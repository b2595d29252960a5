// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace platter::qcow2 {

/// L2 tables in the order of the file, and what speaks for their places in the L1 table.
struct OrderProblem {
    std::size_t tables = 0;
    std::size_t positions = 0;
    std::vector<std::optional<std::uint32_t>> known; ///< one for each table
    /// What speaks against a place, from 0 on; empty: nothing is known of any.
    std::function<float(std::size_t table, std::size_t position)> cost;
    /// Positions that ought to have a table; empty: nothing is known.
    std::vector<bool> wanted;
};

struct OrderedTable {
    std::uint32_t position = 0;
    unsigned percent = 0; ///< how sure, 0 to 100
    std::vector<std::uint32_t> others; ///< nearly as good, at most three
};

/// Puts tables in order. QEMU allocates a table when its first cluster is written, and guests write
/// mostly upwards: so the likeliest place is behind the table before it in the file, less likely
/// further on, and going back costs most. With the costs of places this is a path through a grid,
/// of which the cheapest is found exactly. No two tables get one position.
std::vector<OrderedTable> orderTables(const OrderProblem& problem);

} // namespace platter::qcow2
