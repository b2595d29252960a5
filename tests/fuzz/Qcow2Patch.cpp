// SPDX-License-Identifier: GPL-3.0-or-later
// Changes a valid QCOW2 image at places that mean something. Random bytes rarely get past a
// header; this way every input reaches the tables.
//
// Input: one byte chooses the base image, then records of 11 bytes:
//   2 bytes  place, counted over the metadata of the base alone (little endian)
//   1 byte   bits 0-1: width 1, 2, 4 or 8; bits 2-3: set, flip bits, add, cut the file
//   8 bytes  value (little endian); stored big endian as QCOW2 does
#include "tests/fuzz/Qcow2Patch.h"

#include "core/base/Endian.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/MemoryFile.h"
#include "tests/fuzz/ImageWalk.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace platter::fuzz {

namespace {

    /// In fixed order: kept inputs name them by index.
    constexpr auto baseNames = std::to_array<const char*>({
        "plain-512.qcow2",
        "version2-4096.qcow2",
        "compressed-zlib-4096.qcow2",
        "compressed-zstd-4096.qcow2",
        "snapshots-512.qcow2",
        "bitmaps-4096.qcow2",
        "extended-16384.qcow2",
        "refcount1-512.qcow2",
        "refcount64-512.qcow2",
        "backing-1024.qcow2",
        "datafile-4096.qcow2",
        "aes-512.qcow2",
        "luks-4096.qcow2",
    });

    struct Base {
        std::vector<std::byte> bytes;
        std::vector<HostOffset> places; ///< of metadata bytes
    };

    bool isGuestData(HostUse use)
    {
        switch (use) {
        case HostUse::Free:
        case HostUse::Data:
        case HostUse::DataShared:
        case HostUse::DataSnapshot:
        case HostUse::ZeroAllocated:
        case HostUse::VmState: return true;
        default: return false;
        }
    }

    Base loadBase(const char* name)
    {
        std::ifstream stream(std::string{PLATTER_FUZZ_BASES "/"} + name, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>{stream}, {}};
        require(!content.empty(), "the base images are there");
        Base base;
        const auto bytes = std::as_bytes(std::span{content});
        base.bytes.assign(bytes.begin(), bytes.end());
        const auto image = openQcow2(std::make_shared<MemoryFile>(base.bytes));
        constexpr std::uint64_t enoughOfTable = 2048; // the rest of a large table is zeros
        image->scanHost(
            [&](const HostRange& range) {
                if (isGuestData(range.use))
                    return;
                for (std::uint64_t i = 0; i < std::min(range.length.value, enoughOfTable); ++i)
                    base.places.push_back(range.start + Bytes{i});
            },
            {});
        return base;
    }

    const std::vector<Base>& bases()
    {
        static const std::vector<Base> loaded = [] {
            std::vector<Base> result;
            for (const char* name : baseNames)
                result.push_back(loadBase(name));
            return result;
        }();
        return loaded;
    }

    enum class Change { Set, Flip, Add, Cut };

    void apply(Change change, unsigned width, std::uint64_t value, HostOffset place,
        std::vector<std::byte>& bytes)
    {
        if (change == Change::Cut) {
            bytes.resize(std::min<std::uint64_t>(bytes.size(), value % 0x40000));
            return;
        }
        if (place.value + width > bytes.size())
            return;
        std::byte* at = bytes.data() + place.value;
        std::uint64_t old = 0;
        for (unsigned i = 0; i < width; ++i)
            old = old << 8 | std::to_integer<std::uint64_t>(at[i]);
        const std::uint64_t changed = change == Change::Set ? value
            : change == Change::Flip                        ? old ^ value
                                                            : old + value;
        for (unsigned i = 0; i < width; ++i)
            at[i] = static_cast<std::byte>(changed >> (width - 1 - i) * 8);
    }

} // namespace

std::vector<std::byte> patchedImage(Input input)
{
    if (input.empty())
        return {};
    const Base& base = bases()[std::to_integer<std::size_t>(input[0]) % bases().size()];
    std::vector<std::byte> bytes = base.bytes;
    constexpr std::size_t recordBytes = 11;
    for (input = input.subspan(1); input.size() >= recordBytes;
         input = input.subspan(recordBytes)) {
        const auto place = load<std::uint16_t>(ByteOrder::Little, input.data());
        const auto how = std::to_integer<unsigned>(input[2]);
        const auto value = load<std::uint64_t>(ByteOrder::Little, input.data() + 3);
        apply(static_cast<Change>(how >> 2 & 3), 1U << (how & 3), value,
            base.places[place % base.places.size()], bytes);
    }
    return bytes;
}

void fuzzQcow2Patch(Input input)
{
    if (input.empty())
        return;
    const auto file = std::make_shared<MemoryFile>(patchedImage(input));
    walkImage([&] { return openQcow2(file); });
    qcow2::describeStructures(*file);
}

} // namespace platter::fuzz
