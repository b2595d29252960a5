// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Convert.h"

#include "core/formats/Registry.h"
#include "core/formats/VdiIdentity.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/ConvertToRaw.h"
#include "core/operations/GuestMap.h"
#include "core/operations/KeepBitmaps.h"
#include "core/operations/NewFile.h"
#include "core/operations/NewImageFile.h"
#include "core/operations/PieceReader.h"
#include "core/operations/VerifyConversion.h"
#include "core/operations/resume/ResumableWrite.h"

#include <algorithm>
#include <atomic>

namespace platter {

namespace {

    constexpr std::uint64_t pieceBytes = 1 << 20; ///< of the guest disk, unless a unit is larger

    constexpr std::uint64_t zerosAtOnce = 16 << 20;

    constexpr Bytes smallestExtended{16 << 10}; ///< cluster size that extended L2 entries need

    using Content = GuestPiece::Content;

    /// Which pieces have content, as runs of their indices.
    struct PieceRuns {
        struct Run {
            std::uint64_t first = 0;
            std::uint64_t end = 0;
        };
        std::vector<Run> runs;
        std::uint64_t count = 0; ///< of all pieces in them

        void add(std::uint64_t first, std::uint64_t end)
        {
            if (!runs.empty() && first <= runs.back().end) {
                if (end > runs.back().end) {
                    count += end - runs.back().end;
                    runs.back().end = end;
                }
                return;
            }
            runs.push_back({first, end});
            count += end - first;
        }
    };

    /// The pieces of some runs, one after the other.
    class PieceOrder {
    public:
        PieceOrder(const PieceRuns& pieces, std::uint64_t length, Bytes size)
            : m_pieces(pieces)
            , m_length(length)
            , m_size(size)
            , m_next(pieces.runs.empty() ? 0 : pieces.runs[0].first)
        {
        }
        /// Gives `piece` the next place. @returns false: there is none
        bool next(GuestPiece& piece)
        {
            if (m_run == m_pieces.runs.size())
                return false;
            piece.start = GuestOffset{m_next * m_length};
            piece.length = Bytes{std::min(m_length, m_size.value - piece.start.value)};
            if (++m_next == m_pieces.runs[m_run].end && ++m_run < m_pieces.runs.size())
                m_next = m_pieces.runs[m_run].first;
            return true;
        }

    private:
        const PieceRuns& m_pieces;
        std::uint64_t m_length; ///< bytes
        Bytes m_size;
        std::size_t m_run = 0;
        std::uint64_t m_next;
    };

    /// Puts a piece and tells the log of it.
    void putLogged(ImageWriter& writer, const GuestPiece& piece, RunLog& log)
    {
        writer.put(piece);
        log.plan(piece.start.value);
        log.passed(piece.units);
    }

    /// In parts, so that it can be stopped.
    void writeZeros(DiskFile& file, Bytes length, const JobControl& job)
    {
        for (std::uint64_t at = 0; at < length.value; at += zerosAtOnce) {
            job.step({at, length.value});
            file.ByteFile::reserve(HostOffset{at}, Bytes{std::min(zerosAtOnce, length.value - at)});
        }
    }

    void reserveRoom(DiskFile& file, Bytes length, const JobControl& job)
    {
        for (std::uint64_t at = 0; at < length.value; at += zerosAtOnce) {
            job.step({at, length.value});
            file.reserve(HostOffset{at}, Bytes{std::min(zerosAtOnce, length.value - at)});
        }
    }

    /// Throws if a raw image is to have what none can.
    void requirePlain(const NewImage& image)
    {
        if (image.encryption)
            throw UnsupportedError("new-image", "A raw image cannot be encrypted.");
        if (!image.dataFileName.empty())
            throw UnsupportedError("new-image", "A raw image cannot have an external data file.");
    }

    std::optional<ConversionKey> keyOf(
        const VirtualDisk& disk, const std::filesystem::path& target, const ConvertOptions& options)
    {
        return ConversionKey::of(disk.chain(), {disk.snapshot(), false}, target, options);
    }

    std::uint64_t lengthOfPieces(const ImageWriter& writer)
    {
        return std::max(pieceBytes, writer.unit().value);
    }

    PieceRuns expectContent(const VirtualDisk& disk, ImageWriter& writer, Bytes size,
        const ConvertOptions& options, const JobControl& job, RunLog& log)
    {
        const std::uint64_t length = lengthOfPieces(writer);
        PieceRuns pieces;
        // Neighbours as one: where the map is cut may depend on when it is read.
        GuestOffset end{};
        const auto content = [&](GuestOffset start, Bytes extent) {
            writer.expect(start, extent);
            if (start != end) {
                log.plan(end.value);
                log.plan(start.value);
            }
            end = start + extent;
            pieces.add(start.value / length, (start.value + extent.value + length - 1) / length);
        };
        if (writer.wantsEverything()) {
            content(GuestOffset{0}, size);
            log.plan(size.value);
            return pieces;
        }
        const bool keeps = options.keepFrom.has_value();
        const ContentRule contentOf{disk, writer.marksZeros(), options.keepFrom};
        guestMap(
            disk, GuestOffset{0}, Bytes{std::min(size, disk.size())},
            [&](const GuestMapEntry& entry) {
                const Content of = contentOf(entry);
                if (of == Content::Data || (keeps && of == Content::Zero))
                    content(entry.start, entry.length);
            },
            JobControl{job.stop, {}});
        // Behind the source, the backing file must not show through.
        if (keeps && disk.size() < size)
            content(GuestOffset{disk.size().value}, size - disk.size());
        log.plan(end.value);
        return pieces;
    }

