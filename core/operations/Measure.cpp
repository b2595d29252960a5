// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Measure.h"

#include "core/formats/Registry.h"
#include "core/io/CountingFile.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/ContentCounter.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/ConvertToRaw.h"
#include "core/operations/CountStored.h"
#include "core/operations/KeepBitmaps.h"
#include "core/operations/PieceReader.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace platter {

namespace {

    constexpr std::uint64_t sampleBytes = 64 << 20; ///< read at most, unless all is less
    constexpr std::uint64_t mostSamples = 512;
    constexpr std::uint64_t leastSamples = 64;
    constexpr std::uint64_t window = std::uint64_t{16} << 30; ///< of the disk, for one thread
    constexpr std::uint64_t mostWindows = 1024;

    using Content = GuestPiece::Content;

    /// Mean of a figure of the samples, and how far the mean of all may be from it.
    class Average {
    public:
        void add(double value)
        {
            ++m_count;
            const double before = m_mean;
            m_mean += (value - m_mean) / m_count;
            m_squares += (value - before) * (value - m_mean);
        }
        double mean() const { return m_mean; }
        /// After Maurer and Pontil, "Empirical Bernstein Bounds", theorem 4: holds for every
        /// distribution of values between 0 and `range`.
        double error(double range) const
        {
            constexpr double certainty = 8.3; // ln(2 / probability): for both sides of two figures
            if (m_count < 2)
                return range;
            return std::sqrt(2 * m_squares / (m_count - 1) * certainty / m_count)
                + 7 * range * certainty / (3 * (m_count - 1));
        }

    private:
        double m_count = 0;
        double m_mean = 0;
        double m_squares = 0;
    };

    /// What becomes of a unit.
    struct Sample {
        std::uint64_t parts = 0; ///< stored plain
        std::uint32_t stream = 0; ///< bytes, if stored compressed
    };

    /// What the samples say of all.
    struct Samples {
        Average units; ///< stored plain
        Average parts;
        Average streams; ///< units stored compressed
        Average cost; ///< bytes of a unit in the file
        std::uint64_t count = 0;
    };

    class Measurement {
    public:
        Measurement(const VirtualDisk& disk, const ConvertOptions& options,
            const MeasureOptions& measure, const JobControl& job)
            : m_disk(disk)
            , m_options(withSize(options, disk))
            , m_measure(measure)
            , m_job(job)
            , m_format(formatCalled(options.format))
            , m_layout(m_format.makeLayout(m_options.image))
            , m_size(m_options.image.size)
            , m_grain(grainFor(*m_layout))
            , m_rule(disk, m_layout->marksZeros(), options.keepFrom)
        {
            NewImage asQemu = measure.asQemu.value_or(m_options.image);
            asQemu.size = m_options.image.size;
            m_qemuLayout = m_format.makeLayout(asQemu);
        }

        ConversionSize run()
        {
            const std::uint64_t samples
                = std::clamp(sampleBytes / m_grain.unit, leastSamples, mostSamples);
            countContent(m_measure.reading == MeasureOptions::Reading::Samples ? samples : 0);
            m_others = unitsOfBitmaps();
            ConversionSize result = qemuFigures();
            if (isKnown()) {
                takeExact(result);
            } else if (m_measure.reading == MeasureOptions::Reading::Nothing) {
                takeBounds(result);
            } else if (m_measure.reading == MeasureOptions::Reading::Everything
                || m_counts->count().units <= sampleBytes / m_grain.unit) {
                if (placesAreKnown())
                    takeStored(result);
                else
                    takeDryRun(result);
            } else {
                takeSamples(result);
            }
            if (!m_qemuLayout->asQemuMeasures(0)) {
                result.required = result.fileLength.high;
                const std::uint64_t all = (m_size.value + m_grain.unit - 1) / m_grain.unit;
                ContentCount full;
                full.units = all;
                full.parts = all * (m_grain.unit / m_grain.part);
                full.tables = (m_size.value + m_grain.table - 1) / m_grain.table;
                full.usedTables = full.tables;
                result.fullyAllocated = m_layout->sizeFor(full).length;
            }
            return result;
        }

