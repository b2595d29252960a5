// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/qcow2/Mapping.h"

#include <memory>
#include <vector>

namespace platter::qcow2 {

/// A damaged file read by tables that were put together from evidence. Entries that lead to nothing
/// read as unallocated, as do compressed clusters known not to decode.
class SalvagedImage final : public Image {
public:
    /// @param l1  words of the top table; only their offsets count
    SalvagedImage(std::shared_ptr<const ByteFile> file, const Geometry& geometry,
        std::vector<std::uint64_t> l1, Bytes size, Compression compression);
    ~SalvagedImage() override;

    std::string formatId() const override { return "qcow2"; }
    std::string formatName() const override { return "QCOW2, salvaged"; }
    Bytes virtualSize() const override;
    std::optional<Bytes> clusterSize() const override { return m_geometry.cluster.bytes(); }
    Compression compression() const override { return m_compression; }
    const GuestMapping& activeState() const override;
    std::vector<StructureMark> describe() const override { return {}; }
    void scanHost(const HostSink& sink, const JobControl& job) const override;
    void scanOwners(const OwnerSink& sink, const JobControl& job) const override;
    std::vector<StructureMark> describeOwner(
        const HostOwner& owner, HostOffset from, Bytes length) const override;
    UnownedRange unownedAt(HostOffset at, HostOffset gapStart, HostOffset gapEnd) const override;

    /// Tries to decode every compressed cluster; those that fail read as unallocated from then on.
    /// To be called before the image is shared. @returns how many failed. Throws UnsupportedError
    /// (feature "salvage") if there are too many to remember; IoError; Cancelled.
    std::uint64_t leaveOutBrokenStreams(unsigned threads, const JobControl& job);
    /// How many entries lead to nothing. Reads all tables.
    std::uint64_t countLeftOut(const JobControl& job) const;

private:
    class State;

    Geometry m_geometry;
    Compression m_compression;
    std::unique_ptr<State> m_state;
};

} // namespace platter::qcow2
