// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/Address.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include <cmath>
#include <limits>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(Address)
    };

    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

    /// How far a unit shifts; nothing: there is no such unit.
    std::optional<unsigned> shiftOf(const QString& unit)
    {
        if (unit.isEmpty() || unit == QLatin1String("b"))
            return 0;
        static const QString units = QStringLiteral("kmgtpe");
        const qsizetype at = units.indexOf(unit[0]);
        const QString rest = unit.mid(1);
        if (at < 0
            || (!rest.isEmpty() && rest != QLatin1String("b") && rest != QLatin1String("ib")))
            return std::nullopt;
        return static_cast<unsigned>(10 * (at + 1));
    }

    std::optional<std::uint64_t> parseNumber(QString text)
    {
        text.remove(QLatin1Char('_'));
        if (text.startsWith(QLatin1String("0x"))) {
            bool good = false;
            const std::uint64_t value = text.mid(2).toULongLong(&good, 16);
            return good ? std::optional{value} : std::nullopt;
        }
        static const QRegularExpression form(
            QStringLiteral(R"(^([0-9]+)(?:[.,]([0-9]+))?\s*([a-z]*)$)"));
        const QRegularExpressionMatch match = form.match(text);
        if (!match.hasMatch())
            return std::nullopt;
        const auto shift = shiftOf(match.captured(3));
        bool good = false;
        const std::uint64_t whole = match.captured(1).toULongLong(&good);
        if (!good || !shift || whole > largest >> *shift)
            return std::nullopt;
        std::uint64_t value = whole << *shift;
        const QString fraction = match.captured(2);
        if (!fraction.isEmpty()) {
            if (*shift == 0)
                return std::nullopt; // half a byte
            const double part = (QStringLiteral("0.") + fraction).toDouble();
            const auto more
                = static_cast<std::uint64_t>(std::ldexp(part, static_cast<int>(*shift)));
            if (more > largest - value)
                return std::nullopt;
            value += more;
        }
        return value;
    }

    std::optional<std::uint64_t> parseIndex(const QString& text)
    {
        bool good = false;
        const std::uint64_t value = text.startsWith(QLatin1String("0x"))
            ? text.mid(2).toULongLong(&good, 16)
            : text.toULongLong(&good);
        return good ? std::optional{value} : std::nullopt;
    }

    /// The number that the header has in a field.
    std::optional<std::uint64_t> headerNumber(const ImageDocument& document, std::string_view field)
    {
        for (const StructureMark& structure : document.facts().structures) {
            for (const FieldMark& mark : structure.fields) {
                if (mark.name == field)
                    return mark.number;
            }
        }
        return std::nullopt;
    }

    /// Bytes of one L2 entry; nothing: the image has no such tables.
    std::optional<std::uint64_t> entryBytes(const Image& image)
    {
        if (image.formatId() != "qcow2")
            return std::nullopt;
        for (const Property& property : image.formatProperties()) {
            const bool* extended = std::get_if<bool>(&property.value.value);
            if (property.key == "extended-l2" && extended && *extended)
                return 16;
        }
        return 8;
    }

    bool multiply(std::uint64_t a, std::uint64_t b, std::uint64_t& product)
    {
        return !__builtin_mul_overflow(a, b, &product);
    }

    void placeInFile(
        std::uint64_t at, Bytes length, const ImageDocument& document, AddressPlace& place)
    {
        const Bytes end = document.facts().fileLength;
        if (at >= end.value) {
            place.refusal = Words::tr("The file ends at %1").arg(shownOffset(end.value));
            return;
        }
        place.selection.host = HostOffset{at};
        place.selection.hostLength = Bytes{std::min(length.value, end.value - at)};
    }

    void placeOnDisk(std::uint64_t at, Bytes length, const Image& image, AddressPlace& place)
    {
        const Bytes end = image.virtualSize();
        if (at >= end.value) {
            place.refusal = Words::tr("The disk ends at %1").arg(shownOffset(end.value));
            return;
        }
        place.selection.guest = GuestOffset{at};
        place.selection.guestLength = Bytes{std::min(length.value, end.value - at)};
    }

    void placeOfEntry(const Address& address, const ImageDocument& document, AddressPlace& place)
    {
        const Image& image = *document.image();
        const auto cluster = image.clusterSize();
        const auto bytes = entryBytes(image);
        if (!cluster || !bytes) {
            place.refusal = Words::tr("Only QCOW2 images have L1 and L2 tables");
            return;
        }
        const std::uint64_t perTable = cluster->value / *bytes;
        const bool isL2 = address.space == Address::Space::L2Entry;
        if (isL2 && address.entry >= perTable) {
            place.refusal = Words::tr("An L2 table of this image has %1 entries")
                                .arg(QLocale().toString(static_cast<qulonglong>(perTable)));
            return;
        }
        std::uint64_t first = 0;
        std::uint64_t at = 0;
        if (!multiply(address.value, perTable, first)
            || __builtin_add_overflow(first, address.entry, &first)
            || !multiply(first, cluster->value, at)) {
            place.refusal = Words::tr("The disk ends before it");
            return;
        }
        placeOnDisk(at, isL2 ? *cluster : Bytes{cluster->value * perTable}, image, place);
        if (!place.refusal.isEmpty())
            return;
        if (isL2) {
            const auto entry = image.activeState().tableEntryOf(*place.selection.guest);
            if (entry && entry->at.value < document.facts().fileLength.value) {
                place.selection.host = entry->at;
                place.selection.hostLength = entry->length;
            }
            if (entry && entry->level == TableEntry::Level::Top) {
                place.remark = Words::tr("There is no L2 table %1. The L1 entry that would name "
                                         "it is shown.")
                                   .arg(address.value);
                place.selection.structure = Words::tr("L1 table, entry %1").arg(address.value);
                return;
            }
            place.selection.structure
                = Words::tr("L2 table %1, entry %2").arg(address.value).arg(address.entry);
            return;
        }
        place.selection.structure = Words::tr("L1 table, entry %1").arg(address.value);
        std::uint64_t host = 0;
        const auto table = headerNumber(document, "l1_table_offset");
        if (table
            && !__builtin_add_overflow(*table, address.value * sizeof(std::uint64_t), &host)) {
            place.selection.host = HostOffset{host};
            place.selection.hostLength = Bytes{sizeof(std::uint64_t)};
        }
    }

} // namespace

