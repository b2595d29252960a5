// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
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
    StandardOutput& operator<<(std::string_view text);
    /// In decimal.
    StandardOutput& operator<<(std::uint64_t number);
    /// `text` and spaces up to `width` characters.
    StandardOutput& padded(std::string_view text, std::size_t width);
    /// Spaces up to `width` characters and `text`.
    StandardOutput& paddedLeft(std::string_view text, std::size_t width);

    /// Writes what is buffered; without it, buffered text is lost. Throws IoError, OutputClosed.
    void flush();

private:
    std::string m_buffer;
};

} // namespace platter::cli
