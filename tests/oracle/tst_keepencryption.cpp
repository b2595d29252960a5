// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "tests/support/EncryptedDisks.h"

#include <QDir>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

/// Encryption is never dropped without a word, and passphrases come from files alone.
class TestKeepEncryption final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup() { QFile::remove("out"); }
    void staysAsItWas_data();
    void staysAsItWas();
    void snapshotsStayEncrypted_data();
    void snapshotsStayEncrypted();
    void savedMemoryStaysEncrypted();
    void layersBelowAreNotForgotten();
    void passphrasesComeFromFiles();
    void refusals_data();
    void refusals();

private:
    QTemporaryDir m_folder;
    QByteArray m_hash; ///< of the disk
};

void TestKeepEncryption::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeEncryptedDisks();
    m_hash = fileHash("disk.raw");
}

void TestKeepEncryption::staysAsItWas_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QJsonObject>("change");
    QTest::newRow("luks") << "luks.qcow2"
                          << "encrypt.iter-time=1" << QJsonObject{};
    QTest::newRow("luks with other parts") << "luks-cbc.qcow2"
                                           << "encrypt.iter-time=1" << QJsonObject{};
    QTest::newRow("aes") << "aes.qcow2"
                         << "cluster_size=4k" << QJsonObject{};
    QTest::newRow("another hash") << "luks-cbc.qcow2"
                                  << "encrypt.iter-time=1,encrypt.hash-alg=sha1"
                                  << QJsonObject{{"hash-alg", "sha1"}};
}

