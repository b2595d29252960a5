// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/ByteSpace.h"

#include <algorithm>

namespace platter {

void FileSpace::read(std::uint64_t at, std::span<std::byte> into) const
{
    m_file->readPadded(HostOffset{at}, into);
}

ByteSpace::Stretch FileSpace::stretchAt(std::uint64_t at, const JobControl&) const
{
    const FileRegion region = m_file->regionAt(HostOffset{at});
    return {region.kind == FileRegion::Kind::Hole ? Stretch::Kind::Zeros : Stretch::Kind::Stored,
        std::max(region.end.value, at + 1)};
}

void GuestDiskSpace::read(std::uint64_t at, std::span<std::byte> into) const
{
    m_disk->read(GuestOffset{at}, into);
}

ByteSpace::Stretch GuestDiskSpace::stretchAt(std::uint64_t at, const JobControl& job) const
{
    const auto kindOf = [](const LayeredExtent& layered) {
        switch (layered.extent.kind) {
        case ExtentKind::Unallocated:
        case ExtentKind::Zero:
        case ExtentKind::ZeroAllocated: return Stretch::Kind::Zeros;
        default: return Stretch::Kind::Stored;
        }
    };
    // Looks at ever larger parts: most stretches are short, and an empty disk must not take long.
    std::uint64_t part = 64U << 20;
    std::optional<Stretch> found;
    bool ended = false;
    const std::uint64_t size = this->size().value;
    const JobControl quiet{job.stop, {}};
    for (std::uint64_t from = at; from < size && !ended; part += part) {
        const std::uint64_t length = std::min(part, size - from);
        m_disk->scan(
            GuestOffset{from}, Bytes{length},
            [&](const LayeredExtent& layered) {
                const Stretch::Kind kind = kindOf(layered);
                if (!found)
                    found = Stretch{kind, 0};
                ended = ended || kind != found->kind;
                if (!ended)
                    found->end = layered.extent.end().value;
            },
            quiet);
        from += length;
        if (found && found->kind == Stretch::Kind::Stored)
            break; // long enough to be read
    }
    return found.value_or(Stretch{Stretch::Kind::Zeros, size});
}

} // namespace platter