    private:
        static ConvertOptions withSize(ConvertOptions options, const VirtualDisk& disk)
        {
            if (options.image.size.value == 0)
                options.image.size = disk.size();
            // A raw file has the very size of the disk.
            if (formatCalled(options.format).makeWriter)
                options.image.size = wholeSectors(options.image.size);
            return options;
        }

        bool isSparseRaw() const
        {
            return !m_format.makeWriter && m_options.sparseBlock.value != 0;
        }

        ContentCounter::Grain grainFor(const ImageLayout& layout) const
        {
            ContentCounter::Grain grain;
            grain.part = layout.part().value;
            grain.unit = layout.unit().value;
            if (isSparseRaw())
                grain.unit = std::bit_floor(
                    std::clamp<std::uint64_t>(m_options.sparseBlock.value, grain.part, 1 << 20));
            grain.table = std::max(layout.tableCoverage().value, grain.unit);
            grain.storesZeros = layout.storesZeros();
            grain.marksZeros = m_options.keepFrom && layout.marksZeros();
            return grain;
        }

        /// Reads the map, which says of each range whether something may come.
        void countContent(std::uint64_t samples)
        {
            const ContentCounter::Grain qemuGrain = grainFor(*m_qemuLayout);
            const bool countsTwice = qemuGrain.unit != m_grain.unit;
            const std::uint64_t size = m_size.value;
            const std::uint64_t length = std::max(
                {window, m_grain.table, qemuGrain.unit, std::bit_ceil(size / mostWindows + 1)});
            const unsigned threads = m_options.threads ? m_options.threads : defaultThreads();
            std::vector<ContentCounter> counts(threads, ContentCounter{m_grain, samples});
            std::vector<ContentCounter> qemuCounts(threads, ContentCounter{qemuGrain, 0});
            parallelFor(static_cast<std::size_t>((size + length - 1) / length), threads, m_job,
                [&](unsigned worker, std::size_t index) {
                    const std::uint64_t start = index * length;
                    const std::uint64_t end = std::min(size, start + length);
                    const std::uint64_t known = std::min(end, m_disk.size().value);
                    if (start < known)
                        guestMap(
                            m_disk, GuestOffset{start}, Bytes{known - start},
                            [&](const GuestMapEntry& entry) {
                                counts[worker].add(entry.start, entry.length, m_rule(entry));
                                if (countsTwice)
                                    qemuCounts[worker].add(entry.start, entry.length,
                                        entry.zero ? Content::Zero : Content::Data);
                            },
                            JobControl{m_job.stop, {}});
                    // Behind the source, a backing file must not show through.
                    if (known < end)
                        counts[worker].add(GuestOffset{std::max(known, start)},
                            Bytes{end - std::max(known, start)}, Content::Zero);
                    counts[worker].finish();
                    qemuCounts[worker].finish();
                });
            m_counts.emplace(m_grain, samples);
            ContentCounter qemu{qemuGrain, 0};
            for (unsigned worker = 0; worker < threads; ++worker) {
                m_counts->add(counts[worker]);
                qemu.add(qemuCounts[worker]);
            }
            m_qemuUnits = countsTwice ? qemu.count().units : m_counts->count().units;
        }

        /// What the bitmaps take that the new image has too: they are written without a disk.
        std::uint64_t unitsOfBitmaps() const
        {
            if (m_options.bitmaps.empty())
                return 0;
            NewImage image = m_options.image;
            image.preallocation = NewImage::Preallocation::Off;
            CountingFile file;
            const auto writer = m_format.makeWriter(file, image);
            handOverBitmaps(
                *m_disk.chain().layers.front().image, m_options.bitmaps,
                [&](NewBitmap bitmap) { writer->addBitmap(std::move(bitmap)); }, m_job);
            writer->begin();
            writer->finish();
            const auto layout = m_format.makeLayout(image);
            ContentCount count;
            count.others = (file.size() - layout->sizeFor(count).length).value / m_grain.unit;
            // Some of these clusters count the others.
            while (count.others > 0 && layout->sizeFor(count).length > file.size())
                --count.others;
            return count.others;
        }

