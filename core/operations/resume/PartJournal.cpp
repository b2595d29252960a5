// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/PartJournal.h"

#include "core/crypto/Random.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace platter::part {

namespace {

    constexpr std::string_view headMagic = "PLTRPART";
    constexpr std::uint32_t checkpointMagic = 0x504c4350; // "PLCP"
    constexpr std::size_t headBytes = 192;
    constexpr std::size_t checkpointBytes = 152;
    constexpr std::size_t witnessBytes = 32;
    constexpr std::uint64_t mostCheckpoints = std::uint64_t{1} << 22; // 242 days at 5 s

    using Verdict = std::optional<std::string>;

    constexpr auto headRows = std::to_array<Field<Head>>({
        field<&Head::magic>("magic", 0, Display::Text, "Always 'PLTRPART'.")
            .withRule([](const Head& head) -> Verdict {
                if (std::memcmp(head.magic.data(), headMagic.data(), headMagic.size()) == 0)
                    return {};
                return "this is no part journal of Platter.";
            }),
        field<&Head::version>("version", 8, Display::Number, "2.")
            .withRule([](const Head& head) -> Verdict {
                if (head.version == version)
                    return {};
                return "version " + std::to_string(head.version) + " is not known.";
            }),
        field<&Head::unused>("unused", 12, Display::Number, "0."),
        field<&Head::id>("id", 16, Display::Raw, "Random."),
        field<&Head::key>("key", 32, Display::Raw,
            "SHA-256 of the options and of the stamps of all source files."),
        field<&Head::imageDevice>(
            "image_device", 64, Display::Number, "The device that the part file lies on."),
        field<&Head::imageInode>("image_inode", 72, Display::Number, "The inode of the part file."),
        field<&Head::imageBirth>("image_birth", 80, Display::Number,
            "When the part file was made, nanoseconds since 1970; 0: not known."),
        field<&Head::dataDevice>("data_device", 88, Display::Number,
            "The same of the part file of an external data file."),
        field<&Head::dataInode>("data_inode", 96, Display::Number, "The same."),
        field<&Head::dataBirth>("data_birth", 104, Display::Number, "The same."),
        field<&Head::keyAt>("key_at", 112, Display::Position,
            "Where in the part file the header of a LUKS volume lies."),
        field<&Head::keyLength>("key_length", 120, Display::Length,
            "Of that header with its key material; 0: there is none."),
        field<&Head::keyDigest>("key_digest", 128, Display::Raw, "SHA-256 of these bytes."),
        field<&Head::checksum>("checksum", 160, Display::Raw, "SHA-256 of all bytes before it."),
    });
    static_assert(tiles(headRows, Bytes{headBytes}));

    constexpr auto checkpointRows = std::to_array<Field<CheckpointHead>>({
        field<&CheckpointHead::magic>("magic", 0, Display::Hex, "Always 'PLCP'.")
            .withRule([](const CheckpointHead& head) -> Verdict {
                if (head.magic == checkpointMagic)
                    return {};
                return "this is no checkpoint.";
            }),
        field<&CheckpointHead::witnesses>(
            "witnesses", 4, Display::Number, "How many witnesses follow.")
            .withRule([](const CheckpointHead& head) -> Verdict {
                if (head.witnesses <= mostWitnesses)
                    return {};
                return "there are 64 at most.";
            }),
        field<&CheckpointHead::index>("index", 8, Display::Number, "Checkpoints count from 0."),
        field<&CheckpointHead::done>(
            "done", 16, Display::Number, "Pieces that the part file holds."),
        field<&CheckpointHead::plan>(
            "plan", 24, Display::Hex, "A sum over the places of these pieces."),
        field<&CheckpointHead::imageLength>(
            "image_length", 32, Display::Length, "Length of the part file.")
            .withRule([](const CheckpointHead& head) -> Verdict {
                if (head.imageLength.value >> 63 || head.dataLength.value >> 63)
                    return "a length passes 2^63 bytes.";
                return {};
            }),
        field<&CheckpointHead::dataLength>("data_length", 40, Display::Length,
            "Length of the part file of an external data file; 0: there is none."),
        field<&CheckpointHead::outcomes>(
            "outcomes", 48, Display::Length, "Bytes of outcomes behind the witnesses.")
            .withRule([](const CheckpointHead& head) -> Verdict {
                if (head.outcomes.value <= mostOutcomeBytes)
                    return {};
                return "so many are never kept.";
            }),
        field<&CheckpointHead::previous>(
            "previous", 56, Display::Raw, "Checksum of the checkpoint before, or of the head."),
        field<&CheckpointHead::payload>("payload", 88, Display::Raw, "SHA-256 of what follows."),
        field<&CheckpointHead::checksum>(
            "checksum", 120, Display::Raw, "SHA-256 of all bytes of this head before it."),
    });
    static_assert(tiles(checkpointRows, Bytes{checkpointBytes}));

