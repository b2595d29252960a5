// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/crypto/Hash.h"

#include <QTest>

#include <openssl/evp.h>

#include <vector>

using namespace platter;

namespace {

std::span<const std::byte> asBytes(const QByteArray& bytes)
{
    return std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())});
}

QByteArray stretched(HashAlgorithm algorithm, const QByteArray& passphrase, quint32 iterations,
    int keyLength, const StretchProgress& progress)
{
    QByteArray key(keyLength, '\0');
    const auto span
        = std::as_writable_bytes(std::span{key.data(), static_cast<std::size_t>(keyLength)});
    stretchPassphrase(
        algorithm, asBytes(passphrase), asBytes("pepper and salt"), iterations, span, progress);
    return key;
}

} // namespace

class TestHash : public QObject {
    Q_OBJECT
private slots:
    void stretchesLikeOpenssl_data()
    {
        QTest::addColumn<QByteArray>("hash");
        QTest::addColumn<QByteArray>("passphrase");
        QTest::addColumn<quint32>("iterations");
        QTest::addColumn<int>("keyLength");
        for (const char* hash : {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}) {
            QTest::addRow("%s, a key of several digests", hash)
                << QByteArray(hash) << QByteArray("secret") << 1234U << 150;
        }
        QTest::addRow("one iteration") << QByteArray("sha256") << QByteArray("secret") << 1U << 64;
        QTest::addRow("a key shorter than the digest")
            << QByteArray("sha256") << QByteArray("secret") << 10U << 20;
        QTest::addRow("an empty passphrase") << QByteArray("sha256") << QByteArray() << 10U << 32;
        QTest::addRow("a passphrase longer than the hash's block")
            << QByteArray("sha256") << QByteArray(500, 'p') << 10U << 32;
        QTest::addRow("more iterations than one report covers")
            << QByteArray("sha1") << QByteArray("secret") << 10'000U << 20;
    }
    void stretchesLikeOpenssl()
    {
        QFETCH(const QByteArray, hash);
        QFETCH(const QByteArray, passphrase);
        QFETCH(const quint32, iterations);
        QFETCH(const int, keyLength);
        const QByteArray salt("pepper and salt");
        std::vector<unsigned char> expected(static_cast<std::size_t>(keyLength));
        QVERIFY(PKCS5_PBKDF2_HMAC(passphrase.data(), static_cast<int>(passphrase.size()),
            reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
            static_cast<int>(iterations), EVP_get_digestbyname(hash.data()), keyLength,
            expected.data()));
        const auto algorithm = hashNamed(hash.toStdString());
        QVERIFY(algorithm.has_value());
        const QByteArray key
            = stretched(*algorithm, passphrase, iterations, keyLength, [](auto) {});
        QCOMPARE(key, QByteArray(reinterpret_cast<const char*>(expected.data()), keyLength));
    }

    void digestsMatchPublishedValues_data()
    {
        QTest::addColumn<QByteArray>("hash");
        QTest::addColumn<QByteArray>("expected");
        QTest::addRow("ripemd160 of \"abc\"")
            << QByteArray("ripemd160") << QByteArray("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        QTest::addRow("md5 of \"abc\"")
            << QByteArray("md5") << QByteArray("900150983cd24fb0d6963f7d28e17f72");
    }
    void digestsMatchPublishedValues()
    {
        QFETCH(const QByteArray, hash);
        QFETCH(const QByteArray, expected);
        const auto algorithm = hashNamed(hash.toStdString());
        QVERIFY(algorithm.has_value());
        QByteArray digest(static_cast<qsizetype>(digestLength(*algorithm)), '\0');
        const auto span = std::as_writable_bytes(
            std::span{digest.data(), static_cast<std::size_t>(digest.size())});
        digestOf(*algorithm, {asBytes("a"), asBytes("bc")}, span);
        QCOMPARE(digest.toHex(), expected);
    }

    void reportsAllOfItsWork()
    {
        std::uint64_t reported = 0;
        stretched(HashAlgorithm::Sha256, "secret", 9000, 64,
            [&](std::uint64_t iterations) { reported += iterations; });
        QCOMPARE(reported, stretchWork(HashAlgorithm::Sha256, 9000, 64));
        QCOMPARE(reported, std::uint64_t{2 * 9000});
    }

    void stopsWhenToldTo()
    {
        unsigned reports = 0;
        const auto stop = [&](std::uint64_t) {
            if (++reports == 3)
                throw Cancelled{};
        };
        QVERIFY_EXCEPTION_THROWN(
            stretched(HashAlgorithm::Sha256, "secret", 0xffffffff, 32, stop), Cancelled);
    }

    void knowsNoOtherHash()
    {
        QVERIFY(!hashNamed("whirlpool"));
        QVERIFY(!hashNamed("SHA256"));
        QVERIFY(!hashNamed(""));
    }
};

QTEST_APPLESS_MAIN(TestHash)
#include "tst_hash.moc"
