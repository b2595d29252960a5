// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/GuardImage.h"

#include <algorithm>

namespace platter {

namespace {

    bool isStructure(HostUse use)
    {
        switch (use) {
        case HostUse::Header:
        case HostUse::L1Table:
        case HostUse::L2Table:
        case HostUse::RefcountTable:
        case HostUse::RefcountBlock:
        case HostUse::SnapshotTable:
        case HostUse::SnapshotL1Table:
        case HostUse::SnapshotL2Table:
        case HostUse::BitmapDirectory:
        case HostUse::BitmapTable:
        case HostUse::BitmapData:
        case HostUse::EncryptionHeader:
        case HostUse::BlockMap: return true;
        case HostUse::Free:
        case HostUse::Data:
        case HostUse::DataShared:
        case HostUse::DataSnapshot:
        case HostUse::Compressed:
        case HostUse::CompressedSnapshot:
        case HostUse::ZeroAllocated:
        case HostUse::VmState:
        case HostUse::Leaked:
        case HostUse::Problem: return false;
        }
        return false;
    }

} // namespace

WriteGuard guardOf(const Image& image, const JobControl& job)
{
    WriteGuard guard;
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (isStructure(owner.use))
                guard.protect({owner.start, std::max(owner.length, owner.room), owner.use});
        },
        job);
    return guard;
}

} // namespace platter