void TestKeepEncryption::staysAsItWas()
{
    QFETCH(const QString, source);
    QFETCH(const QString, options);
    QFETCH(const QJsonObject, change);
    const Finished done = platterCli(
        {"convert", "-O", "qcow2", "-o", options, "--passphrase-file", "sesame", source, "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    QJsonObject expected = encryptionOf(source);
    for (auto it = change.begin(); it != change.end(); ++it)
        expected[it.key()] = it.value();
    QCOMPARE(encryptionOf("out"), expected);
    QCOMPARE(qemuHash(encryptedSource("out", "qcow2", sesame), m_folder.path()), m_hash);
}

void TestKeepEncryption::snapshotsStayEncrypted_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("options");
    QTest::newRow("luks as it was") << "luks"
                                    << "encrypt.iter-time=1";
    QTest::newRow("luks, other clusters") << "luks"
                                          << "encrypt.iter-time=1,cluster_size=4k,extended_l2=off";
    QTest::newRow("luks to aes") << "luks"
                                 << "encrypt.format=aes";
    QTest::newRow("aes as it was") << "aes"
                                   << "";
    QTest::newRow("aes to luks") << "aes"
                                 << "encrypt.format=luks,encrypt.iter-time=1";
    QTest::newRow("plain to luks") << ""
                                   << "encrypt.format=luks,encrypt.iter-time=1";
}

void TestKeepEncryption::snapshotsStayEncrypted()
{
    QFETCH(const QString, source);
    QFETCH(const QString, options);
    QFile::remove("states");
    QStringList create{"create", "-q", "-f", "qcow2"};
    if (!source.isEmpty())
        create << "--object"
               << "secret,id=s,data=" + sesame << "-o"
               << "encrypt.key-secret=s,encrypt.format=" + source
                + (source == "luks" ? ",encrypt.iter-time=100" : "");
    qemuImg(create + QStringList{"states", "16M"});
    const QString passphrase = source.isEmpty() ? QString{} : sesame;
    const QStringList states = sourceOf("states", "qcow2", passphrase);
    for (int i = 1; i <= 3; ++i) {
        writeByQemu(states,
            {QString("write -P %1 %2M 300k").arg(i).arg(2 * i), "write -P 77 1M 2M",
                QString("write -P %1 13M 64k").arg(40 + i)});
        // NOTE(qemu): qemu-img snapshot takes no format, and needs none for what is not encrypted.
        qemuImg(QStringList{"snapshot", "-c", QString("s%1").arg(i)}
            + (source.isEmpty() ? QStringList{"states"} : states));
    }
    writeByQemu(states, {"write -P 9 12M 1M"});

    QStringList arguments{"convert", "--keep-snapshots", "-O", "qcow2"};
    if (!options.isEmpty())
        arguments << "-o" << options;
    if (!source.isEmpty())
        arguments << "--passphrase-file"
                  << "sesame";
    const Finished done
        = platterCli(arguments + QStringList{"--target-passphrase-file", "other", "states", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    const QStringList target = encryptedSource("out", "qcow2", other);
    const Finished check = run("qemu-img", QStringList{"check"} + target);
    QVERIFY2(check.exitCode == 0, check.output + check.errors);
    QCOMPARE(platterCli({"check", "out"}).exitCode, 0);
    for (const QString& name : {QString("s1"), QString("s2"), QString("s3"), QString()}) {
        const QStringList which = name.isEmpty() ? QStringList{} : QStringList{"-l", name};
        QCOMPARE(
            qemuHash(which + target, m_folder.path()), qemuHash(which + states, m_folder.path()));
    }
    // What they shared they share: nothing but the LUKS header may have been added.
    QVERIFY(QFile{"out"}.size() < QFile{"states"}.size() + (3 << 20));
    // Going back to a state decrypts it where it lies.
    qemuImg(QStringList{"snapshot", "-a", "s2"} + target);
    QCOMPARE(qemuHash(target, m_folder.path()),
        qemuHash(QStringList{"-l", "s2"} + states, m_folder.path()));
}

void TestKeepEncryption::savedMemoryStaysEncrypted()
{
    NewImage image;
    image.clusterSize = Bytes{4096};
    image.encryption = quickEncryption(NewEncryption::Format::Aes);
    MemoryFile file{std::vector<std::byte>{}};
    NewState state;
    state.diskSize = Bytes{4 << 20};
    state.vmStateSize = Bytes{9000};
    state.id = "1";
    NewState present;
    present.diskSize = state.diskSize;
    const FormatEntry& format = formatCalled("qcow2");
    // NOTE(spec): with AES it could not be read by Platter either.
    QVERIFY_THROWS_EXCEPTION(
        UnsupportedError, format.makeStatesWriter(file, image, {state, present}));
    image.encryption = quickEncryption(NewEncryption::Format::Luks);
    image.key = makeKey(*image.encryption, {});
    const auto writer = format.makeStatesWriter(file, image, {state, present});
    GuestPiece piece;
    piece.length = Bytes{9000};
    piece.bytes.assign(3 * 4096, std::byte{0x61});
    piece.runs = {{piece.length, GuestPiece::Content::Data}};
    writer->encode(piece);
    const std::uint32_t first = 0;
    const std::size_t table = writer->addTable(writer->vmStateIndex(0), std::span{&first, 1});
    writer->place(piece, 0, 3, 1, [&](std::size_t unit, const StatesWriter::Entry& entry) {
        writer->setEntries(table, unit, std::span{&entry, 1});
    });
    writer->finish();
    const std::vector<std::byte> bytes = bytesOf(file);
    writeFile(
        "out", {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())});
    const Finished check
        = run("qemu-img", QStringList{"check"} + encryptedSource("out", "qcow2", sesame));
    QVERIFY2(check.exitCode == 0, check.output + check.errors);

    // And on from there by the way that a conversion takes.
    const Finished done = platterCli(
        {"convert", "--keep-snapshots", "-O", "qcow2", "-o", "encrypt.iter-time=1,cluster_size=64k",
            "--passphrase-file", "sesame", "--target-passphrase-file", "other", "out", "again"});
    QVERIFY2(done.exitCode == 0, done.errors);
    const OpenedImage opened = openDisk("again", other).chain().layers.front();
    QCOMPARE(opened.image->snapshots()[0].vmStateSize.value, quint64{9000});
    const VirtualDisk memory{opened.image, opened.image->vmState(0)};
    std::vector<std::byte> read(9000);
    memory.read(GuestOffset{0}, read);
    QVERIFY(read == std::vector<std::byte>(9000, std::byte{0x61}));
    QVERIFY(!contentOf("again").contains(QByteArray(64, 0x61)));
    QFile::remove("again");
}

void TestKeepEncryption::layersBelowAreNotForgotten()
{
    QFile::remove("top");
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "luks.qcow2", "-F", "qcow2", "top",
        QString::number(diskSize)});
    const QStringList source{"--passphrase-file", "sesame", "top", "out"};
    const QStringList options{"convert", "-O", "qcow2", "-o", "encrypt.iter-time=1"};
    const Finished flat = platterCli(options + source);
    QVERIFY2(flat.exitCode == 0, flat.errors);
    QCOMPARE(encryptionOf("out"), encryptionOf("luks.qcow2"));
    QCOMPARE(qemuHash(encryptedSource("out", "qcow2", sesame), m_folder.path()), m_hash);
    // What stays below keeps its own encryption: nothing of it is stored again.
    const Finished kept = platterCli(
        QStringList{"convert", "--overwrite", "-O", "qcow2", "-B", "luks.qcow2"} + source);
    QVERIFY2(kept.exitCode == 0, kept.errors);
    QVERIFY(encryptionOf("out").isEmpty());
    QCOMPARE(guestHash(openDisk("out", sesame)), m_hash);
    const Finished raw = platterCli(QStringList{"convert", "--overwrite", "-O", "raw"} + source);
    QCOMPARE(raw.exitCode, 0);
    QCOMPARE(raw.errors.count('\n'), 1);
    QVERIFY2(raw.errors.contains("the encryption"), raw.errors);
}

