// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/ClusterSizeVote.h"

#include "core/codecs/Decompress.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/salvage/FileWalk.h"

#include <algorithm>
#include <array>
#include <bit>

namespace platter::qcow2 {

namespace {

    constexpr unsigned leastBits = 9;
    constexpr unsigned mostBits = 21;
    constexpr std::size_t sectorBytes = 512;
    constexpr std::size_t words = sectorBytes / 8;
    constexpr std::size_t samplesEach = 24; ///< streams that are decoded, for each thread
    constexpr unsigned many = 4; ///< entries from which a sector is hardly there by chance

    using Histogram = std::array<std::uint64_t, mostBits + 1>;

    struct Counts {
        Histogram alignment{}; ///< of offsets
        Histogram distance{}; ///< of neighbours, powers of two
        Histogram packed{}; ///< compressed streams that follow each other, by cluster bits
        std::uint64_t offsets = 0;
        std::uint64_t sectors = 0;
        std::uint64_t streams = 0;

        void add(const Counts& other)
        {
            for (unsigned bits = 0; bits <= mostBits; ++bits) {
                alignment[bits] += other.alignment[bits];
                distance[bits] += other.distance[bits];
                packed[bits] += other.packed[bits];
            }
            offsets += other.offsets;
            sectors += other.sectors;
            streams += other.streams;
        }
    };

    /// An entry of a compressed cluster and the one behind it.
    struct Neighbours {
        std::uint64_t word = 0;
        std::uint64_t next = 0;
    };

    /// By how the sector is read: standard entries, extended ones; few entries are kept apart.
    struct Tally {
        Counts standard;
        Counts extended;
        Counts sparse;
        std::vector<Neighbours> streams; ///< a few words of compressed clusters
    };

    bool isPlainWord(std::uint64_t word, std::uint64_t fileSize)
    {
        return (word & (entry::l2Reserved | entry::compressed)) == 0
            && (word & entry::offset) < fileSize
            && ((word & entry::offset) != 0 || word == entry::zero);
    }

    bool isStreamWord(std::uint64_t word)
    {
        return (word & entry::compressed) != 0 && (word & entry::copied) == 0;
    }

    Geometry geometryOfBits(unsigned bits)
    {
        Header header;
        header.version = 3;
        header.clusterBits = bits;
        return Geometry{header};
    }

    const std::array<Geometry, mostBits - leastBits + 1>& geometries()
    {
        static const auto all = [] {
            return []<std::size_t... I>(std::index_sequence<I...>)
            {
                return std::array{geometryOfBits(leastBits + I)...};
            }
            (std::make_index_sequence<mostBits - leastBits + 1>{});
        }();
        return all;
    }

    /// The largest cluster that streams fill: more than is in them never comes out, less always
    /// does. 0: they decode to nothing.
    unsigned bitsByDecoding(const ByteFile& file, const std::vector<Neighbours>& samples)
    {
        for (unsigned bits = mostBits; bits >= leastBits && !samples.empty(); --bits) {
            std::vector<std::byte> cluster(std::size_t{1} << bits);
            std::size_t whole = 0;
            for (const auto& [word, next] : samples) {
                const Geometry& geometry = geometries()[bits - leastBits];
                CompressedPlace place = geometry.compressedPlace(word);
                // What follows in the same sector is another stream, and would be decoded too.
                const HostOffset end = geometry.compressedPlace(next).start;
                if (end > place.start && end - place.start < place.length)
                    place.length = end - place.start;
                if (place.start >= HostOffset{file.size().value})
                    continue;
                std::vector<std::byte> stream(place.length.value);
                file.readPadded(place.start, stream);
                for (const Compression codec : {Compression::Deflate, Compression::Zstd}) {
                    try {
                        decompress(codec, stream, cluster);
                        ++whole;
                        break;
                    } catch (const CodecError&) {
                        continue; // the other codec, or not a stream
                    }
                }
            }
            if (whole * 2 > samples.size())
                return bits;
        }
        return 0;
    }

    void countOffset(Counts& counts, std::uint64_t offset)
    {
        ++counts.offsets;
        ++counts.alignment[std::min<unsigned>(
            static_cast<unsigned>(std::countr_zero(offset)), mostBits)];
    }

    void countDistance(Counts& counts, std::uint64_t before, std::uint64_t after)
    {
        const std::uint64_t distance = after - before;
        if (after > before && std::has_single_bit(distance)
            && std::countr_zero(distance) <= static_cast<int>(mostBits))
            ++counts.distance[static_cast<unsigned>(std::countr_zero(distance))];
    }

    void countStreams(Counts& counts, std::uint64_t word, std::uint64_t next, std::uint64_t size)
    {
        ++counts.streams;
        for (unsigned bits = leastBits; bits <= mostBits; ++bits) {
            const Geometry& geometry = geometries()[bits - leastBits];
            const CompressedPlace one = geometry.compressedPlace(word);
            const CompressedPlace two = geometry.compressedPlace(next);
            const std::uint64_t end = one.start.value + one.length.value;
            // The stream ends inside its last sector, and the next one begins there.
            if (end <= size + sectorBytes && two.start.value > end - sectorBytes
                && two.start.value <= end)
                ++counts.packed[bits];
        }
    }

