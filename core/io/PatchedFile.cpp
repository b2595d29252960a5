// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/PatchedFile.h"

#include "core/base/Error.h"

#include <algorithm>
#include <mutex>

namespace platter {

PatchedFile::PatchedFile(std::shared_ptr<const ByteFile> base)
    : m_base(std::move(base))
    , m_size(m_base->size())
    , m_baseSize(m_size)
{
}

void PatchedFile::readBase(HostOffset at, std::span<std::byte> buffer) const
{
    const std::uint64_t there = m_baseSize.value > at.value ? m_baseSize.value - at.value : 0;
    const std::size_t length = std::min<std::uint64_t>(buffer.size(), there);
    m_base->readPadded(at, buffer.first(length));
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(length), buffer.end(), std::byte{0});
}

std::size_t PatchedFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    const std::shared_lock lock{m_mutex};
    if (at.value >= m_size.value)
        return 0;
    const std::size_t length = std::min<std::uint64_t>(buffer.size(), m_size.value - at.value);
    const auto wanted = buffer.first(length);
    readBase(at, wanted);
    const std::uint64_t end = at.value + length;
    for (auto page = m_pages.lower_bound(at.value / pageBytes * pageBytes);
         page != m_pages.end() && page->first < end; ++page) {
        const std::uint64_t from = std::max(at.value, page->first);
        const std::uint64_t to = std::min(end, page->first + pageBytes);
        std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>(from - page->first),
            to - from, wanted.begin() + static_cast<std::ptrdiff_t>(from - at.value));
    }
    return length;
}

void PatchedFile::write(HostOffset at, std::span<const std::byte> data)
{
    const std::unique_lock lock{m_mutex};
    m_size = std::max(m_size, Bytes{at.value + data.size()});
    for (std::uint64_t done = 0; done < data.size();) {
        const std::uint64_t place = at.value + done;
        const std::uint64_t start = place / pageBytes * pageBytes;
        if (m_pages.size() >= mostChanged.value / pageBytes && !m_pages.contains(start))
            throw Error("More than 48 MiB of the file would be changed at once, which this version "
                        "does not do. Nothing was written.");
        Page& page = m_pages[start];
        if (page.empty()) {
            page.resize(pageBytes);
            readBase(HostOffset{start}, page);
        }
        const std::uint64_t count
            = std::min<std::uint64_t>(data.size() - done, start + pageBytes - place);
        std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(done), count,
            page.begin() + static_cast<std::ptrdiff_t>(place - start));
        done += count;
    }
}

void PatchedFile::resize(Bytes size)
{
    const std::unique_lock lock{m_mutex};
    if (size < m_size) {
        m_baseSize = std::min(m_baseSize, size);
        const std::uint64_t inPage = size.value % pageBytes;
        auto page = m_pages.lower_bound(size.value - inPage);
        if (inPage != 0 && page != m_pages.end() && page->first == size.value - inPage) {
            std::fill(page->second.begin() + static_cast<std::ptrdiff_t>(inPage),
                page->second.end(), std::byte{0});
            ++page;
        }
        m_pages.erase(page, m_pages.end());
    }
    m_size = size;
}

std::vector<PatchedFile::Change> PatchedFile::changes() const
{
    constexpr std::size_t near = 32; // bytes between two changes that are written as one
    const std::shared_lock lock{m_mutex};
    std::vector<Change> result;
    std::vector<std::byte> before(pageBytes);
    const std::uint64_t oldSize = m_base->size().value;
    for (const auto& one : m_pages) {
        const std::uint64_t start = one.first;
        const Page& page = one.second;
        std::fill(before.begin(), before.end(), std::byte{});
        m_base->readPadded(HostOffset{start}, before);
        const std::size_t length = std::min<std::uint64_t>(pageBytes, m_size.value - start);
        for (std::size_t i = 0; i < length;) {
            // What lies behind the old end is new, also where it is zeros.
            const auto differs
                = [&](std::size_t k) { return page[k] != before[k] || start + k >= oldSize; };
            if (!differs(i)) {
                ++i;
                continue;
            }
            std::size_t end = i + 1;
            for (std::size_t k = end; k < length && k < end + near; ++k) {
                if (differs(k))
                    end = k + 1;
            }
            const auto part = [&](const Page& from, std::size_t to) {
                return std::vector<std::byte>(from.begin() + static_cast<std::ptrdiff_t>(i),
                    from.begin() + static_cast<std::ptrdiff_t>(std::max(i, to)));
            };
            const std::size_t oldEnd
                = oldSize > start ? std::min<std::uint64_t>(end, oldSize - start) : 0;
            Change change{HostOffset{start + i}, part(before, oldEnd), part(page, end)};
            const bool goesOn = !result.empty()
                && result.back().at.value + result.back().after.size() == change.at.value
                && result.back().before.size() == result.back().after.size();
            if (goesOn) {
                Change& last = result.back();
                last.before.insert(last.before.end(), change.before.begin(), change.before.end());
                last.after.insert(last.after.end(), change.after.begin(), change.after.end());
            } else {
                result.push_back(std::move(change));
            }
            i = end;
        }
    }
    return result;
}

} // namespace platter
