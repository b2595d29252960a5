// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/Luks.h"
#include "core/formats/Image.h"
#include "core/formats/qcow2/Bitmaps.h"
#include "core/formats/qcow2/Extensions.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Header.h"
#include "core/formats/qcow2/Mapping.h"
#include "core/formats/qcow2/Snapshots.h"

#include <memory>
#include <mutex>
#include <vector>

namespace platter::qcow2 {

/// An opened QCOW2 image, version 2 or 3.
class Qcow2Image final : public Image {
public:
    /// Reads header, extensions, L1 table, snapshot table and bitmap directory.
    /// Throws FormatError, UnsupportedError, IoError where QEMU would refuse the image.
    explicit Qcow2Image(std::shared_ptr<const ByteFile> file);
    ~Qcow2Image() override;

    std::string formatId() const override { return "qcow2"; }
    std::string formatName() const override;
    Bytes virtualSize() const override { return m_active->size(); }
    bool hasClusterGrid() const override { return true; }
    std::optional<Bytes> clusterSize() const override { return m_geometry.cluster.bytes(); }
    bool isDirty() const override { return (m_header.incompatibleFeatures & feature::dirty) != 0; }
    PropertyObject formatProperties() const override;
    QuickLook quickLook() const override;
    const ByteFile& guestDataFile() const override;
    std::optional<NamedFile> backingFile() const override;
    std::optional<NamedFile> externalDataFile() const override;
    void attachDataFile(std::shared_ptr<const ByteFile> file) override;
    std::optional<EncryptionInfo> encryption() const override;
    void unlock(std::string_view passphrase, const JobControl& job) override;
    void unlockLike(const Image& before) override;
    const SectorCipher* cipher() const override;
    SectorNumbering sectorNumbering() const override;
    Compression compression() const override;
    bool dataMayBeHoles() const override;
    const GuestMapping& activeState() const override { return *m_active; }
    const std::vector<SnapshotInfo>& snapshots() const override { return m_snapshots.snapshots; }
    std::shared_ptr<const GuestMapping> snapshotState(std::size_t index) const override;
    std::shared_ptr<const GuestMapping> vmState(std::size_t index) const override;
    SnapshotReport examineSnapshots(const JobControl& job) const override;
    const std::vector<BitmapInfo>& bitmaps() const override { return m_bitmapInfos; }
    void scanBitmap(
        std::size_t index, const ExtentSink& sink, const JobControl& job) const override;
    Bytes bitmapBytesInFile(std::size_t index, const JobControl& job) const override;
    std::vector<StructureMark> describe() const override;
    std::vector<EntryTable> tables() const override;
    std::optional<EntryTable> tableBelow(
        const EntryTable& table, std::uint64_t record) const override;
    std::vector<HostRange> fileOutline() const override;
    void scanHost(const HostSink& sink, const JobControl& job) const override;
    std::vector<StructureMark> entriesOf(
        GuestOffset at, std::optional<std::size_t> snapshot) const override;
    std::optional<GuestOffset> guestOfEntry(
        std::uint64_t table, std::uint64_t entry) const override;
    void scanOwners(const OwnerSink& sink, const JobControl& job) const override;
    std::vector<StructureMark> describeOwner(
        const HostOwner& owner, HostOffset from, Bytes length) const override;
    UnownedRange unownedAt(HostOffset at, HostOffset gapStart, HostOffset gapEnd) const override;
    void scanRefcounts(HostOffset from, Bytes length, const RefcountSink& sink,
        const JobControl& job) const override;
    HostReferences referencesTo(
        HostOffset from, Bytes length, std::size_t most, const JobControl& job) const override;
    CheckReport check(const CheckOptions& options, const JobControl& job) const override;
    RepairPlan planRepair(const RepairOptions& options, const JobControl& job) const override;
    EditPlan planAmend(const AmendOptions& options) const override;

    const Header& header() const { return m_header; }
    const Geometry& geometry() const { return m_geometry; }
    const L1Table& activeL1() const { return m_active->l1(); }
    const SnapshotTable& snapshotTable() const { return m_snapshots; }
    const Extensions& extensions() const { return m_extensions; }
    /// The bitmap directory, or the error that makes it unusable.
    const std::vector<BitmapEntry>& bitmapEntries() const { return m_bitmapEntries; }
    const std::optional<FormatError>& bitmapError() const { return m_bitmapError; }
    /// Whether the bitmaps extension is there and the header says that it is valid.
    bool bitmapsAreValid() const;

private:
    std::vector<StructureMark> describeFirstCluster() const;
    bool countsMoreThanIsStored() const;

    Header m_header;
    Geometry m_geometry;
    Extensions m_extensions;
    std::string m_backingName;
    std::optional<LuksHeader> m_luks;
    std::shared_ptr<const PageCache> m_tables;
    std::unique_ptr<Mapping> m_active;
    SnapshotTable m_snapshots;
    std::vector<BitmapEntry> m_bitmapEntries;
    std::vector<BitmapInfo> m_bitmapInfos;
    std::optional<FormatError> m_bitmapError;
    std::shared_ptr<const ByteFile> m_dataFile;
    std::shared_ptr<const SectorCipher> m_cipher; ///< shared by readings of one file
    std::optional<unsigned> m_slot;
    mutable std::once_flag m_holesAreCounted;
    mutable bool m_dataMayBeHoles = false;
};

/// The structures of a file that carries QCOW2's signature, also where the image cannot be opened.
std::vector<StructureMark> describeStructures(const ByteFile& file);

} // namespace platter::qcow2

namespace platter {

/// Throws as Qcow2Image's constructor.
std::unique_ptr<Image> openQcow2(std::shared_ptr<const ByteFile> file);

} // namespace platter
