// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Find.h"

#include "core/base/Text.h"
#include "core/io/IoBytes.h"

#include <algorithm>
#include <cstring>

namespace platter {

namespace {

    constexpr std::uint64_t chunkSize = 1024 * 1024; ///< stays in the processor's cache

    /// Sixteen bytes that the compiler compares at once.
    using Block = unsigned char __attribute__((vector_size(16)));

    Block blockAt(const std::byte* from)
    {
        Block block;
        std::memcpy(&block, from, sizeof block);
        return block;
    }

    bool any(Block block)
    {
        std::uint64_t halves[2];
        std::memcpy(halves, &block, sizeof halves);
        return (halves[0] | halves[1]) != 0;
    }

    Block filled(std::byte value)
    {
        return Block{} + std::to_integer<unsigned char>(value);
    }

    /// Looks for a pattern in bytes at hand. Two of its bytes are compared at sixteen places at
    /// once; only where both fit is the whole pattern looked at.
    class Matcher {
    public:
        explicit Matcher(const FindPattern& pattern)
            : m_pattern(pattern)
        {
            // The two most telling bytes: those with the most fixed bits, zeros last, since disks
            // are full of them.
            std::vector<std::size_t> order(pattern.size());
            for (std::size_t i = 0; i < order.size(); ++i)
                order[i] = i;
            std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) {
                return __builtin_popcount(std::to_integer<unsigned>(pattern.mask[i])) * 2
                    + (pattern.bytes[i] != std::byte{0} ? 1 : 0);
            });
            m_first = order.front();
            m_second = order.size() > 1 ? order[1] : order.front();
        }

        /// The first match that begins in the first `places` bytes of `data`, which has the whole
        /// pattern behind each of them.
        std::optional<std::size_t> first(const std::byte* data, std::size_t places) const
        {
            std::size_t at = 0;
            for (; at + sizeof(Block) <= places; at += sizeof(Block)) {
                if (!maybe(data + at))
                    continue;
                for (std::size_t i = 0; i < sizeof(Block); ++i) {
                    if (m_pattern.matches(data + at + i))
                        return at + i;
                }
            }
            for (; at < places; ++at) {
                if (m_pattern.matches(data + at))
                    return at;
            }
            return {};
        }

        /// The last such match.
        std::optional<std::size_t> last(const std::byte* data, std::size_t places) const
        {
            std::size_t at = places;
            for (; at >= sizeof(Block); at -= sizeof(Block)) {
                if (!maybe(data + at - sizeof(Block)))
                    continue;
                for (std::size_t i = 1; i <= sizeof(Block); ++i) {
                    if (m_pattern.matches(data + at - i))
                        return at - i;
                }
            }
            while (at-- > 0) {
                if (m_pattern.matches(data + at))
                    return at;
            }
            return {};
        }

    private:
        bool maybe(const std::byte* data) const
        {
            const auto fits = [&](std::size_t index) {
                return (blockAt(data + index) & filled(m_pattern.mask[index]))
                    == filled(m_pattern.bytes[index]);
            };
            const Block both = reinterpret_cast<Block>(fits(m_first) & fits(m_second));
            return any(both);
        }

