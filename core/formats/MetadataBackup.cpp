// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/MetadataBackup.h"

#include "core/base/Endian.h"
#include "core/codecs/Compress.h"
#include "core/crypto/Hash.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace platter {

namespace {

    constexpr std::array<char, 8> magic{'P', 'L', 'T', 'R', 'M', 'E', 'T', 'A'};
    constexpr std::uint32_t version = 1;
    constexpr std::size_t headBytes = 32;
    constexpr std::size_t recordHead = 24;
    constexpr std::size_t digestBytes = 32;
    constexpr std::uint32_t longest = 1 << 20;
    constexpr std::size_t mostRecords = 1'000'000;

    using Kind = MetadataBackup::Kind;

    /// Nothing: guest data, which a backup does not hold.
    std::optional<Kind> kindOf(HostUse use)
    {
        switch (use) {
        case HostUse::Header: return Kind::Header;
        case HostUse::L1Table: return Kind::L1Table;
        case HostUse::L2Table: return Kind::L2Table;
        case HostUse::RefcountTable: return Kind::RefcountTable;
        case HostUse::RefcountBlock: return Kind::RefcountBlock;
        case HostUse::SnapshotTable: return Kind::SnapshotTable;
        case HostUse::SnapshotL1Table: return Kind::SnapshotL1Table;
        case HostUse::SnapshotL2Table: return Kind::SnapshotL2Table;
        case HostUse::BitmapDirectory:
        case HostUse::BitmapTable:
        case HostUse::BitmapData:
        case HostUse::EncryptionHeader: return Kind::Other;
        default: return std::nullopt;
        }
    }

    /// Writes at the end and hashes what it writes.
    class Appender {
    public:
        explicit Appender(ByteFile& file)
            : m_file(file)
            , m_digest(HashAlgorithm::Sha256)
        {
        }
        void add(std::span<const std::byte> bytes)
        {
            m_file.write(HostOffset{m_end}, bytes);
            m_digest.add(bytes);
            m_end += bytes.size();
        }
        std::uint64_t finish()
        {
            std::array<std::byte, digestBytes> digest{};
            m_digest.finish(digest);
            m_file.write(HostOffset{m_end}, digest);
            return m_end + digest.size();
        }

    private:
        ByteFile& m_file;
        DigestStream m_digest;
        std::uint64_t m_end = 0;
    };

    void addRecordHead(
        Appender& out, HostOffset at, std::size_t length, std::size_t stored, Kind kind)
    {
        std::array<std::byte, recordHead> head{};
        storeBig(head.data(), at.value);
        storeBig(head.data() + 8, static_cast<std::uint32_t>(length));
        storeBig(head.data() + 12, static_cast<std::uint32_t>(stored));
        storeBig(head.data() + 16, static_cast<std::uint32_t>(kind));
        out.add(head);
    }

    [[noreturn]] void broken(const char* field, std::uint64_t at, const char* why)
    {
        throw FormatError("Backup of tables", field, at, why);
    }

} // namespace

