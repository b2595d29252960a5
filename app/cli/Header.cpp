// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/report/Facts.h"

#include <algorithm>

namespace platter::cli {

namespace {

    constexpr std::size_t mostBytesInTable = 16;
    constexpr std::size_t widestValue = 64; // characters of a value in the table

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
            std::string bytes = fieldBytes(file, field, mostBytesInTable);
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
            append(list, structureFacts(file, structure));
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
