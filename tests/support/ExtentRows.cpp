// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ExtentRows.h"

#include "tests/support/Qemu.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace platter::tests {

namespace {

    /// Joins neighbouring ranges of one kind, so that two answers can be compared.
    class Rows {
    public:
        void add(std::uint64_t start, std::uint64_t length, const char* kind,
            std::optional<std::uint64_t> host)
        {
            const bool placeGoesOn
                = host ? m_host && *m_host + m_length == *host : !m_host.has_value();
            if (m_length != 0 && m_kind == kind && placeGoesOn) {
                m_length += length;
                return;
            }
            flush();
            m_start = start;
            m_length = length;
            m_kind = kind;
            m_host = host;
        }
        QStringList take()
        {
            flush();
            return m_rows;
        }

    private:
        void flush()
        {
            if (m_length == 0)
                return;
            QString row = QString("%1+%2 %3").arg(m_start).arg(m_length).arg(m_kind);
            if (m_host)
                row += QString(" at %1").arg(*m_host);
            m_rows << row;
            m_length = 0;
        }

        QStringList m_rows;
        std::uint64_t m_start = 0;
        std::uint64_t m_length = 0;
        QString m_kind;
        std::optional<std::uint64_t> m_host;
    };

    void addExtent(Rows& rows, const Extent& extent, bool encrypted)
    {
        const char* kind = "zero";
        std::optional<std::uint64_t> host;
        switch (extent.kind) {
        case ExtentKind::Unallocated:
        case ExtentKind::Zero: break;
        case ExtentKind::ZeroAllocated: host = extent.host.value; break;
        case ExtentKind::Data:
            kind = "data";
            if (!encrypted)
                host = extent.host.value;
            break;
        case ExtentKind::Compressed: kind = "data"; break;
        case ExtentKind::Damaged: kind = "damaged"; break;
        }
        rows.add(extent.start.value, extent.length.value, kind, host);
    }

} // namespace

std::vector<std::byte> fileBytes(const QString& path)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error(("cannot read " + path).toStdString());
    const QByteArray content = file.readAll();
    std::vector<std::byte> bytes(static_cast<std::size_t>(content.size()));
    std::transform(content.begin(), content.end(), bytes.begin(),
        [](char byte) { return static_cast<std::byte>(byte); });
    return bytes;
}

QStringList qemuMapRows(const QString& path, const QString& format)
{
    Rows rows;
    for (const QJsonValue& value : qemuJson({"map", "-f", format, path}).array()) {
        const QJsonObject entry = value.toObject();
        std::optional<std::uint64_t> host;
        if (entry.contains("offset"))
            host = static_cast<std::uint64_t>(entry["offset"].toInteger());
        rows.add(static_cast<std::uint64_t>(entry["start"].toInteger()),
            static_cast<std::uint64_t>(entry["length"].toInteger()),
            entry["data"].toBool() ? "data" : "zero", host);
    }
    return rows.take();
}

QStringList mapRows(const Image& image)
{
    Rows rows;
    std::uint64_t next = 0;
    const bool encrypted = image.encryption().has_value();
    image.activeState().scan(GuestOffset{0}, image.virtualSize(),
        [&](const Extent& extent) {
            if (extent.start.value != next)
                throw std::runtime_error("the scan leaves a gap");
            next = extent.end().value;
            addExtent(rows, extent, encrypted);
        },
        {});
    if (next != image.virtualSize().value)
        throw std::runtime_error("the scan does not cover the disk");
    return rows.take();
}

QStringList mapRowsByLookup(const Image& image, Bytes atMost)
{
    Rows rows;
    const bool encrypted = image.encryption().has_value();
    const std::uint64_t size = image.virtualSize().value;
    for (std::uint64_t at = 0; at < size;) {
        Extent extent = image.activeState().extentAt(GuestOffset{at}, atMost);
        const std::uint64_t end = std::min(extent.end().value, size);
        if (extent.start.value > at || end <= at)
            throw std::runtime_error("an extent does not hold what was asked for");
        extent.start = GuestOffset{at};
        extent.length = Bytes{end - at};
        addExtent(rows, extent, encrypted);
        at = end;
    }
    return rows.take();
}

QStringList hostRows(const Image& image)
{
    QStringList rows;
    std::uint64_t next = 0;
    image.scanHost(
        [&](const HostRange& range) {
            if (range.start.value != next || range.length.value == 0)
                throw std::runtime_error("the host map leaves a gap");
            next += range.length.value;
            QString row = QString("%1+%2 %3")
                              .arg(range.start.value)
                              .arg(range.length.value)
                              .arg(hostUseName(range.use));
            if (range.guest)
                row += QString(" guest %1").arg(range.guest->value);
            rows << row;
        },
        {});
    if (next != image.file().size().value)
        throw std::runtime_error("the host map does not cover the file");
    return rows;
}

std::vector<std::byte> guestBytes(const Image& image)
{
    const std::uint64_t size = image.virtualSize().value;
    std::vector<std::byte> disk(size);
    image.activeState().scan(GuestOffset{0}, Bytes{size},
        [&](const Extent& extent) {
            const auto part = std::span{disk}.subspan(extent.start.value, extent.length.value);
            if (extent.kind == ExtentKind::Data) {
                image.file().readPadded(extent.host, part);
                if (const SectorCipher* cipher = image.cipher())
                    cipher->decrypt(extent.start.value / SectorCipher::sectorSize, part);
            } else if (extent.kind == ExtentKind::Compressed) {
                std::vector<std::byte> stream(extent.stored.value);
                image.file().readPadded(extent.host, stream);
                std::vector<std::byte> cluster(image.clusterSize()->value);
                decompress(image.compression(), stream, cluster);
                std::copy_n(cluster.begin(), part.size(), part.begin());
            } else if (extent.kind == ExtentKind::Damaged) {
                throw std::runtime_error("the image is damaged");
            }
        },
        {});
    return disk;
}

std::vector<std::byte> qemuGuestBytes(const QStringList& source, const QString& folder)
{
    const QString raw = folder + "/guest.raw";
    qemuImg(QStringList{"convert", "-O", "raw"} + source + QStringList{raw});
    const auto bytes = fileBytes(raw);
    QFile::remove(raw);
    return bytes;
}

QStringList findingIds(const std::vector<Finding>& findings)
{
    QStringList ids;
    for (const Finding& finding : findings)
        ids << finding.kind->id;
    return ids;
}

} // namespace platter::tests
