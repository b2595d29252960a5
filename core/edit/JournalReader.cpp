// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/JournalReader.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::uint64_t largestFile = ~std::uint64_t{0} >> 1;

    [[noreturn]] void damaged(const char* field, HostOffset head, const char* what)
    {
        throw FormatError(journal::recordFields.structure, field,
            head.value + journal::recordFields.find(field)->at, what);
    }

    journal::RecordHead headAt(
        const ByteFile& file, HostOffset at, std::array<std::byte, journal::recordHeadBytes>& bytes)
    {
        const std::size_t got = file.read(at, bytes);
        return parse(std::span<const std::byte>{bytes}.first(got), journal::recordFields, at);
    }

} // namespace

JournalReader::JournalReader(std::shared_ptr<const ByteFile> file)
    : m_file(std::move(file))
    , m_header(journal::readHeader(*m_file))
    , m_state(journal::readState(*m_file, m_header.id))
{
}

std::vector<JournalReader::Record> JournalReader::records(const JobControl& job) const
{
    std::vector<Record> records;
    if (!m_state)
        return records;
    const HostOffset end = m_state->recordsEnd;
    if (end.value > m_file->size().value)
        throw FormatError(journal::stateFields.structure, "records_end", journal::stateSlots,
            "the journal is shorter than its records.");
    records.reserve(m_state->recordCount);
    journal::RecordsDigest digest{m_header.id};
    std::vector<std::byte> old;
    std::array<std::byte, journal::recordHeadBytes> bytes{};
    HostOffset at{journal::recordsStart};
    for (std::uint64_t index = 0; index < m_state->recordCount; ++index) {
        job.step({at.value, end.value});
        if (end.value - at.value < journal::recordHeadBytes)
            damaged("magic", at, "the records end inside this one.");
        const journal::RecordHead head = headAt(*m_file, at, bytes);
        const auto kind = static_cast<journal::RecordKind>(head.kind);
        if (head.magic != journal::recordMagic)
            damaged("magic", at, "it is not that of a record.");
        if (head.kind < 1 || head.kind > 3)
            damaged("kind", at, "it is none of 1, 2 and 3.");
        if (head.index != index)
            damaged("index", at, "a record is missing or doubled.");
        if (head.at.value > largestFile || head.length.value > largestFile - head.at.value)
            damaged("length", at, "the range passes the largest position of a file.");
        if (kind == journal::RecordKind::Bytes && head.length.value > journal::pieceBytes)
            damaged("length", at, "one record keeps a MiB at most.");
        const Bytes kept = kind == journal::RecordKind::Bytes ? head.length : Bytes{0};
        const HostOffset payload = at + Bytes{journal::recordHeadBytes};
        if (kept.value > end.value - payload.value)
            damaged("length", at, "the records end inside the bytes of this one.");
        old.resize(kept.value);
        if (m_file->read(payload, old) != old.size())
            damaged("length", at, "the journal ends inside the bytes of this record.");
        const std::size_t sumAt = bytes.size() - sizeof(journal::Digest);
        if (head.checksum != journal::sha256({m_header.id, std::span{bytes}.first(sumAt), old}))
            damaged("checksum", at, "it is not that of the record: the journal is damaged.");
        digest.add(head.checksum);
        records.push_back({kind, head.hasAfter == 1, head.epoch, head.at, head.length, at});
        at = payload + kept;
    }
    if (at != end || digest.value() != m_state->recordsDigest)
        throw FormatError(journal::stateFields.structure, "records_digest", journal::stateSlots,
            "it is not that of the records: the journal is damaged.");
    return records;
}

void JournalReader::bytesOf(const Record& record, std::span<std::byte> bytes) const
{
    const HostOffset payload = record.head + Bytes{journal::recordHeadBytes};
    if (m_file->read(payload, bytes) != bytes.size())
        damaged("length", record.head, "the journal became shorter.");
}

journal::Digest JournalReader::afterHashOf(const Record& record) const
{
    std::array<std::byte, journal::recordHeadBytes> bytes{};
    return headAt(*m_file, record.head, bytes).afterHash;
}

} // namespace platter
