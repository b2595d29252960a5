// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/edit/JournalReader.h"
#include "core/edit/Restore.h"
#include "core/io/MemoryFile.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <vector>

namespace platter::fuzz {

namespace {

    using Content = std::vector<std::byte>;

    /// A file of any length that takes every write and keeps none.
    class Sink final : public ByteFile {
    public:
        const std::string& name() const override { return m_name; }
        Bytes size() const override { return m_size; }
        std::size_t read(HostOffset, std::span<std::byte>) const override { return 0; }
        void write(HostOffset at, std::span<const std::byte> data) override
        {
            require(data.size() <= journal::pieceBytes, "a record keeps a MiB at most");
            m_size = std::max(m_size, Bytes{at.value} + Bytes{data.size()});
            require(m_size.value >> 63 == 0, "no place passes the largest position of a file");
        }
        void resize(Bytes size) override { m_size = size; }
        void punch(HostOffset at, Bytes length) override
        {
            require((at + length).value >> 63 == 0, "no hole passes the largest position");
        }
        void flush() override { }

    private:
        std::string m_name = "sink";
        Bytes m_size{};
    };

    void seal(Content& bytes, std::size_t from, std::size_t end)
    {
        const journal::Digest sum = journal::sha256({std::span{bytes}.subspan(from, end - from)});
        std::copy(sum.begin(), sum.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
    }

    /// Makes all checksums right: a fuzzer would never guess them, and behind them nothing would
    /// be tried.
    void sealAll(Content& bytes)
    {
        if (bytes.size() < journal::recordsStart)
            return;
        const std::size_t headerSum = journal::headerFields.find("checksum")->at;
        seal(bytes, 0, headerSum);
        journal::Header header
            = parse(std::span<const std::byte>{bytes}, journal::headerFields, HostOffset{0});
        journal::RecordsDigest digest{header.id};
        const std::size_t recordSum = journal::recordFields.find("checksum")->at;
        std::size_t at = journal::recordsStart;
        while (bytes.size() - at >= journal::recordHeadBytes) {
            const auto head = parse(std::span<const std::byte>{bytes}.subspan(at),
                journal::recordFields, HostOffset{at});
            const std::size_t room = bytes.size() - at - journal::recordHeadBytes;
            const std::size_t kept
                = head.kind == 1 ? std::min<std::uint64_t>(head.length.value, room) : 0;
            const journal::Digest sum
                = journal::sha256({header.id, std::span{bytes}.subspan(at, recordSum),
                    std::span{bytes}.subspan(at + journal::recordHeadBytes, kept)});
            std::copy(sum.begin(), sum.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + recordSum));
            digest.add(sum);
            at += journal::recordHeadBytes + kept;
        }
        for (const std::uint64_t slot :
            {journal::stateSlots, journal::stateSlots + journal::slotDistance}) {
            const auto put = [&](const char* field, std::span<const std::byte> value) {
                std::copy(value.begin(), value.end(),
                    bytes.begin()
                        + static_cast<std::ptrdiff_t>(slot + journal::stateFields.find(field)->at));
            };
            put("id", header.id);
            put("records_digest", digest.value());
            seal(bytes, slot, slot + journal::stateFields.find("checksum")->at);
        }
    }

    void readAll(const Content& bytes)
    {
        try {
            const JournalReader reader{std::make_shared<MemoryFile>(bytes)};
            const auto records = reader.records({});
            require(records.size() <= bytes.size() / journal::recordHeadBytes,
                "there are no more records than fit");
            Sink image;
            restoreOldBytes(reader, records, image, {});
            require(image.size() == reader.header().oldLength, "the old length is restored");
        } catch (const Error&) {
            // A good answer.
        }
    }

} // namespace

void fuzzJournal(Input input)
{
    Content bytes{input.begin(), input.end()};
    readAll(bytes);
    sealAll(bytes);
    readAll(bytes);
}

} // namespace platter::fuzz
