// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/RecordingFile.h"

namespace platter::tests {

RecordingFile::RecordingFile(std::shared_ptr<ByteFile> below)
    : m_below(std::move(below))
{
}

std::size_t RecordingFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    const std::size_t got = m_below->read(at, buffer);
    const std::lock_guard lock{m_mutex};
    m_bytesRead += got;
    return got;
}

void RecordingFile::write(HostOffset at, std::span<const std::byte> data)
{
    m_below->write(at, data);
    const std::lock_guard lock{m_mutex};
    m_events.emplace_back(Write{at, {data.begin(), data.end()}});
}

void RecordingFile::resize(Bytes size)
{
    m_below->resize(size);
    const std::lock_guard lock{m_mutex};
    m_events.emplace_back(Resize{size});
}

void RecordingFile::flush()
{
    m_below->flush();
    const std::lock_guard lock{m_mutex};
    m_events.emplace_back(Flush{});
}

std::vector<RecordingFile::Event> RecordingFile::events() const
{
    const std::lock_guard lock{m_mutex};
    return m_events;
}

std::uint64_t RecordingFile::bytesRead() const
{
    const std::lock_guard lock{m_mutex};
    return m_bytesRead;
}

void replay(const std::vector<RecordingFile::Event>& events, std::size_t count, ByteFile& target)
{
    for (std::size_t i = 0; i < count && i < events.size(); ++i) {
        if (const auto* write = std::get_if<RecordingFile::Write>(&events[i]))
            target.write(write->at, write->data);
        else if (const auto* resize = std::get_if<RecordingFile::Resize>(&events[i]))
            target.resize(resize->size);
        else
            target.flush();
    }
}

} // namespace platter::tests
