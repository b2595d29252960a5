// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FaultyFile.h"

#include "core/base/Text.h"

namespace platter::tests {

FaultyFile::FaultyFile(std::shared_ptr<ByteFile> below, Faults faults)
    : m_below(std::move(below))
    , m_faults(faults)
{
}

std::size_t FaultyFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    const unsigned call = m_reads++;
    if (m_faults.failRead == call)
        throw IoError(name(), "read bytes at " + hexText(at.value),
            std::make_error_code(std::errc::io_error), at.value);
    const std::size_t got = m_below->read(at, buffer);
    return m_faults.shortRead == call ? got / 2 : got;
}

void FaultyFile::write(HostOffset at, std::span<const std::byte> data)
{
    const unsigned call = m_writes++;
    if (m_faults.failWrite && call >= *m_faults.failWrite)
        throw IoError(name(), "write bytes at " + hexText(at.value),
            std::make_error_code(std::errc::no_space_on_device), at.value);
    m_below->write(at, data);
}

void FaultyFile::flush()
{
    const unsigned call = m_flushes++;
    if (m_faults.failFlush && call >= *m_faults.failFlush)
        throw IoError(name(), "write the file to disk", std::make_error_code(std::errc::io_error));
    m_below->flush();
}

} // namespace platter::tests