    /// Has `write` fill the file, and verifies what it wrote if that is wanted.
    void writeAndVerify(const VirtualDisk& disk, const DiskFile& file,
        const ConvertOptions& options, const JobControl& job,
        const std::function<void(const JobControl&)>& write)
    {
        if (!options.verification) {
            write(job);
            return;
        }
        WriteAndVerify both{job};
        write(both.writing());
        if (options.verification->begins)
            options.verification->begins();
        options.verification->same(verifyImage(disk, file, options, both.verifying()));
    }

    void writeThrough(const VirtualDisk& disk, ImageWriter& writer, Bytes size,
        const ConvertOptions& options, const std::vector<const ByteFile*>& shared,
        const JobControl& job, RunLog& log)
    {
        const PieceRuns pieces = expectContent(disk, writer, size, options, job, log);
        writer.begin();
        const std::uint64_t length = lengthOfPieces(writer);
        PieceOrder order{pieces, length, size};
        GuestPiece again;
        for (std::uint64_t piece = 0; piece < log.earlier(); ++piece) {
            job.checkStop();
            if (!order.next(again))
                throw EarlierRunDiffers{};
            log.recall(again, writer.unit());
            putLogged(writer, again, log);
        }
        writer.writeWaiting();
        log.caughtUp({log.earlier() * length, pieces.count * length});
        PieceReader reader{disk, writer.unit(), writer.granule(),
            ContentRule{disk, writer.marksZeros(), options.keepFrom}, job.stop};
        if (writer.sharesUnits())
            reader.shareFrom(shared);
        std::atomic<std::uint64_t> written = log.earlier();
        orderedPipeline<GuestPiece>(
            options.threads ? options.threads : defaultThreads(), job,
            [&](GuestPiece& piece) { return order.next(piece); },
            [&](GuestPiece& piece) {
                reader.read(piece);
                writer.encode(piece);
            },
            [&](const GuestPiece& piece) {
                putLogged(writer, piece, log);
                log.checkpoint([&] { writer.writeWaiting(); });
                ++written;
            },
            Consumer::Worker,
            [&] {
                job.step({written * length, pieces.count * length});
            });
        job.step({pieces.count * length, pieces.count * length});
        writer.finish();
    }

} // namespace

void requireNotItself(const VirtualDisk& disk, const std::filesystem::path& target)
{
    std::error_code ignored;
    for (const OpenedImage& layer : disk.chain().layers) {
        const bool same = std::filesystem::equivalent(layer.path, target, ignored)
            || (layer.image->externalDataFile()
                && std::filesystem::equivalent(
                    layer.image->guestDataFile().name(), target, ignored));
        if (same)
            throw Error("The target is a file that the source is read from; choose another name.");
    }
}

std::vector<const ByteFile*> filesToShare(const VirtualDisk& disk, ByteFile& target)
{
    // Asking a file system says nothing of two files: only trying does.
    constexpr Bytes tried{64 << 10}; // a whole number of blocks
    const Bytes length = target.size();
    const HostOffset behind{(length.value + tried.value - 1) / tried.value * tried.value};
    std::vector<const ByteFile*> files;
    for (const OpenedImage& layer : disk.chain().layers) {
        const ByteFile& file = layer.image->guestDataFile();
        if (file.size() >= tried && target.shareFrom(behind, file, HostOffset{0}, tried)) {
            files.push_back(&file);
            target.resize(length);
        }
    }
    return files;
}

void convert(const VirtualDisk& disk, const std::filesystem::path& target,
    const ConvertOptions& options, const JobControl& job)
{
    const FormatEntry& format = formatCalled(options.format);
    if (!format.makeWriter) {
        if (!options.bitmaps.empty())
            throw UnsupportedError("new-image", "A raw image cannot hold bitmaps.");
        requirePlain(options.image);
        if (!options.image.backingName.empty())
            throw UnsupportedError("new-image", "A raw image cannot name a backing file.");
        requireNotItself(disk, target);
        writeResumable(
            target, {}, keyOf(disk, target, options), options.resume,
            [&](const NewTarget& made) {
                writeAndVerify(disk, made.onDisk, options, job, [&](const JobControl& part) {
                    writeRaw(
                        disk, made.file, {options.sparseBlock, options.threads}, part, &made.log);
                });
            },
            job);
        return;
    }
    requireNotItself(disk, target);
    if (!options.image.dataFileName.empty())
        requireNotItself(disk, dataFilePath(options.image));
    writeResumable(
        target, options.image, keyOf(disk, target, options), options.resume,
        [&](const NewTarget& made) {
            ConvertOptions complete = options;
            complete.image = made.image;
            writeAndVerify(disk, made.onDisk, complete, job, [&](const JobControl& part) {
                writeImage(disk, made.file, complete, part, &made.log);
            });
        },
        job);
}

void writeImage(const VirtualDisk& disk, ByteFile& file, const ConvertOptions& options,
    const JobControl& job, RunLog* log)
{
    NewImage image = options.image;
    const auto shared // before anything is written
        = filesToShare(disk, image.dataFile ? *image.dataFile : file);
    if (image.size.value == 0)
        image.size = disk.size();
    const Bytes size = wholeSectors(image.size);
    const FormatEntry& format = formatCalled(options.format);
    prepareKey(image, job, [&](ByteFile& scratch) { format.makeWriter(scratch, image); });
    RunLog none;
    RunLog& told = log ? *log : none;
    told.beginAgain();
    const auto writer = format.makeWriter(file, image);
    if (image.key)
        told.hasKey(writer->keyArea(), image.key->luksArea);
    if (!options.bitmaps.empty())
        handOverBitmaps(
            *disk.chain().layers.front().image, options.bitmaps,
            [&](NewBitmap bitmap) { writer->addBitmap(std::move(bitmap)); }, job);
    writeThrough(disk, *writer, size, options, shared, job, told);
}

void createImage(const std::filesystem::path& target, const std::string& format,
    const NewImage& image, const JobControl& job)
{
    const FormatEntry& entry = formatCalled(format);
    if (!entry.makeWriter) {
        requirePlain(image);
        writeNewFile(target, [&](DiskFile& file) {
            file.resize(image.size);
            if (image.preallocation == NewImage::Preallocation::Falloc)
                reserveRoom(file, image.size, job);
            else if (image.preallocation == NewImage::Preallocation::Full)
                writeZeros(file, image.size, job);
        });
        return;
    }
    NewImage keyed = image;
    prepareKey(keyed, job, [&](ByteFile& scratch) { entry.makeWriter(scratch, keyed); });
    writeNewImage(target, keyed, [&](ByteFile& file, const NewImage& complete) {
        const auto writer = entry.makeWriter(file, complete);
        if (!writer->wantsEverything()) {
            writer->begin();
            writer->finish();
            return;
        }
        const Bytes size = wholeSectors(image.size);
        writer->expect(GuestOffset{0}, size);
        writer->begin();
        GuestPiece piece;
        const std::uint64_t length = lengthOfPieces(*writer);
        for (std::uint64_t at = 0; at < size.value; at += length) {
            piece.start = GuestOffset{at};
            piece.length = Bytes{std::min(length, size.value - at)};
            piece.runs = {{piece.length, Content::Zero}};
            writer->encode(piece);
            writer->put(piece);
            job.step({at, size.value});
        }
        writer->finish();
    });
}

void keepWhatSourceHas(NewImage& image, const std::string& format, const Image& source)
{
    if (format == "vdi" && source.formatId() == "vdi")
        image.vdiOrigin = readVdiOrigin(source.file());
    if (format != "qcow2" || source.formatId() != "qcow2")
        return;
    const PropertyObject properties = source.formatProperties();
    const bool isOld = property<std::string>(properties, "compat") == "0.10";
    const bool isTooSmall
        = image.extendedL2.value_or(false) && source.clusterSize() < smallestExtended;
    if (!image.clusterSize && !isTooSmall)
        image.clusterSize = source.clusterSize();
    const bool asksForNew = image.extendedL2.value_or(false) || image.lazyRefcounts.value_or(false)
        || image.compression == Compression::Zstd || image.refcountBits.value_or(16) != 16
        || !image.dataFileName.empty();
    if (!image.version && isOld && !asksForNew)
        image.version = 2;
    if (isOld || image.version == 2U)
        return;
    if (!image.refcountBits)
        image.refcountBits = static_cast<unsigned>(
            property<std::uint64_t>(properties, "refcount-bits").value_or(16));
    if (!image.lazyRefcounts)
        image.lazyRefcounts = property<bool>(properties, "lazy-refcounts");
    if (!image.extendedL2 && image.clusterSize >= smallestExtended)
        image.extendedL2 = property<bool>(properties, "extended-l2");
    if (!image.compression)
        image.compression = source.compression();
}

std::vector<std::string> whatConversionLoses(
    const Image& source, std::span<const std::size_t> keptBitmaps, bool withoutSnapshots)
{
    std::vector<std::string> lost;
    const auto many = [&](std::size_t count, const char* one, const char* several) {
        if (count > 0)
            lost.push_back(std::to_string(count) + " " + (count == 1 ? one : several));
    };
    if (!withoutSnapshots)
        many(source.snapshots().size(), "internal snapshot", "internal snapshots");
    for (const std::string& bitmaps : lostBitmaps(source, keptBitmaps))
        lost.push_back(bitmaps);
    return lost;
}

} // namespace platter