        ConversionSize qemuFigures() const
        {
            ConversionSize result;
            if (const auto figures = m_qemuLayout->asQemuMeasures(m_qemuUnits)) {
                result.required = figures->required;
                result.fullyAllocated = figures->fullyAllocated;
            }
            const Image& source = *m_disk.chain().layers.front().image;
            if (source.formatId() == "qcow2" && !isOldQcow2(source))
                result.bitmaps = m_qemuLayout->bitmapBytes(source.bitmaps(), source.virtualSize());
            return result;
        }

        static bool isOldQcow2(const Image& image)
        {
            for (const Property& fact : image.formatProperties()) {
                const auto* const compat = std::get_if<std::string>(&fact.value.value);
                if (fact.key == "compat" && compat)
                    return *compat == "0.10";
            }
            return false;
        }

        ContentCount content() const
        {
            ContentCount count = m_counts->count();
            count.others = m_others;
            return count;
        }

        /// Whether the map says all.
        bool isKnown() const
        {
            return m_counts->count().units == 0
                || m_options.image.preallocation == NewImage::Preallocation::Falloc
                || m_options.image.preallocation == NewImage::Preallocation::Full
                || (!m_format.makeWriter && !isSparseRaw());
        }

        void takeExact(ConversionSize& result) const
        {
            ContentCount count = content();
            if (!m_format.makeWriter && !isSparseRaw())
                count.parts = (m_size.value + m_grain.part - 1) / m_grain.part;
            const LayoutSize size = m_layout->sizeFor(count);
            result.fileLength = {size.length, size.length, size.length};
            result.onDisk = {size.onDisk, size.onDisk, size.onDisk};
        }

        /// The figures if all data are zeros, and if none are.
        void takeBounds(ConversionSize& result) const
        {
            const ContentCount most = content();
            ContentCount least;
            least.others = most.others;
            least.tables = most.tables;
            takeRange(result, least, most, most);
        }

        /// Whether every cluster has its place whatever it holds, so that only zeros have to be
        /// found. A dry run would go through all of a disk that may be far wider than its data.
        bool placesAreKnown() const
        {
            constexpr std::uint64_t diskBlock = 4096;
            return m_format.makeWriter && m_layout->storesEverything() && m_grain.unit >= diskBlock
                && !m_options.image.compress && !m_options.image.encryption
                && m_options.image.dataFileName.empty() && m_options.image.backingName.empty()
                && m_others == 0;
        }

        void takeStored(ConversionSize& result) const
        {
            CountingFile nowhere;
            const auto writer = m_format.makeWriter(nowhere, m_options.image);
            const unsigned threads = m_options.threads ? m_options.threads : defaultThreads();
            const StoredCount stored
                = countStored(m_disk, m_size, *writer, *m_layout, threads, m_job);
            ContentCount count = content();
            count.units = stored.units;
            count.parts = stored.parts;
            const LayoutSize size = m_layout->sizeFor(count);
            result.fileLength = {size.length, size.length, size.length};
            result.onDisk = {size.onDisk, size.onDisk, size.onDisk};
        }

        void takeDryRun(ConversionSize& result) const
        {
            CountingFile file;
            if (m_format.makeWriter)
                writeImage(m_disk, file, m_options, m_job);
            else
                writeRaw(m_disk, file, {m_options.sparseBlock, m_options.threads}, m_job);
            const Bytes length = file.size();
            result.fileLength = {length, length, length};
            const Bytes onDisk = file.allocatedBytes();
            result.onDisk = {onDisk, onDisk, onDisk};
        }

