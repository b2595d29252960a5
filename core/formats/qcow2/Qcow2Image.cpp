// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"

#include "core/crypto/LegacyAes.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Refcounts.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    std::string backingName(std::span<const std::byte> firstCluster, const Header& header)
    {
        std::string name;
        if (header.backingFileOffset.value == 0)
            return name;
        for (const std::byte byte :
            firstCluster.subspan(header.backingFileOffset.value, header.backingFileSize))
            name += static_cast<char>(byte);
        // QEMU treats the name as a C string.
        return name.substr(0, name.find('\0'));
    }

    /// Header rules first, since everything else is sized by cluster_bits.
    Header usableHeader(const ByteFile& file)
    {
        const Header header = parseHeader(file);
        requireUsable(header, [&](unsigned bit) {
            if (header.clusterBits < 9 || header.clusterBits > 21 || header.headerLength < 104)
                return std::string{};
            const auto extensions = inspectExtensions(readFirstCluster(file, header), header);
            const auto found = extensions.featureNames.find({0, bit});
            return found == extensions.featureNames.end() ? std::string{} : found->second;
        });
        return header;
    }

    PropertyObject luksProperties(const LuksHeader& luks)
    {
        PropertyList slots;
        for (const LuksSlot& slot : luks.keySlots) {
            PropertyObject one{{"active", {slot.active}}};
            if (slot.active) {
                one.push_back({"iters", {std::uint64_t{slot.iterations}}});
                one.push_back({"stripes", {std::uint64_t{slot.stripes}}});
            }
            one.push_back({"key-offset", {slot.keyOffset.value}});
            slots.push_back({std::move(one)});
        }
        PropertyObject result{
            {"format", {std::string{"luks"}}},
            {"ivgen-alg", {luks.ivGenerator}},
            {"hash-alg", {luks.hash}},
            {"cipher-alg", {luks.cipherAlgorithm}},
            {"uuid", {luks.uuid}},
            {"cipher-mode", {luks.cipherMode}},
            {"slots", {std::move(slots)}},
            {"payload-offset", {luks.payloadOffset.value}},
            {"master-key-iters", {std::uint64_t{luks.masterKeyIterations}}},
        };
        if (!luks.ivHash.empty())
            result.push_back({"ivgen-hash-alg", {luks.ivHash}});
        return result;
    }

} // namespace

Qcow2Image::Qcow2Image(std::shared_ptr<const ByteFile> opened)
    : Image(std::move(opened))
    , m_header(usableHeader(file()))
    , m_geometry(m_header)
{
    const auto firstCluster = readFirstCluster(file(), m_header);
    m_extensions = parseExtensions(firstCluster, m_header);
    m_backingName = backingName(firstCluster, m_header);

    if (m_header.cryptMethod == 2) {
        if (!m_extensions.encryption)
            throw FormatError("QCOW2 header", "crypt_method", 32,
                "LUKS needs the encryption extension, which is missing.");
        m_luks = readLuksHeader(
            file(), m_extensions.encryption->offset, m_extensions.encryption->length);
    }
    m_tables = std::make_shared<PageCache>(sharedFile());
    m_active = std::make_unique<Mapping>(m_tables, m_geometry,
        readL1(file(), m_geometry, m_header.l1TableOffset, m_header.l1Size),
        Bytes{m_header.size.value & ~std::uint64_t{511}});
    m_snapshots = readSnapshots(file(), m_header);

    if (m_extensions.bitmaps) {
        try {
            m_bitmapEntries
                = readBitmapDirectory(file(), m_geometry, *m_extensions.bitmaps, virtualSize());
        } catch (const FormatError& error) {
            m_bitmapError = error;
        }
        for (const BitmapEntry& one : m_bitmapEntries) {
            BitmapInfo info;
            info.name = one.name;
            info.granularity = Bytes{std::uint64_t{1} << one.granularityBits};
            info.inUse = (one.flags & bitmapFlag::inUse) != 0;
            info.autoLoad = (one.flags & bitmapFlag::autoLoad) != 0;
            info.consistent = !info.inUse && bitmapsAreValid();
            m_bitmapInfos.push_back(std::move(info));
        }
    }
}

Qcow2Image::~Qcow2Image() = default;

bool Qcow2Image::bitmapsAreValid() const
{
    return m_extensions.bitmaps && (m_header.autoclearFeatures & feature::bitmaps) != 0;
}

std::string Qcow2Image::formatName() const
{
    return "QCOW2 version " + std::to_string(m_header.version);
}

