// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Journal.h"

#include "core/crypto/Hash.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <vector>

namespace platter::journal {

namespace {

    constexpr std::string_view headerMagic = "PLTRUNDO";
    constexpr std::uint32_t stateMagic = 0x504c5354; // "PLST"
    constexpr std::size_t headerBytes = 1016;
    constexpr std::size_t stateBytes = 400;

    using Verdict = std::optional<std::string>;

    constexpr auto headerRows = std::to_array<Field<Header>>({
        field<&Header::magic>("magic", 0, Display::Text, "Always 'PLTRUNDO'.")
            .withRule([](const Header& header) -> Verdict {
                if (std::memcmp(header.magic.data(), headerMagic.data(), headerMagic.size()) == 0)
                    return {};
                return "this is no undo journal of Platter.";
            }),
        field<&Header::version>("version", 8, Display::Number, "1.")
            .withRule([](const Header& header) -> Verdict {
                if (header.version == version)
                    return {};
                return "version " + std::to_string(header.version) + " is not known.";
            }),
        field<&Header::recordsAt>(
            "records_at", 12, Display::Position, "Where the records begin: always 12288.")
            .withRule([](const Header& header) -> Verdict {
                if (header.recordsAt == recordsStart)
                    return {};
                return "the records do not begin at 12288.";
            }),
        field<&Header::id>("id", 16, Display::Raw, "Random."),
        field<&Header::previous>(
            "previous", 32, Display::Raw, "The id of the journal of the edit before; zeros: none."),
        field<&Header::number>("number", 48, Display::Number, "Edits of an image count from 1."),
        field<&Header::made>(
            "made", 56, Display::Number, "When the edit began, nanoseconds since 1970."),
        field<&Header::device>("device", 64, Display::Number, "The device that the image lies on."),
        field<&Header::inode>("inode", 72, Display::Number, "The inode of the image."),
        field<&Header::birth>(
            "birth", 80, Display::Number, "When the image was made, nanoseconds; 0: not known."),
        field<&Header::oldLength>(
            "old_length", 88, Display::Length, "Length of the image before the edit.")
            .withRule([](const Header& header) -> Verdict {
                if (header.oldLength.value >> 63 || header.newLength.value >> 63)
                    return "a length passes 2^63 bytes.";
                return {};
            }),
        field<&Header::newLength>(
            "new_length", 96, Display::Length, "Length of the image after the edit."),
        field<&Header::oldChanged>("old_changed", 104, Display::Number,
            "When the image was last written before, nanoseconds."),
        field<&Header::firstLength>("first_length", 112, Display::Length,
            "How many bytes of the image's start first_hash covers."),
        field<&Header::firstHash>(
            "first_hash", 120, Display::Raw, "SHA-256 of the image's first bytes before the edit."),
        field<&Header::name>(
            "name", 152, Display::Text, "File name of the image, without its folder."),
        field<&Header::act>("act", 408, Display::Text, "What was done: a stable word."),
        field<&Header::summary>("summary", 472, Display::Text, "What was done: a sentence."),
        field<&Header::checksum>("checksum", 984, Display::Raw, "SHA-256 of all bytes before it."),
    });
    static_assert(tiles(headerRows, Bytes{headerBytes}));

    constexpr auto phaseNames = std::to_array<ValueName>({{1, "edit may have started"},
        {2, "edit complete"}, {3, "being taken back"}, {4, "taken back"}});

    constexpr auto stateRows = std::to_array<Field<State>>({
        field<&State::magic>("magic", 0, Display::Hex, "Always 'PLST'.")
            .withRule([](const State& state) -> Verdict {
                if (state.magic == stateMagic)
                    return {};
                return "this is no state of a journal.";
            }),
        field<&State::phase>("phase", 4, Display::Number, "How far the edit is.")
            .withValues(phaseNames)
            .withRule([](const State& state) -> Verdict {
                if (state.phase >= 1 && state.phase <= 4)
                    return {};
                return "there are the phases 1 to 4.";
            }),
        field<&State::serial>("serial", 8, Display::Number,
            "Of two valid slots the one with the larger serial holds."),
        field<&State::id>("id", 16, Display::Raw, "That of the header."),
        field<&State::recordsEnd>(
            "records_end", 32, Display::Position, "The first byte behind the records.")
            .withRule([](const State& state) -> Verdict {
                if (state.recordsEnd.value >= recordsStart)
                    return {};
                return "the records end before they begin.";
            }),
        field<&State::recordCount>("record_count", 40, Display::Number, "How many there are.")
            .withRule([](const State& state) -> Verdict {
                const std::uint64_t room = state.recordsEnd.value - recordsStart;
                if (state.recordCount <= mostRecords && state.recordCount <= room / recordHeadBytes)
                    return {};
                return "so many records do not fit.";
            }),
        field<&State::recordsDigest>("records_digest", 48, Display::Raw,
            "SHA-256 over the records' checksums, one after another."),
        field<&State::epoch>("epoch", 80, Display::Number, "Which group of writes was going on."),
        field<&State::written>(
            "written", 88, Display::Number, "When this slot was written, nanoseconds since 1970."),
        field<&State::afterLength>(
            "after_length", 96, Display::Length, "Length of the image when the edit was complete."),
        field<&State::afterChanged>("after_changed", 104, Display::Number,
            "When the image was last written by the edit, nanoseconds."),
        field<&State::problem>(
            "problem", 112, Display::Text, "What stopped the edit, if it could still say so."),
        field<&State::checksum>("checksum", 368, Display::Raw, "SHA-256 of all bytes before it."),
    });
    static_assert(tiles(stateRows, Bytes{stateBytes}));
    static_assert(stateBytes <= 512); // one sector: it reaches the disk whole or not at all

