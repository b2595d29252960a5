// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Endian.h"
#include "core/base/Error.h"
#include "core/base/Units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace platter {

/// How a field's number is shown.
enum class Display {
    Number, ///< decimal
    Hex, ///< a magic number or a mask
    Position, ///< a byte offset in the file: a link
    Length, ///< bytes, also in binary units
    PowerOfTwo, ///< the exponent of a size in bytes
    Text, ///< characters up to the first NUL
    Raw, ///< bytes in hexadecimal
    Uuid, ///< a GUID with its first three parts little endian
    Seconds, ///< since 1970-01-01 UTC
};

/// One bit of a flags field.
struct BitName {
    unsigned bit;
    const char* name;
    const char* meaning;
};

/// The name of one value of an enumeration field.
struct ValueName {
    std::uint64_t value;
    const char* name;
};

/// One row of a structure's table: where a field lies, which member holds it, what it means.
///
/// The member's type decides width and unit, the table the byte order. `rule`, if any, says what is
/// wrong with the value of this field in `whole`, as the rest of a sentence, or nothing. Made by
/// field<&Struct::member>(…).
template <class Struct>
struct Field {
    const char* name;
    std::uint32_t at; ///< bytes from the start of the structure
    std::uint32_t width; ///< bytes
    Display display;
    const char* meaning; ///< marked by PLATTER_TEXT("Field", …)
    void (*read)(Struct&, const std::byte*, ByteOrder);
    void (*write)(const Struct&, std::byte*, ByteOrder);
    std::span<const BitName> bits{};
    std::span<const ValueName> values{};
    std::optional<std::string> (*rule)(const Struct& whole) = nullptr;

    constexpr Field withBits(std::span<const BitName> names) const
    {
        Field copy = *this;
        copy.bits = names;
        return copy;
    }
    constexpr Field withValues(std::span<const ValueName> names) const
    {
        Field copy = *this;
        copy.values = names;
        return copy;
    }
    constexpr Field withRule(std::optional<std::string> (*check)(const Struct&)) const
    {
        Field copy = *this;
        copy.rule = check;
        return copy;
    }
};

namespace layout_detail {

    template <class Member>
    struct MemberOf;
    template <class S, class T>
    struct MemberOf<T S::*> {
        using Struct = S;
        using Type = T;
    };

    /// Width and conversion of a member type: unsigned integers, Bytes, Offset, arrays of bytes.
    template <class T>
    struct Stored {
        static_assert(std::is_unsigned_v<T>);
        static constexpr std::uint32_t width = sizeof(T);
        static void read(T& value, const std::byte* from, ByteOrder order)
        {
            value = load<T>(order, from);
        }
        static void write(const T& value, std::byte* to, ByteOrder order)
        {
            store<T>(order, to, value);
        }
    };
    template <>
    struct Stored<Bytes> {
        static constexpr std::uint32_t width = 8;
        static void read(Bytes& value, const std::byte* from, ByteOrder order)
        {
            value.value = load<std::uint64_t>(order, from);
        }
        static void write(const Bytes& value, std::byte* to, ByteOrder order)
        {
            store(order, to, value.value);
        }
    };
    template <class Space>
    struct Stored<Offset<Space>> {
        static constexpr std::uint32_t width = 8;
        static void read(Offset<Space>& value, const std::byte* from, ByteOrder order)
        {
            value.value = load<std::uint64_t>(order, from);
        }
        static void write(const Offset<Space>& value, std::byte* to, ByteOrder order)
        {
            store(order, to, value.value);
        }
    };
    template <std::size_t Count>
    struct Stored<std::array<std::byte, Count>> {
        static constexpr std::uint32_t width = Count;
        static void read(std::array<std::byte, Count>& value, const std::byte* from, ByteOrder)
        {
            std::memcpy(value.data(), from, Count);
        }
        static void write(const std::array<std::byte, Count>& value, std::byte* to, ByteOrder)
        {
            std::memcpy(to, value.data(), Count);
        }
    };

} // namespace layout_detail

/// A row for `Member`, for example field<&Header::magic>("magic", 0, Display::Hex,
/// PLATTER_TEXT("Field", "…")).
template <auto Member>
constexpr auto field(const char* name, std::uint32_t at, Display display, const char* meaning)
{
    using Traits = layout_detail::MemberOf<decltype(Member)>;
    using Struct = typename Traits::Struct;
    using Codec = layout_detail::Stored<typename Traits::Type>;
    return Field<Struct>{name, at, Codec::width, display, meaning,
        [](Struct& whole, const std::byte* from, ByteOrder order) {
            Codec::read(whole.*Member, from, order);
        },
        [](const Struct& whole, std::byte* to, ByteOrder order) {
            Codec::write(whole.*Member, to, order);
        }};
}

/// Whether the rows cover `size` bytes with neither gap nor overlap, in rising order.
template <class Struct, std::size_t Count>
constexpr bool tiles(
    const std::array<Field<Struct>, Count>& fields, Bytes size, std::uint32_t first = 0)
{
    std::uint32_t at = first;
    for (const auto& row : fields) {
        if (row.at != at)
            return false;
        at += row.width;
    }
    return at == size.value;
}