PropertyObject Qcow2Image::formatProperties() const
{
    PropertyObject result{
        {"compat", {std::string{m_header.version >= 3 ? "1.1" : "0.10"}}},
        {"compression-type", {std::string{m_header.compressionType ? "zstd" : "zlib"}}},
    };
    if (m_header.version >= 3)
        result.push_back(
            {"lazy-refcounts", {(m_header.compatibleFeatures & feature::lazyRefcounts) != 0}});
    if (bitmapsAreValid() && !m_bitmapInfos.empty()) {
        PropertyList list;
        for (const BitmapInfo& bitmap : m_bitmapInfos) {
            PropertyList flags;
            if (bitmap.inUse)
                flags.push_back({std::string{"in-use"}});
            if (bitmap.autoLoad)
                flags.push_back({std::string{"auto"}});
            list.push_back({PropertyObject{{"flags", {std::move(flags)}}, {"name", {bitmap.name}},
                {"granularity", {bitmap.granularity.value}}}});
        }
        result.push_back({"bitmaps", {std::move(list)}});
    }
    result.push_back({"refcount-bits", {std::uint64_t{m_geometry.refcountBits()}}});
    if (m_header.cryptMethod == 1)
        result.push_back({"encrypt", {PropertyObject{{"format", {std::string{"aes"}}}}}});
    else if (m_luks)
        result.push_back({"encrypt", {luksProperties(*m_luks)}});
    if (m_geometry.externalData) {
        if (m_extensions.dataFile)
            result.push_back({"data-file", {*m_extensions.dataFile}});
        result.push_back(
            {"data-file-raw", {(m_header.autoclearFeatures & feature::rawExternalData) != 0}});
    }
    if (m_header.version >= 3) {
        result.push_back({"corrupt", {(m_header.incompatibleFeatures & feature::corrupt) != 0}});
        result.push_back({"extended-l2", {m_geometry.extended}});
    }
    return result;
}

QuickLook Qcow2Image::quickLook() const
{
    QuickLook look;
    const auto add
        = [&](const FindingKind& kind, HostOffset at, std::vector<std::string> arguments) {
              look.findings.push_back({&kind, at, {}, {}, std::move(arguments)});
          };
    if (isDirty())
        add(dirty, HostOffset{72}, {});
    if (m_header.incompatibleFeatures & feature::corrupt)
        add(corrupt, HostOffset{72}, {});
    if (m_header.version >= 3 && m_header.headerLength % 8)
        add(headerLength, HostOffset{100}, {std::to_string(m_header.headerLength)});
    if (m_header.size.value % 512)
        add(sizeRounded, HostOffset{24}, {std::to_string(m_header.size.value)});
    if (const auto unknown = m_header.autoclearFeatures & ~feature::knownAutoclear)
        add(unknownAutoclear, HostOffset{88}, {hexText(unknown)});
    if ((m_header.autoclearFeatures & feature::rawExternalData) && !m_geometry.externalData)
        add(dataFileRawWithoutDataFile, HostOffset{88}, {});
    if ((m_header.autoclearFeatures & feature::rawExternalData) && m_geometry.externalData
        && !m_backingName.empty())
        add(rawDataFileWithBacking, HostOffset{88}, {});
    if (m_geometry.externalData && m_header.snapshotCount)
        add(snapshotsWithDataFile, HostOffset{60}, {std::to_string(m_header.snapshotCount)});

    const std::uint64_t fileSize = file().size().value;
    const Bytes l1Bytes{m_header.l1Size * 8ULL};
    if ((m_header.l1TableOffset + l1Bytes).value > fileSize && m_header.l1Size)
        add(l1PastEnd, m_header.l1TableOffset, {hexText(m_header.l1TableOffset.value)});
    if (m_header.refcountTableOffset.value >= fileSize)
        add(refcountTablePastEnd, m_header.refcountTableOffset,
            {hexText(m_header.refcountTableOffset.value)});
    const L1Table& l1 = activeL1();
    constexpr std::size_t enough = 100; // a first look lists examples; a check counts them all
    for (std::size_t i = 0; i < l1.entries.size() && look.findings.size() < enough; ++i) {
        const HostOffset at = l1.at + Bytes{i * 8ULL};
        const HostOffset table{l1.entries[i] & entry::offset};
        if (l1.entries[i] & entry::l1Reserved)
            add(l1Reserved, at, {std::to_string(i), hexText(l1.entries[i])});
        if (!m_geometry.cluster.aligned(table))
            add(l1Unaligned, at, {std::to_string(i), hexText(table.value)});
        else if (table.value >= fileSize)
            add(pastEnd, at,
                {"L1 entry " + std::to_string(i), hexText(at.value), hexText(table.value)});
    }
    for (const Finding& finding : m_snapshots.findings)
        look.findings.push_back(finding);
    for (const Finding& finding : m_extensions.findings)
        look.findings.push_back(finding);
    if (m_bitmapError)
        add(bitmapDirectoryBroken, HostOffset{m_bitmapError->hostOffset()},
            {hexText(m_extensions.bitmaps->directoryOffset.value), m_bitmapError->what()});
    for (const BitmapEntry& bitmap : m_bitmapEntries) {
        if ((bitmap.flags & 1U) && bitmapsAreValid() && look.findings.size() < enough)
            add(bitmapInUse, bitmap.at, {bitmap.name});
    }
    if (m_extensions.bitmaps && !bitmapsAreValid())
        add(bitmapsStale, HostOffset{88}, {});
    if (!m_extensions.bitmaps && (m_header.autoclearFeatures & feature::bitmaps))
        add(bitmapWithoutExtension, HostOffset{88}, {});
    return look;
}

