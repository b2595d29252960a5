// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/MapText.h"

#include "app/text/CoreText.h"
#include "app/text/MapAspectText.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace platter::app {

namespace {

    constexpr std::size_t mostPlacesTold = 4;

    struct Words {
        Q_DECLARE_TR_FUNCTIONS(Map)
    };

    /// The part of a place that begins at `from`. A compressed cluster has one stream: its place
    /// stays.
    void cutFront(MapPlace& place, std::uint64_t from)
    {
        if (place.start >= from)
            return;
        const Bytes by{from - place.start};
        if (place.host && place.compression == MapPlace::Compression::None)
            place.host = *place.host + by;
        if (place.guest)
            place.guest = *place.guest + by;
        place.start = from;
        place.length = place.length - by;
    }

    QString placeWords(const MapSubject& subject, const MapPlace& place, const QStringList& below)
    {
        const QString file = place.layer < static_cast<std::size_t>(below.size())
            ? below[static_cast<qsizetype>(place.layer)]
            : QString();
        const QString at = place.host ? shownOffset(place.host->value) : QString();
        if (subject.view == MapView::File) {
            const QString use = hostUseText(place.use);
            return place.guest
                ? Words::tr("%1 of guest %2").arg(use, shownOffset(place.guest->value))
                : use;
        }
        if (!place.kind)
            return Words::tr("Nothing is stored; reads as zeros.");
        switch (*place.kind) {
        case MapKind::Data: return Words::tr("Data, stored at %1 of the file").arg(at);
        case MapKind::Compressed:
            return Words::tr("Compressed, its stream begins at %1 of the file").arg(at);
        case MapKind::Zero:
            return at.isEmpty()
                ? Words::tr("Reads as zeros")
                : Words::tr("Reads as zeros; %1 of the file is kept for it").arg(at);
        case MapKind::Backing:
            if (subject.belowIsUnknown)
                return Words::tr("Not in this image: it comes from “%1”, which was not opened")
                    .arg(below.value(1));
            return at.isEmpty() ? Words::tr("From “%1”").arg(file)
                                : Words::tr("From “%1”, stored there at %2").arg(file, at);
        case MapKind::Problem:
            return place.problem ? findingMeaning(*place.problem)
                                 : Words::tr("Its table entry cannot be followed.");
        case MapKind::Snapshot:
        case MapKind::Metadata:
        case MapKind::Leaked: break;
        }
        return mapKindText(*place.kind, subject.view);
    }

    QString shareWords(int share, const QString& kind)
    {
        const double percent = share * 100.0 / 255.0;
        const QString number = share == 255 ? QStringLiteral("100")
            : percent < 1                   ? Words::tr("less than 1")
                          : QLocale().toString(std::clamp(std::lround(percent), 1L, 99L));
        return Words::tr("%1: %2 %", "kind and share: Data: 61 %").arg(kind, number);
    }

    QString rangeTitle(const MapSubject& subject, std::uint64_t from, Bytes length)
    {
        const QString first = shownSize(Bytes{from});
        const QString last = shownSize(Bytes{from + length.value});
        // Two ends that look the same would say nothing; the card has the exact ones.
        const QString both = first == last ? first : Words::tr("%1 to %2").arg(first, last);
        return subject.view == MapView::Guest ? Words::tr("Guest %1").arg(both)
                                              : Words::tr("File %1").arg(both);
    }

    struct Part {
        int share;
        QString name;
    };

    /// What a range is made of, the most first.
    std::vector<Part> partsOf(const MapSubject& subject, const CellShares& shares)
    {
        std::vector<Part> parts;
        int used = 0;
        for (const MapCategoryWords& words : mapCategories(subject.view, subject.aspect)) {
            const int share = shares.of[words.category];
            used += share;
            if (share)
                parts.push_back({share, words.name});
        }
        if (used < 254) // rounding of shares may leave one behind
            parts.push_back({255 - used, mapGround(subject.view, subject.aspect).name});
        std::stable_sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.share > b.share; });
        if (parts.size() == 1)
            parts.front().share = 255;
        return parts;
    }

} // namespace

QStringList mapShareTexts(const MapSubject& subject, const CellShares& shares)
{
    QStringList texts;
    for (const Part& part : partsOf(subject, shares))
        texts << shareWords(part.share, part.name);
    return texts;
}

QString mapCellText(const MapSubject& subject, std::uint64_t from, Bytes length,
    const CellShares& shares, std::optional<std::span<const MapPlace>> places)
{
    QStringList texts{rangeTitle(subject, from, length)};
    if (!shares.known) {
        texts << Words::tr("not read yet");
        return texts.join(QStringLiteral(", "));
    }
    const auto parts = partsOf(subject, shares);
    const QString most = parts.front().name;
    texts << (parts.size() == 1 ? most : Words::tr("mostly %1").arg(most));
    if (shares.problem && places) {
        const auto count = std::count_if(places->begin(), places->end(),
            [](const MapPlace& place) { return place.kind == MapKind::Problem; });
        texts << Words::tr("%n problem(s)", nullptr, static_cast<int>(count));
    } else if (shares.problem) {
        texts << Words::tr("with problems");
    }
    return texts.join(QStringLiteral(", "));
}

