// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Endian.h"
#include "core/io/ByteFile.h"

#include <algorithm>
#include <vector>

namespace platter {

/// Writes a table of numbers whose entries are set in rising order, part by part: a table of any
/// length takes a part's memory.
template <class Word, ByteOrder order>
class TableWriter {
public:
    /// What is written together, so that only parts that stay empty are left out.
    static constexpr std::uint64_t partBytes = (std::uint64_t{1} << 16) * sizeof(Word);

    /// `valueOf` gives the value of an entry that is not set; nullptr: 0, which is not written,
    /// because the file reads so.
    TableWriter(
        ByteFile& file, HostOffset at, std::uint64_t entries, Word (*valueOf)(std::uint64_t))
        : m_file(file)
        , m_at(at)
        , m_entries(entries)
        , m_valueOf(valueOf)
    {
    }

    /// `index` must not lie in front of the part of the entry set before.
    void set(std::uint64_t index, Word value)
    {
        moveTo(index / partEntries);
        store(order, m_part.data() + index % partEntries * sizeof(Word), value);
        m_isSet = true;
    }
    void finish()
    {
        for (const std::uint64_t parts = (m_entries + partEntries - 1) / partEntries;
             m_index < parts;)
            writePart();
    }

private:
    static constexpr std::uint64_t partEntries = partBytes / sizeof(Word);

    void fill()
    {
        const std::uint64_t first = m_index * partEntries;
        const std::uint64_t count = std::min(partEntries, m_entries - std::min(first, m_entries));
        m_part.assign(count * sizeof(Word), std::byte{0});
        m_isSet = m_valueOf != nullptr;
        for (std::uint64_t i = 0; m_valueOf && i < count; ++i)
            store(order, m_part.data() + i * sizeof(Word), m_valueOf(first + i));
    }
    void writePart()
    {
        if (m_part.empty())
            fill();
        if (m_isSet && !m_part.empty())
            m_file.write(m_at + Bytes{m_index * partEntries * sizeof(Word)}, m_part);
        ++m_index;
        m_part.clear();
    }
    void moveTo(std::uint64_t part)
    {
        while (m_index < part)
            writePart();
        if (m_part.empty())
            fill();
    }

    ByteFile& m_file;
    HostOffset m_at;
    std::uint64_t m_entries;
    Word (*m_valueOf)(std::uint64_t);
    std::uint64_t m_index = 0; ///< of the part in memory
    std::vector<std::byte> m_part; ///< empty: not begun
    bool m_isSet = false; ///< the part has to be written
};

} // namespace platter