        Samples readSamples() const
        {
            const std::vector<std::uint64_t> chosen = m_counts->choice().chosen();
            CountingFile nowhere;
            std::unique_ptr<ImageWriter> writer;
            if (m_format.makeWriter)
                writer = m_format.makeWriter(nowhere, m_options.image);
            const PieceReader reader{m_disk, Bytes{m_grain.unit},
                writer ? writer->granule() : Bytes{m_grain.part}, m_rule, m_job.stop};
            std::vector<Sample> found(chosen.size()); // summed in order: the same for all threads
            const unsigned threads = m_options.threads ? m_options.threads : defaultThreads();
            std::vector<GuestPiece> pieces(threads);
            parallelFor(chosen.size(), threads, JobControl{m_job.stop, {}},
                [&](unsigned worker, std::size_t index) {
                    GuestPiece& piece = pieces[worker];
                    piece.start = GuestOffset{chosen[index] * m_grain.unit};
                    piece.length = Bytes{std::min(m_grain.unit, m_size.value - piece.start.value)};
                    reader.read(piece);
                    Sample& sample = found[index];
                    if (!writer) {
                        sample.parts = storedParts(piece);
                        return;
                    }
                    writer->encode(piece);
                    const GuestPiece::Unit& unit = piece.units.front();
                    if (unit.kind == GuestPiece::Unit::Kind::Plain)
                        sample.parts = m_grain.unit == m_grain.part
                            ? 1
                            : static_cast<unsigned>(std::popcount(unit.stored));
                    else if (unit.kind == GuestPiece::Unit::Kind::Compressed)
                        sample.stream = unit.streamLength;
                });
            Samples samples;
            for (const Sample& sample : found) {
                samples.units.add(sample.parts > 0 ? 1 : 0);
                samples.parts.add(static_cast<double>(sample.parts));
                samples.streams.add(sample.stream > 0 ? 1 : 0);
                samples.cost.add(static_cast<double>(
                    sample.parts > 0 ? m_grain.unit : std::uint64_t{sample.stream}));
            }
            samples.count = found.size();
            return samples;
        }

        /// What is written of a block of a raw file.
        std::uint64_t storedParts(const GuestPiece& piece) const
        {
            ContentCounter stored{m_grain, 0};
            GuestOffset at = piece.start;
            for (const GuestPiece::Run& run : piece.runs) {
                const auto bytes = std::span{piece.bytes}.subspan(
                    at.value - piece.start.value, run.length.value);
                stored.add(at, run.length,
                    run.content == Content::Data && !isZero(bytes) ? Content::Data : Content::Zero);
                at += run.length;
            }
            stored.finish();
            return stored.count().parts;
        }

        void takeSamples(ConversionSize& result) const
        {
            const Samples samples = readSamples();
            result.unitsRead = samples.count;
            const ContentCount all = content();
            const auto total = static_cast<double>(all.units);
            const auto of = [&](double mean, double range) {
                return static_cast<std::uint64_t>(
                    std::llround(std::clamp(mean, 0.0, range) * total));
            };
            const auto unit = static_cast<double>(m_grain.unit);
            const auto perUnit = static_cast<double>(m_grain.unit / m_grain.part);
            const auto make = [&](double sign) {
                ContentCount count = all;
                if (m_options.image.compress) {
                    const Average& cost = samples.cost;
                    const std::uint64_t bytes = of(cost.mean() + sign * cost.error(unit), unit);
                    count.units = std::min(of(samples.units.mean(), 1), bytes / m_grain.unit);
                    count.parts = count.units * (m_grain.unit / m_grain.part);
                    count.streamBytes = Bytes{bytes - count.units * m_grain.unit};
                    count.streams = of(samples.streams.mean(), 1);
                } else {
                    count.units = of(samples.units.mean() + sign * samples.units.error(1), 1);
                    count.parts
                        = of(samples.parts.mean() + sign * samples.parts.error(perUnit), perUnit);
                    count.parts = std::min(count.parts, all.parts);
                }
                return count;
            };
            ContentCount low = make(-1);
            const std::uint64_t stored = (low.units + low.streams) * m_grain.unit;
            low.usedTables = std::min(all.usedTables, (stored + m_grain.table - 1) / m_grain.table);
            takeRange(result, low, make(0), make(1));
        }