void TestKeepEncryption::passphrasesComeFromFiles()
{
    const QStringList luks{"-o", "encrypt.format=luks,encrypt.iter-time=1"};
    const auto converts = [&](const QStringList& arguments, const QByteArray& input) {
        QFile::remove("out");
        return platterCli(
            QStringList{"convert", "-O", "qcow2"} + luks + arguments + QStringList{"out"}, {},
            input);
    };
    const auto opens = [&](const QString& passphrase) {
        return qemuHash(encryptedSource("out", "qcow2", passphrase), m_folder.path()) == m_hash;
    };
    // The line break at the end is not meant.
    QCOMPARE(converts({"--target-passphrase-file", "-", "disk.raw"}, "from afar\n").exitCode, 0);
    QVERIFY(opens("from afar"));
    QCOMPARE(converts({"--passphrase-file", "-", "disk.raw"}, "from afar").exitCode, 0);
    QVERIFY(opens("from afar"));
    QCOMPARE(converts({"--passphrase-file", "-", "luks.qcow2"}, sesame.toUtf8()).exitCode, 0);
    QVERIFY(opens(sesame));
    QCOMPARE(
        converts({"--passphrase-file", "sesame", "--target-passphrase-file", "-", "luks.qcow2"},
            "from afar")
            .exitCode,
        0);
    QVERIFY(opens("from afar"));
    // Another one opens nothing, to QEMU and to Platter.
    const Finished theirs
        = run("qemu-img", QStringList{"check"} + encryptedSource("out", "qcow2", sesame));
    QCOMPARE(theirs.exitCode, 1);
    QCOMPARE(platterCli({"compare", "--passphrase-file", "sesame", "out", "disk.raw"}).exitCode, 2);
    QCOMPARE(converts({"--passphrase-file", "-", "--target-passphrase-file", "-", "luks.qcow2"},
                 sesame.toUtf8())
                 .exitCode,
        1);
    QVERIFY(!QFile::exists("out"));
}