    void readStandard(
        const std::array<std::uint64_t, words>& sector, std::uint64_t size, Tally& tally)
    {
        unsigned stored = 0;
        for (const std::uint64_t word : sector) {
            if (word == 0)
                continue;
            if (!isPlainWord(word, size) && !isStreamWord(word))
                return;
            ++stored;
        }
        if (stored == 0)
            return;
        Counts& counts = stored >= many ? tally.standard : tally.sparse;
        ++counts.sectors;
        for (std::size_t i = 0; i < words; ++i) {
            const std::uint64_t word = sector[i];
            const std::uint64_t next = i + 1 < words ? sector[i + 1] : 0;
            if (isStreamWord(word)) {
                if (isStreamWord(next) && tally.streams.size() < samplesEach)
                    tally.streams.push_back({word, next});
                if (isStreamWord(next))
                    countStreams(counts, word, next, size);
            } else if ((word & entry::offset) != 0) {
                countOffset(counts, word & entry::offset);
                if ((next & entry::compressed) == 0 && (next & entry::offset) != 0)
                    countDistance(counts, word & entry::offset, next & entry::offset);
            }
        }
    }

    void readExtended(
        const std::array<std::uint64_t, words>& sector, std::uint64_t size, Tally& tally)
    {
        unsigned stored = 0;
        for (std::size_t i = 0; i < words; i += 2) {
            if (sector[i] == 0 && sector[i + 1] == 0)
                continue;
            const auto high = static_cast<std::uint32_t>(sector[i + 1] >> 32);
            const auto low = static_cast<std::uint32_t>(sector[i + 1]);
            const bool hasPlace = isPlainWord(sector[i], size) && (sector[i] & 1) == 0;
            if ((high & low) != 0 || !hasPlace || low == 0)
                return;
            ++stored;
        }
        if (stored < many)
            return;
        ++tally.extended.sectors;
        for (std::size_t i = 0; i < words; i += 2) {
            if ((sector[i] & entry::offset) == 0)
                continue;
            countOffset(tally.extended, sector[i] & entry::offset);
            if (i + 2 < words && (sector[i + 2] & entry::offset) != 0)
                countDistance(
                    tally.extended, sector[i] & entry::offset, sector[i + 2] & entry::offset);
        }
    }

    std::vector<ClusterSizeVote::Candidate> candidatesOf(const Counts& counts, unsigned decoded)
    {
        std::array<double, mostBits + 1> score{};
        const double offsets = std::max<double>(1, static_cast<double>(counts.offsets));
        // The smallest alignment that more than a few offsets have.
        for (unsigned bits = leastBits; bits <= mostBits; ++bits) {
            const double share = static_cast<double>(counts.alignment[bits]) / offsets;
            if (share >= 0.04) {
                score[bits] += 1.0;
                break;
            }
        }
        std::uint64_t distances = 0;
        std::uint64_t packed = 0;
        for (unsigned bits = leastBits; bits <= mostBits; ++bits) {
            distances += counts.distance[bits];
            packed = std::max(packed, counts.packed[bits]);
        }
        if (distances != 0) {
            for (unsigned bits = leastBits; bits <= mostBits; ++bits)
                score[bits] += static_cast<double>(counts.distance[bits])
                    / static_cast<double>(distances) * std::min(1.0, double(distances) / 16);
        }
        if (counts.streams >= 2 && packed * 4 >= counts.streams) {
            // A single plain offset may have any alignment, streams hardly fit by chance.
            for (unsigned bits = leastBits; bits <= mostBits; ++bits)
                score[bits] += 2.0 * static_cast<double>(counts.packed[bits])
                    / static_cast<double>(counts.streams);
        }
        if (decoded != 0)
            score[decoded] += 6.0;
        double sum = 0;
        for (const double one : score)
            sum += one;
        std::vector<ClusterSizeVote::Candidate> candidates;
        for (unsigned bits = leastBits; bits <= mostBits && sum > 0; ++bits) {
            const auto percent = static_cast<unsigned>(score[bits] / sum * 99);
            if (percent >= 5)
                candidates.push_back({bits, percent});
        }
        std::stable_sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.percent > b.percent; });
        return candidates;
    }

} // namespace

ClusterSizeVote voteForClusterSize(const ByteFile& file, unsigned threads, const JobControl& job)
{
    const std::uint64_t size = file.size().value;
    std::vector<Tally> tallies(threads);
    walkStored(
        file, threads, job, [&](unsigned worker, HostOffset, std::span<const std::byte> bytes) {
            std::array<std::uint64_t, words> sector{};
            for (std::size_t at = 0; at < bytes.size(); at += sectorBytes) {
                // Most sectors are data, and one of their first words tells.
                for (std::size_t i = 0; i < words; ++i)
                    sector[i] = loadBig<std::uint64_t>(bytes.data() + at + i * 8);
                readStandard(sector, size, tallies[worker]);
                readExtended(sector, size, tallies[worker]);
            }
        });
    Tally all;
    for (const Tally& one : tallies) {
        all.standard.add(one.standard);
        all.extended.add(one.extended);
        all.sparse.add(one.sparse);
        all.streams.insert(all.streams.end(), one.streams.begin(), one.streams.end());
    }
    ClusterSizeVote vote;
    vote.extended = all.extended.sectors > all.standard.sectors * 2 && all.extended.sectors > 0;
    Counts counts = vote.extended ? all.extended : all.standard;
    // Tables of few entries count where there are no others.
    if (counts.sectors < 2)
        counts.add(all.sparse);
    vote.sectors = counts.sectors;
    vote.candidates = candidatesOf(counts, bitsByDecoding(file, all.streams));
    if (vote.extended)
        std::erase_if(vote.candidates, [](const auto& one) { return one.bits < 14; });
    return vote;
}

} // namespace platter::qcow2
