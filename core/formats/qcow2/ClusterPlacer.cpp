// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/ClusterPlacer.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    constexpr std::uint64_t fillAtOnce = 1 << 20; // bytes

    std::uint64_t copiedIf(std::uint64_t references)
    {
        return references == 1 ? entry::copied : 0;
    }

} // namespace

ClusterPlacer::ClusterPlacer(ByteFile& file, const Geometry& geometry, const NewImage& image)
    : m_file(file)
    , m_dataFile(geometry.externalData ? image.dataFile : &file)
    , m_image(image)
    , m_geometry(geometry)
    , m_allocator(file, geometry)
    , m_cluster(geometry.cluster.bytes().value)
    , m_subcluster(geometry.subcluster().value)
    , m_preallocates(image.preallocation != NewImage::Preallocation::Off)
    , m_keepsZeros(!image.backingName.empty())
    , m_cipher(image.key ? image.key->cipher.get() : nullptr)
    // What is preallocated holds no ciphertext of zeros, and only version 3 can mark it as zeros.
    , m_storesAll(m_cipher && ((m_preallocates && geometry.version < 3) || image.dataFileRaw))
    , m_encryptsEarly(
          m_cipher && (geometry.externalData || image.key->format == NewEncryption::Format::Aes))
{
    if (image.key && image.key->format == NewEncryption::Format::Luks)
        writeLuks(image.key->luksArea);
}

void ClusterPlacer::writeLuks(std::span<const std::byte> area)
{
    const std::uint64_t clusters = m_geometry.cluster.clustersFor(Bytes{area.size()});
    const HostOffset at = m_geometry.cluster.startOf(m_allocator.allocateTogether(clusters));
    m_file.write(at, area);
    m_luks = EncryptionExtension{at, Bytes{area.size()}};
}

/// For each subcluster: whether it is left out, zero or data; the cluster alone without them.
void ClusterPlacer::encodeUnit(
    GuestPiece& piece, Unit& unit, std::uint64_t at, const std::vector<bool>& absent) const
{
    const unsigned parts = m_geometry.extended ? 32 : 1;
    const auto bytes = std::span{piece.bytes}.subspan(at, m_cluster);
    bool hasAbsent = false;
    unit = {};
    if (piece.isShared(at / m_cluster)) {
        unit.kind = Unit::Kind::Plain;
        unit.stored = parts == 32 ? 0xffffffff : 1;
        return;
    }
    for (unsigned part = 0; part < parts; ++part) {
        const std::uint32_t bit = 1U << part;
        if (absent[at / m_subcluster + part]) {
            hasAbsent = true;
            continue;
        }
        if (isZero(bytes.subspan(part * m_subcluster, m_subcluster)))
            unit.zero |= bit;
        else
            unit.stored |= bit;
    }
    if (m_storesAll) {
        unit.stored = parts == 32 ? ~std::uint32_t{0} : 1;
        unit.zero = 0;
    }
    if (unit.stored == 0) {
        if (unit.zero != 0 && m_keepsZeros) {
            unit.kind = Unit::Kind::Zero;
            if (m_geometry.version < 3) { // cannot say that something reads as zeros
                unit.kind = Unit::Kind::Plain;
                unit.stored = 1;
                unit.zero = 0;
            }
        }
        return;
    }
    unit.kind = Unit::Kind::Plain;
    // A compressed cluster has no parts of its own: nothing of it can be absent.
    if (!m_image.compress || hasAbsent)
        return;
    if (!piece.encoder)
        piece.encoder.emplace(m_image.compression.value_or(Compression::Deflate), m_image.level);
    const std::size_t used = piece.streams.size();
    piece.streams.resize(used + m_cluster);
    // QEMU stores a cluster plain if its stream is not shorter.
    const std::size_t length
        = piece.encoder->encode(bytes, std::span{piece.streams}.subspan(used, m_cluster - 1));
    piece.streams.resize(used + length);
    if (length == 0)
        return;
    unit.kind = Unit::Kind::Compressed;
    unit.streamAt = static_cast<std::uint32_t>(used);
    unit.streamLength = static_cast<std::uint32_t>(length);
}

/// Whether nothing of the piece is data or left to the backing file.
bool ClusterPlacer::isAllZeros(const GuestPiece& piece)
{
    return std::all_of(piece.runs.begin(), piece.runs.end(),
        [](const GuestPiece::Run& run) { return run.content == GuestPiece::Content::Zero; });
}