std::optional<Address> parseAddress(const QString& words)
{
    const QString text = words.simplified().toLower();
    static const QRegularExpression entry(
        QStringLiteral(R"(^(l1|l2)\s+([0-9a-fx]+)(?:\s*/\s*([0-9a-fx]+))?$)"));
    if (const auto match = entry.match(text); match.hasMatch()) {
        const bool isL2 = match.captured(1) == QLatin1String("l2");
        const auto table = parseIndex(match.captured(2));
        if (!table || match.captured(3).isEmpty() == isL2)
            return std::nullopt;
        if (!isL2)
            return Address{Address::Space::L1Entry, *table, 0};
        const auto index = parseIndex(match.captured(3));
        return index ? std::optional{Address{Address::Space::L2Entry, *table, *index}}
                     : std::nullopt;
    }
    static const QRegularExpression place(
        QStringLiteral(R"(^(?:(file|host|guest|disk)\s+)?(?:(cluster)\s+)?(.+)$)"));
    const auto match = place.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    const bool onDisk
        = match.captured(1) == QLatin1String("guest") || match.captured(1) == QLatin1String("disk");
    if (!match.captured(2).isEmpty()) {
        const auto index = parseIndex(match.captured(3));
        if (!index)
            return std::nullopt;
        return Address{
            onDisk ? Address::Space::GuestCluster : Address::Space::FileCluster, *index, 0};
    }
    const auto at = parseNumber(match.captured(3));
    if (!at)
        return std::nullopt;
    return Address{onDisk ? Address::Space::Guest : Address::Space::File, *at, 0};
}

AddressPlace placeOf(const Address& address, const ImageDocument& document)
{
    const Image& image = *document.image();
    AddressPlace place;
    const auto number
        = [](std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); };
    const auto clusterStart = [&](std::uint64_t& at) {
        const auto cluster = image.clusterSize();
        if (!cluster)
            place.refusal = Words::tr("This format has no clusters");
        else if (!multiply(address.value, cluster->value, at))
            place.refusal = Words::tr("There are not so many clusters");
        return place.refusal.isEmpty();
    };
    std::uint64_t at = address.value;
    switch (address.space) {
    case Address::Space::File:
        place.title = Words::tr("File, byte %1").arg(shownOffset(at));
        placeInFile(at, Bytes{1}, document, place);
        break;
    case Address::Space::Guest:
        place.title = Words::tr("Guest, byte %1").arg(shownOffset(at));
        placeOnDisk(at, Bytes{1}, image, place);
        break;
    case Address::Space::FileCluster:
        place.title = Words::tr("File, cluster %1").arg(number(at));
        if (clusterStart(at))
            placeInFile(at, *image.clusterSize(), document, place);
        break;
    case Address::Space::GuestCluster:
        place.title = Words::tr("Guest, cluster %1").arg(number(at));
        if (clusterStart(at))
            placeOnDisk(at, *image.clusterSize(), image, place);
        break;
    case Address::Space::L1Entry:
        place.title = Words::tr("L1 table, entry %1").arg(number(at));
        placeOfEntry(address, document, place);
        break;
    case Address::Space::L2Entry:
        place.title = Words::tr("L2 table %1, entry %2").arg(number(at), number(address.entry));
        placeOfEntry(address, document, place);
        break;
    }
    return place;
}

} // namespace platter::app
