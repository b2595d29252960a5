// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/AtomicHeader.h"

#include "core/base/Endian.h"
#include "core/formats/qcow2/Extensions.h"

#include <algorithm>
#include <optional>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t sector = 512; // what a disk writes whole or not at all
    constexpr std::size_t headBytes = 8; // type and length in front of an extension

    std::size_t padded(std::size_t length)
    {
        return (length + 7) / 8 * 8;
    }

    bool hasName(const Header& header)
    {
        return header.backingFileOffset.value != 0;
    }

    /// The first byte behind the extensions and their end marker.
    std::size_t endOfExtensions(std::span<const std::byte> cluster, const Header& header)
    {
        std::size_t end = header.headerLength;
        for (const ExtensionBytes& one : splitExtensions(cluster, header))
            end += headBytes + padded(one.content.size());
        return std::min(end + headBytes, cluster.size());
    }

    /// Which bytes of a first cluster a reader looks at.
    std::vector<bool> readBytes(std::span<const std::byte> cluster, const Header& header)
    {
        std::vector<bool> read(cluster.size());
        const auto mark = [&](std::size_t from, std::size_t end) {
            std::fill(read.begin() + static_cast<std::ptrdiff_t>(from),
                read.begin() + static_cast<std::ptrdiff_t>(end), true);
        };
        mark(0, endOfExtensions(cluster, header));
        if (hasName(header))
            mark(header.backingFileOffset.value,
                header.backingFileOffset.value + header.backingFileSize);
        return read;
    }

    /// The new first cluster with the name at `nameAt`; bytes behind the first sector that nobody
    /// reads stay as they are. Nothing: it does not fit.
    std::optional<std::vector<std::byte>> laidOut(std::span<const std::byte> old,
        const Header& oldHeader, Header header, const std::vector<ExtensionBytes>& extensions,
        std::size_t nameAt)
    {
        std::vector<std::byte> bytes{old.begin(), old.end()};
        std::fill_n(bytes.begin(), std::min(sector, bytes.size()), std::byte{0});
        std::size_t at = header.headerLength;
        const auto append = [&](std::uint32_t type, std::span<const std::byte> content) {
            const std::size_t end = at + headBytes + padded(content.size());
            if (end > bytes.size())
                return false;
            std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                bytes.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
            storeBig(bytes.data() + at, type);
            storeBig(bytes.data() + at + 4, static_cast<std::uint32_t>(content.size()));
            std::copy(content.begin(), content.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + headBytes));
            at = end;
            return true;
        };
        for (const ExtensionBytes& one : extensions) {
            if (!append(one.type, one.content))
                return std::nullopt;
        }
        if (!append(extension::end, {}))
            return std::nullopt;
        if (hasName(oldHeader)) {
            nameAt = std::max(nameAt, at);
            if (nameAt + header.backingFileSize > bytes.size())
                return std::nullopt;
            header.backingFileOffset = HostOffset{nameAt};
            const auto name
                = old.subspan(oldHeader.backingFileOffset.value, oldHeader.backingFileSize);
            std::copy(
                name.begin(), name.end(), bytes.begin() + static_cast<std::ptrdiff_t>(nameAt));
        }
        write(header, headerFields, bytes);
        if (header.version >= 3) {
            write(header, headerVersion3Fields, bytes);
            if (header.headerLength >= 112)
                write(header, headerLaterFields, bytes);
        }
        return bytes;
    }

    /// Whether what lies behind the first sector can be written while the old header is valid.
    bool tailIsFree(std::span<const std::byte> old, std::span<const std::byte> wanted,
        const std::vector<bool>& readNow)
    {
        for (std::size_t i = sector; i < old.size(); ++i) {
            if (readNow[i] && old[i] != wanted[i])
                return false;
        }
        return true;
    }

    EditStep stepOver(std::span<const std::byte> old, std::span<const std::byte> wanted,
        std::size_t from, std::size_t end, const char* purpose)
    {
        EditStep step;
        step.at = HostOffset{from};
        step.length = Bytes{end - from};
        step.use = HostUse::Header;
        const auto part = [&](std::span<const std::byte> bytes) {
            const auto range = bytes.subspan(from, end - from);
            return std::vector<std::byte>{range.begin(), range.end()};
        };
        step.before = part(old);
        step.after = part(wanted);
        step.purpose = purpose;
        return step;
    }

} // namespace

std::vector<ExtensionBytes> splitExtensions(
    std::span<const std::byte> firstCluster, const Header& header)
{
    const std::size_t end = hasName(header)
        ? std::min<std::size_t>(header.backingFileOffset.value, firstCluster.size())
        : firstCluster.size();
    std::vector<ExtensionBytes> extensions;
    for (std::size_t at = header.headerLength; at + headBytes <= end;) {
        const auto type = loadBig<std::uint32_t>(firstCluster.data() + at);
        const auto length = loadBig<std::uint32_t>(firstCluster.data() + at + 4);
        at += headBytes;
        if (type == extension::end || length > end - at)
            break;
        const auto content = firstCluster.subspan(at, length);
        extensions.push_back({type, {content.begin(), content.end()}});
        at += padded(length);
    }
    return extensions;
}

std::vector<EditEpoch> replaceHeader(std::span<const std::byte> firstCluster, const Header& old,
    Header header, const std::vector<ExtensionBytes>& extensions)
{
    const std::vector<bool> readNow = readBytes(firstCluster, old);
    std::optional<std::vector<std::byte>> wanted;
    // The name directly behind the extensions, else behind all that the old header has.
    const auto lastRead = std::find(readNow.rbegin(), readNow.rend(), true);
    const auto behindAll
        = padded(static_cast<std::size_t>(std::distance(lastRead, readNow.rend())));
    for (const std::size_t nameAt : {std::size_t{0}, behindAll}) {
        wanted = laidOut(firstCluster, old, header, extensions, nameAt);
        if (wanted && tailIsFree(firstCluster, *wanted, readNow))
            break;
        wanted.reset();
    }
    if (!wanted)
        throw UnsupportedError("amend",
            "The first cluster has no room to change the header in one step that cannot be torn; "
            "convert the image instead.");

    std::vector<EditEpoch> epochs;
    std::size_t from = std::min(sector, firstCluster.size());
    std::size_t end = firstCluster.size();
    while (from < end && firstCluster[from] == (*wanted)[from])
        ++from;
    while (end > from && firstCluster[end - 1] == (*wanted)[end - 1])
        --end;
    if (from < end) {
        EditEpoch tail;
        tail.purpose = "What the new header leads to is written where the old one has nothing.";
        tail.steps.push_back(
            stepOver(firstCluster, *wanted, from, end, "Extensions and name of the backing file"));
        epochs.push_back(std::move(tail));
    }
    EditEpoch head;
    head.purpose = "The first sector changes as a whole: before it the old header is "
                   "valid, after it the new.";
    head.steps.push_back(
        stepOver(firstCluster, *wanted, 0, std::min(sector, firstCluster.size()), "Header"));
    epochs.push_back(std::move(head));
    return epochs;
}

} // namespace platter::qcow2