void ClusterPlacer::encode(GuestPiece& piece) const
{
    // A preallocated image is mostly made of those: their bytes need not exist.
    if (!m_storesAll && !m_keepsZeros && isAllZeros(piece)) {
        piece.streams.clear();
        piece.units.assign(m_geometry.cluster.clustersFor(piece.length), {});
        for (Unit& unit : piece.units)
            unit.zero = m_geometry.extended ? ~std::uint32_t{0} : 1;
        return;
    }
    clearGaps(piece, Bytes{m_cluster});
    piece.streams.clear();
    piece.units.resize(piece.bytes.size() / m_cluster);
    std::vector<bool> absent;
    for (const GuestPiece::Run& run : piece.runs)
        absent.insert(absent.end(), (run.length.value + m_subcluster - 1) / m_subcluster,
            run.content == GuestPiece::Content::Absent);
    absent.resize(piece.bytes.size() / m_subcluster);
    for (std::size_t i = 0; i < piece.units.size(); ++i) {
        piece.checkStop();
        encodeUnit(piece, piece.units[i], i * m_cluster, absent);
    }
    if (m_encryptsEarly)
        encryptStored(piece);
}

// NOTE(spec): legacy AES counts the sectors of the guest's disk, LUKS those of the file that they
// are in; in an external data file these are the same.
void ClusterPlacer::encryptStored(GuestPiece& piece) const
{
    const std::uint64_t parts = m_cluster / m_subcluster;
    for (std::size_t part = 0; part < piece.units.size() * parts; ++part) {
        if ((piece.units[part / parts].stored >> part % parts & 1) == 0)
            continue;
        const std::uint64_t at = part * m_subcluster;
        m_cipher->encrypt((piece.start.value + at) / SectorCipher::sectorSize,
            std::span{piece.bytes}.subspan(at, m_subcluster));
    }
}

void ClusterPlacer::place(const GuestPiece& piece, std::size_t first, std::size_t end,
    std::uint64_t references, const EntrySink& sink)
{
    while (first < end) {
        const Unit& unit = piece.units[first];
        switch (unit.kind) {
        case Unit::Kind::Absent:
            if (m_preallocates)
                first = placePlain(piece, first, end, references, sink);
            else
                ++first;
            break;
        case Unit::Kind::Zero:
            sink(first,
                m_geometry.extended ? Entry{0, std::uint64_t{unit.zero} << 32}
                                    : Entry{entry::zero, 0});
            ++first;
            break;
        case Unit::Kind::Plain: first = placePlain(piece, first, end, references, sink); break;
        case Unit::Kind::Compressed:
            sink(first, placeCompressed(piece, unit, references));
            ++first;
            break;
        }
    }
}

/// Gives unit `first` and those of its kind behind it a place. @returns the next unit
std::size_t ClusterPlacer::placePlain(const GuestPiece& piece, std::size_t first, std::size_t limit,
    std::uint64_t references, const EntrySink& sink)
{
    const auto isPlain = [&](const Unit& unit) {
        return unit.kind == Unit::Kind::Plain
            || (m_preallocates && unit.kind == Unit::Kind::Absent);
    };
    std::size_t end = first;
    while (end < limit && isPlain(piece.units[end]))
        ++end;
    while (first < end) {
        // In an external data file the place of a cluster is that on the guest's disk.
        HostOffset at{piece.start.value + first * m_cluster};
        std::uint64_t count = end - first;
        if (!m_geometry.externalData) {
            const auto run = m_allocator.allocate(count, references);
            at = m_geometry.cluster.startOf(run.first);
            count = run.count;
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            Entry placed = placedEntry(piece.units[first + i]);
            const std::uint64_t place = at.value + i * m_cluster;
            // NOTE(spec): of zeros at offset 0, the first of a data file, nothing tells that they
            // have a place.
            if (place != 0 || (placed.word & entry::zero) == 0)
                placed.word |= copiedIf(references) | place;
            sink(first + i, placed);
        }
        writeStored(piece, first, count, at);
        first += count;
    }
    return end;
}

/// The entry of a unit that has a place, without the place.
ClusterPlacer::Entry ClusterPlacer::placedEntry(const Unit& unit) const
{
    if (!m_preallocates)
        return {0, m_keepsZeros ? std::uint64_t{unit.zero} << 32 | unit.stored : unit.stored};
    // What is preallocated is there, also where it holds zeros.
    const std::uint64_t all = 0xffffffff;
    if (!m_cipher)
        return {0, all};
    // Nothing is stored there yet that decrypts to zeros.
    if (m_geometry.extended)
        return {0, (all & ~std::uint64_t{unit.stored}) << 32 | unit.stored};
    return {unit.stored == 0 ? entry::zero : 0, 0};
}

