// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace platter::cli {

/// Thrown when nobody reads standard output any more, for example `platter-cli map X | head`. Not
/// an Error: there is nothing to tell.
struct OutputClosed { };

/// Standard output through a large buffer: a map can have millions of lines. One thread at a time.
class StandardOutput {
public:
    StandardOutput();
    StandardOutput(const StandardOutput&) = delete;
    StandardOutput& operator=(const StandardOutput&) = delete;

    /// Throws IoError, or OutputClosed, when the buffer is full and cannot be written.
    StandardOutput& operator<<(std::string_view text)
    {
        if (text.size() > size - m_used)
            return spill(text);
        std::memcpy(m_buffer.get() + m_used, text.data(), text.size());
        m_used += text.size();
        return *this;
    }
    /// In decimal.
    StandardOutput& operator<<(std::uint64_t number);
    /// `text` and spaces up to `width` characters.
    StandardOutput& padded(std::string_view text, std::size_t width);
    /// Spaces up to `width` characters and `text`.
    StandardOutput& paddedLeft(std::string_view text, std::size_t width);

    /// Writes what is buffered; without it, buffered text is lost. Throws IoError, OutputClosed.
    void flush();

private:
    static constexpr std::size_t size = 1U << 20;

    StandardOutput& spill(std::string_view text);

    std::unique_ptr<char[]> m_buffer; ///< of `size` characters, untouched until they are needed
    std::size_t m_used = 0;
};

} // namespace platter::cli