QString mapEntryText(const MapSubject& subject, std::uint64_t from, Bytes length,
    std::optional<std::span<const MapPlace>> places)
{
    std::uint64_t last = from + (length.value ? length.value - 1 : 0);
    if (subject.view == MapView::File) {
        // Only a place of one owner has one entry.
        if (!places || places->size() != 1 || !places->front().guest)
            return {};
        const MapPlace& place = places->front();
        const std::uint64_t by = place.guest->value - place.start;
        from = std::max(from, place.start) + by;
        last = std::min(last, place.end() - 1) + by;
    }
    const GuestMapping& state = subject.image->activeState();
    if (last >= state.size().value)
        return {};
    const auto first = state.tableEntryOf(GuestOffset{from});
    const auto behind = state.tableEntryOf(GuestOffset{last});
    if (!first || !behind)
        return {};
    if (first->table != behind->table)
        return Words::tr("L2 tables %L1 to %L2").arg(first->table).arg(behind->table);
    if (first->level == TableEntry::Level::Top)
        return Words::tr("No L2 table, L1 entry %L1").arg(first->table);
    if (first->index == behind->index)
        return Words::tr("L2 table %L1, entry %L2").arg(first->table).arg(first->index);
    return Words::tr("L2 table %L1, entries %L2 to %L3")
        .arg(first->table)
        .arg(first->index)
        .arg(behind->index);
}

QString mapCountText(const std::optional<std::pair<std::uint64_t, std::uint64_t>>& counts)
{
    if (!counts)
        return {};
    return counts->first == counts->second
        ? Words::tr("Refcount %L1").arg(counts->first)
        : Words::tr("Refcount %L1 to %L2").arg(counts->first).arg(counts->second);
}

QString MapWords::all() const
{
    QStringList parts{title, range};
    parts += kinds;
    parts += counts;
    parts += entry;
    parts += places;
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
}

MapWords describeMapRange(const MapSubject& subject, std::uint64_t from, Bytes length,
    const CellShares& shares, std::optional<std::span<const MapPlace>> places,
    const QStringList& below)
{
    MapWords words;
    const std::uint64_t end = from + length.value;
    words.title = rangeTitle(subject, from, length);
    words.range
        = Words::tr("%1 to %2, %3").arg(shownOffset(from), shownOffset(end), shownSize(length));
    if (const auto cluster = subject.image->clusterSize()) {
        const std::uint64_t count
            = length.value / cluster->value + (length.value % cluster->value != 0);
        if (count > 1)
            words.range += QStringLiteral(", ")
                + Words::tr("%Ln cluster(s)", nullptr,
                    static_cast<int>(std::min<std::uint64_t>(count, 2'000'000'000)));
        else if (length.value < cluster->value)
            words.range += QStringLiteral(", ") + Words::tr("a part of one cluster");
        else
            words.range += QStringLiteral(", ") + Words::tr("one cluster");
    }
    if (!shares.known) {
        words.kinds << Words::tr("Not read yet");
        return words;
    }
    words.kinds = mapShareTexts(subject, shares);
    words.entry = mapEntryText(subject, from, length, places);
    if (places) {
        if (places->size() == 1 && subject.aspect.colour == MapAspect::Colour::Kind)
            words.kinds.clear(); // the place says it all
        for (MapPlace place : places->first(std::min(places->size(), mostPlacesTold))) {
            cutFront(place, from);
            const QString what = placeWords(subject, place, below);
            words.places << (places->size() == 1
                    ? what
                    : QStringLiteral("%1: %2").arg(shownOffset(place.start), what));
        }
        if (places->size() > mostPlacesTold)
            words.places << Words::tr(
                "and %n more range(s)", nullptr, static_cast<int>(places->size() - mostPlacesTold));
    }
    return words;
}

std::optional<std::uint64_t> parseOffset(const QString& text)
{
    QString plain = text.trimmed();
    plain.remove(u'_');
    static const QRegularExpression hexadecimal{
        QStringLiteral("^0x([0-9a-f]{1,16})$"), QRegularExpression::CaseInsensitiveOption};
    if (const auto match = hexadecimal.match(plain); match.hasMatch())
        return match.captured(1).toULongLong(nullptr, 16);
    static const QRegularExpression size{
        QStringLiteral("^([0-9]+(?:[.,][0-9]+)?)\\s*([kmgtpe]?)(?:i?b)?$"),
        QRegularExpression::CaseInsensitiveOption};
    const auto match = size.match(plain);
    if (!match.hasMatch())
        return {};
    const QString number = match.captured(1).replace(u',', u'.');
    const auto unit = QStringLiteral("kmgtpe").indexOf(match.captured(2).toLower());
    if (match.captured(2).isEmpty()) {
        bool whole = false;
        const std::uint64_t bytes = number.toULongLong(&whole);
        return whole ? std::optional{bytes} : std::nullopt;
    }
    const double bytes = number.toDouble() * std::exp2(10.0 * static_cast<double>(unit + 1));
    return bytes < std::exp2(63) ? std::optional{static_cast<std::uint64_t>(bytes)} : std::nullopt;
}

} // namespace platter::app
