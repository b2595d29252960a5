// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/HostScan.h"

#include <algorithm>
#include <vector>

namespace platter::qcow1 {

namespace {

    constexpr std::uint64_t noGuest = ~std::uint64_t{0}; // no disk reaches so far

    /// A host range that something refers to.
    struct Piece {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::uint64_t guest = noGuest; ///< of `start`
        HostUse use = HostUse::Free;

        /// The part [from, to) of the piece.
        Piece part(std::uint64_t from, std::uint64_t to) const
        {
            Piece result{from, to, guest, use};
            if (result.guest != noGuest)
                result.guest += from - start;
            return result;
        }
    };

    /// Cuts pieces that overlap, so that each byte belongs to one: what several use is a Problem.
    std::vector<Piece> disentangled(std::vector<Piece> pieces)
    {
        std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.start < b.start; });
        std::vector<Piece> result;
        Piece last; // not yet handed out; reaches furthest of all so far
        std::uint64_t problemEnd = 0; // [last.start, problemEnd) is used more than once
        const auto handOutUntil = [&](std::uint64_t end) {
            if (last.start < std::min(problemEnd, end))
                result.push_back(
                    {last.start, std::min(problemEnd, end), noGuest, HostUse::Problem});
            const std::uint64_t rest = std::max(problemEnd, last.start);
            if (rest < std::min(last.end, end))
                result.push_back(last.part(rest, std::min(last.end, end)));
        };
        for (const Piece& piece : pieces) {
            handOutUntil(piece.start);
            if (piece.start >= last.end) {
                last = piece;
                problemEnd = piece.start;
                continue;
            }
            problemEnd = std::max(problemEnd, std::min(last.end, piece.end));
            last = piece.end > last.end ? piece : last.part(piece.start, last.end);
        }
        handOutUntil(last.end);
        return result;
    }

    /// The pieces of one stretch of the file, as many as fit.
    class Window {
    public:
        Window(std::uint64_t start, std::uint64_t end)
            : m_start(start)
            , m_end(end)
        {
        }

        void add(const Piece& piece)
        {
            const std::uint64_t start = std::max(piece.start, m_start);
            const std::uint64_t end = std::min(piece.end, m_end);
            if (start >= end)
                return;
            m_pieces.push_back(piece.part(start, end));
            if (m_pieces.size() < most)
                return;
            m_pieces = disentangled(std::move(m_pieces));
            if (m_pieces.size() > most / 2) {
                // Too many for one pass: the rest is left to the next window.
                m_end = m_pieces[most / 2].start;
                m_pieces.resize(most / 2);
            }
        }

        std::uint64_t end() const { return m_end; }
        std::vector<Piece> take() { return disentangled(std::move(m_pieces)); }

    private:
        static constexpr std::size_t most = std::size_t{1} << 19; // 20 MiB of pieces

        std::uint64_t m_start;
        std::uint64_t m_end;
        std::vector<Piece> m_pieces;
    };

    /// Takes pieces in rising order, fills the gaps and joins neighbours.
    class Writer {
    public:
        Writer(Bytes cluster, const HostSink& sink)
            : m_cluster(cluster)
            , m_sink(sink)
        {
        }

        void put(const Piece& piece)
        {
            gapUntil(piece.start);
            const bool guestGoesOn = piece.guest == noGuest
                ? m_last.guest == noGuest
                : m_last.guest + (m_last.end - m_last.start) == piece.guest;
            if (m_last.end == piece.start && m_last.use == piece.use && guestGoesOn
                && m_last.end != m_last.start) {
                m_last.end = piece.end;
                return;
            }
            flush();
            m_last = piece;
        }

        void finish(std::uint64_t fileSize)
        {
            gapUntil(fileSize);
            flush();
        }

    private:
        void gapUntil(std::uint64_t end)
        {
            if (m_last.end >= end)
                return;
            const Piece gap{m_last.end, end, noGuest,
                end - m_last.end >= m_cluster.value ? HostUse::Leaked : HostUse::Free};
            flush();
            m_last = gap;
        }

        void flush()
        {
            if (m_last.end == m_last.start)
                return;
            HostRange range{
                HostOffset{m_last.start}, Bytes{m_last.end - m_last.start}, m_last.use, {}};
            if (m_last.guest != noGuest)
                range.guest = GuestOffset{m_last.guest};
            m_sink(range);
        }

        Bytes m_cluster;
        const HostSink& m_sink;
        Piece m_last;
    };

} // namespace

void scanHostRanges(const ByteFile& file, const Header& header, const Mapping& mapping,
    const HostSink& sink, const JobControl& job)
{
    const std::uint64_t fileSize = file.size().value;
    Writer writer{header.cluster().bytes(), sink};
    for (std::uint64_t start = 0; start < fileSize;) {
        Window window{start, fileSize};
        const auto add
            = [&](HostOffset at, Bytes length, HostUse use, std::uint64_t guest = noGuest) {
                  window.add({at.value, (at + length).value, guest, use});
              };
        add(HostOffset{0}, headerLength, HostUse::Header);
        if (header.backingFileOffset.value != 0)
            add(header.backingFileOffset, Bytes{header.backingFileSize}, HostUse::Header);
        add(header.l1TableOffset, header.l1Bytes(), HostUse::L1Table);
        mapping.walkTables(0, header.l1Entries(), job, [&](const Mapping::Table& table) {
            if (!table.usable)
                return;
            add(table.at, header.tableBytes(), HostUse::L2Table);
            mapping.extentsOf(table, [&](const Extent& extent) {
                if (extent.kind == ExtentKind::Data)
                    add(extent.host, extent.length, HostUse::Data, extent.start.value);
                else if (extent.kind == ExtentKind::Compressed)
                    add(extent.host, extent.stored, HostUse::Compressed);
            });
        });
        for (const Piece& piece : window.take())
            writer.put(piece);
        start = window.end();
    }
    writer.finish(fileSize);
}

} // namespace platter::qcow1
