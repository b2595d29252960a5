// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/MapExport.h"

#include "app/text/MapAspectText.h"
#include "core/base/Error.h"

#include <QBuffer>
#include <QImage>
#include <QSaveFile>
#include <QTextStream>

#include <algorithm>
#include <cerrno>

namespace platter::app {

namespace {

    /// The file appears only when it is complete.
    void writeFile(const std::filesystem::path& path, const QByteArray& bytes)
    {
        QSaveFile file{QString::fromStdString(path.string())};
        errno = 0;
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
            throw IoError(path.string(), "write the file",
                std::error_code{errno ? errno : EIO, std::generic_category()});
    }

    QString quoted(QString text)
    {
        return u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
    }

} // namespace

MapExtract MapExtract::of(MapSubject subject, std::shared_ptr<const MapPicture> picture,
    std::shared_ptr<const MapDetail> detail, const ClusterMapGeometry& geometry)
{
    MapExtract extract;
    extract.subject = std::move(subject);
    extract.picture = std::move(picture);
    extract.detail = std::move(detail);
    extract.geometry = geometry;
    extract.m_ranges = geometry.visibleRanges();
    std::uint64_t cells = 0;
    for (const auto& range : extract.m_ranges) {
        extract.m_cellsBefore.push_back(cells);
        cells += range.length / geometry.bytesPerCell + (range.length % geometry.bytesPerCell != 0);
    }
    extract.m_cellsBefore.push_back(cells);
    return extract;
}

std::uint64_t MapExtract::cellCount() const
{
    return m_cellsBefore.empty() ? 0 : m_cellsBefore.back();
}

MapExtract::Cell MapExtract::cellAt(std::uint64_t index) const
{
    const auto behind = std::upper_bound(m_cellsBefore.begin(), m_cellsBefore.end(), index);
    const auto which = static_cast<std::size_t>(behind - m_cellsBefore.begin()) - 1;
    const auto& range = m_ranges[which];
    const std::uint64_t from = range.from + (index - m_cellsBefore[which]) * geometry.bytesPerCell;
    return {from, Bytes{std::min(geometry.bytesPerCell, range.from + range.length - from)}};
}

void saveMapPicture(const MapExtract& extract, const ClusterMapColors& colors,
    const std::filesystem::path& path, const JobControl& job)
{
    const ClusterMapGeometry& geometry = extract.geometry;
    QImage picture{geometry.area, QImage::Format_RGB32};
    paintFrame(picture, geometry, colors, [&](quint64 tile, std::span<QRgb> cells) {
        job.checkStop();
        const auto found = lookUpCells(*extract.picture, colors,
            {tile * cellsPerTile * geometry.bytesPerCell, geometry.bytesPerCell, cells.size()});
        std::copy(found.begin(), found.end(), cells.begin());
    });
    QByteArray bytes;
    QBuffer buffer{&bytes};
    buffer.open(QIODevice::WriteOnly);
    picture.save(&buffer, "PNG");
    writeFile(path, bytes);
}

void saveMapTable(
    const MapExtract& extract, const std::filesystem::path& path, const JobControl& job)
{
    const MapSubject& subject = extract.subject;
    const auto categories = mapCategories(subject.view, subject.aspect);
    QByteArray bytes;
    QTextStream out{&bytes};
    out << "first_byte,bytes,read";
    for (const MapCategoryWords& words : categories)
        out << ',' << quoted(words.name);
    out << ',' << quoted(mapGround(subject.view, subject.aspect).name) << '\n';
    const std::uint64_t count = extract.cellCount();
    for (std::uint64_t i = 0; i < count; ++i) {
        if (i % 1024 == 0)
            job.step({i, count});
        const MapExtract::Cell cell = extract.cellAt(i);
        const CellShares shares = extract.picture->shares(cell.from, cell.length.value);
        out << cell.from << ',' << cell.length.value << ',' << (shares.known ? "yes" : "no");
        const auto percent
            = [&out](int share) { out << ',' << QString::number(share * 100.0 / 255.0, 'f', 1); };
        int told = 0;
        for (const MapCategoryWords& words : categories) {
            told += shares.of[words.category];
            percent(shares.of[words.category]);
        }
        percent(shares.known ? std::max(0, 255 - told) : 0);
        out << '\n';
    }
    out.flush();
    writeFile(path, bytes);
}

} // namespace platter::app
