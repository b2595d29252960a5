// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/FieldCopy.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <limits>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(FieldCopy)
    };

    /// A number where JSON has it exactly, else its hexadecimal digits.
    QJsonValue numberValue(std::uint64_t number)
    {
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<qint64>::max());
        return number <= most ? QJsonValue(static_cast<qint64>(number))
                              : QJsonValue(QStringLiteral("0x%1").arg(number, 0, 16));
    }

    QJsonValue textValue(const std::string& text)
    {
        return shownText(text);
    }

} // namespace

QString fieldLine(const FieldMark& field, const FieldMark::Bit* bit)
{
    QString line = shownText(field.name);
    if (bit)
        return QStringLiteral("%1, bit %2 (%3) = %4")
            .arg(line)
            .arg(bit->bit)
            .arg(shownText(bit->name))
            .arg(bit->set ? 1 : 0);
    line += QStringLiteral(" = ")
        + (field.value.empty() ? Words::tr("none", "a field without a value")
                               : shownText(field.value));
    if (!field.verdict.empty())
        line += QStringLiteral("  (%1)").arg(fieldText(field.verdict));
    return line;
}

QString structureLines(const StructureMark& structure)
{
    QStringList lines{Words::tr("%1, %2 at %3", "a structure, its length, its place")
                          .arg(shownText(structure.name), exactSize(structure.length),
                              shownOffset(structure.at.value))};
    for (const FieldMark& field : structure.fields)
        lines << fieldLine(field);
    return lines.join(QLatin1Char('\n'));
}

QJsonObject fieldObject(const FieldMark& field)
{
    QJsonObject object{{QStringLiteral("name"), textValue(field.name)},
        {QStringLiteral("offset"), numberValue(field.at.value)},
        {QStringLiteral("length"), numberValue(field.length.value)},
        {QStringLiteral("value"), textValue(field.value)},
        {QStringLiteral("meaning"), textValue(field.meaning)}};
    if (field.number)
        object[QStringLiteral("number")] = numberValue(*field.number);
    if (!field.verdict.empty())
        object[QStringLiteral("finding")] = textValue(field.verdict);
    if (field.target)
        object[QStringLiteral("target")] = numberValue(field.target->value);
    if (field.guest)
        object[QStringLiteral("guest-offset")] = numberValue(field.guest->value);
    QJsonArray bits;
    for (const FieldMark::Bit& bit : field.bits)
        bits.append(QJsonObject{{QStringLiteral("bit"), static_cast<int>(bit.bit)},
            {QStringLiteral("name"), textValue(bit.name)}, {QStringLiteral("set"), bit.set}});
    if (!bits.isEmpty())
        object[QStringLiteral("bits")] = bits;
    return object;
}

QJsonObject structureObject(const StructureMark& structure)
{
    QJsonArray fields;
    for (const FieldMark& field : structure.fields)
        fields.append(fieldObject(field));
    QJsonObject object{{QStringLiteral("structure"), textValue(structure.name)},
        {QStringLiteral("offset"), numberValue(structure.at.value)},
        {QStringLiteral("length"), numberValue(structure.length.value)}};
    if (!fields.isEmpty())
        object[QStringLiteral("fields")] = fields;
    return object;
}

} // namespace platter::app
