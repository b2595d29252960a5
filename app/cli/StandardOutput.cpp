// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/StandardOutput.h"

#include "core/base/Error.h"

#include <array>
#include <cerrno>
#include <charconv>

#include <unistd.h>

namespace platter::cli {

namespace {
    constexpr std::size_t bufferSize = 1U << 20;

    std::size_t charactersIn(std::string_view utf8)
    {
        std::size_t count = 0;
        for (const char one : utf8)
            count += (static_cast<unsigned char>(one) & 0xc0U) != 0x80U;
        return count;
    }
}

StandardOutput::StandardOutput() = default;

StandardOutput& StandardOutput::operator<<(std::string_view text)
{
    if (m_buffer.size() + text.size() > bufferSize)
        flush();
    // Short answers should not pay for a large buffer.
    m_buffer += text;
    return *this;
}

StandardOutput& StandardOutput::operator<<(std::uint64_t number)
{
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())};
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
    std::string_view rest = m_buffer;
    while (!rest.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            const int reason = errno;
            m_buffer.clear();
            if (reason == EPIPE)
                throw OutputClosed{};
            throw IoError(
                "standard output", "write", std::error_code{reason, std::generic_category()});
        }
    }
    m_buffer.clear();
}

} // namespace platter::cli
