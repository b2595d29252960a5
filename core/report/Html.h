// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"
#include "core/report/ReportFile.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace platter {

/// A text out of an image as it may stand anywhere in a page: control characters, bidirectional
/// controls and broken UTF-8 as escapedText() shows them, the characters of markup as entities.
std::string htmlText(std::string_view untrusted);

/// Writes a page. Literals are markup; everything else is text and is escaped, so that nothing out
/// of an image can become markup by mistake.
class HtmlOut {
public:
    HtmlOut(const TextSink& sink, const JobControl& job)
        : m_sink(sink)
        , m_job(job)
    {
    }
    HtmlOut(const HtmlOut&) = delete;
    HtmlOut& operator=(const HtmlOut&) = delete;

    /// Markup, as it stands in the source.
    template <std::size_t Size>
    HtmlOut& operator<<(const char (&markup)[Size])
    {
        return put({markup, Size - 1});
    }
    /// Text.
    HtmlOut& operator<<(std::string_view text) { return put(htmlText(text)); }
    HtmlOut& operator<<(const std::string& text) { return put(htmlText(text)); }
    HtmlOut& operator<<(std::uint64_t number) { return put(std::to_string(number)); }
    /// Markup that is no literal: of our own making, never out of an image.
    HtmlOut& markup(std::string_view ownMarkup) { return put(ownMarkup); }

    /// Hands on what is buffered. Throws what the sink throws, and Cancelled.
    void flush();

private:
    HtmlOut& put(std::string_view text);

    const TextSink& m_sink;
    const JobControl& m_job;
    std::string m_buffer;
};

} // namespace platter
