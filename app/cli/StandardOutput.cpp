// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/StandardOutput.h"

#include "core/base/Error.h"

#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include <unistd.h>

namespace platter::cli {

namespace {
    std::size_t charactersIn(std::string_view utf8)
    {
        std::size_t count = 0;
        for (const char one : utf8)
            count += (static_cast<unsigned char>(one) & 0xc0U) != 0x80U;
        return count;
    }
}

StandardOutput::StandardOutput()
    : m_buffer(new char[size]) // left as it is: short answers do not pay for a large buffer
{
}

StandardOutput& StandardOutput::spill(std::string_view text)
{
    while (!text.empty()) {
        if (m_used == size)
            flush();
        const std::string_view part = text.substr(0, size - m_used);
        std::memcpy(m_buffer.get() + m_used, part.data(), part.size());
        m_used += part.size();
        text.remove_prefix(part.size());
    }
    return *this;
}

StandardOutput& StandardOutput::operator<<(std::uint64_t number)
{
    constexpr std::size_t mostDigits = 20;
    if (size - m_used < mostDigits)
        flush();
    char* const at = m_buffer.get() + m_used;
    m_used += static_cast<std::size_t>(std::to_chars(at, at + mostDigits, number).ptr - at);
    return *this;
}

StandardOutput& StandardOutput::padded(std::string_view text, std::size_t width)
{
    const std::size_t used = charactersIn(text);
    return *this << text << std::string(used < width ? width - used : 0, ' ');
}

StandardOutput& StandardOutput::paddedLeft(std::string_view text, std::size_t width)
{
    const std::size_t used = charactersIn(text);
    return *this << std::string(used < width ? width - used : 0, ' ') << text;
}

void StandardOutput::flush()
{
    // Whatever happens, nothing is written twice.
    std::string_view rest{m_buffer.get(), std::exchange(m_used, 0)};
    while (!rest.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            const int reason = errno;
            if (reason == EPIPE)
                throw OutputClosed{};
            throw IoError(
                "standard output", "write", std::error_code{reason, std::generic_category()});
        }
    }
}

} // namespace platter::cli