    constexpr auto recordRows = std::to_array<Field<RecordHead>>({
        field<&RecordHead::magic>("magic", 0, Display::Hex, "Always 'PLRC'."),
        field<&RecordHead::kind>(
            "kind", 4, Display::Number, "1 bytes that follow, 2 a hole, 3 the length of the file."),
        field<&RecordHead::index>("index", 8, Display::Number, "Records count from 0."),
        field<&RecordHead::at>("at", 16, Display::Position, "Where it stood in the image."),
        field<&RecordHead::length>("length", 24, Display::Length, "How much of the image."),
        field<&RecordHead::epoch>(
            "epoch", 32, Display::Number, "Which group of writes changed it."),
        field<&RecordHead::hasAfter>(
            "has_after", 36, Display::Number, "1: after_hash holds; 0: the range was cut off."),
        field<&RecordHead::afterHash>(
            "after_hash", 40, Display::Raw, "SHA-256 of the new bytes of the range."),
        field<&RecordHead::checksum>("checksum", 72, Display::Raw,
            "SHA-256 of the journal's id, this head and the old bytes."),
    });
    static_assert(tiles(recordRows, Bytes{recordHeadBytes}));

    HostOffset slotOf(std::uint64_t serial)
    {
        return HostOffset{stateSlots + serial % 2 * slotDistance};
    }

} // namespace

const FieldTable<Header> headerFields{"undo journal", ByteOrder::Big, headerRows};
const FieldTable<State> stateFields{"state of the undo journal", ByteOrder::Big, stateRows};
const FieldTable<RecordHead> recordFields{"record of the undo journal", ByteOrder::Big, recordRows};

Digest sha256(std::initializer_list<std::span<const std::byte>> parts)
{
    Digest digest;
    digestOf(HashAlgorithm::Sha256, parts, digest);
    return digest;
}

std::uint64_t now()
{
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch())
                                          .count());
}

std::string textOf(std::span<const std::byte> padded)
{
    const auto end = std::find(padded.begin(), padded.end(), std::byte{0});
    return {reinterpret_cast<const char*>(padded.data()),
        static_cast<std::size_t>(end - padded.begin())};
}

void putText(std::span<std::byte> padded, const std::string& text)
{
    std::fill(padded.begin(), padded.end(), std::byte{0});
    std::memcpy(padded.data(), text.data(), std::min(text.size(), padded.size() - 1));
}

void writeHeader(ByteFile& file, Header header)
{
    std::memcpy(header.magic.data(), headerMagic.data(), headerMagic.size());
    header.version = version;
    header.recordsAt = recordsStart;
    std::vector<std::byte> page(stateSlots);
    write(header, headerFields, page);
    const std::size_t sumAt = headerBytes - sizeof(Digest);
    header.checksum = sha256({std::span{page}.first(sumAt)});
    std::copy(header.checksum.begin(), header.checksum.end(),
        page.begin() + static_cast<std::ptrdiff_t>(sumAt));
    file.write(HostOffset{0}, page);
}

Header readHeader(const ByteFile& file)
{
    std::array<std::byte, headerBytes> bytes{};
    const std::size_t got = file.read(HostOffset{0}, bytes);
    const Header header = parse(std::span{bytes}.first(got), headerFields, HostOffset{0});
    checkRules(header, headerFields, HostOffset{0});
    const std::size_t sumAt = headerBytes - sizeof(Digest);
    if (header.checksum != sha256({std::span{bytes}.first(sumAt)}))
        throw FormatError(headerFields.structure, "checksum", sumAt,
            "it is not that of the bytes: the journal is damaged.");
    return header;
}

void writeState(ByteFile& file, State state)
{
    state.magic = stateMagic;
    state.written = now();
    std::array<std::byte, 512> sector{};
    write(state, stateFields, sector);
    const std::size_t sumAt = stateBytes - sizeof(Digest);
    const Digest checksum = sha256({std::span{sector}.first(sumAt)});
    std::copy(
        checksum.begin(), checksum.end(), sector.begin() + static_cast<std::ptrdiff_t>(sumAt));
    file.write(slotOf(state.serial), sector);
    file.flush();
}

std::optional<State> readState(const ByteFile& file, const std::optional<Id>& id)
{
    std::optional<State> newest;
    for (const std::uint64_t serial : {std::uint64_t{0}, std::uint64_t{1}}) {
        std::array<std::byte, stateBytes> bytes{};
        if (file.read(slotOf(serial), bytes) != bytes.size())
            continue;
        const State state = parse(std::span<const std::byte>{bytes}, stateFields, slotOf(serial));
        const std::size_t sumAt = stateBytes - sizeof(Digest);
        bool valid = state.id == id.value_or(state.id) && slotOf(state.serial) == slotOf(serial)
            && state.checksum == sha256({std::span{bytes}.first(sumAt)});
        for (const auto& row : stateFields.fields)
            valid = valid && !(row.rule && row.rule(state));
        if (valid && (!newest || state.serial > newest->serial))
            newest = state;
    }
    return newest;
}

RecordsDigest::RecordsDigest(const Id& id)
    : m_value(sha256({id}))
{
}

void RecordsDigest::add(const Digest& checksum)
{
    m_value = sha256({m_value, checksum});
}

} // namespace platter::journal
