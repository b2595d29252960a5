// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/Html.h"

#include "core/base/Text.h"

namespace platter {

namespace {

    constexpr std::size_t bufferSize = 64 * 1024;

    /// Whether the three bytes at `at` are U+FFFE or U+FFFF, which no document may hold; those of
    /// the other planes and U+FDD0 to U+FDEF are frowned upon but allowed.
    bool isNoCharacter(std::string_view text, std::size_t at)
    {
        return text.substr(at, 2) == "\xef\xbf" && at + 2 < text.size()
            && (text[at + 2] == '\xbe' || text[at + 2] == '\xbf');
    }

    /// What escapedText() does, but a text that went through it already stays as it is.
    std::string withoutHarm(std::string_view untrusted)
    {
        std::string result;
        for (;;) {
            const std::size_t backslash = untrusted.find('\\');
            result += escapedText(untrusted.substr(0, backslash));
            if (backslash == std::string_view::npos)
                return result;
            result += '\\';
            untrusted.remove_prefix(backslash + 1);
        }
    }

} // namespace

std::string htmlText(std::string_view untrusted)
{
    const std::string harmless = withoutHarm(untrusted);
    std::string text;
    text.reserve(harmless.size());
    for (std::size_t i = 0; i < harmless.size(); ++i) {
        switch (harmless[i]) {
        case '&': text += "&amp;"; break;
        case '<': text += "&lt;"; break;
        case '>': text += "&gt;"; break;
        case '"': text += "&quot;"; break;
        case '\'': text += "&#39;"; break;
        default:
            if (isNoCharacter(harmless, i)) {
                text += "\xef\xbf\xbd"; // U+FFFD, the replacement character
                i += 2;
            } else {
                text += harmless[i];
            }
        }
    }
    return text;
}

HtmlOut& HtmlOut::put(std::string_view text)
{
    m_buffer += text;
    if (m_buffer.size() >= bufferSize)
        flush();
    return *this;
}

void HtmlOut::flush()
{
    m_job.checkStop();
    m_sink(m_buffer);
    m_buffer.clear();
}

} // namespace platter
