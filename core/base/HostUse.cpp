// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/HostUse.h"

namespace platter {

const char* hostUseName(HostUse use)
{
    switch (use) {
    case HostUse::Free: return "free";
    case HostUse::Header: return "header";
    case HostUse::L1Table: return "l1-table";
    case HostUse::L2Table: return "l2-table";
    case HostUse::RefcountTable: return "refcount-table";
    case HostUse::RefcountBlock: return "refcount-block";
    case HostUse::SnapshotTable: return "snapshot-table";
    case HostUse::SnapshotL1Table: return "snapshot-l1-table";
    case HostUse::SnapshotL2Table: return "snapshot-l2-table";
    case HostUse::BitmapDirectory: return "bitmap-directory";
    case HostUse::BitmapTable: return "bitmap-table";
    case HostUse::BitmapData: return "bitmap-data";
    case HostUse::EncryptionHeader: return "encryption-header";
    case HostUse::BlockMap: return "block-map";
    case HostUse::Data: return "data";
    case HostUse::DataShared: return "data-shared";
    case HostUse::DataSnapshot: return "data-snapshot";
    case HostUse::Compressed: return "compressed";
    case HostUse::CompressedSnapshot: return "compressed-snapshot";
    case HostUse::ZeroAllocated: return "zero-allocated";
    case HostUse::VmState: return "vm-state";
    case HostUse::Leaked: return "leaked";
    case HostUse::Problem: return "problem";
    }
    return "problem";
}

} // namespace platter