    constexpr auto witnessRows = std::to_array<Field<Witness>>({
        field<&Witness::file>("file", 0, Display::Number, "0 the part file, 1 the data file's."),
        field<&Witness::length>("length", 4, Display::Length, "Of the place."),
        field<&Witness::at>("at", 8, Display::Position, "Where it is."),
        field<&Witness::hash>("hash", 16, Display::Raw, "The first half of a SHA-256."),
    });
    static_assert(tiles(witnessRows, Bytes{witnessBytes}));

    std::uint64_t wholePages(std::uint64_t length)
    {
        return (length + pageBytes - 1) / pageBytes * pageBytes;
    }

    std::uint64_t payloadOf(const CheckpointHead& head)
    {
        return head.witnesses * witnessBytes + head.outcomes.value;
    }

    /// Writes a structure whose last field is the checksum of the bytes before it. @returns that
    template <class Struct>
    Digest seal(const Struct& value, const FieldTable<Struct>& table, std::span<std::byte> bytes)
    {
        write(value, table, bytes);
        const Digest sum = journal::sha256({bytes.first(bytes.size() - sizeof(Digest))});
        std::copy(sum.begin(), sum.end(), bytes.end() - sizeof(Digest));
        return sum;
    }

} // namespace

const FieldTable<Head> headFields{"part journal", ByteOrder::Big, headRows};
const FieldTable<CheckpointHead> checkpointFields{
    "checkpoint of the part journal", ByteOrder::Big, checkpointRows};
const FieldTable<Witness> witnessFields{"witness of the part journal", ByteOrder::Big, witnessRows};

std::array<std::byte, 16> witnessHash(std::span<const std::byte> bytes)
{
    const Digest whole = journal::sha256({bytes});
    std::array<std::byte, 16> half{};
    std::copy_n(whole.begin(), half.size(), half.begin());
    return half;
}

FileName nameOf(const DiskFile& file)
{
    return {file.identity().device, file.identity().inode,
        static_cast<std::uint64_t>(file.birthTime().value_or(0))};
}

FileName imageOf(const Head& head)
{
    return {head.imageDevice, head.imageInode, head.imageBirth};
}

FileName dataOf(const Head& head)
{
    return {head.dataDevice, head.dataInode, head.dataBirth};
}

Writer::Writer(std::shared_ptr<ByteFile> file, Head head)
    : m_file(std::move(file))
    , m_end(pageBytes)
{
    std::memcpy(head.magic.data(), headMagic.data(), headMagic.size());
    head.version = version;
    fillRandom(head.id);
    std::vector<std::byte> page(pageBytes);
    m_last = seal(head, headFields, std::span{page}.first(headBytes));
    m_file->write(HostOffset{0}, page);
}

Writer::Writer(
    std::shared_ptr<ByteFile> file, HostOffset end, std::uint64_t count, const Digest& checksum)
    : m_file(std::move(file))
    , m_end(end)
    , m_count(count)
    , m_last(checksum)
{
    m_file->resize(Bytes{end.value});
}

