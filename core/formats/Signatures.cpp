// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Signatures.h"

#include "core/base/Endian.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace platter {

namespace {

    using namespace std::string_view_literals;

    constexpr std::uint32_t qcowMagic = 0x514649fb; // "QFI" and byte 0xfb
    constexpr std::uint32_t vdiSignature = 0xbeda107f;
    constexpr std::size_t vdiSignatureAt = 64;

    bool beginsWith(std::span<const std::byte> bytes, std::string_view text)
    {
        return bytes.size() >= text.size()
            && std::equal(
                text.begin(), text.end(), bytes.begin(), [](char expected, std::byte found) {
                    return static_cast<std::byte>(expected) == found;
                });
    }

    bool isQcow(std::span<const std::byte> bytes)
    {
        return bytes.size() >= 8 && loadBig<std::uint32_t>(bytes.data()) == qcowMagic;
    }

    struct NamedSignature {
        std::string_view begin;
        const char* name;
    };
    constexpr NamedSignature unsupported[]{
        {"LUKS\xba\xbe\0\x01"sv, "LUKS"},
        {"LUKS\xba\xbe\0\x02"sv, "LUKS 2"},
        {"KDMV"sv, "VMDK"},
        {"COWD"sv, "VMDK"},
        {"# Disk DescriptorFile"sv, "VMDK"},
        {"conectix"sv, "VHD"},
        {"vhdxfile"sv, "VHDX"},
        {"WithoutFreeSpace"sv, "Parallels"},
        {"WithouFreSpacExt"sv, "Parallels"},
        {"QED\0"sv, "QED"},
    };

} // namespace

bool looksLikeQcow2(std::span<const std::byte> firstBytes)
{
    return isQcow(firstBytes) && loadBig<std::uint32_t>(firstBytes.data() + 4) >= 2;
}

bool looksLikeQcow1(std::span<const std::byte> firstBytes)
{
    return isQcow(firstBytes) && loadBig<std::uint32_t>(firstBytes.data() + 4) == 1;
}

bool looksLikeVdi(std::span<const std::byte> firstBytes)
{
    return firstBytes.size() >= vdiSignatureAt + 4
        && load<std::uint32_t>(ByteOrder::Little, firstBytes.data() + vdiSignatureAt)
        == vdiSignature;
}

const char* unsupportedFormat(std::span<const std::byte> firstBytes)
{
    for (const NamedSignature& signature : unsupported) {
        if (beginsWith(firstBytes, signature.begin))
            return signature.name;
    }
    return nullptr;
}

const char* formatBySignature(std::span<const std::byte> firstBytes)
{
    if (looksLikeQcow2(firstBytes))
        return "QCOW2";
    if (looksLikeQcow1(firstBytes))
        return "QCOW";
    if (looksLikeVdi(firstBytes))
        return "VDI";
    return unsupportedFormat(firstBytes);
}

} // namespace platter