        void takeRange(ConversionSize& result, const ContentCount& low,
            const ContentCount& expected, const ContentCount& high) const
        {
            const LayoutSize least = m_layout->sizeFor(low);
            const LayoutSize middle = m_layout->sizeFor(expected);
            const LayoutSize most = m_layout->sizeFor(high);
            const auto without = [](Bytes size, Bytes slack) {
                return Bytes{size.value - std::min(size.value, slack.value)};
            };
            result.fileLength = {without(least.length, least.slack),
                without(middle.length, Bytes{middle.slack.value / 2}), most.length};
            result.onDisk = {without(least.onDisk, least.slack),
                without(middle.onDisk, Bytes{middle.slack.value / 2}), most.onDisk};
        }

        const VirtualDisk& m_disk;
        ConvertOptions m_options;
        const MeasureOptions& m_measure;
        const JobControl& m_job;
        const FormatEntry& m_format;
        std::unique_ptr<ImageLayout> m_layout;
        std::unique_ptr<ImageLayout> m_qemuLayout;
        Bytes m_size;
        ContentCounter::Grain m_grain;
        ContentRule m_rule;
        std::optional<ContentCounter> m_counts;
        std::uint64_t m_qemuUnits = 0;
        std::uint64_t m_others = 0;
    };

} // namespace

ConversionSize measureConversion(const VirtualDisk& disk, const ConvertOptions& options,
    const MeasureOptions& measure, const JobControl& job)
{
    return Measurement{disk, options, measure, job}.run();
}

ConversionSize measureWithSnapshots(const BackingChain& chain, const ConvertOptions& options,
    const MeasureOptions& measure, const JobControl& job)
{
    MeasureOptions mapOnly = measure;
    mapOnly.reading = MeasureOptions::Reading::Nothing;
    ConversionSize result
        = measureConversion(VirtualDisk{chain}, options, mapOnly, JobControl{job.stop, {}});
    CountingFile file;
    writeStates(chain, file, options, job);
    const Bytes length = file.size();
    result.fileLength = {length, length, length};
    const Bytes onDisk = file.allocatedBytes();
    result.onDisk = {onDisk, onDisk, onDisk};
    return result;
}

ConversionSize measureNewImage(const std::string& format, const NewImage& image)
{
    const FormatEntry& entry = formatCalled(format);
    const auto layout = entry.makeLayout(image);
    ContentCount full;
    full.units = (image.size.value + layout->unit().value - 1) / layout->unit().value;
    full.parts = (image.size.value + layout->part().value - 1) / layout->part().value;
    full.tables
        = (image.size.value + layout->tableCoverage().value - 1) / layout->tableCoverage().value;
    full.usedTables = full.tables;
    // A raw file knows no tables that could reserve its room.
    const bool isFull = !entry.makeWriter && image.preallocation != NewImage::Preallocation::Off
        && image.preallocation != NewImage::Preallocation::Metadata;
    const LayoutSize size = layout->sizeFor(isFull ? full : ContentCount{});
    ConversionSize result;
    result.fileLength = {size.length, size.length, size.length};
    result.onDisk = {size.onDisk, size.onDisk, size.onDisk};
    const auto figures = layout->asQemuMeasures(0);
    result.required = figures ? figures->required : size.length;
    result.fullyAllocated = figures ? figures->fullyAllocated : layout->sizeFor(full).length;
    return result;
}

} // namespace platter
