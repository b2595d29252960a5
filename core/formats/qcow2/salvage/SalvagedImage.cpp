// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/SalvagedImage.h"

#include "core/codecs/Decompress.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <mutex>

namespace platter::qcow2 {

/// The mapping, without what cannot be read.
class SalvagedImage::State final : public GuestMapping {
public:
    State(std::shared_ptr<const ByteFile> file, const Geometry& geometry, L1Table l1, Bytes size)
        : m_fileSize(file->size())
        , m_mapping(std::make_shared<PageCache>(file), geometry, std::move(l1), size)
    {
    }

    Bytes size() const override { return m_mapping.size(); }

    Extent extentAt(GuestOffset at, Bytes atMost) const override
    {
        Extent extent = m_mapping.extentAt(at, atMost);
        if (!isReadable(extent))
            extent = nothing(GuestOffset{std::max(at.value, extent.start.value)}, extent.end());
        return extent;
    }

    void scan(GuestOffset from, Bytes length, const ExtentSink& sink,
        const JobControl& job) const override
    {
        ExtentJoiner joiner{sink};
        m_mapping.scan(
            from, length,
            [&](const Extent& extent) {
                joiner.add(isReadable(extent) ? extent : nothing(extent.start, extent.end()));
            },
            job);
        joiner.flush();
    }

    void scanOutline(const ExtentSink& sink) const override { m_mapping.scanOutline(sink); }

    const Mapping& mapping() const { return m_mapping; }
    bool isReadable(const Extent& extent) const
    {
        switch (extent.kind) {
        case ExtentKind::Damaged: return false;
        case ExtentKind::Data: return extent.host < HostOffset{m_fileSize.value};
        case ExtentKind::Compressed:
            return extent.host < HostOffset{m_fileSize.value}
            && !std::binary_search(m_broken.begin(), m_broken.end(), extent.host.value);
        default: return true;
        }
    }
    /// Places of streams that do not decode.
    void leaveOut(std::vector<std::uint64_t> streams)
    {
        std::sort(streams.begin(), streams.end());
        m_broken = std::move(streams);
    }

private:
    static Extent nothing(GuestOffset start, GuestOffset end)
    {
        Extent extent;
        extent.start = start;
        extent.length = end - start;
        return extent;
    }

    Bytes m_fileSize;
    Mapping m_mapping;
    std::vector<std::uint64_t> m_broken;
};

SalvagedImage::SalvagedImage(std::shared_ptr<const ByteFile> file, const Geometry& geometry,
    std::vector<std::uint64_t> l1, Bytes size, Compression compression)
    : Image(file)
    , m_geometry(geometry)
    , m_compression(compression)
{
    const std::uint64_t entries = l1.size();
    m_state = std::make_unique<State>(
        std::move(file), geometry, L1Table{HostOffset{0}, entries, std::move(l1)}, size);
}

SalvagedImage::~SalvagedImage() = default;

Bytes SalvagedImage::virtualSize() const
{
    return m_state->size();
}

const GuestMapping& SalvagedImage::activeState() const
{
    return *m_state;
}

void SalvagedImage::scanHost(const HostSink&, const JobControl&) const { }

void SalvagedImage::scanOwners(const OwnerSink&, const JobControl&) const { }

std::vector<StructureMark> SalvagedImage::describeOwner(const HostOwner&, HostOffset, Bytes) const
{
    return {};
}

UnownedRange SalvagedImage::unownedAt(HostOffset, HostOffset, HostOffset) const
{
    return {};
}

std::uint64_t SalvagedImage::leaveOutBrokenStreams(unsigned threads, const JobControl& job)
{
    constexpr std::size_t atOnce = 4096;
    constexpr std::size_t mostBroken = 4'000'000;
    struct Stream {
        HostOffset at;
        Bytes length;
    };
    struct Buffers {
        std::vector<std::byte> stream;
        std::vector<std::byte> cluster;
    };
    std::vector<Stream> batch;
    std::vector<Buffers> buffers(threads);
    std::vector<std::uint64_t> broken;
    std::mutex mutex;
    const JobControl quiet{job.stop, {}, job.hold};
    const auto decode = [&] {
        parallelFor(batch.size(), threads, quiet, [&](unsigned worker, std::size_t index) {
            Buffers& mine = buffers[worker];
            mine.stream.resize(batch[index].length.value);
            mine.cluster.resize(m_geometry.cluster.bytes().value);
            file().readPadded(batch[index].at, mine.stream);
            try {
                decompress(m_compression, mine.stream, mine.cluster);
            } catch (const CodecError&) {
                const std::lock_guard lock{mutex};
                if (broken.size() == mostBroken)
                    throw UnsupportedError("salvage",
                        "Millions of compressed clusters do not decode: another cluster size or "
                        "codec than was found must be right.");
                broken.push_back(batch[index].at.value);
            }
        });
        batch.clear();
    };
    m_state->mapping().scan(
        GuestOffset{0}, m_state->size(),
        [&](const Extent& extent) {
            if (extent.kind != ExtentKind::Compressed || !m_state->isReadable(extent))
                return;
            batch.push_back({extent.host, extent.stored});
            if (batch.size() == atOnce)
                decode();
        },
        quiet);
    decode();
    const std::uint64_t count = broken.size();
    m_state->leaveOut(std::move(broken));
    return count;
}

std::uint64_t SalvagedImage::countLeftOut(const JobControl& job) const
{
    std::uint64_t count = 0;
    m_state->mapping().scan(
        GuestOffset{0}, m_state->size(),
        [&](const Extent& extent) {
            if (!m_state->isReadable(extent))
                count += m_geometry.cluster.clustersFor(extent.length);
        },
        JobControl{job.stop, {}, job.hold});
    return count;
}

} // namespace platter::qcow2