MetadataBackupFacts writeMetadataBackup(const Image& image, ByteFile& out, const JobControl& job)
{
    if (image.formatId() != "qcow2")
        throw UnsupportedError(
            "backup-metadata", "Only QCOW2 images have tables that can be backed up.");
    Appender appender{out};
    std::array<std::byte, headBytes> head{};
    std::memcpy(head.data(), magic.data(), magic.size());
    storeBig(head.data() + 8, version);
    storeBig(head.data() + 16, image.file().size().value);
    appender.add(head);
    MetadataBackupFacts facts;
    ClusterEncoder encoder{Compression::Zstd, CompressionLevel::Default};
    std::vector<std::byte> bytes;
    std::vector<std::byte> stream(longest);
    std::size_t records = 0;
    image.scanHost(
        [&](const HostRange& range) {
            const auto kind = kindOf(range.use);
            if (!kind)
                return;
            for (std::uint64_t done = 0; done < range.length.value;) {
                if (++records > mostRecords)
                    throw UnsupportedError("backup-metadata",
                        "The tables lie in more than a million places, which is more than a backup "
                        "holds.");
                bytes.resize(std::min<std::uint64_t>(longest, range.length.value - done));
                const HostOffset at = range.start + Bytes{done};
                image.file().readPadded(at, bytes);
                const std::size_t stored
                    = encoder.encode(bytes, std::span{stream}.first(bytes.size() - 1));
                addRecordHead(
                    appender, at, bytes.size(), stored != 0 ? stored : bytes.size(), *kind);
                appender.add(stored != 0 ? std::span<const std::byte>{stream}.first(stored)
                                         : std::span<const std::byte>{bytes});
                facts.metadata += Bytes{bytes.size()};
                done += bytes.size();
            }
        },
        job);
    addRecordHead(appender, HostOffset{0}, 0, 0, Kind::Other);
    facts.length = Bytes{appender.finish()};
    return facts;
}

MetadataBackup::MetadataBackup(std::shared_ptr<const ByteFile> file, const JobControl& job)
    : m_file(std::move(file))
{
    const std::uint64_t size = m_file->size().value;
    DigestStream digest{HashAlgorithm::Sha256};
    std::array<std::byte, headBytes> head{};
    m_file->readPadded(HostOffset{0}, head);
    if (std::memcmp(head.data(), magic.data(), magic.size()) != 0)
        broken("magic", 0, "it is not PLTRMETA: this is no backup of tables.");
    if (loadBig<std::uint32_t>(head.data() + 8) != version)
        broken("version", 8, "this version is not known.");
    digest.add(head);
    m_imageLength = Bytes{loadBig<std::uint64_t>(head.data() + 16)};
    std::vector<std::byte> bytes;
    std::uint64_t end = 0;
    for (std::uint64_t at = headBytes;;) {
        job.checkStop();
        std::array<std::byte, recordHead> raw{};
        if (m_file->read(HostOffset{at}, raw) != raw.size())
            broken("record", at, "the backup is cut off.");
        digest.add(raw);
        Record record{HostOffset{loadBig<std::uint64_t>(raw.data())}, HostOffset{at + recordHead},
            loadBig<std::uint32_t>(raw.data() + 8), loadBig<std::uint32_t>(raw.data() + 12),
            static_cast<Kind>(loadBig<std::uint32_t>(raw.data() + 16))};
        at += recordHead;
        if (record.length == 0)
            break;
        if (record.length > longest || record.stored == 0 || record.stored > record.length
            || record.stored > size - std::min(size, at) || record.at.value < end
            || record.at.value > ~std::uint64_t{0} / 2)
            broken("record", at - recordHead, "it is damaged.");
        if (m_records.size() == mostRecords)
            broken("record", at - recordHead, "there are more than a million.");
        end = record.at.value + record.length;
        bytes.resize(record.stored);
        m_file->readPadded(HostOffset{at}, bytes);
        digest.add(bytes);
        at += record.stored;
        m_records.push_back(record);
    }
    std::array<std::byte, digestBytes> stored{};
    std::array<std::byte, digestBytes> computed{};
    const HostOffset place{m_records.empty()
            ? headBytes + recordHead
            : m_records.back().storedAt.value + m_records.back().stored + recordHead};
    m_file->readPadded(place, stored);
    digest.finish(computed);
    if (stored != computed)
        broken("checksum", place.value, "it does not fit: the backup is damaged.");
}

std::vector<std::byte> MetadataBackup::read(const Record& record) const
{
    std::vector<std::byte> stored(record.stored);
    m_file->readPadded(record.storedAt, stored);
    if (record.stored == record.length)
        return stored;
    std::vector<std::byte> bytes(record.length);
    try {
        decompress(Compression::Zstd, stored, bytes);
    } catch (const CodecError&) {
        broken("record", record.storedAt.value, "it does not decode.");
    }
    return bytes;
}

} // namespace platter
