// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/FileBytes.h"

#include <algorithm>
#include <cstring>

namespace platter::app {

namespace {

    using Kind = ByteSpace::Stretch::Kind;

    constexpr quint64 leastZeros = 256; ///< bytes of stored zeros that are worth remembering

    /// Where the zeros begin that end at or behind `at`: asked at ever larger distances, then
    /// halved, since a space tells its stretches forwards only.
    quint64 startOfZeros(const ByteSpace& space, quint64 at, const JobControl& job)
    {
        const auto allZeros = [&](quint64 from) {
            const ByteSpace::Stretch stretch = space.stretchAt(from, job);
            return stretch.kind == Kind::Zeros && stretch.end >= at;
        };
        quint64 zeros = at; // all from here on are
        quint64 step = 64 * 1024;
        quint64 other = 0; // not all from here on, unless it is reached
        while (zeros > 0) {
            const quint64 tried = zeros > step ? zeros - step : 0;
            if (!allZeros(tried)) {
                other = tried;
                break;
            }
            zeros = tried;
            step = step * 2 > step ? step * 2 : step;
        }
        while (zeros - other > 1) {
            const quint64 middle = other + (zeros - other) / 2;
            (allZeros(middle) ? zeros : other) = middle;
        }
        return zeros;
    }

    /// Adds the runs of zeros among bytes that begin at `at`.
    void addStoredZeros(std::vector<HexZeros>& zeros, quint64 at, std::span<const std::byte> bytes)
    {
        for (std::size_t i = 0; i < bytes.size();) {
            if (bytes[i] != std::byte{0}) {
                ++i;
                continue;
            }
            std::size_t end = i;
            while (end < bytes.size() && bytes[end] == std::byte{0})
                ++end;
            // A run at an edge of the page may go on in the next one.
            if (end - i >= leastZeros || i == 0 || end == bytes.size())
                zeros.push_back({at + i, at + end});
            i = end;
        }
    }

} // namespace

FileBytes::FileBytes(std::shared_ptr<const ByteSpace> space, Bytes size)
    : m_space(std::move(space))
    , m_size(size)
    , m_runner(tr("Reading bytes"))
{
}

FileBytes::~FileBytes() = default;

bool FileBytes::tryRead(quint64 offset, std::span<std::byte> into)
{
    if (offset > m_size.value || into.size() > m_size.value - offset)
        return false;
    bool all = true;
    for (std::size_t done = 0; done < into.size();) {
        const quint64 at = offset + done;
        const quint64 index = at / pageSize;
        const std::size_t part
            = std::min<std::size_t>(into.size() - done, pageSize - at % pageSize);
        const auto page = m_pages.find(index);
        if (page == m_pages.end()) {
            m_wanted.insert(index);
            all = false;
        } else if (page->second.size() < at % pageSize + part) {
            all = false; // the file became shorter, or the page could not be read
        } else {
            std::memcpy(into.data() + done, page->second.data() + at % pageSize, part);
        }
        done += part;
    }
    if (!m_wanted.empty() && !m_runner.isRunning())
        fetchNext();
    return all;
}

FileBytes::Page FileBytes::readPage(
    const ByteSpace& space, quint64 size, quint64 index, const JobControl& job)
{
    Page page;
    const quint64 at = index * pageSize;
    page.bytes.resize(std::min(pageSize, size - at));
    try {
        space.read(at, page.bytes);
        addStoredZeros(page.zeros, at, page.bytes);
        const quint64 last = at + page.bytes.size() - 1;
        if (page.bytes.front() == std::byte{0} && at > 0
            && space.stretchAt(at, job).kind == Kind::Zeros)
            page.zeros.front().start = startOfZeros(space, at, job);
        if (page.bytes.back() == std::byte{0}) {
            const ByteSpace::Stretch stretch = space.stretchAt(last, job);
            if (stretch.kind == Kind::Zeros)
                page.zeros.back().end = std::min<quint64>(stretch.end, size);
        }
    } catch (const Error&) {
        page.bytes.clear(); // shown as unread
        page.problem = describeError(std::current_exception());
    }
    return page;
}

void FileBytes::keep(quint64 index, Page page)
{
    m_pages[index] = std::move(page.bytes);
    m_problem = page.problem.why;
    m_order.push_back(index);
    if (m_order.size() > mostPages) {
        m_pages.erase(m_order.front());
        m_order.erase(m_order.begin());
    }
    if (m_zeros.size() > mostZeros)
        m_zeros.clear(); // found again as pages are read
    for (HexZeros zeros : page.zeros) {
        auto next = m_zeros.upper_bound(zeros.start);
        if (next != m_zeros.begin() && std::prev(next)->second >= zeros.start)
            --next;
        while (next != m_zeros.end() && next->first <= zeros.end) {
            zeros = {std::min(zeros.start, next->first), std::max(zeros.end, next->second)};
            next = m_zeros.erase(next);
        }
        m_zeros.emplace(zeros.start, zeros.end);
    }
}

std::optional<HexZeros> FileBytes::zerosAround(quint64 offset) const
{
    const auto next = m_zeros.upper_bound(offset);
    if (next == m_zeros.begin())
        return {};
    const auto& [start, end] = *std::prev(next);
    return offset < end ? std::optional{HexZeros{start, end}} : std::nullopt;
}

void FileBytes::fetchNext()
{
    const quint64 index = *m_wanted.begin();
    m_wanted.erase(m_wanted.begin());
    m_runner.start([space = m_space, size = m_size.value, index](
                       const JobControl& job) { return readPage(*space, size, index, job); },
        [this, index](Page page) {
            keep(index, std::move(page));
            emit arrived();
            if (!m_wanted.empty() && !m_runner.isRunning())
                fetchNext();
        });
}

} // namespace platter::app