const ByteFile& Qcow2Image::guestDataFile() const
{
    if (!m_geometry.externalData)
        return file();
    if (!m_dataFile)
        throw ConsentError(m_extensions.dataFile.value_or(""),
            "The guest data lies in the external data file \""
                + escapedText(m_extensions.dataFile.value_or("")) + "\", which was not opened.");
    return *m_dataFile;
}

std::optional<NamedFile> Qcow2Image::backingFile() const
{
    if (m_backingName.empty())
        return {};
    return NamedFile{NamedFile::Role::Backing, m_backingName, m_extensions.backingFormat};
}

std::optional<NamedFile> Qcow2Image::externalDataFile() const
{
    if (!m_geometry.externalData)
        return {};
    return NamedFile{NamedFile::Role::Data, m_extensions.dataFile.value_or(""), "raw"};
}

void Qcow2Image::attachDataFile(std::shared_ptr<const ByteFile> file)
{
    if (!m_geometry.externalData)
        throw UnsupportedError("data-file", "This image has no external data file.");
    m_dataFile = std::move(file);
}

std::optional<EncryptionInfo> Qcow2Image::encryption() const
{
    if (m_header.cryptMethod == 0)
        return {};
    return EncryptionInfo{m_header.cryptMethod == 1 ? "aes" : "luks", m_cipher == nullptr, m_slot};
}

void Qcow2Image::unlock(std::string_view passphrase, const JobControl& job)
{
    if (m_header.cryptMethod == 0) {
        Image::unlock(passphrase, job);
    } else if (m_header.cryptMethod == 1) {
        m_cipher = makeLegacyAes(passphrase);
    } else {
        LuksKey key = unlockLuks(file(), m_extensions.encryption->offset, *m_luks, passphrase, job);
        m_cipher = std::move(key.cipher);
        m_slot = key.slot;
    }
}

void Qcow2Image::unlockLike(const Image& before)
{
    const auto* other = dynamic_cast<const Qcow2Image*>(&before);
    if (!other || !other->m_cipher || other->m_header.cryptMethod != m_header.cryptMethod)
        return;
    if (m_header.cryptMethod == 2) {
        // The digest is a slow hash of the master key: with the same salt and the same count only
        // the same key has it. Key slots may have changed; they only wrap that key.
        const LuksHeader& now = *m_luks;
        const LuksHeader& then = *other->m_luks;
        const bool same = now.masterKeyDigest == then.masterKeyDigest
            && now.masterKeySalt == then.masterKeySalt
            && now.masterKeyIterations == then.masterKeyIterations
            && now.masterKeyLength == then.masterKeyLength
            && now.cipherAlgorithm == then.cipherAlgorithm && now.cipherMode == then.cipherMode
            && now.ivGenerator == then.ivGenerator && now.ivHash == then.ivHash
            && now.hash == then.hash;
        if (!same)
            return;
        if (other->m_slot && now.keySlots[*other->m_slot].active)
            m_slot = other->m_slot;
    }
    m_cipher = other->m_cipher;
}

const SectorCipher* Qcow2Image::cipher() const
{
    if (m_header.cryptMethod != 0 && !m_cipher)
        throw PassphraseError("The guest data is encrypted; a passphrase is needed.");
    return m_cipher.get();
}

Image::SectorNumbering Qcow2Image::sectorNumbering() const
{
    // NOTE(spec): LUKS counts the sectors of the file, legacy AES those of the guest's disk.
    return m_header.cryptMethod == 2 ? SectorNumbering::Host : SectorNumbering::Guest;
}

Compression Qcow2Image::compression() const
{
    return m_header.compressionType ? Compression::Zstd : Compression::Deflate;
}

bool Qcow2Image::dataMayBeHoles() const
{
    // Every look at the map asks, and counting takes longer than most of them.
    std::call_once(m_holesAreCounted, [this] { m_dataMayBeHoles = countsMoreThanIsStored(); });
    return m_dataMayBeHoles;
}

