// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/qcow1/Header.h"
#include "core/formats/qcow1/Mapping.h"

#include <memory>
#include <string>

namespace platter {

namespace qcow1 {

    /// A QCOW image, version 1. It keeps no counts, so there is nothing to check.
    class Qcow1Image final : public Image {
    public:
        /// Reads the header and the backing file's name. Throws FormatError, IoError.
        explicit Qcow1Image(std::shared_ptr<const ByteFile> file);

        std::string formatId() const override { return "qcow"; }
        std::string formatName() const override { return "QCOW version 1"; }
        Bytes virtualSize() const override { return m_mapping.size(); }
        std::optional<Bytes> clusterSize() const override { return m_header.cluster().bytes(); }
        QuickLook quickLook() const override;
        /// The format does not store the backing file's format.
        std::optional<NamedFile> backingFile() const override;
        std::optional<EncryptionInfo> encryption() const override;
        void unlock(std::string_view passphrase, const JobControl& job) override;
        void unlockLike(const Image& before) override;
        const SectorCipher* cipher() const override;
        const GuestMapping& activeState() const override { return m_mapping; }
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

        const Header& header() const { return m_header; }

    private:
        bool isEncrypted() const { return m_header.cryptMethod != 0; }

        Header m_header;
        std::string m_backingName;
        Mapping m_mapping;
        std::shared_ptr<const SectorCipher> m_cipher; ///< shared by readings of one file
    };

} // namespace qcow1

/// Throws FormatError, IoError.
std::unique_ptr<Image> openQcow1(std::shared_ptr<const ByteFile> file);

} // namespace platter
