// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/crypto/AntiForensic.h"
#include "core/crypto/LuksLayout.h"
#include "core/crypto/NewKey.h"
#include "core/crypto/Random.h"
#include "tests/core/crypto/LuksVolume.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

using namespace platter;
using namespace platter::tests;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(platter::LuksChoice)

namespace {

SecretBytes secretOf(const QString& text)
{
    const QByteArray bytes = text.toUtf8();
    return SecretBytes{
        std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())})};
}

std::string refusalOf(const NewEncryption& encryption)
{
    try {
        requireUsable(encryption);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace

/// LUKS volumes that Platter makes are volumes to QEMU, and to Platter.
class TestNewLuks final : public QObject {
    Q_OBJECT
private slots:
    void stripesAreTheKey_data();
    void stripesAreTheKey();
    void qemuOpensThem_data();
    void qemuOpensThem();
    void everyOneIsItsOwn();
    void takesTheTimeThatIsAskedFor();
    void stopsWhenToldTo();
    void refusals();

private:
    QTemporaryDir m_folder;
};

void TestNewLuks::stripesAreTheKey_data()
{
    QTest::addColumn<int>("keyLength");
    for (const int length : {16, 32, 48, 64, 20, 1})
        QTest::addRow("%d bytes", length) << length;
}

void TestNewLuks::stripesAreTheKey()
{
    QFETCH(const int, keyLength);
    const auto length = static_cast<std::size_t>(keyLength);
    SecretBytes key{length};
    fillRandom(key.span());
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{4000}}) {
        SecretBytes stripes{length * count};
        splitIntoStripes(HashAlgorithm::Sha1, key, stripes.span());
        QVERIFY(std::ranges::equal(
            mergeStripes(HashAlgorithm::Sha1, stripes.span(), length).span(), key.span()));
    }
}

void TestNewLuks::qemuOpensThem_data()
{
    QTest::addColumn<LuksChoice>("choice");
    const auto row = [](const CipherSpec& spec, HashAlgorithm hash) {
        QTest::addRow("%s %s %s %s %s", cipherName(spec.cipher), modeName(spec.mode),
            ivRuleName(spec.ivRule), hashName(spec.ivHash), hashName(hash))
            << LuksChoice{spec, hash, 1ms};
    };
    using enum BlockCipher;
    for (const BlockCipher cipher : {Aes128, Aes192, Aes256, Serpent128, Serpent192, Serpent256,
             Twofish128, Twofish192, Twofish256, Cast5}) {
        for (const CipherMode mode :
            {CipherMode::Ecb, CipherMode::Cbc, CipherMode::Ctr, CipherMode::Xts}) {
            for (const IvRule rule : {IvRule::Plain, IvRule::Plain64, IvRule::Essiv}) {
                if (cipher != Aes256 && rule == IvRule::Plain)
                    continue;
                const LuksChoice choice{{cipher, mode, rule, HashAlgorithm::Sha256}};
                try {
                    requireUsable(choice);
                } catch (const UnsupportedError&) {
                    continue; // see refusals()
                }
                row(choice.cipher, HashAlgorithm::Sha256);
            }
        }
    }
    using enum HashAlgorithm;
    for (const HashAlgorithm hash : {Md5, Sha1, Sha224, Sha384, Sha512, Ripemd160})
        row({}, hash);
    row({Aes128, CipherMode::Cbc, IvRule::Essiv, Md5}, Sha512);
}

void TestNewLuks::qemuOpensThem()
{
    QFETCH(const LuksChoice, choice);
    const SecretBytes words = secretOf(passphrase);
    const NewLuks made = makeLuks(choice, words.span(), {});

    const MemoryFile area{made.area};
    const LuksHeader header = readLuksHeader(area, {}, area.size());
    QCOMPARE(header.payloadOffset.value, made.area.size());
    QCOMPARE(header.cipherAlgorithm, std::string{cipherName(choice.cipher.cipher)});
    QCOMPARE(header.cipherMode, std::string{modeName(choice.cipher.mode)});
    QCOMPARE(header.ivGenerator, std::string{ivRuleName(choice.cipher.ivRule)});
    QCOMPARE(header.hash, std::string{hashName(choice.hash)});
    QVERIFY(header.masterKeyIterations >= 1000);
    QVERIFY(header.keySlots[0].iterations >= 1000);

    constexpr std::uint64_t lastSector = (std::uint64_t{1} << 32) + 8; // more than 32 bits
    std::vector<std::byte> data(patternBytes, std::byte{0x5a});
    made.cipher->encrypt(0, data);
    std::vector<std::byte> farData(patternBytes, std::byte{0xc3});
    made.cipher->encrypt(lastSector, farData);
    std::vector<std::byte> same = data;
    unlockLuks(area, {}, header, passphrase.toStdString(), {}).cipher->decrypt(0, same);
    QVERIFY(same == std::vector<std::byte>(patternBytes, std::byte{0x5a}));

    const QString path = m_folder.filePath("volume");
    QFile volume{path};
    QVERIFY(volume.open(QIODevice::WriteOnly));
    const auto put = [&](const std::vector<std::byte>& bytes) {
        volume.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    };
    put(made.area);
    put(data);
    QVERIFY(volume.seek(static_cast<qint64>(made.area.size() + lastSector * 512)));
    put(farData);
    volume.close();
    const QString image = "driver=luks,key-secret=s,file.filename=" + path;
    for (const QString& command : {QString("read -P 0x5a 0 %1").arg(patternBytes),
             QString("read -P 0xc3 %1 %2").arg(lastSector * 512).arg(patternBytes)}) {
        const QByteArray answer = qemuIo(image, {command}, {"--object", secret, "--image-opts"});
        QVERIFY2(!answer.contains("verification failed"), answer);
    }
}

