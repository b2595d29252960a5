// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Luks.h"
#include "core/io/MemoryFile.h"
#include "tests/fuzz/ImageWalk.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <vector>

namespace platter::fuzz {

void fuzzLuks(Input input)
{
    constexpr std::size_t headerBytes = 592;
    constexpr std::size_t areaBytes = 1 << 20; // behind the header: zeros for key material
    std::vector<std::byte> bytes(input.begin(), input.end());
    if (bytes.size() >= headerBytes)
        bytes.resize(std::max(bytes.size(), areaBytes));
    const MemoryFile file{bytes};
    for (const auto& structure : describeLuks(file, {}, file.size()))
        require(structure.length.value > 0, "a structure has a length");
    try {
        const LuksHeader header = readLuksHeader(file, {}, file.size());
        BoundedJob job{fewIterations};
        const LuksKey key = unlockLuks(file, {}, header, "abc", job.control());
        std::vector<std::byte> sectors(2 * SectorCipher::sectorSize);
        key.cipher->decrypt(~std::uint64_t{0}, sectors);
    } catch (const Error&) {
    } catch (const Cancelled&) {
    }
}

} // namespace platter::fuzz