/// Writes what of `count` neighbouring units is stored, as few times as possible.
void ClusterPlacer::writeStored(
    const GuestPiece& piece, std::size_t first, std::uint64_t count, HostOffset at)
{
    const std::uint64_t parts = m_cluster / m_subcluster;
    const auto isStored = [&](std::uint64_t part) {
        return (piece.units[first + part / parts].stored >> part % parts & 1) != 0;
    };
    for (std::uint64_t part = 0; part < count * parts;) {
        if (piece.isShared(first + part / parts)) {
            part = (shareUnits(*m_dataFile, at + Bytes{part * m_subcluster}, piece,
                        first + part / parts, first + count, Bytes{m_cluster})
                       - first)
                * parts;
            continue;
        }
        const bool stored = isStored(part);
        std::uint64_t end = part;
        while (
            end < count * parts && isStored(end) == stored && !piece.isShared(first + end / parts))
            ++end;
        const HostOffset place = at + Bytes{part * m_subcluster};
        const std::uint64_t length = (end - part) * m_subcluster;
        std::span<const std::byte> bytes; // of what is not stored, there may be none
        if (stored)
            bytes = std::span{piece.bytes}.subspan(first * m_cluster + part * m_subcluster, length);
        if (!stored) {
            reserve(place, length);
        } else if (m_cipher && !m_encryptsEarly) {
            m_encrypted.assign(bytes.begin(), bytes.end());
            m_cipher->encrypt(place.value / SectorCipher::sectorSize, m_encrypted);
            m_dataFile->write(place, m_encrypted);
        } else {
            m_dataFile->write(place, bytes);
        }
        part = end;
    }
}

/// Does for a place without content what the preallocation asks for.
void ClusterPlacer::reserve(HostOffset at, std::uint64_t length)
{
    if (m_image.preallocation == NewImage::Preallocation::Falloc) {
        m_dataFile->reserve(at, Bytes{length});
    } else if (m_image.preallocation == NewImage::Preallocation::Full) {
        const std::vector<std::byte> zeros(std::min(length, fillAtOnce));
        for (std::uint64_t done = 0; done < length; done += zeros.size())
            m_dataFile->write(at + Bytes{done},
                std::span{zeros}.first(std::min<std::uint64_t>(zeros.size(), length - done)));
    }
}

ClusterPlacer::Entry ClusterPlacer::placeCompressed(
    const GuestPiece& piece, const Unit& unit, std::uint64_t references)
{
    const std::uint64_t length = unit.streamLength;
    const HostCluster last = m_geometry.cluster.clusterOf(HostOffset{m_roomEnd - 1});
    std::uint64_t at = m_roomAt;
    const std::uint64_t room = m_roomEnd - m_roomAt;
    if (room >= length && m_allocator.countAgain(last, references)) {
        // Behind the stream before.
    } else if (room > 0 && room < length && m_allocator.wouldFollow(last)
        && m_allocator.countAgain(last, references)) {
        m_allocator.allocate(1, references);
        m_roomEnd += m_cluster;
    } else {
        at = m_geometry.cluster.startOf(m_allocator.allocate(1, references).first).value;
        m_roomEnd = at + m_cluster;
    }
    if (m_packedAt + m_packed.size() != at || m_packed.size() + length > fillAtOnce) {
        writeWaiting();
        m_packedAt = at;
    }
    const auto stream = std::span{piece.streams}.subspan(unit.streamAt, length);
    m_packed.insert(m_packed.end(), stream.begin(), stream.end());
    m_roomAt = at + length;

    const unsigned offsetBits = 70 - m_geometry.cluster.bits();
    const std::uint64_t sectors = (at + length - 1) / 512 - at / 512;
    return {entry::compressed | sectors << offsetBits | at, 0};
}

void ClusterPlacer::writeWaiting()
{
    if (!m_packed.empty())
        m_file.write(HostOffset{m_packedAt}, m_packed);
    m_packed.clear();
}

void ClusterPlacer::flush()
{
    writeWaiting();
    if (m_geometry.externalData) {
        // A plain one ends with the disk, as a raw image would; ciphertext comes in whole clusters.
        const Bytes size = wholeSectors(m_image.size);
        m_dataFile->resize(
            m_cipher ? m_geometry.cluster.bytes() * m_geometry.cluster.clustersFor(size) : size);
    }
}

} // namespace platter::qcow2
