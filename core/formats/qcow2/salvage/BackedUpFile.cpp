// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/BackedUpFile.h"

#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/salvage/TableSearch.h"
#include "core/io/MemoryFile.h"

#include <algorithm>
#include <array>
#include <mutex>

namespace platter::qcow2 {

namespace {

    using Kind = MetadataBackup::Kind;
    using Record = MetadataBackup::Record;

    /// A stretch that is read from the backup.
    struct Stretch {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::uint32_t record = 0;
    };

    /// A file, some stretches of which come from a backup.
    class BackedUpFile final : public ByteFile {
    public:
        BackedUpFile(std::shared_ptr<const ByteFile> base,
            std::shared_ptr<const MetadataBackup> backup, std::vector<Stretch> stretches)
            : m_base(std::move(base))
            , m_backup(std::move(backup))
            , m_stretches(std::move(stretches))
            , m_size(m_base->size())
        {
            if (!m_stretches.empty())
                m_size = std::max(m_size, Bytes{m_stretches.back().end});
        }

        const std::string& name() const override { return m_base->name(); }
        Bytes size() const override { return m_size; }
        std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
        {
            const std::uint64_t left = at.value < m_size.value ? m_size.value - at.value : 0;
            buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), left));
            m_base->readPadded(at, buffer);
            const std::uint64_t end = at.value + buffer.size();
            for (auto one = firstBehind(at.value); one != m_stretches.end() && one->start < end;
                 ++one) {
                const std::uint64_t from = std::max(one->start, at.value);
                const std::uint64_t to = std::min(one->end, end);
                const auto bytes = content(one->record);
                const std::uint64_t base = m_backup->records()[one->record].at.value;
                std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(from - base), to - from,
                    buffer.begin() + static_cast<std::ptrdiff_t>(from - at.value));
            }
            return buffer.size();
        }
        void write(HostOffset, std::span<const std::byte>) override { refuse(); }
        void resize(Bytes) override { refuse(); }
        void flush() override { }
        FileRegion regionAt(HostOffset at) const override
        {
            const auto next = firstBehind(at.value);
            if (next != m_stretches.end() && next->start <= at.value)
                return {FileRegion::Kind::Data, HostOffset{next->end}};
            const std::uint64_t limit = next != m_stretches.end() ? next->start : m_size.value;
            if (at.value >= m_base->size().value)
                return {FileRegion::Kind::Hole, HostOffset{limit}};
            FileRegion region = m_base->regionAt(at);
            region.end = HostOffset{std::min(region.end.value, limit)};
            return region;
        }

    private:
        using Content = std::shared_ptr<const std::vector<std::byte>>;

        [[noreturn]] static void refuse() { throw Error("A salvaged file is only read."); }
        /// The first stretch that ends behind `at`.
        std::vector<Stretch>::const_iterator firstBehind(std::uint64_t at) const
        {
            return std::upper_bound(m_stretches.begin(), m_stretches.end(), at,
                [](std::uint64_t value, const Stretch& one) { return value < one.end; });
        }
        Content content(std::uint32_t record) const
        {
            auto& slot = m_recent[record % m_recent.size()];
            {
                const std::lock_guard lock{m_mutex};
                if (slot.second && slot.first == record)
                    return slot.second;
            }
            auto bytes = std::make_shared<const std::vector<std::byte>>(
                m_backup->read(m_backup->records()[record]));
            const std::lock_guard lock{m_mutex};
            slot = {record, bytes};
            return bytes;
        }

        std::shared_ptr<const ByteFile> m_base;
        std::shared_ptr<const MetadataBackup> m_backup;
        std::vector<Stretch> m_stretches;
        Bytes m_size;
        mutable std::mutex m_mutex;
        mutable std::array<std::pair<std::uint32_t, Content>, 32> m_recent;
    };

    /// Whether all words can be entries of an L1 table and some are.
    bool looksLikeL1(const Geometry& geometry, Bytes fileSize, std::span<const std::byte> cluster)
    {
        bool any = false;
        for (std::size_t at = 0; at + 8 <= cluster.size(); at += 8) {
            const auto word = loadBig<std::uint64_t>(cluster.data() + at);
            const HostOffset place{word & entry::offset};
            if (word == 0)
                continue;
            if ((word & entry::l1Reserved) != 0 || place.value == 0 || place.value >= fileSize.value
                || !geometry.cluster.aligned(place))
                return false;
            any = true;
        }
        return any;
    }

    bool haveEntriesInCommon(
        const Geometry& geometry, std::span<const std::byte> one, std::span<const std::byte> two)
    {
        bool common = false;
        forEachPlace(geometry, one, [&](std::uint64_t index, std::uint64_t word, HostOffset) {
            const auto other = loadBig<std::uint64_t>(two.data() + index * geometry.entryBytes());
            common |= ((word ^ other) & ~(entry::copied | entry::zero)) == 0;
        });
        return common;
    }

    bool isBelievable(const ByteFile& file)
    {
        try {
            requireUsable(parseHeader(file), [](unsigned) { return std::string{}; });
            return true;
        } catch (const Error&) {
            return false;
        }
    }

} // namespace

