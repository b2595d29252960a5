// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"

#include "tests/support/Qemu.h"

#include <QCryptographicHash>
#include <QFile>

#include <stdexcept>
#include <vector>

namespace platter::tests {

VirtualDisk openDisk(const QString& path, const std::optional<QString>& passphrase,
    std::optional<std::size_t> snapshot)
{
    OpenOptions options;
    if (passphrase)
        options.passphrase = passphrase->toStdString();
    return VirtualDisk{
        openChain(path.toStdString(), options, OpenPolicy::trustPlainPaths(), {}), snapshot};
}

QByteArray guestHash(const VirtualDisk& disk)
{
    QCryptographicHash hash{QCryptographicHash::Sha256};
    std::vector<std::byte> buffer(1'000'003);
    const std::uint64_t size = disk.size().value;
    for (std::uint64_t at = 0; at < size;) {
        const auto piece
            = std::span{buffer}.first(std::min<std::uint64_t>(buffer.size(), size - at));
        disk.read(GuestOffset{at}, piece);
        hash.addData(QByteArrayView{
            reinterpret_cast<const char*>(piece.data()), static_cast<qsizetype>(piece.size())});
        at += piece.size();
    }
    return hash.result().toHex();
}

QByteArray fileHash(const QString& path)
{
    QFile file{path};
    QCryptographicHash hash{QCryptographicHash::Sha256};
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        throw std::runtime_error(("cannot read " + path).toStdString());
    return hash.result().toHex();
}

QByteArray qemuHash(const QStringList& source, const QString& folder)
{
    const QString raw = folder + "/oracle.raw";
    qemuImg(QStringList{"convert", "-O", "raw"} + source + QStringList{raw});
    const QByteArray hash = fileHash(raw);
    QFile::remove(raw);
    return hash;
}

QStringList encryptedSource(const QString& path, const QString& format, const QString& passphrase)
{
    return {"--object", "secret,id=oracle,data=" + passphrase, "--image-opts",
        "driver=" + format + ",encrypt.key-secret=oracle,file.filename=" + path};
}

} // namespace platter::tests