        const FindPattern& m_pattern;
        std::size_t m_first = 0;
        std::size_t m_second = 0;
    };

    /// Places where a match may begin: all of [start, end).
    struct Segment {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        bool zeros = false; ///< a match that begins here meets zeros only
    };

    class Search {
    public:
        Search(const ByteSpace& space, const FindPattern& pattern, const JobControl& job)
            : m_space(space)
            , m_pattern(pattern)
            , m_matcher(pattern)
            , m_zerosMatch(pattern.matchesZeros())
            , m_job(job)
            , m_overlap(pattern.size() - 1)
            , m_size(space.size().value)
            , m_end(m_size > m_overlap ? m_size - m_overlap : 0)
        {
        }

        std::optional<std::uint64_t> forward(std::uint64_t from)
        {
            for (std::uint64_t at = from; at < m_end;) {
                const Segment segment = next(at, m_end);
                if (const auto found = firstIn(segment, from))
                    return found;
                at = segment.end;
            }
            return {};
        }

        std::optional<std::uint64_t> backward(std::uint64_t before)
        {
            const std::uint64_t all = std::min(before, m_end);
            // Holes are told forwards only: a part is listed, then gone through from its end. Parts
            // grow while they are empty, since a hole can be as large as the space.
            std::uint64_t part = leastPart;
            for (std::uint64_t end = all; end > 0;) {
                std::uint64_t start = end > part ? end - part : 0;
                std::vector<Segment> segments;
                for (std::uint64_t at = start; at < end; at = segments.back().end) {
                    m_job.step({all - end, all});
                    segments.push_back(next(at, end));
                    if (segments.size() == mostSegments) // only the last ones are needed now
                        segments.erase(segments.begin(), segments.begin() + mostSegments / 2);
                }
                const bool empty = segments.size() == 1 && segments.front().zeros;
                start = segments.front().start;
                for (; !segments.empty(); segments.pop_back()) {
                    if (const auto found = lastIn(segments.back(), all))
                        return found;
                }
                end = start;
                part = empty ? std::max(part, part * 4) : leastPart;
            }
            return {};
        }

    private:
        static constexpr std::uint64_t leastPart = 16 * chunkSize;
        static constexpr std::ptrdiff_t mostSegments = 65536;

        /// The segment that begins at `at` and ends at `limit` at most.
        Segment next(std::uint64_t at, std::uint64_t limit) const
        {
            const ByteSpace::Stretch stretch = m_space.stretchAt(at, m_job);
            if (stretch.kind == ByteSpace::Stretch::Kind::Zeros && stretch.end - at > m_overlap)
                return {at, std::min(limit, stretch.end - m_overlap), true};
            return {at, std::min(limit, stretch.end), false};
        }

        std::optional<std::uint64_t> firstIn(const Segment& segment, std::uint64_t from)
        {
            m_job.step({segment.start - from, m_end - from});
            if (segment.zeros)
                return m_zerosMatch ? std::optional{segment.start} : std::nullopt;
            for (std::uint64_t at = segment.start; at < segment.end; at += chunkSize) {
                m_job.step({at - from, m_end - from});
                const std::size_t places = load(at, std::min(chunkSize, segment.end - at));
                if (const auto found = m_matcher.first(m_buffer.data(), places))
                    return at + *found;
            }
            return {};
        }

        std::optional<std::uint64_t> lastIn(const Segment& segment, std::uint64_t all)
        {
            if (segment.zeros)
                return m_zerosMatch ? std::optional{segment.end - 1} : std::nullopt;
            for (std::uint64_t end = segment.end; end > segment.start;) {
                m_job.step({all - end, all});
                const std::uint64_t places = std::min(chunkSize, end - segment.start);
                load(end - places, places);
                if (const auto found = m_matcher.last(m_buffer.data(), places))
                    return end - places + *found;
                end -= places;
            }
            return {};
        }

        /// Reads what a match that begins in [at, at + places) can reach. @returns places
        std::size_t load(std::uint64_t at, std::uint64_t places)
        {
            m_buffer.resize(places + m_overlap);
            m_space.read(at, m_buffer);
            return places;
        }

        const ByteSpace& m_space;
        const FindPattern& m_pattern;
        Matcher m_matcher;
        bool m_zerosMatch;
        const JobControl& m_job;
        std::uint64_t m_overlap; ///< bytes of the pattern behind its first
        std::uint64_t m_size;
        std::uint64_t m_end; ///< behind the last place where a match can begin
        IoBytes m_buffer;
    };

    int digitOf(char character)
    {
        if (character >= '0' && character <= '9')
            return character - '0';
        if (character >= 'a' && character <= 'f')
            return character - 'a' + 10;
        if (character >= 'A' && character <= 'F')
            return character - 'A' + 10;
        return -1;
    }

    void requireSize(const FindPattern& pattern)
    {
        if (pattern.size() == 0)
            throw Error("There is nothing to look for.");
        if (pattern.size() > longestPattern)
            throw Error("Platter looks for 65536 bytes at most.");
    }

    /// The next character of valid UTF-8 at `at`, which moves behind it.
    char32_t nextCharacter(std::string_view text, std::size_t& at)
    {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const unsigned lead = byte(at);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        char32_t character = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i)
            character = character << 6 | (byte(at + i) & 0x3fU);
        at += length;
        return character;
    }

} // namespace

