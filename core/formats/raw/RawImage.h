// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <memory>

namespace platter {

namespace raw {

    /// A file that is the disk, byte for byte. Its size is the file's length at opening, rounded up
    /// to whole sectors of 512 bytes as in QEMU; what lies past the end of the file reads as zeros.
    class RawImage final : public Image {
    public:
        /// Throws IoError; FormatError if the length passes what rounding up can hold.
        explicit RawImage(std::shared_ptr<const ByteFile> file);
        ~RawImage() override;

        std::string formatId() const override { return "raw"; }
        std::string formatName() const override { return "Raw"; }
        Bytes virtualSize() const override;
        QuickLook quickLook() const override;
        const GuestMapping& activeState() const override;
        std::vector<StructureMark> describe() const override;
        void scanHost(const HostSink& sink, const JobControl& job) const override;
        void scanOwners(const OwnerSink& sink, const JobControl& job) const override;
        std::vector<StructureMark> describeOwner(
            const HostOwner& owner, HostOffset from, Bytes length) const override;
        UnownedRange unownedAt(
            HostOffset at, HostOffset gapStart, HostOffset gapEnd) const override;

    private:
        class Mapping;
        std::unique_ptr<Mapping> m_mapping;
    };

} // namespace raw

/// Opens any file as a raw disk. Throws IoError, FormatError.
std::unique_ptr<Image> openRaw(std::shared_ptr<const ByteFile> file);

} // namespace platter
