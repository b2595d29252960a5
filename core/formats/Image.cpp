// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Image.h"

namespace platter {

void Image::attachDataFile(std::shared_ptr<const ByteFile>)
{
    throw UnsupportedError("data-file", "This image has no external data file.");
}

void Image::unlock(std::string_view, const JobControl&)
{
    throw PassphraseError("A passphrase was given, but the image is not encrypted.");
}

void Image::unlockLike(const Image&) { }

const std::vector<SnapshotInfo>& Image::snapshots() const
{
    static const std::vector<SnapshotInfo> none;
    return none;
}

std::shared_ptr<const GuestMapping> Image::snapshotState(std::size_t) const
{
    throw UnsupportedError("snapshots", "Images of this format have no internal snapshots.");
}

std::shared_ptr<const GuestMapping> Image::vmState(std::size_t) const
{
    throw UnsupportedError("snapshots", "Images of this format have no internal snapshots.");
}

SnapshotReport Image::examineSnapshots(const JobControl&) const
{
    throw UnsupportedError("snapshots", "Images of this format have no internal snapshots.");
}

const std::vector<BitmapInfo>& Image::bitmaps() const
{
    static const std::vector<BitmapInfo> none;
    return none;
}

void Image::scanBitmap(std::size_t, const ExtentSink&, const JobControl&) const
{
    throw UnsupportedError("bitmaps", "Images of this format have no bitmaps.");
}

std::vector<StructureMark> Image::entriesOf(GuestOffset, std::optional<std::size_t>) const
{
    return {};
}

std::optional<GuestOffset> Image::guestOfEntry(std::uint64_t, std::uint64_t) const
{
    return {};
}

Bytes Image::bitmapBytesInFile(std::size_t, const JobControl&) const
{
    throw UnsupportedError("bitmaps", "Images of this format have no bitmaps.");
}

void Image::scanRefcounts(HostOffset, Bytes, const RefcountSink&, const JobControl&) const
{
    throw UnsupportedError("refcounts", "Images of this format keep no reference counts.");
}

HostReferences Image::referencesTo(HostOffset, Bytes, std::size_t, const JobControl&) const
{
    throw UnsupportedError(
        "references", "In images of this format, references are not looked for.");
}

CheckReport Image::check(const CheckOptions&, const JobControl&) const
{
    throw UnsupportedError("check", "This image format does not support checks.");
}

RepairPlan Image::planRepair(const RepairOptions& /*options*/, const JobControl& /*job*/) const
{
    throw UnsupportedError("repair", "Platter cannot repair images of this format.");
}

EditPlan Image::planAmend(const AmendOptions&) const
{
    throw UnsupportedError(
        "amend", "Images of the format " + formatId() + " have nothing that could be amended.");
}

} // namespace platter