/// A structure's name, byte order and rows.
template <class Struct>
struct FieldTable {
    const char* structure; ///< how errors and the window call it: "QCOW2 header"
    ByteOrder order;
    std::span<const Field<Struct>> fields;

    /// The row called `name`; nullptr: there is none.
    constexpr const Field<Struct>* find(std::string_view name) const
    {
        for (const auto& row : fields) {
            if (row.name == name)
                return &row;
        }
        return nullptr;
    }
};

/// Fills a structure from `bytes`, which begin at host offset `base`.
/// Throws FormatError naming the first field that `bytes` are too short for. Rules are not applied:
/// see checkRules().
template <class Struct>
Struct parse(std::span<const std::byte> bytes, const FieldTable<Struct>& table, HostOffset base)
{
    Struct result{};
    for (const auto& row : table.fields) {
        if (row.at + row.width > bytes.size())
            throw FormatError(
                table.structure, row.name, base.value + row.at, "the file ends inside this field.");
        row.read(result, bytes.data() + row.at, table.order);
    }
    return result;
}

/// Throws FormatError for the first field whose rule is broken.
template <class Struct>
void checkRules(const Struct& value, const FieldTable<Struct>& table, HostOffset base)
{
    for (const auto& row : table.fields) {
        if (row.rule) {
            if (const auto problem = row.rule(value))
                throw FormatError(table.structure, row.name, base.value + row.at, *problem);
        }
    }
}

/// The exact inverse of parse(): writes each field to its place in `bytes`, which must be long
/// enough.
template <class Struct>
void write(const Struct& value, const FieldTable<Struct>& table, std::span<std::byte> bytes)
{
    for (const auto& row : table.fields)
        row.write(value, bytes.data() + row.at, table.order);
}

/// One field of a structure as found in a file: what `platter-cli header` prints and the window
/// shows.
struct FieldMark {
    std::string name;
    HostOffset at{};
    Bytes length{};
    Display display = Display::Number;
    std::optional<std::uint64_t> number; ///< of fields up to 8 bytes that are numbers
    std::string value; ///< the value as text, untrusted text not yet escaped
    std::string meaning; ///< what the field is for
    std::string verdict; ///< empty: nothing wrong; else what is, as a sentence
    struct Bit {
        unsigned bit = 0;
        bool set = false;
        std::string name;
        std::string meaning;
    };
    std::vector<Bit> bits; ///< of flags fields: every named bit, and each unnamed bit that is set
    std::optional<HostOffset> target; ///< of a table entry: the first byte that it leads to
    std::optional<GuestOffset> guest; ///< of a table entry: the first guest byte that it speaks of
};

/// One structure of an image with all its fields.
struct StructureMark {
    std::string name; ///< "Header", "Extension: backing file format", "Snapshot 1"
    HostOffset at{};
    Bytes length{};
    std::vector<FieldMark> fields;
    std::string note; ///< one line on what the structure is for
};

/// The text of a number or of raw bytes as the window and `platter-cli header` show it.
std::string displayText(Display display, std::optional<std::uint64_t> number,
    std::span<const std::byte> bytes, std::span<const ValueName> values);

/// Fills the bits of a mark from a flags value.
std::vector<FieldMark::Bit> describeBits(
    std::uint64_t value, std::span<const BitName> names, std::uint32_t width);

/// Describes every field of a structure that begins at `base`; rows that `bytes` are too short for
/// are left out. Rules are asked about `whole`: for a structure that is spread over several tables.
template <class Struct>
std::vector<FieldMark> annotate(std::span<const std::byte> bytes, const FieldTable<Struct>& table,
    HostOffset base, const Struct& whole)
{
    std::vector<FieldMark> marks;
    for (const auto& row : table.fields) {
        if (row.at + row.width > bytes.size())
            break;
        const auto raw = bytes.subspan(row.at, row.width);
        FieldMark mark;
        mark.name = row.name;
        mark.at = base + Bytes{row.at};
        mark.length = {row.width};
        mark.display = row.display;
        const bool isNumber
            = row.width <= 8 && row.display != Display::Text && row.display != Display::Raw;
        if (isNumber) {
            std::uint64_t number = 0;
            for (std::uint32_t i = 0; i < row.width; ++i) {
                const std::uint32_t from = table.order == ByteOrder::Big ? i : row.width - 1 - i;
                number = number << 8 | std::to_integer<std::uint64_t>(raw[from]);
            }
            mark.number = number;
            mark.bits = describeBits(number, row.bits, row.width);
        }
        mark.value = displayText(row.display, mark.number, raw, row.values);
        mark.meaning = row.meaning;
        if (row.rule) {
            if (const auto problem = row.rule(whole))
                mark.verdict = *problem;
        }
        marks.push_back(std::move(mark));
    }
    return marks;
}

/// The same for a structure whose only table is `table`.
template <class Struct>
std::vector<FieldMark> annotate(
    std::span<const std::byte> bytes, const FieldTable<Struct>& table, HostOffset base)
{
    Struct value{};
    for (const auto& row : table.fields) {
        if (row.at + row.width <= bytes.size())
            row.read(value, bytes.data() + row.at, table.order);
    }
    return annotate(bytes, table, base, value);
}

} // namespace platter
