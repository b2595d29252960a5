// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/Luks.h"
#include "core/io/MemoryFile.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace platter::tests {

/// A way to encrypt, as options of qemu-img.
struct LuksRecipe {
    QString options; ///< "cipher-alg=aes-256,cipher-mode=xts"
    QString file; ///< where the volume is made
};

inline constexpr qint64 nearOffset = 64 << 10; ///< bytes into the payload that qemu-io writes
inline constexpr qint64 farOffset = (qint64{1} << 41) + (1 << 20); ///< its sector needs 33 bits
inline constexpr qsizetype patternBytes = 4096;

inline const QString passphrase = "p\u00e4ss phrase";
inline const QString secret = "secret,id=s,data=" + passphrase;

/// Makes a bare LUKS volume and lets QEMU write two patterns into it.
/// qemu-img measures the machine for seconds before it makes a key, hence makeVolumes().
inline void makeVolume(const LuksRecipe& recipe)
{
    const QStringList arguments{"create", "-q", "-f", "luks", "--object", secret, "-o",
        "key-secret=s,iter-time=100," + recipe.options, recipe.file, "3T"};
    // qemu-img measures how fast the machine is, and gives up by chance where it is very fast.
    constexpr int mostTries = 20;
    Finished created = run("qemu-img", arguments);
    for (int i = 1; i < mostTries && created.errors.contains("Unable to get accurate CPU usage");
         ++i)
        created = run("qemu-img", arguments);
    if (created.exitCode != 0)
        throw std::runtime_error(created.errors.toStdString());
    qemuIo("driver=luks,key-secret=s,file.filename=" + recipe.file,
        {QString("write -P 0x5a %1 %2").arg(nearOffset).arg(patternBytes),
            QString("write -P 0xc3 %1 %2").arg(farOffset).arg(patternBytes)},
        {"--object", secret, "--image-opts"});
}

/// makeVolume() for all, on all processors; throws the first failure.
inline void makeVolumes(const std::vector<LuksRecipe>& recipes)
{
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
            threads.emplace_back([&] {
                for (std::size_t at = next++; at < recipes.size(); at = next++) {
                    try {
                        makeVolume(recipes[at]);
                    } catch (...) {
                        const std::lock_guard lock{mutex};
                        failure = std::current_exception();
                    }
                }
            });
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

/// A part of a file as a file of its own: the volumes are larger than memory.
inline QByteArray bytesOf(const QString& path, qint64 at, qint64 length)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || !file.seek(at))
        throw std::runtime_error("cannot read " + path.toStdString());
    return file.read(length);
}

inline std::vector<std::byte> toVector(const QByteArray& bytes)
{
    const auto span
        = std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())});
    return {span.begin(), span.end()};
}

/// Header and key material of the volume at `path`.
inline std::vector<std::byte> headOf(const QString& path)
{
    constexpr qint64 enough = 4 << 20;
    return toVector(bytesOf(path, 0, enough));
}

/// Unlocks the volume and compares what QEMU wrote, both ways.
inline void compareWithQemu(const LuksRecipe& recipe)
{
    const MemoryFile head{headOf(recipe.file)};
    const LuksHeader header = readLuksHeader(head, {}, head.size());
    const LuksKey key = unlockLuks(head, {}, header, passphrase.toStdString(), {});
    QCOMPARE(key.slot, 0U);
    for (const auto& [offset, pattern] :
        {std::pair{nearOffset, 0x5a}, std::pair{farOffset, 0xc3}}) {
        const auto stored = toVector(bytesOf(
            recipe.file, static_cast<qint64>(header.payloadOffset.value) + offset, patternBytes));
        const auto sector = static_cast<quint64>(offset) / SectorCipher::sectorSize;
        auto bytes = stored;
        key.cipher->decrypt(sector, bytes);
        QVERIFY(bytes
            == std::vector<std::byte>(static_cast<std::size_t>(patternBytes), std::byte(pattern)));
        key.cipher->encrypt(sector, bytes);
        QVERIFY(bytes == stored);
    }
}

} // namespace platter::tests
