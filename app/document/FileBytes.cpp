// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/FileBytes.h"

#include <algorithm>
#include <cstring>

namespace platter::app {

FileBytes::FileBytes(std::shared_ptr<const Image> image, Bytes size)
    : m_image(std::move(image))
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

void FileBytes::fetchNext()
{
    const quint64 index = *m_wanted.begin();
    m_wanted.erase(m_wanted.begin());
    m_runner.start(
        [image = m_image, index](const JobControl&) {
            std::vector<std::byte> page(pageSize);
            try {
                page.resize(image->file().read(HostOffset{index * pageSize}, page));
            } catch (const Error&) {
                page.clear(); // shown as unread; the pages that need the bytes tell the error
            }
            return page;
        },
        [this, index](std::vector<std::byte> page) {
            m_pages[index] = std::move(page);
            m_order.push_back(index);
            if (m_order.size() > mostPages) {
                m_pages.erase(m_order.front());
                m_order.erase(m_order.begin());
            }
            emit arrived();
            if (!m_wanted.empty() && !m_runner.isRunning())
                fetchNext();
        });
}

} // namespace platter::app