void TestNewLuks::everyOneIsItsOwn()
{
    const SecretBytes words = secretOf("sesame");
    const auto header = [&] {
        const MemoryFile area{makeLuks({{}, HashAlgorithm::Sha256, 1ms}, words.span(), {}).area};
        return readLuksHeader(area, {}, area.size());
    };
    const LuksHeader one = header();
    const LuksHeader other = header();
    QVERIFY(one.uuid != other.uuid);
    QCOMPARE(one.uuid.size(), std::size_t{36});
    QVERIFY(one.masterKeyDigest != other.masterKeyDigest);
    QVERIFY(one.masterKeySalt != other.masterKeySalt);
    QVERIFY(one.keySlots[0].salt != other.keySlots[0].salt);
    for (std::size_t i = 1; i < one.keySlots.size(); ++i)
        QVERIFY(!one.keySlots[i].active);
}

/// More time is more iterations; the digest has an eighth of them, counted for one digest.
void TestNewLuks::takesTheTimeThatIsAskedFor()
{
    const SecretBytes words = secretOf("sesame");
    const auto header = [&](std::chrono::milliseconds time) {
        const MemoryFile area{makeLuks({{}, HashAlgorithm::Sha256, time}, words.span(), {}).area};
        return readLuksHeader(area, {}, area.size());
    };
    const LuksHeader quick = header(50ms);
    const LuksHeader slow = header(800ms);
    QVERIFY(slow.keySlots[0].iterations > 4 * quick.keySlots[0].iterations);
    const double ratio = static_cast<double>(slow.keySlots[0].iterations)
        / static_cast<double>(slow.masterKeyIterations);
    QVERIFY2(
        ratio > 3.9 && ratio < 4.1, qPrintable(QString::number(ratio))); // 64 bytes: two digests
}

void TestNewLuks::stopsWhenToldTo()
{
    std::stop_source stop;
    JobControl job;
    job.stop = stop.get_token();
    const SecretBytes words = secretOf("sesame");
    std::atomic<bool> stopped{false};
    std::jthread worker{[&] {
        try {
            makeLuks({{}, HashAlgorithm::Sha256, std::chrono::hours{1}}, words.span(), job);
        } catch (const Cancelled&) {
            stopped = true;
        }
    }};
    QTest::qSleep(600);
    QVERIFY(!stopped);
    stop.request_stop();
    worker.join();
    QVERIFY(stopped);
}

void TestNewLuks::refusals()
{
    const auto words = std::make_shared<SecretBytes>(secretOf("sesame"));
    NewEncryption good;
    good.format = NewEncryption::Format::Luks;
    good.passphrase = words;
    QCOMPARE(refusalOf(good), std::string{});
    const auto with = [&](auto change) {
        NewEncryption changed = good;
        change(changed);
        return QString::fromStdString(refusalOf(changed));
    };
    QVERIFY(with([](NewEncryption& it) { it.format.reset(); }).contains("method"));
    QVERIFY(with([](NewEncryption& it) { it.cipher = BlockCipher::Cast5; }).contains("xts"));
    QVERIFY(with([](NewEncryption& it) {
        it.cipher = BlockCipher::Aes192;
        it.mode = CipherMode::Cbc;
    }).contains("xts only"));
    QVERIFY(with([](NewEncryption& it) {
        it.ivRule = IvRule::Essiv;
        it.ivHash = HashAlgorithm::Sha1;
    }).contains("essiv"));
    QVERIFY(with([](NewEncryption& it) { it.ivHash = HashAlgorithm::Sha1; }).contains("essiv"));
    QVERIFY(with([](NewEncryption& it) { it.iterationTime = 0ms; }).contains("millisecond"));
    QVERIFY(with([](NewEncryption& it) {
        it.format = NewEncryption::Format::Aes;
        it.hash = HashAlgorithm::Sha1;
    }).contains("LUKS only"));
    QVERIFY(with([](NewEncryption& it) { it.passphrase.reset(); }).contains("no passphrase"));
    QVERIFY(with([](NewEncryption& it) {
        it.passphrase = std::make_shared<SecretBytes>(std::size_t{0});
    }).contains("empty"));
    QVERIFY(with([](NewEncryption& it) {
        it.passphrase = std::make_shared<SecretBytes>(std::size_t{3}); // zero bytes
    }).contains("UTF-8"));
}

QTEST_GUILESS_MAIN(TestNewLuks)
#include "tst_newluks.moc"