bool FindPattern::matches(const std::byte* data) const
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if ((data[i] & mask[i]) != bytes[i])
            return false;
    }
    return true;
}

bool FindPattern::matchesZeros() const
{
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

FindPattern hexPattern(std::string_view text)
{
    FindPattern pattern;
    unsigned digits = 0;
    for (const char character : text) {
        if (character == ' ' || character == '\t')
            continue;
        const int digit = digitOf(character);
        if (digit < 0 && character != '?')
            throw Error("\"" + escapedText(std::string_view{&character, 1})
                + "\" is neither a hexadecimal digit nor \"?\".");
        if (digits++ % 2 == 0) {
            pattern.bytes.push_back(std::byte{0});
            pattern.mask.push_back(std::byte{0});
        }
        pattern.bytes.back()
            = pattern.bytes.back() << 4 | static_cast<std::byte>(digit < 0 ? 0 : digit);
        pattern.mask.back() = pattern.mask.back() << 4 | static_cast<std::byte>(digit < 0 ? 0 : 15);
    }
    if (digits % 2)
        throw Error("A byte has two digits; one is missing at the end.");
    requireSize(pattern);
    return pattern;
}

FindPattern textPattern(std::string_view utf8, TextEncoding encoding, LetterCase letters)
{
    if (validUtf8(utf8) != utf8)
        throw Error("The text to look for is not UTF-8.");
    FindPattern pattern;
    constexpr std::byte caseBit{0x20};
    const auto put = [&](unsigned value, LetterCase which) {
        const std::byte mask = which == LetterCase::Any ? ~caseBit : std::byte{0xff};
        pattern.bytes.push_back(static_cast<std::byte>(value) & mask);
        pattern.mask.push_back(mask);
    };
    for (std::size_t at = 0; at < utf8.size();) {
        const std::size_t start = at;
        const char32_t character = nextCharacter(utf8, at);
        const bool letter
            = (character >= U'a' && character <= U'z') || (character >= U'A' && character <= U'Z');
        const LetterCase which = letter ? letters : LetterCase::Same;
        if (encoding == TextEncoding::Utf8) {
            for (const char byte : utf8.substr(start, at - start))
                put(static_cast<unsigned char>(byte), which);
            continue;
        }
        const auto putUnit = [&](unsigned unit) {
            const bool little = encoding == TextEncoding::Utf16LittleEndian;
            // Only the byte with the letter has a case.
            put(little ? unit & 0xff : unit >> 8, little ? which : LetterCase::Same);
            put(little ? unit >> 8 : unit & 0xff, little ? LetterCase::Same : which);
        };
        if (character < 0x10000) {
            putUnit(static_cast<unsigned>(character));
        } else {
            putUnit(0xd800U + static_cast<unsigned>((character - 0x10000) >> 10));
            putUnit(0xdc00U + static_cast<unsigned>((character - 0x10000) & 0x3ff));
        }
    }
    requireSize(pattern);
    return pattern;
}

std::optional<std::uint64_t> find(const ByteSpace& space, const FindPattern& pattern,
    std::uint64_t from, FindDirection direction, const JobControl& job)
{
    Search search{space, pattern, job};
    return direction == FindDirection::Forward ? search.forward(from) : search.backward(from);
}

} // namespace platter
