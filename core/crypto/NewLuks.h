// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/IvGenerator.h"
#include "core/crypto/SectorCipher.h"
#include "core/jobs/JobControl.h"

#include <chrono>
#include <memory>
#include <span>
#include <vector>

namespace platter {

/// How a LUKS volume is to encrypt and to guard its key. What stands here is QEMU's choice.
struct LuksChoice {
    CipherSpec cipher;
    HashAlgorithm hash = HashAlgorithm::Sha256; ///< of key stretching and key splitting
    std::chrono::milliseconds iterationTime{2000}; ///< how long a passphrase is stretched here
};

/// A new LUKS version 1 volume.
struct NewLuks {
    std::unique_ptr<SectorCipher> cipher; ///< with the master key
    /// Header and key material; as long as the payload offset says.
    std::vector<std::byte> area;
};

/// Throws UnsupportedError (feature "new-image") for parts that do not fit together, or that QEMU
/// cannot open.
void requireUsable(const LuksChoice& choice);

/// Makes a volume with a random master key that `passphrase` opens, in the first key slot.
///
/// Takes about iterationTime, and 0.1 s for measuring how fast this processor is. Throws as
/// requireUsable() does; Cancelled (within about 100 ms).
/// Source: LUKS On-Disk Format Specification 1.1; QEMU for how iterations are counted.
NewLuks makeLuks(
    const LuksChoice& choice, std::span<const std::byte> passphrase, const JobControl& job);

} // namespace platter
