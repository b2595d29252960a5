// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/NewKey.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QJsonObject>

#include <stdexcept>

namespace platter::tests {

inline constexpr int diskSize = (9 << 20) + 1536;
inline const QByteArray marker = "what nobody may read";
inline const QString sesame = "sesame";
inline const QString other = "p\u00e4ss phrase";

/// How a qemu-img call names an image that this passphrase opens; empty: it is not encrypted.
inline QStringList sourceOf(const QString& path, const QString& format, const QString& passphrase)
{
    if (passphrase.isEmpty())
        return {"-f", format, path};
    return encryptedSource(path, format, passphrase);
}

inline void writeByQemu(const QStringList& source, const QStringList& commands)
{
    qemuIo(source.last(), commands, source.first(source.size() - 1));
}

inline void writeFile(const QString& path, const QByteArray& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot write " + path.toStdString());
}

inline QByteArray contentOf(const QString& path)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot read " + path.toStdString());
    return file.readAll();
}

/// How qemu-img tells that an image is encrypted, without what is random or measured.
inline QJsonObject encryptionOf(const QString& path)
{
    QJsonObject found = qemuJson({"info", path})["format-specific"]["data"]["encrypt"].toObject();
    for (const char* key : {"uuid", "slots", "master-key-iters"})
        found.remove(key);
    return found;
}

inline NewEncryption quickEncryption(NewEncryption::Format format)
{
    NewEncryption encryption;
    encryption.format = format;
    if (format == NewEncryption::Format::Luks)
        encryption.iterationTime = std::chrono::milliseconds{1};
    const QByteArray bytes = sesame.toUtf8();
    encryption.passphrase = std::make_shared<SecretBytes>(
        std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())}));
    return encryption;
}

/// The bytes that something was written to in memory.
inline std::vector<std::byte> bytesOf(const ByteFile& file)
{
    std::vector<std::byte> bytes(file.size().value);
    file.read({}, bytes);
    return bytes;
}

/// Makes in the current folder: disk.raw, and the same disk as plain.qcow2, luks.qcow2,
/// luks-cbc.qcow2, aes.qcow2 and aes.qcow, locked by "sesame"; and files with passphrases.
inline void makeEncryptedDisks()
{
    writeFile("sesame", sesame.toUtf8() + "\n");
    writeFile("other", other.toUtf8());
    writeFile("empty", "\n");
    writeFile("latin", "p\xe4ss");
    qemuImg({"create", "-q", "-f", "raw", "disk.raw", QString::number(diskSize)});
    qemuIo("disk.raw",
        {"write -P 7 1M 700k", "write -P 201 3000k 3k", "write -P 9 5M 1M",
            QString("write -P 5 %1 512").arg(diskSize - 512)},
        {"-f", "raw"});
    QFile disk{"disk.raw"};
    if (!disk.open(QIODevice::ReadWrite))
        throw std::runtime_error("cannot open disk.raw");
    for (const qint64 at : {qint64{2} << 20, qint64{4} << 20, qint64{7'000'123}}) {
        disk.seek(at);
        for (int i = 0; i < 1000; ++i)
            disk.write(marker + QByteArray::number(i));
    }
    disk.close();
    const QStringList secret{"--object", "secret,id=s,data=" + sesame};
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "disk.raw", "plain.qcow2"});
    const auto make = [&](const QString& format, const QString& options, const QString& path) {
        qemuImg(QStringList{"convert"} + secret
            + QStringList{"-f", "raw", "-O", format, "-o",
                "encrypt.key-secret=s,encrypt.format=" + options, "disk.raw", path});
    };
    make("qcow2", "luks,encrypt.iter-time=100", "luks.qcow2");
    make("qcow2",
        "luks,encrypt.iter-time=100,encrypt.cipher-alg=twofish-128,encrypt.cipher-mode=cbc,"
        "encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=md5,encrypt.hash-alg=sha512,"
        "cluster_size=4k",
        "luks-cbc.qcow2");
    make("qcow2", "aes", "aes.qcow2");
    make("qcow", "aes", "aes.qcow");
}

} // namespace platter::tests
