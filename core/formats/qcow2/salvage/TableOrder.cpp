// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/TableOrder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace platter::qcow2 {

namespace {

    constexpr float leap = 2.0F; ///< of going on behind a gap
    constexpr float missing = 0.7F; ///< of each position left out that ought to have a table
    constexpr float back = 7.0F; ///< of going back
    constexpr float impossible = 1e6F;
    constexpr std::size_t largestGrid = 8'000'000; ///< fields, two numbers of 4 bytes each
    constexpr unsigned surest = 97; ///< percent, of what is inferred
    /// Percent, where only the order in the file speaks: of disks whose L1 table was lost, with and
    /// without gaps, 11 of 24 came back whole (tst_salvagematrix).
    constexpr unsigned surestByFile = 45;
    constexpr std::size_t mostOthers = 3;

    class Grid {
    public:
        explicit Grid(const OrderProblem& problem)
            : m_problem(problem)
            , m_positions(problem.positions)
            , m_wantedBefore(problem.positions + 1)
            , m_isTaken(problem.positions)
        {
            for (std::size_t p = 0; p < m_positions; ++p)
                m_wantedBefore[p + 1] = m_wantedBefore[p]
                    + (!problem.wanted.empty() && problem.wanted[p] ? missing : 0.0F);
            for (const auto& known : problem.known) {
                if (known && *known < m_positions)
                    m_isTaken[*known] = true;
            }
        }

        std::vector<OrderedTable> solve();

    private:
        float placeCost(std::size_t table, std::size_t position) const
        {
            const auto& known = m_problem.known[table];
            if (known)
                return *known == position ? 0.0F : impossible;
            return (m_isTaken[position] ? impossible / 2 : 0.0F)
                + (m_problem.cost ? m_problem.cost(table, position) : 0.0F);
        }
        /// What leading from `from` (of the table before) to `to` costs.
        void advance(const float* from, float* to) const;
        void retreat(const float* from, float* to) const;

        const OrderProblem& m_problem;
        std::size_t m_positions;
        std::vector<float> m_wantedBefore;
        std::vector<bool> m_isTaken;
    };

    void Grid::advance(const float* from, float* to) const
    {
        std::vector<float> behind(m_positions + 1, std::numeric_limits<float>::max());
        for (std::size_t p = m_positions; p-- > 0;)
            behind[p] = std::min(behind[p + 1], from[p]);
        float ahead = std::numeric_limits<float>::max();
        for (std::size_t p = 0; p < m_positions; ++p) {
            float best = behind[p + 1] == std::numeric_limits<float>::max()
                ? std::numeric_limits<float>::max()
                : behind[p + 1] + back;
            if (p > 0)
                best = std::min(best, from[p - 1]);
            if (p > 1) {
                ahead = std::min(ahead, from[p - 2] - m_wantedBefore[p - 1]);
                best = std::min(best, ahead + leap + m_wantedBefore[p]);
            }
            to[p] = best;
        }
    }

    void Grid::retreat(const float* from, float* to) const
    {
        std::vector<float> before(m_positions + 1, std::numeric_limits<float>::max());
        for (std::size_t p = 0; p < m_positions; ++p)
            before[p + 1] = std::min(before[p], from[p]);
        float ahead = std::numeric_limits<float>::max();
        for (std::size_t p = m_positions; p-- > 0;) {
            float best = before[p] == std::numeric_limits<float>::max()
                ? std::numeric_limits<float>::max()
                : before[p] + back;
            if (p + 1 < m_positions)
                best = std::min(best, from[p + 1]);
            if (p + 2 < m_positions) {
                ahead = std::min(ahead, from[p + 2] + m_wantedBefore[p + 2]);
                best = std::min(best, ahead + leap - m_wantedBefore[p + 1]);
            }
            to[p] = best;
        }
    }

