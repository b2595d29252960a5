// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/JournalWriter.h"

namespace platter {

namespace {

    constexpr std::size_t bufferedBytes = 1 << 20;

} // namespace

JournalWriter::JournalWriter(std::shared_ptr<ByteFile> file, const journal::Header& header)
    : m_file(std::move(file))
    , m_id(header.id)
    , m_digest(header.id)
{
    journal::writeHeader(*m_file, header);
    // Both slots exist before the records do, so that their place is never read past the end.
    const std::vector<std::byte> zeros(journal::recordsStart - journal::stateSlots);
    m_file->write(HostOffset{journal::stateSlots}, zeros);
}

void JournalWriter::keepBytes(
    HostOffset at, std::span<const std::byte> old, const std::optional<journal::Digest>& after)
{
    journal::RecordHead head;
    head.kind = static_cast<std::uint32_t>(journal::RecordKind::Bytes);
    head.at = at;
    head.length = Bytes{old.size()};
    head.hasAfter = after ? 1 : 0;
    head.afterHash = after.value_or(journal::Digest{});
    keep(head, old);
}

void JournalWriter::keepHole(
    HostOffset at, Bytes length, const std::optional<journal::Digest>& after)
{
    journal::RecordHead head;
    head.kind = static_cast<std::uint32_t>(journal::RecordKind::Hole);
    head.at = at;
    head.length = length;
    head.hasAfter = after ? 1 : 0;
    head.afterHash = after.value_or(journal::Digest{});
    keep(head, {});
}

void JournalWriter::keepLength(Bytes old)
{
    journal::RecordHead head;
    head.kind = static_cast<std::uint32_t>(journal::RecordKind::Length);
    head.at = HostOffset{old.value};
    keep(head, {});
}

void JournalWriter::keep(journal::RecordHead head, std::span<const std::byte> old)
{
    if (m_count == journal::mostRecords)
        throw UnsupportedError("edit-size",
            "The edit changes more than " + std::to_string(journal::mostRecords)
                + " places; nothing was written.");
    head.magic = journal::recordMagic;
    head.index = m_count++;
    head.epoch = m_epoch;
    std::array<std::byte, journal::recordHeadBytes> bytes{};
    write(head, journal::recordFields, bytes);
    const std::size_t sumAt = bytes.size() - sizeof(journal::Digest);
    const journal::Digest checksum = journal::sha256({m_id, std::span{bytes}.first(sumAt), old});
    std::copy(checksum.begin(), checksum.end(), bytes.begin() + static_cast<std::ptrdiff_t>(sumAt));
    m_digest.add(checksum);
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    m_buffer.insert(m_buffer.end(), old.begin(), old.end());
    if (m_buffer.size() >= bufferedBytes)
        drain();
}

void JournalWriter::drain()
{
    m_file->write(HostOffset{m_end}, m_buffer);
    m_end += m_buffer.size();
    m_buffer.clear();
}

void JournalWriter::finish()
{
    if (!m_buffer.empty())
        drain();
    // The state that lets the image be written must not reach the disk before the records.
    m_file->flush();
}

void JournalWriter::enter(journal::Phase phase, journal::State facts)
{
    facts.phase = static_cast<std::uint32_t>(phase);
    facts.serial = m_serial + 1;
    facts.id = m_id;
    facts.recordsEnd = HostOffset{m_end};
    facts.recordCount = m_count;
    facts.recordsDigest = m_digest.value();
    journal::writeState(*m_file, facts);
    // Not before: a state that could not be written is followed by one in the same slot, because
    // the other slot may be the only valid one.
    ++m_serial;
}

} // namespace platter
