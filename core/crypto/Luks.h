// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"
#include "core/crypto/SectorCipher.h"
#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"
#include "core/layout/Field.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace platter {

/// One key slot of a LUKS1 header.
struct LuksSlot {
    bool active = false;
    std::uint32_t iterations = 0;
    std::array<std::byte, 32> salt{};
    Bytes keyOffset{}; ///< from the start of the LUKS area
    std::uint32_t stripes = 0;
};

/// The header of a LUKS version 1 volume, checked. Names are those that `qemu-img info` prints.
struct LuksHeader {
    std::string cipherAlgorithm; ///< "aes-256"
    std::string cipherMode; ///< "xts"
    std::string ivGenerator; ///< "plain64"
    std::string ivHash; ///< "sha256" with essiv, else empty
    std::string hash; ///< "sha256"
    std::string uuid;
    Bytes payloadOffset{};
    std::uint32_t masterKeyLength = 0; ///< bytes
    std::uint32_t masterKeyIterations = 0;
    std::array<std::byte, 20> masterKeyDigest{};
    std::array<std::byte, 32> masterKeySalt{};
    std::array<LuksSlot, 8> keySlots{}; // not "slots", which is a macro of Qt
};

/// Reads and checks the header of the LUKS area [area, area + length) of `file`.
/// Throws FormatError for a value that the format forbids, UnsupportedError for a cipher, mode or
/// hash that Platter does not know.
LuksHeader readLuksHeader(const ByteFile& file, HostOffset area, Bytes length);

/// Every field of the header at `area`, for inspection; does not throw for wrong values.
std::vector<StructureMark> describeLuks(const ByteFile& file, HostOffset area, Bytes length);

/// An unlocked volume.
struct LuksKey {
    std::unique_ptr<SectorCipher>
        cipher; ///< sectors as the container counts them (in QCOW2: host offset / 512)
    unsigned slot = 0; ///< the key slot that the passphrase opened
};

/// Tries `passphrase` on every active slot, lowest first.
/// Throws PassphraseError if none opens, Cancelled between slots and during key stretching (within
/// about 100 ms).
LuksKey unlockLuks(const ByteFile& file, HostOffset area, const LuksHeader& header,
    std::string_view passphrase, const JobControl& job);

} // namespace platter
