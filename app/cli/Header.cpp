// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Commands.h"
#include "app/cli/Json.h"
#include "app/cli/Opening.h"
#include "core/base/Text.h"

#include <algorithm>

namespace platter::cli {

namespace {

    constexpr std::size_t mostBytesInJson = 64 * 1024; // Platter's own limit: an answer, not a copy
    constexpr std::size_t mostBytesInTable = 16;
    constexpr std::size_t widestValue = 64; // characters of a value in the table

    /// The bytes of a field as they are in the file, in hexadecimal.
    std::string bytesText(const ByteFile& file, const FieldMark& field, std::size_t atMost)
    {
        std::vector<std::byte> bytes(std::min<std::uint64_t>(field.length.value, atMost));
        bytes.resize(file.read(field.at, bytes));
        constexpr const char* digits = "0123456789abcdef";
        std::string text;
        for (const std::byte one : bytes) {
            text += digits[std::to_integer<unsigned>(one) >> 4];
            text += digits[std::to_integer<unsigned>(one) & 15U];
        }
        return text;
    }

    PropertyObject fieldObject(const ByteFile& file, const FieldMark& field)
    {
        PropertyObject result{
            {"name", {field.name}},
            {"offset", {field.at.value}},
            {"length", {field.length.value}},
            {"bytes", {bytesText(file, field, mostBytesInJson)}},
        };
        if (field.number)
            result.push_back({"number", {*field.number}});
        result.push_back({"value", {field.value}});
        result.push_back({"meaning", {field.meaning}});
        if (!field.verdict.empty())
            result.push_back({"verdict", {field.verdict}});
        if (!field.bits.empty()) {
            PropertyList bits;
            for (const FieldMark::Bit& bit : field.bits)
                append(bits,
                    PropertyObject{{"bit", {std::uint64_t{bit.bit}}}, {"set", {bit.set}},
                        {"name", {bit.name}}, {"meaning", {bit.meaning}}});
            result.push_back({"bits", {std::move(bits)}});
        }
        return result;
    }

    PropertyObject structureObject(const ByteFile& file, const StructureMark& structure)
    {
        PropertyList fields;
        for (const FieldMark& field : structure.fields)
            append(fields, fieldObject(file, field));
        return {{"name", {structure.name}}, {"offset", {structure.at.value}},
            {"length", {structure.length.value}}, {"note", {structure.note}},
            {"fields", {std::move(fields)}}};
    }

    /// Cuts after `most` characters, never inside one.
    std::string shortened(const std::string& text, std::size_t most)
    {
        std::size_t characters = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
            if (starts && ++characters > most)
                return text.substr(0, i) + "...";
        }
        return text;
    }

    void printStructure(StandardOutput& out, const ByteFile& file, const StructureMark& structure)
    {
        out << escapedText(structure.name) << " at " << hexText(structure.at.value) << ", "
            << structure.length.value << " bytes\n";
        if (!structure.note.empty())
            out << "  " << escapedText(structure.note) << "\n";
        struct Row {
            const FieldMark* field;
            std::string bytes, name, value;
        };
        std::vector<Row> rows;
        std::size_t bytesWidth = 5;
        std::size_t nameWidth = 4;
        std::size_t valueWidth = 5;
        for (const FieldMark& field : structure.fields) {
            std::string bytes = bytesText(file, field, mostBytesInTable);
            if (field.length.value > mostBytesInTable)
                bytes += "...";
            Row row{&field, std::move(bytes), escapedText(field.name),
                shortened(escapedText(field.value), widestValue)};
            bytesWidth = std::max(bytesWidth, row.bytes.size());
            nameWidth = std::max(nameWidth, row.name.size());
            valueWidth = std::max(valueWidth, row.value.size());
            rows.push_back(std::move(row));
        }
        const auto line
            = [&](std::string_view at, std::string_view length, std::string_view bytes,
                  std::string_view name, std::string_view value, std::string_view meaning) {
                  out << "  ";
                  out.padded(at, 12).paddedLeft(length, 6) << "  ";
                  out.padded(bytes, bytesWidth) << "  ";
                  out.padded(name, nameWidth) << "  ";
                  if (meaning.empty())
                      out << value;
                  else
                      out.padded(value, valueWidth) << "  " << meaning;
                  out << "\n";
              };
        if (!rows.empty())
            line("Offset", "Length", "Bytes", "Name", "Value", "Meaning");
        for (const Row& row : rows) {
            line(hexText(row.field->at.value), std::to_string(row.field->length.value), row.bytes,
                row.name, row.value, escapedText(row.field->meaning));
            for (const FieldMark::Bit& bit : row.field->bits) {
                if (bit.set)
                    out << "      bit " << std::uint64_t{bit.bit} << " " << escapedText(bit.name)
                        << ": " << escapedText(bit.meaning) << "\n";
            }
            if (!row.field->verdict.empty())
                out << "      WRONG: " << escapedText(row.field->verdict) << "\n";
        }
    }

} // namespace

int header(const Invocation& invocation, Session& session)
{
    const OpenedImage opened = openImage(invocation.operands.front(),
        openOptions(invocation, Content::StructureOnly), JobControl{session.stop, {}});
    const ByteFile& file = opened.image->file();
    const std::vector<StructureMark> structures = opened.image->describe();
    if (invocation.global.output == GlobalOptions::Output::Json) {
        PropertyList list;
        for (const StructureMark& structure : structures)
            append(list, structureObject(file, structure));
        std::string text;
        appendJson(text,
            {PropertyObject{{"filename", {opened.path.string()}},
                {"format", {opened.image->formatId()}}, {"structures", {std::move(list)}}}});
        session.out << text << "\n";
        return 0;
    }
    for (const StructureMark& structure : structures) {
        if (&structure != &structures.front())
            session.out << "\n";
        printStructure(session.out, file, structure);
    }
    return 0;
}

} // namespace platter::cli
