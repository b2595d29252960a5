// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2StatesWriter.h"

#include "core/formats/qcow2/ClusterPlacer.h"
#include "core/formats/qcow2/NewBitmaps.h"
#include "core/formats/qcow2/NewHeader.h"
#include "core/formats/qcow2/Snapshots.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// Platter's own limit for the L1 tables of all states, which are kept until the end: 64 MiB.
    constexpr std::uint64_t mostL1Entries = std::uint64_t{8} << 20;

    NewImage withSize(NewImage image, Bytes size)
    {
        image.size = size;
        return image;
    }

    class Qcow2StatesWriter final : public StatesWriter {
    public:
        Qcow2StatesWriter(ByteFile& file, const NewImage& image, std::vector<NewState> states)
            : m_file(file)
            , m_image(withSize(image, states.back().diskSize))
            , m_states(std::move(states))
            , m_header(headerFor(m_image))
            , m_geometry(m_header)
            , m_placer(file, m_geometry, m_image)
            , m_bitmaps(m_geometry, m_header.size)
        {
            if (m_states.size() - 1 > limit::snapshots)
                refuse("An image has at most 65536 snapshots.");
            // Only what some state has gets a place.
            if (m_image.preallocation != NewImage::Preallocation::Off)
                refuse("An image with snapshots cannot be preallocated.");
            // States would write to the same places.
            if (!m_image.dataFileName.empty())
                refuse("An image with snapshots cannot have an external data file.");
            if (m_image.encryption && m_image.encryption->format == NewEncryption::Format::Aes
                && std::any_of(m_states.begin(), m_states.end(),
                    [](const NewState& state) { return state.vmStateSize.value > 0; }))
                refuse("Saved memory of a virtual machine cannot be kept with the old AES "
                       "encryption; choose luks.");
            std::uint64_t entries = 0;
            for (std::uint32_t state = 0; state < m_states.size(); ++state) {
                const std::uint64_t length = std::max<std::uint64_t>(
                    1, vmStateIndex(state) + tablesFor(m_states[state].vmStateSize));
                if (length > limit::l1Entries)
                    refuse("A state of the disk needs larger clusters.");
                entries += length;
                if (entries > mostL1Entries)
                    refuse("The L1 tables of all snapshots pass 64 MiB; choose larger clusters.");
                m_l1.emplace_back(length);
            }
            for (const auto& l1 : m_l1) {
                m_l1At.push_back(m_geometry.cluster.startOf(m_placer.allocator().allocateTogether(
                    m_geometry.cluster.clustersFor(Bytes{l1.size() * 8}))));
            }
        }

        void addBitmap(NewBitmap bitmap) override { m_bitmaps.add(std::move(bitmap)); }
        Bytes unit() const override { return m_geometry.cluster.bytes(); }
        Bytes tableCoverage() const override { return m_geometry.tableCoverage(); }
        std::uint64_t mostReferences() const override { return m_geometry.refcountMaximum(); }
        std::optional<KeyArea> keyArea() const override { return m_placer.keyArea(); }
        void encode(GuestPiece& piece) const override { m_placer.encode(piece); }

        std::uint64_t vmStateIndex(std::uint32_t state) const override
        {
            return tablesFor(m_states[state].diskSize);
        }

        std::size_t addTable(std::uint64_t index, std::span<const std::uint32_t> states) override
        {
            const HostOffset at
                = m_geometry.cluster.startOf(m_placer.allocator().allocate(1, states.size()).first);
            for (const std::uint32_t state : states)
                m_l1[state][index] = at.value | (states.size() == 1 ? entry::copied : 0);
            m_tables.push_back(at);
            return m_tables.size() - 1;
        }

        void place(const GuestPiece& piece, std::size_t first, std::size_t end,
            std::uint64_t references, const EntrySink& sink) override
        {
            m_placer.place(piece, first, end, references, sink);
        }

        void setEntries(
            std::size_t table, std::uint64_t first, std::span<const Entry> entries) override
        {
            const unsigned width = m_geometry.entryBytes();
            std::vector<std::byte> bytes(entries.size() * width);
            for (std::size_t i = 0; i < entries.size(); ++i) {
                storeBig(bytes.data() + i * width, entries[i].word);
                if (m_geometry.extended)
                    storeBig(bytes.data() + i * width + 8, entries[i].bitmap);
            }
            m_file.write(m_tables[table] + Bytes{first * width}, bytes);
        }

        void writeWaiting() override { m_placer.writeWaiting(); }

        void finish() override
        {
            m_placer.flush();
            const auto bitmaps = m_bitmaps.write(m_file, m_placer.allocator());
            std::vector<SnapshotInfo> snapshots;
            for (std::size_t i = 0; i + 1 < m_states.size(); ++i) {
                const NewState& state = m_states[i];
                snapshots.push_back({state.id, state.name, state.dateSeconds, state.dateNanoseconds,
                    state.vmClockNanoseconds, state.vmStateSize, state.diskSize, state.icount,
                    m_l1At[i], static_cast<std::uint32_t>(m_l1[i].size())});
            }
            const std::vector<std::byte> table = snapshotTableImage(snapshots);
            if (!table.empty()) {
                m_header.snapshotsOffset
                    = m_geometry.cluster.startOf(m_placer.allocator().allocateTogether(
                        m_geometry.cluster.clustersFor(Bytes{table.size()})));
                m_header.snapshotCount = static_cast<std::uint32_t>(snapshots.size());
            }
            const auto refcounts = m_placer.allocator().finish();
            m_header.refcountTableOffset = m_geometry.cluster.startOf(refcounts.first);
            m_header.refcountTableClusters = static_cast<std::uint32_t>(refcounts.count);
            m_header.l1TableOffset = m_l1At.back();
            m_header.l1Size = static_cast<std::uint32_t>(m_l1.back().size());
            m_file.resize(m_geometry.cluster.bytes() * m_placer.allocator().end());
            m_file.write(m_header.snapshotsOffset, table);
            for (std::size_t i = 0; i < m_l1.size(); ++i) {
                std::vector<std::byte> bytes(m_l1[i].size() * 8);
                for (std::size_t k = 0; k < m_l1[i].size(); ++k)
                    storeBig(bytes.data() + k * 8, m_l1[i][k]);
                m_file.write(m_l1At[i], bytes);
            }
            m_file.write(
                HostOffset{0}, firstClusterOf(m_header, m_image, {bitmaps, m_placer.luks()}));
        }

    private:
        [[noreturn]] static void refuse(const char* what)
        {
            throw UnsupportedError("new-image", what);
        }
        std::uint64_t tablesFor(Bytes length) const
        {
            const std::uint64_t coverage = m_geometry.tableCoverage().value;
            return length.value / coverage + (length.value % coverage != 0);
        }

        ByteFile& m_file;
        NewImage m_image;
        std::vector<NewState> m_states;
        Header m_header;
        Geometry m_geometry;
        ClusterPlacer m_placer;
        NewBitmaps m_bitmaps;
        std::vector<std::vector<std::uint64_t>> m_l1; ///< entries, one for each state
        std::vector<HostOffset> m_l1At;
        std::vector<HostOffset> m_tables; ///< by their numbers
    };

} // namespace

std::unique_ptr<StatesWriter> makeQcow2StatesWriter(
    ByteFile& file, const NewImage& image, std::vector<NewState> states)
{
    return std::make_unique<Qcow2StatesWriter>(file, image, std::move(states));
}

} // namespace platter::qcow2