/// The same rule as QEMU's, since its map depends on it: as soon as clearly more clusters are
/// counted than the file system has given to the file, some of them must be holes.
bool Qcow2Image::countsMoreThanIsStored() const
{
    const std::uint64_t real = file().allocatedBytes().value / m_geometry.cluster.bytes().value;
    const std::uint64_t threshold = std::max(real * 10 / 9, real + 2);
    const std::uint64_t clusters = m_geometry.cluster.clustersFor(file().size());
    const RefcountTable table{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};
    return countUsedClusters(file(), m_geometry, table, clusters, threshold) >= threshold;
}

std::shared_ptr<const GuestMapping> Qcow2Image::snapshotState(std::size_t index) const
{
    const SnapshotInfo& snapshot = m_snapshots.snapshots.at(index);
    const Bytes size{snapshot.diskSize.value & ~std::uint64_t{511}};
    if (size.value >> 63)
        throw FormatError("Snapshot table entry", "disk_size", m_header.snapshotsOffset.value,
            "the disk size of the snapshot passes 2^63 bytes.");
    return std::make_shared<Mapping>(m_tables, m_geometry,
        readL1(file(), m_geometry, snapshot.l1TableOffset, snapshot.l1Entries), size);
}

std::shared_ptr<const GuestMapping> Qcow2Image::vmState(std::size_t index) const
{
    const SnapshotInfo& snapshot = m_snapshots.snapshots.at(index);
    if (m_header.cryptMethod == 1)
        throw UnsupportedError("qcow2.vm-state-aes",
            "Saved memory in an image with legacy AES encryption cannot be read.");
    // NOTE(spec): the state lies behind the disk, from the first L1 entry that the disk does not
    // need.
    // Added up, for each may be almost 2^64 in a hostile image.
    if ((snapshot.diskSize + snapshot.vmStateSize).value >> 62)
        throw FormatError("Snapshot table entry", "vm_state_size", m_header.snapshotsOffset.value,
            "disk and saved memory of the snapshot together pass 2^62 bytes.");
    const Bytes coverage = m_geometry.tableCoverage();
    const std::uint64_t tables = snapshot.diskSize.value / coverage.value
        + (snapshot.diskSize.value % coverage.value != 0);
    return std::make_shared<Mapping>(m_tables, m_geometry,
        readL1(file(), m_geometry, snapshot.l1TableOffset, snapshot.l1Entries),
        snapshot.vmStateSize, GuestOffset{(coverage * tables).value});
}

void Qcow2Image::scanBitmap(std::size_t index, const ExtentSink& sink, const JobControl& job) const
{
    scanBitmapBits(file(), m_geometry, m_bitmapEntries.at(index), virtualSize(), sink, job);
}

std::vector<HostRange> Qcow2Image::fileOutline() const
{
    const Bytes cluster = m_geometry.cluster.bytes();
    std::vector<HostRange> ranges{{HostOffset{0}, cluster, HostUse::Header, {}}};
    const auto add = [&](HostOffset at, Bytes length, HostUse use) {
        if (at.value != 0)
            ranges.push_back({at, length, use, {}});
    };
    add(m_header.refcountTableOffset, cluster * m_header.refcountTableClusters,
        HostUse::RefcountTable);
    add(m_header.l1TableOffset, Bytes{m_header.l1Size * 8ULL}, HostUse::L1Table);
    for (const std::uint64_t word : activeL1().entries)
        add(HostOffset{word & entry::offset}, cluster, HostUse::L2Table);
    add(m_header.snapshotsOffset, m_snapshots.length, HostUse::SnapshotTable);
    for (const SnapshotInfo& snapshot : m_snapshots.snapshots)
        add(snapshot.l1TableOffset, Bytes{snapshot.l1Entries * 8ULL}, HostUse::SnapshotL1Table);
    if (m_extensions.bitmaps && !m_bitmapError)
        add(m_extensions.bitmaps->directoryOffset, m_extensions.bitmaps->directorySize,
            HostUse::BitmapDirectory);
    if (m_extensions.encryption)
        add(m_extensions.encryption->offset, m_extensions.encryption->length,
            HostUse::EncryptionHeader);
    return orderedOutline(std::move(ranges), cluster, file().size());
}

Bytes Qcow2Image::bitmapBytesInFile(std::size_t index, const JobControl& job) const
{
    const BitmapEntry& bitmap = m_bitmapEntries.at(index);
    std::uint64_t clusters = m_geometry.cluster.clustersFor(Bytes{bitmap.tableEntries * 8ULL});
    walkBitmapTable(
        file(), m_geometry, bitmap, [&](std::uint32_t at, const BitmapTableEntry& entry) {
            job.step({at, bitmap.tableEntries});
            clusters += entry.kind == BitmapTableEntry::Kind::Stored;
        });
    return m_geometry.cluster.bytes() * clusters;
}

} // namespace platter::qcow2

namespace platter {

std::unique_ptr<Image> openQcow2(std::shared_ptr<const ByteFile> file)
{
    return std::make_unique<qcow2::Qcow2Image>(std::move(file));
}

} // namespace platter