void TestKeepEncryption::refusals_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* arguments, const char* words) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << QString(words);
    };
    row("-O qcow2 -o encrypt.format=luks disk.raw", "--target-passphrase-file");
    row("-O qcow2 -o encrypt.format=luks --target-passphrase-file empty disk.raw", "empty");
    row("-O qcow2 -o encrypt.format=luks --target-passphrase-file latin disk.raw", "UTF-8");
    row("-O qcow2 -o encrypt.format=luks --target-passphrase-file nosuch disk.raw", "nosuch");
    row("-O qcow2 --target-passphrase-file other disk.raw", "encrypt.format=luks");
    row("-O qcow2 -o encrypt.format=rot13 disk.raw", "luks or aes");
    row("-O qcow2 -o encryption=on,encrypt.format=luks disk.raw", "old word");
    row("-O qcow2 -o encrypt.format=luks,encrypt.key-secret=s disk.raw", "--passphrase-file");
    row("-O qcow2 -o encrypt.cipher-alg=aes-128 --passphrase-file other disk.raw", "method");
    row("-O qcow2 -o encrypt.format=aes,encrypt.hash-alg=sha1 --passphrase-file other disk.raw",
        "LUKS only");
    row("-O qcow2 -o encrypt.format=luks,encrypt.cipher-alg=des disk.raw", "aes-256");
    row("-O qcow2 -o encrypt.format=luks,encrypt.cipher-mode=gcm disk.raw", "xts");
    row("-O qcow2 -o encrypt.format=luks,encrypt.ivgen-alg=random disk.raw", "plain64");
    row("-O qcow2 -o encrypt.format=luks,encrypt.hash-alg=crc32 disk.raw", "sha256");
    row("-O qcow2 -o encrypt.format=luks,encrypt.iter-time=0 disk.raw", "iter-time");
    row("-O qcow2 -o encrypt.format=luks,encrypt.cipher-alg=cast5-128 --passphrase-file other "
        "disk.raw",
        "xts");
    row("-O qcow2 -o encrypt.format=luks,encrypt.cipher-alg=aes-192,encrypt.cipher-mode=cbc "
        "--passphrase-file other disk.raw",
        "xts only");
    row("-O qcow2 -o encrypt.format=luks,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha1 "
        "--passphrase-file other disk.raw",
        "essiv");
    row("-O qcow2 -c -o encrypt.format=luks --passphrase-file other disk.raw", "Compressed");
    row("-O qcow -c -o encrypt.format=aes --passphrase-file other disk.raw", "Compressed");
    row("-O qcow -o encrypt.format=luks --passphrase-file other disk.raw", "aes only");
    row("-O vdi -o encrypt.format=luks disk.raw", "no option");
    row("-O raw -o encryption=on disk.raw", "no option");
    row("-O qcow2 -c --passphrase-file sesame luks.qcow2", "--decrypt");
    row("-O qcow2 -c --passphrase-file sesame aes.qcow2", "--decrypt");
    row("-O qcow -c --passphrase-file sesame aes.qcow", "--decrypt");
    row("-O qcow --passphrase-file sesame luks.qcow2", "--decrypt");
    row("-O raw --passphrase-file sesame --target-passphrase-file other luks.qcow2",
        "will not be encrypted");
    row("-O qcow2 --decrypt -o encrypt.format=luks --passphrase-file sesame luks.qcow2",
        "only one of both");
    row("-O qcow2 luks.qcow2", "passphrase");
    row("-O qcow2 --passphrase-file other luks.qcow2", "passphrase");
}

void TestKeepEncryption::refusals()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    const Finished done = platterCli(QStringList{"convert"} + arguments + QStringList{"refused"});
    QCOMPARE(done.exitCode, 1);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QVERIFY(QDir(".").entryList({"*refused*"}, QDir::Files | QDir::Hidden).isEmpty());
}

QTEST_APPLESS_MAIN(TestKeepEncryption)
#include "tst_keepencryption.moc"
