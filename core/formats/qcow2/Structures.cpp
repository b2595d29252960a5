// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// What stands behind the header in its cluster: extensions and the backing file's name.
    void addFirstCluster(std::vector<StructureMark>& marks, std::span<const std::byte> firstCluster,
        const Header& header, const Extensions& extensions)
    {
        marks.insert(marks.end(), extensions.marks.begin(), extensions.marks.end());
        if (header.backingFileOffset.value
            && header.backingFileOffset.value < firstCluster.size()) {
            const std::size_t length = std::min<std::size_t>(
                header.backingFileSize, firstCluster.size() - header.backingFileOffset.value);
            StructureMark mark;
            mark.name = "Backing file name";
            mark.at = header.backingFileOffset;
            mark.length = Bytes{length};
            mark.note = PLATTER_TEXT(
                "Field", "The image reads from this file what it does not hold itself.");
            FieldMark field;
            field.name = "backing file name";
            field.at = mark.at;
            field.length = mark.length;
            field.display = Display::Text;
            field.value = displayText(Display::Text, {},
                firstCluster.subspan(header.backingFileOffset.value, length), {});
            field.meaning = mark.note;
            mark.fields.push_back(std::move(field));
            marks.push_back(std::move(mark));
        }
    }

} // namespace

std::vector<StructureMark> Qcow2Image::describeFirstCluster() const
{
    const auto firstCluster = readFirstCluster(file(), m_header);
    std::vector<StructureMark> marks{describeHeader(firstCluster)};
    addFirstCluster(marks, firstCluster, m_header, m_extensions);
    return marks;
}

std::vector<StructureMark> Qcow2Image::describe() const
{
    return describeStructures(file());
}

std::vector<StructureMark> describeStructures(const ByteFile& file)
{
    constexpr std::size_t most = 1000; // entries of one table; the window shows no more at once
    std::vector<std::byte> first(std::min<std::uint64_t>(file.size().value, 4096));
    first.resize(file.read(HostOffset{0}, first));
    std::vector<StructureMark> marks{describeHeader(first)};
    Header header;
    try {
        header = parseHeader(file);
    } catch (const FormatError& error) {
        marks.back().note = error.what();
        return marks;
    }
    if (header.version < 2 || header.version > 3 || header.clusterBits < 9
        || header.clusterBits > 21
        || (header.version >= 3
            && header.headerLength > ClusterSize::ofBits(header.clusterBits).bytes().value))
        return marks;

    const auto firstCluster = readFirstCluster(file, header);
    Extensions extensions = inspectExtensions(firstCluster, header);
    addFirstCluster(marks, firstCluster, header, extensions);
    if (extensions.encryption && header.cryptMethod == 2) {
        for (StructureMark& mark :
            describeLuks(file, extensions.encryption->offset, extensions.encryption->length))
            marks.push_back(std::move(mark));
    }
    if (header.snapshotCount) {
        for (StructureMark& mark : describeSnapshots(file, header, header.snapshotsOffset, 0, most))
            marks.push_back(std::move(mark));
    }
    if (extensions.bitmaps) {
        for (StructureMark& mark : describeBitmaps(
                 file, *extensions.bitmaps, extensions.bitmaps->directoryOffset, 0, most))
            marks.push_back(std::move(mark));
    }
    return marks;
}

} // namespace platter::qcow2
