// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/DeepCheck.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/Findings.h"
#include "core/jobs/ParallelFor.h"

#include <atomic>

namespace platter::qcow2 {

namespace {

    /// Entries that wait to be decoded together: 3 MiB.
    constexpr std::size_t batchEntries = 65'536;
    /// Places that are remembered as sound, so that what snapshots share is decoded once.
    constexpr std::size_t rememberedPlaces = 65'536;

    struct Stream {
        std::uint64_t word = 0;
        HostOffset entry{};
        GuestOffset guest{};
        std::uint64_t weight = 0;
    };

    class Decoder {
    public:
        Decoder(const Qcow2Image& image, unsigned threads, const JobControl& job,
            FindingCollector& findings)
            : m_image(image)
            , m_threads(threads)
            , m_job(job)
            , m_findings(findings)
            , m_workers(threads)
            , m_sound(rememberedPlaces)
        {
        }

        void addTable(const TableUse& use, std::span<const std::byte> table)
        {
            const Geometry& geometry = m_image.geometry();
            walkEntries(geometry, table, 0, [&](const EntryRun& run) {
                // Entries that break other rules, or lead behind the file, are told by the check.
                if (run.type != EntryType::Compressed || run.bitmap || geometry.externalData
                    || geometry.compressedPlace(run.word).start.value
                        >= m_image.file().size().value)
                    return true;
                m_streams.push_back({run.word, use.at + Bytes{run.first * geometry.entryBytes()},
                    GuestOffset{geometry.tableCoverage().value * use.l1Index
                        + geometry.cluster.bytes().value * run.first},
                    std::uint64_t{use.active} + use.snapshots});
                return true;
            });
            if (m_streams.size() >= batchEntries)
                decodeAll();
        }

        void decodeAll()
        {
            constexpr std::size_t together = 16;
            parallelFor((m_streams.size() + together - 1) / together, m_threads, m_job,
                [&](unsigned worker, std::size_t index) {
                    const std::size_t end = std::min(m_streams.size(), (index + 1) * together);
                    for (std::size_t i = index * together; i < end; ++i)
                        decode(m_workers[worker], m_streams[i]);
                });
            m_streams.clear();
        }

    private:
        struct Worker {
            std::vector<std::byte> stream;
            std::vector<std::byte> cluster;
        };

        void decode(Worker& worker, const Stream& one)
        {
            const std::uint64_t place = one.word & ~(entry::copied | entry::compressed);
            auto& remembered = m_sound[(place * 0x9e3779b97f4a7c15U >> 32) % m_sound.size()];
            if (remembered.load(std::memory_order_relaxed) == place && place != 0)
                return;
            const CompressedPlace at = m_image.geometry().compressedPlace(one.word);
            worker.stream.resize(at.length.value);
            worker.cluster.resize(m_image.geometry().cluster.bytes().value);
            m_image.file().readPadded(at.start, worker.stream);
            try {
                decompress(m_image.compression(), worker.stream, worker.cluster);
                remembered.store(place, std::memory_order_relaxed);
            } catch (const CodecError&) {
                m_findings.add(compressedBroken, one.entry, one.guest, Bytes{worker.cluster.size()},
                    one.weight, [&] {
                        return std::vector<std::string>{
                            hexText(one.entry.value), hexText(at.start.value)};
                    });
            }
        }

        const Qcow2Image& m_image;
        unsigned m_threads;
        const JobControl& m_job;
        FindingCollector& m_findings;
        std::vector<Worker> m_workers;
        std::vector<std::atomic<std::uint64_t>> m_sound;
        std::vector<Stream> m_streams;
    };

} // namespace

void checkCompressedClusters(
    const Qcow2Image& image, unsigned threads, const JobControl& job, FindingCollector& findings)
{
    Decoder decoder{image, threads, job, findings};
    ReferenceSinks sinks;
    sinks.structure = [](const StructureUse&) {};
    sinks.l1Entry = [](const L1Entry&) {};
    sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
    sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
    sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
        decoder.addTable(use, table);
    };
    // Tables come one by one on this thread; decoding, which takes the time, is done by all.
    scanReferences(image, 1, job, sinks);
    decoder.decodeAll();
}

} // namespace platter::qcow2
