// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/FieldFinder.h"

#include "app/text/CoreText.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace platter::app {

namespace {

    constexpr std::uint64_t batch = 1024; ///< entries that are described at once

    /// Walks over all items in their order, or against it, until one has the words.
    class FieldWalk {
    public:
        FieldWalk(const Image& image, const FieldContent& content, const QString& words,
            FindDirection direction, const JobControl& job)
            : m_image(image)
            , m_content(content)
            , m_words(words)
            , m_forward(direction == FindDirection::Forward)
            , m_job(job)
            , m_total(entriesOf(image, content))
        {
        }

        /// The first hit behind `from` in the direction of the walk.
        std::optional<FieldPath> behind(const FieldPath& from)
        {
            m_from = &from;
            m_hit.reset();
            FieldPath path;
            const std::uint64_t structures = m_content.structures.size();
            children(path, structures + m_content.tables.size(), [&](std::uint64_t row) {
                return row < structures ? structure(path, m_content.structures[row], std::nullopt)
                                        : table(path, m_content.tables[row - structures]);
            });
            return m_hit;
        }

    private:
        struct Span {
            std::uint64_t first = 0;
            std::uint64_t end = 0;
        };

        /// The children of `path` that can lie behind the start.
        Span spanOf(const FieldPath& path, std::uint64_t count) const
        {
            if (!std::equal(path.begin(), path.end(), m_from->begin(),
                    m_from->begin()
                        + static_cast<std::ptrdiff_t>(std::min(path.size(), m_from->size())))) {
                return {0, count};
            }
            if (path.size() == m_from->size()) // children stand behind their parent
                return m_forward || path.empty() ? Span{0, count} : Span{};
            const std::uint64_t row = (*m_from)[path.size()];
            return m_forward ? Span{std::min(row, count), count}
                             : Span{0, row < count ? row + 1 : count};
        }

        template <class Visit>
        bool children(FieldPath& path, std::uint64_t count, const Visit& visit)
        {
            const Span span = spanOf(path, count);
            path.push_back(0);
            bool found = false;
            for (std::uint64_t i = span.first; i < span.end && !found; ++i) {
                path.back() = m_forward ? i : span.end - 1 - (i - span.first);
                found = visit(path.back());
            }
            path.pop_back();
            return found;
        }

        bool take(const FieldPath& path, bool matches)
        {
            const bool isBehind = m_from->empty() || (m_forward ? path > *m_from : path < *m_from);
            if (matches && isBehind)
                m_hit = path;
            return m_hit.has_value();
        }

        /// An item stands before its children, so against the order it is met behind them.
        template <class Children>
        bool inOrder(const FieldPath& path, bool matches, const Children& below)
        {
            if (m_forward)
                return take(path, matches) || below();
            return below() || take(path, matches);
        }

        bool structure(
            FieldPath& path, const StructureMark& mark, const std::optional<EntryTable>& below)
        {
            const std::uint64_t fields = mark.fields.size();
            return inOrder(path, contains(mark.name) || says(mark.note), [&] {
                return children(path, fields + (below ? 1 : 0), [&](std::uint64_t row) {
                    return row < fields ? field(path, mark.fields[row]) : table(path, *below);
                });
            });
        }

        bool field(FieldPath& path, const FieldMark& mark)
        {
            const bool matches = contains(mark.name) || contains(mark.value) || says(mark.meaning)
                || says(mark.verdict);
            return inOrder(path, matches, [&] {
                return children(path, mark.bits.size(), [&](std::uint64_t row) {
                    const FieldMark::Bit& bit = mark.bits[row];
                    return take(path, says(bit.name) || says(bit.meaning));
                });
            });
        }

        bool table(FieldPath& path, const EntryTable& all)
        {
            return inOrder(path, contains(all.name) || says(all.note), [&] {
                const Span span = spanOf(path, all.entries);
                for (std::uint64_t done = 0; done < span.end - span.first;) {
                    m_job.step({std::min(m_done, m_total), m_total});
                    const std::uint64_t count = std::min(batch, span.end - span.first - done);
                    const std::uint64_t first
                        = m_forward ? span.first + done : span.end - done - count;
                    if (entries(path, all, first, count))
                        return true;
                    done += count;
                    m_done += count;
                }
                return false;
            });
        }

        bool entries(
            FieldPath& path, const EntryTable& all, std::uint64_t first, std::uint64_t count)
        {
            const TableRows rows = describeEntries(m_image, all, first, count);
            path.push_back(0);
            bool found = false;
            for (std::size_t i = 0; i < rows.size() && !found; ++i) {
                const std::size_t row = m_forward ? i : rows.size() - 1 - i;
                path.back() = first + row;
                found = all.hasRecords() ? structure(path, rows.records[row], rows.below[row])
                                         : field(path, rows.fields[row]);
            }
            path.pop_back();
            return found;
        }

        bool contains(const std::string& text) const
        {
            return shownText(text).contains(m_words, Qt::CaseInsensitive);
        }

        /// The same of a translated text, of which there are few.
        bool says(const std::string& text)
        {
            if (text.empty())
                return false;
            const auto known = m_known.find(text);
            if (known != m_known.end())
                return known->second;
            constexpr std::size_t mostKnown = 4096; // a hostile image could name endless bits
            if (m_known.size() >= mostKnown)
                m_known.clear();
            const bool matches = fieldText(text).contains(m_words, Qt::CaseInsensitive);
            m_known.emplace(text, matches);
            return matches;
        }

        const Image& m_image;
        const FieldContent& m_content;
        QString m_words;
        bool m_forward;
        const JobControl& m_job;
        std::uint64_t m_total;
        std::uint64_t m_done = 0;
        const FieldPath* m_from = nullptr;
        std::optional<FieldPath> m_hit;
        std::unordered_map<std::string, bool> m_known;
    };

} // namespace

FieldContent fieldContent(std::vector<StructureMark> structures, std::vector<EntryTable> tables)
{
    std::erase_if(structures, [&](const StructureMark& mark) {
        return std::any_of(tables.begin(), tables.end(), [&](const EntryTable& table) {
            return (mark.at == table.at() && mark.name == table.name)
                || (table.hasRecords()
                    && std::binary_search(table.records->begin(), table.records->end(), mark.at));
        });
    });
    return {std::move(structures), std::move(tables)};
}

std::uint64_t entriesOf(const Image& image, const FieldContent& content)
{
    std::uint64_t sum = 0;
    for (const EntryTable& table : content.tables) {
        sum += table.entries;
        for (std::uint64_t i = 0; table.hasRecords() && i < table.entries; ++i) {
            if (const auto below = image.tableBelow(table, i))
                sum += below->entries;
        }
    }
    return sum;
}

std::optional<FieldPath> findField(const Image& image, const FieldContent& content,
    const QString& words, const FieldPath& from, FindDirection direction, const JobControl& job)
{
    FieldWalk walk{image, content, words, direction, job};
    if (auto hit = walk.behind(from))
        return hit;
    return from.empty() ? std::nullopt : walk.behind({});
}

} // namespace platter::app