std::shared_ptr<const ByteFile> withBackup(std::shared_ptr<const ByteFile> file,
    std::shared_ptr<const MetadataBackup> backup, BackupMatch& match, const JobControl& job)
{
    const auto& records = backup->records();
    if (records.empty() || records[0].at.value != 0 || records[0].kind != Kind::Header)
        throw UnsupportedError("salvage", "The backup has no header.");
    const MemoryFile first{backup->read(records[0])};
    const Header header = parseHeader(first);
    requireUsable(header, [](unsigned) { return std::string{}; });
    const Geometry geometry{header};
    const std::uint64_t cluster = geometry.cluster.bytes().value;
    const bool keepsHeader = isBelievable(*file);
    std::vector<Stretch> stretches;
    std::vector<std::byte> now;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        job.checkStop();
        const Record& record = records[i];
        if (record.kind == Kind::RefcountTable || record.kind == Kind::RefcountBlock
            || record.kind == Kind::Other)
            continue;
        const std::vector<std::byte> before = backup->read(record);
        now.resize(before.size());
        file->readPadded(record.at, now);
        for (std::size_t at = 0; at < before.size(); at += cluster) {
            const std::size_t length = std::min<std::size_t>(cluster, before.size() - at);
            const auto then = std::span<const std::byte>{before}.subspan(at, length);
            const auto there = std::span<const std::byte>{now}.subspan(at, length);
            const bool isL2 = record.kind == Kind::L2Table;
            const bool isSame = std::equal(then.begin(), then.end(), there.begin());
            match.same += isSame && isL2 && !isZero(then);
            if (isSame)
                continue;
            bool keeps = false;
            switch (record.kind) {
            case Kind::Header:
            case Kind::SnapshotTable: keeps = keepsHeader; break;
            case Kind::L1Table:
            case Kind::SnapshotL1Table: keeps = looksLikeL1(geometry, file->size(), there); break;
            default: keeps = length == cluster && looksLikeTable(geometry, file->size(), there);
            }
            if (isL2 && keeps) {
                const bool common = haveEntriesInCommon(geometry, there, then);
                match.changed += common;
                match.other += !common;
            }
            if (keeps)
                continue;
            match.restored += isL2;
            const std::uint64_t start = record.at.value + at;
            if (!stretches.empty() && stretches.back().end == start && stretches.back().record == i)
                stretches.back().end += length;
            else
                stretches.push_back({start, start + length, i});
        }
    }
    if (match.other != 0 && match.same + match.changed == 0)
        throw UnsupportedError("salvage",
            "The backup is of another image, or the disk was rewritten since: none of the tables "
            "that are left has anything in common with it.");
    return std::make_shared<BackedUpFile>(std::move(file), std::move(backup), std::move(stretches));
}

} // namespace platter::qcow2
