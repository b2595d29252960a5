// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/LegacyAes.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>
#include <vector>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr qsizetype sectorBytes = SectorCipher::sectorSize;

std::span<std::byte> writableBytes(QByteArray& bytes)
{
    return std::as_writable_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())});
}

QByteArray encrypted(const SectorCipher& cipher, quint64 sector, QByteArray plain)
{
    cipher.encrypt(sector, writableBytes(plain));
    return plain;
}

} // namespace

/// The format knowledge needed to find a cluster stays with the formats' own tests: here the
/// ciphertext that QEMU stored is looked for in the whole file.
class TestLegacyAes : public QObject {
    Q_OBJECT
private slots:
    void qemuStoresTheSameBytes_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("passphrase");
        QTest::addRow("qcow2, a short passphrase is padded with zeros") << "qcow2"
                                                                        << "abc";
        QTest::addRow("qcow2, of a long passphrase 16 bytes count")
            << "qcow2"
            << "0123456789abcdefthe rest is ignored";
        QTest::addRow("qcow2, a passphrase beyond ASCII") << "qcow2"
                                                          << "p\u00e4sswort";
        QTest::addRow("qcow version 1") << "qcow"
                                        << "abc";
    }
    void qemuStoresTheSameBytes()
    {
        QFETCH(const QString, format);
        QFETCH(const QString, passphrase);
        QTemporaryDir folder;
        const QString image = folder.filePath("image");
        const QString secret = "secret,id=s,data=" + passphrase;
        qemuImg({"create", "-q", "-f", format, "--object", secret, "-o",
            "encrypt.format=aes,encrypt.key-secret=s", image, "4M"});
        qemuIo(
            "driver=" + format + ",encrypt.format=aes,encrypt.key-secret=s,file.filename=" + image,
            {"write -P 0xa7 1M 64k"}, {"--object", secret, "--image-opts"});
        QFile file(image);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray stored = file.readAll();

        const auto cipher = makeLegacyAes(passphrase.toStdString());
        constexpr quint64 firstSector = (1 << 20) / sectorBytes;
        const QByteArray expected
            = encrypted(*cipher, firstSector, QByteArray(4 * sectorBytes, '\xa7'));
        const qsizetype at = stored.indexOf(expected);
        QVERIFY2(at > 0, "QEMU's ciphertext differs");

        QByteArray back = stored.sliced(at, 4 * sectorBytes);
        cipher->decrypt(firstSector, writableBytes(back));
        QCOMPARE(back, QByteArray(4 * sectorBytes, '\xa7'));
    }

    void everySectorStandsAlone()
    {
        const auto cipher = makeLegacyAes("abc");
        const QByteArray plain(3 * sectorBytes, 'x');
        const QByteArray together = encrypted(*cipher, 0xffffffff, plain);
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(together.sliced(i * sectorBytes, sectorBytes),
                encrypted(
                    *cipher, 0xffffffffULL + static_cast<quint64>(i), plain.first(sectorBytes)));
        }
        QVERIFY(together.first(sectorBytes) != together.last(sectorBytes));
    }

    void anEmptyPassphraseIsAKeyOfZeros()
    {
        const QByteArray plain(sectorBytes, 'x');
        QCOMPARE(encrypted(*makeLegacyAes({}), 5, plain),
            encrypted(*makeLegacyAes(std::string_view{"\0\0", 2}), 5, plain));
    }

    void threadsShareOneCipher()
    {
        const auto cipher = makeLegacyAes("abc");
        const QByteArray plain(64 * sectorBytes, 'x');
        const QByteArray expected = encrypted(*cipher, 7, plain);
        std::atomic<int> wrong{0};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 100; ++round)
                    wrong += encrypted(*cipher, 7, plain) == expected ? 0 : 1;
            });
        }
        threads.clear();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_APPLESS_MAIN(TestLegacyAes)
#include "tst_legacyaes.moc"