    std::vector<OrderedTable> Grid::solve()
    {
        const std::size_t tables = m_problem.tables;
        std::vector<float> forward(tables * m_positions);
        std::vector<float> own(m_positions);
        for (std::size_t n = 0; n < tables; ++n) {
            float* const row = forward.data() + n * m_positions;
            if (n == 0) {
                for (std::size_t p = 0; p < m_positions; ++p)
                    row[p] = p == 0 ? 0.0F : leap + m_wantedBefore[p];
            } else {
                advance(row - m_positions, row);
            }
            for (std::size_t p = 0; p < m_positions; ++p)
                row[p] += placeCost(n, p);
        }
        std::vector<OrderedTable> result(tables);
        std::vector<float> after(m_positions, 0.0F);
        std::vector<float> next(m_positions);
        std::optional<std::size_t> follower;
        for (std::size_t n = tables; n-- > 0;) {
            const float* const row = forward.data() + n * m_positions;
            // The path that goes on best to what was chosen behind it.
            std::vector<float> step(m_positions, 0.0F);
            if (follower) {
                std::vector<float> only(m_positions, impossible * 4);
                only[*follower] = 0;
                retreat(only.data(), step.data());
            }
            std::size_t chosen = 0;
            for (std::size_t p = 1; p < m_positions; ++p) {
                if (row[p] + step[p] < row[chosen] + step[chosen])
                    chosen = p;
            }
            // How much dearer the best paths through other places are.
            const float best = row[chosen] + after[chosen];
            double sum = 0;
            std::vector<std::pair<float, std::uint32_t>> others;
            for (std::size_t p = 0; p < m_positions; ++p) {
                const float margin = std::max(0.0F, row[p] + after[p] - best);
                if (margin > 20)
                    continue;
                sum += std::exp(-static_cast<double>(margin));
                if (p != chosen && margin < 3)
                    others.emplace_back(margin, static_cast<std::uint32_t>(p));
            }
            OrderedTable& table = result[n];
            table.position = static_cast<std::uint32_t>(chosen);
            table.percent = m_problem.known[n]
                ? 99
                : std::min(m_problem.cost ? surest : surestByFile,
                    static_cast<unsigned>(100.0 / std::max(1.0, sum)));
            std::sort(others.begin(), others.end());
            for (std::size_t i = 0; i < std::min(mostOthers, others.size()); ++i)
                table.others.push_back(others[i].second);
            follower = chosen;
            for (std::size_t p = 0; p < m_positions; ++p)
                own[p] = after[p] + placeCost(n, p);
            retreat(own.data(), next.data());
            after.swap(next);
        }
        return result;
    }

    /// Where the grid would be too large: what is known stays, the others follow the one before.
    std::vector<OrderedTable> orderSimply(const OrderProblem& problem)
    {
        std::vector<bool> isTaken(problem.positions);
        for (const auto& known : problem.known) {
            if (known && *known < problem.positions)
                isTaken[*known] = true;
        }
        std::vector<OrderedTable> result(problem.tables);
        std::uint32_t next = 0;
        for (std::size_t n = 0; n < problem.tables; ++n) {
            if (problem.known[n]) {
                result[n] = {*problem.known[n], 99, {}};
            } else {
                while (next < problem.positions && isTaken[next])
                    ++next;
                result[n] = {next, surestByFile / 2, {}};
                if (next < problem.positions)
                    isTaken[next] = true;
            }
            next = result[n].position + 1;
        }
        return result;
    }

    /// Of tables with one position the surest keeps it, the others get the nearest free one.
    void separate(const OrderProblem& problem, std::vector<OrderedTable>& tables)
    {
        std::vector<std::size_t> bySureness(tables.size());
        for (std::size_t i = 0; i < tables.size(); ++i)
            bySureness[i] = i;
        std::stable_sort(bySureness.begin(), bySureness.end(),
            [&](std::size_t a, std::size_t b) { return tables[a].percent > tables[b].percent; });
        std::vector<bool> isTaken(problem.positions);
        std::vector<std::size_t> homeless;
        for (const std::size_t n : bySureness) {
            const std::uint32_t position = tables[n].position;
            if (position < problem.positions && !isTaken[position])
                isTaken[position] = true;
            else
                homeless.push_back(n);
        }
        std::size_t searched = 0;
        for (const std::size_t n : homeless) {
            const std::size_t wish = std::min<std::size_t>(tables[n].position, problem.positions);
            std::size_t found = problem.positions;
            for (std::size_t p = wish; p < problem.positions && searched < largestGrid; ++p) {
                ++searched;
                if (!isTaken[p]) {
                    found = p;
                    break;
                }
            }
            for (std::size_t p = wish; found == problem.positions && p-- > 0;) {
                if (!isTaken[p])
                    found = p;
                if (++searched > 2 * largestGrid)
                    break;
            }
            tables[n].position = static_cast<std::uint32_t>(found);
            tables[n].percent = std::min(tables[n].percent, 20U);
            if (found < problem.positions)
                isTaken[found] = true;
        }
    }

} // namespace

std::vector<OrderedTable> orderTables(const OrderProblem& problem)
{
    if (problem.tables == 0 || problem.positions == 0)
        return std::vector<OrderedTable>(problem.tables);
    auto result = problem.tables > largestGrid / problem.positions ? orderSimply(problem)
                                                                   : Grid{problem}.solve();
    separate(problem, result);
    return result;
}

} // namespace platter::qcow2
