// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/PartLayer.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::size_t mostSamples = 16; // of a file; one more is the last

} // namespace

PartLayer::PartLayer(std::shared_ptr<ByteFile> below, part::Witness::File which)
    : m_below(std::move(below))
    , m_which(which)
{
}

std::size_t PartLayer::read(HostOffset at, std::span<std::byte> buffer) const
{
    return m_below->read(at, buffer);
}

void PartLayer::write(HostOffset at, std::span<const std::byte> data)
{
    if (m_ignores)
        return;
    m_below->write(at, data);
    if (!data.empty())
        remember(at, data);
}

void PartLayer::resize(Bytes size)
{
    if (!m_ignores)
        m_below->resize(size);
}

void PartLayer::reserve(HostOffset at, Bytes length)
{
    if (!m_ignores)
        m_below->reserve(at, length);
}

bool PartLayer::shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length)
{
    return m_ignores || m_below->shareFrom(at, source, from, length);
}

void PartLayer::punch(HostOffset at, Bytes length)
{
    if (!m_ignores)
        m_below->punch(at, length);
}

/// Hashing waits until a checkpoint is made: most samples are replaced before.
void PartLayer::remember(HostOffset at, std::span<const std::byte> data)
{
    const std::lock_guard lock{m_mutex};
    m_last.at = at;
    m_last.length = std::min(data.size(), m_last.bytes.size());
    std::copy_n(data.begin(), m_last.length, m_last.bytes.begin());
    if (m_writes++ % m_stride != 0)
        return;
    if (m_samples.size() == mostSamples) {
        for (std::size_t i = 0; i < mostSamples / 2; ++i)
            m_samples[i] = m_samples[2 * i];
        m_samples.resize(mostSamples / 2);
        m_stride *= 2;
    }
    m_samples.push_back(m_last);
}

std::vector<part::Witness> PartLayer::takeWitnesses()
{
    const std::lock_guard lock{m_mutex};
    if (m_writes > 0)
        m_samples.push_back(m_last);
    std::vector<part::Witness> witnesses;
    for (const Sample& sample : m_samples)
        witnesses.push_back(
            {static_cast<std::uint32_t>(m_which), static_cast<std::uint32_t>(sample.length),
                sample.at, part::witnessHash(std::span{sample.bytes}.first(sample.length))});
    m_samples.clear();
    m_writes = 0;
    m_stride = 1;
    return witnesses;
}

} // namespace platter