void Writer::append(
    CheckpointHead head, std::span<const Witness> witnesses, std::span<const std::byte> outcomes)
{
    head.magic = checkpointMagic;
    head.witnesses = static_cast<std::uint32_t>(witnesses.size());
    head.index = m_count;
    head.outcomes = Bytes{outcomes.size()};
    head.previous = m_last;
    std::vector<std::byte> bytes(wholePages(checkpointBytes + payloadOf(head)));
    std::size_t at = checkpointBytes;
    for (const Witness& witness : witnesses) {
        write(witness, witnessFields, std::span{bytes}.subspan(at, witnessBytes));
        at += witnessBytes;
    }
    std::copy(outcomes.begin(), outcomes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    head.payload = journal::sha256({std::span{bytes}.subspan(checkpointBytes, payloadOf(head))});
    const Digest sum = seal(head, checkpointFields, std::span{bytes}.first(checkpointBytes));
    m_file->write(m_end, bytes);
    m_end += Bytes{bytes.size()};
    m_last = sum;
    ++m_count;
}

Reader::Reader(std::shared_ptr<const ByteFile> file)
    : m_file(std::move(file))
{
    std::array<std::byte, headBytes> bytes{};
    const std::size_t got = m_file->read(HostOffset{0}, bytes);
    m_head = parse(std::span<const std::byte>{bytes}.first(got), headFields, HostOffset{0});
    checkRules(m_head, headFields, HostOffset{0});
    constexpr std::size_t sumAt = headBytes - sizeof(Digest);
    if (m_head.checksum != journal::sha256({std::span{bytes}.first(sumAt)}))
        throw FormatError(headFields.structure, "checksum", sumAt,
            "it is not that of the bytes: the journal is damaged.");
    HostOffset at{pageBytes};
    while (m_checkpoints.size() < mostCheckpoints && readNext(at))
        at = m_checkpoints.back().end;
}

/// @returns whether there is a checkpoint that was written as a whole behind those before
bool Reader::readNext(HostOffset at)
{
    std::array<std::byte, checkpointBytes> bytes{};
    if (m_file->read(at, bytes) != bytes.size())
        return false;
    Checkpoint next;
    next.at = at;
    next.head = parse(std::span<const std::byte>{bytes}, checkpointFields, at);
    const CheckpointHead& head = next.head;
    for (const auto& row : checkpointFields.fields) {
        if (row.rule && row.rule(head))
            return false;
    }
    const bool isFirst = m_checkpoints.empty();
    const Digest& before = isFirst ? m_head.checksum : m_checkpoints.back().head.checksum;
    const std::uint64_t doneBefore = isFirst ? 0 : m_checkpoints.back().head.done;
    if (head.index != m_checkpoints.size() || head.done <= doneBefore || head.previous != before
        || head.checksum
            != journal::sha256({std::span{bytes}.first(checkpointBytes - sizeof(Digest))}))
        return false;
    const std::uint64_t length = m_file->size().value;
    next.end = HostOffset{at.value + wholePages(checkpointBytes + payloadOf(head))};
    if (next.end.value > length)
        return false;
    std::vector<std::byte> payload(payloadOf(head));
    if (m_file->read(at + Bytes{checkpointBytes}, payload) != payload.size()
        || head.payload != journal::sha256({payload}))
        return false;
    m_checkpoints.push_back(next);
    return true;
}

std::vector<Witness> Reader::witnessesOf(const Checkpoint& checkpoint) const
{
    std::vector<std::byte> bytes(checkpoint.head.witnesses * witnessBytes);
    m_file->readPadded(checkpoint.at + Bytes{checkpointBytes}, bytes);
    std::vector<Witness> witnesses;
    for (std::size_t at = 0; at < bytes.size(); at += witnessBytes)
        witnesses.push_back(parse(std::span<const std::byte>{bytes}.subspan(at, witnessBytes),
            witnessFields, HostOffset{at}));
    return witnesses;
}

std::vector<std::byte> Reader::outcomesOf(const Checkpoint& checkpoint) const
{
    std::vector<std::byte> bytes(checkpoint.head.outcomes.value);
    m_file->readPadded(
        checkpoint.at + Bytes{checkpointBytes + checkpoint.head.witnesses * witnessBytes}, bytes);
    return bytes;
}

} // namespace platter::part
