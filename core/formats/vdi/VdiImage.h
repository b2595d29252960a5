// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/vdi/Header.h"

#include <memory>

namespace platter {

namespace vdi {

    class BlockMap;

    /// A VirtualBox disk image, version 1.1: dynamic, fixed or differencing.
    class VdiImage final : public Image {
    public:
        /// Reads the header only. Throws what readHeader() throws.
        explicit VdiImage(std::shared_ptr<const ByteFile> file);
        ~VdiImage() override;

        std::string formatId() const override { return "vdi"; }
        std::string formatName() const override;
        Bytes virtualSize() const override;
        std::optional<Bytes> clusterSize() const override { return Bytes{m_header.blockSize}; }
        PropertyObject formatProperties() const override;
        QuickLook quickLook() const override;
        std::optional<NamedFile> backingFile() const override;
        bool dataMayBeHoles() const override { return m_header.imageType == type::fixed; }
        const GuestMapping& activeState() const override;
        std::vector<StructureMark> describe() const override;
        std::vector<EntryTable> tables() const override;
        std::vector<HostRange> fileOutline() const override;
        void scanHost(const HostSink& sink, const JobControl& job) const override;
        std::vector<StructureMark> entriesOf(
            GuestOffset at, std::optional<std::size_t> snapshot) const override;
        std::optional<GuestOffset> guestOfEntry(
            std::uint64_t table, std::uint64_t entry) const override;
        void scanOwners(const OwnerSink& sink, const JobControl& job) const override;
        std::vector<StructureMark> describeOwner(
            const HostOwner& owner, HostOffset from, Bytes length) const override;
        UnownedRange unownedAt(
            HostOffset at, HostOffset gapStart, HostOffset gapEnd) const override;

        /// Corruptions that qemu-img check counts are counted as it does; past them, what it
        /// overlooks: blocks past the end of the file, a first block inside the block map, a count
        /// that would put a new block over a stored one. Leaks are counted in blocks.
        CheckReport check(const CheckOptions& options, const JobControl& job) const override;

        /// A repair keeps all that any entry names. Blocks that are named twice get copies, gaps
        /// are closed from the end of the file.
        RepairPlan planRepair(const RepairOptions& options, const JobControl& job) const override;

        const Header& header() const { return m_header; }

    private:
        Header m_header;
        std::unique_ptr<BlockMap> m_map;
    };

} // namespace vdi

/// Throws FormatError, UnsupportedError, IoError.
std::unique_ptr<Image> openVdi(std::shared_ptr<const ByteFile> file);

} // namespace platter
