// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/operations/Convert.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

using namespace platter;
using namespace platter::tests;

namespace {

// Where the header has what; see the documentation of VirtualBox.
constexpr qint64 typeAt = 76;
constexpr qint64 commentAt = 84;
constexpr qint64 legacyGeometryAt = 348;
constexpr qint64 uuidAt = 392;
constexpr qint64 modificationAt = 408;
constexpr qint64 linkAt = 424;
constexpr qint64 parentModificationAt = 440;
constexpr qint64 geometryAt = 456;

QByteArray bytesAt(const QString& path, qint64 at, qint64 length = 16)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly) || !file.seek(at))
        return {};
    return file.read(length);
}

void patch(const QString& path, qint64 at, const QByteArray& bytes)
{
    QFile file{path};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(at));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray words(std::initializer_list<quint32> values)
{
    QByteArray bytes;
    for (const quint32 value : values) {
        const quint32 stored = qToLittleEndian(value);
        bytes.append(reinterpret_cast<const char*>(&stored), sizeof stored);
    }
    return bytes;
}

const QByteArray comment = "kept: \303\251";
const QByteArray uuid = "0123456789abcdef";
const QByteArray modification = "fedcba9876543210";
const QByteArray zeros(16, '\0');
const QByteArray geometry = words({12, 34, 56, 512});

/// An image as VirtualBox has them: with a comment, geometry and known UUIDs.
void makeSource(const QString& path, const QStringList& options)
{
    QFile::remove(path);
    qemuImg(QStringList{"create", "-q", "-f", "vdi"} + options + QStringList{path, "7M"});
    qemuIo(path, {"write -P 3 2M 70k", "write -P 4 6M 1M"});
    patch(path, 72, words({400}));
    patch(path, commentAt, comment);
    patch(path, legacyGeometryAt, words({7, 8, 9}));
    patch(path, uuidAt, uuid);
    patch(path, modificationAt, modification);
    patch(path, geometryAt, geometry);
}

} // namespace

/// What a VDI image is known by stays with its content.
class TestConvertVdi final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QVERIFY(QDir::setCurrent(m_folder.path())); }
    void cleanup() { QFile::remove("out"); }
    void identityStays_data();
    void identityStays();
    void oneMayBeChosen_data();
    void oneMayBeChosen();
    void otherSourcesGetRandomOnes();
    void anotherSizeIsAnotherContent();
    void childrenBecomeBases();
    void twiceIsTheSame();

private:
    QTemporaryDir m_folder;
};

void TestConvertVdi::identityStays_data()
{
    QTest::addColumn<QStringList>("source");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<quint32>("type");
    const QStringList fixed{"-o", "static=on"};
    QTest::newRow("dynamic") << QStringList{} << QStringList{} << 1U;
    QTest::newRow("fixed") << fixed << QStringList{} << 2U;
    QTest::newRow("dynamic becomes fixed") << QStringList{} << fixed << 2U;
    QTest::newRow("fixed becomes dynamic") << fixed << QStringList{"-o", "static=off"} << 1U;
}

void TestConvertVdi::identityStays()
{
    QFETCH(const QStringList, source);
    QFETCH(const QStringList, arguments);
    QFETCH(const quint32, type);
    makeSource("source", source);
    const Finished done = platterCli(
        QStringList{"convert", "-O", "vdi"} + arguments + QStringList{"source", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    QCOMPARE(bytesAt("out", uuidAt), uuid);
    QCOMPARE(bytesAt("out", modificationAt), modification);
    QCOMPARE(bytesAt("out", linkAt), zeros);
    QCOMPARE(bytesAt("out", parentModificationAt), zeros);
    QCOMPARE(bytesAt("out", commentAt, 256), comment + QByteArray(256 - comment.size(), '\0'));
    QCOMPARE(bytesAt("out", legacyGeometryAt, 12), words({7, 8, 9}));
    QCOMPARE(bytesAt("out", geometryAt), geometry);
    QCOMPARE(bytesAt("out", typeAt, 4), words({type}));
    qemuImg({"check", "-q", "-f", "vdi", "out"});
    qemuImg({"compare", "-q", "source", "out"});
}

void TestConvertVdi::oneMayBeChosen_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QByteArray>("stored"); // empty: a random one
    // The first three parts are stored little endian.
    QTest::newRow("written with dashes") << "uuid=01020304-0506-0708-090a-0b0c0d0e0f10"
                                         << QByteArray::fromHex("0403020106050807090a0b0c0d0e0f10");
    QTest::newRow("written without") << "uuid=01020304050607080910111213141516"
                                     << QByteArray::fromHex("04030201060508070910111213141516");
    QTest::newRow("a new one") << "uuid=new" << QByteArray();
}

void TestConvertVdi::oneMayBeChosen()
{
    QFETCH(const QString, option);
    QFETCH(const QByteArray, stored);
    makeSource("source", {});
    QCOMPARE(platterCli({"convert", "-O", "vdi", "-o", option, "source", "out"}).exitCode, 0);
    const QByteArray made = bytesAt("out", uuidAt);
    QVERIFY(made != uuid && made != zeros);
    if (!stored.isEmpty())
        QCOMPARE(made, stored);
    // A child of the source is none of an image that is another one.
    QVERIFY(bytesAt("out", modificationAt) != modification);
    QVERIFY(bytesAt("out", modificationAt) != zeros);
    QCOMPARE(bytesAt("out", commentAt, comment.size()), comment);
}

void TestConvertVdi::otherSourcesGetRandomOnes()
{
    makeSource("source", {});
    qemuImg({"convert", "-O", "qcow2", "source", "source.qcow2"});
    QSet<QByteArray> seen;
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(
            platterCli({"convert", "--overwrite", "-O", "vdi", "source.qcow2", "out"}).exitCode, 0);
        for (const qint64 at : {uuidAt, modificationAt}) {
            const QByteArray made = bytesAt("out", at);
            QCOMPARE(made.size(), 16);
            // Version 4, variant 1.
            QCOMPARE(made[7] & 0xf0, 0x40);
            QCOMPARE(made[8] & 0xc0, 0x80);
            seen.insert(made);
        }
    }
    QCOMPARE(seen.size(), 6);
}

void TestConvertVdi::anotherSizeIsAnotherContent()
{
    makeSource("source", {});
    const VirtualDisk disk = openDisk("source");
    ConvertOptions options;
    options.format = "vdi";
    options.image.size = 9_MiB;
    keepWhatSourceHas(options.image, "vdi", *disk.chain().layers.front().image);
    convert(disk, "out", options, {});
    QCOMPARE(bytesAt("out", uuidAt), uuid);
    QVERIFY(bytesAt("out", modificationAt) != modification);
    QCOMPARE(bytesAt("out", geometryAt), words({0, 0, 0, 512}));
    QCOMPARE(bytesAt("out", legacyGeometryAt, 12), words({0, 0, 0}));
}

/// The chain is flattened: what the child shows does not depend on a parent any more.
void TestConvertVdi::childrenBecomeBases()
{
    makeSource("parent", {});
    makeSource("child", {});
    patch("child", typeAt, words({4}));
    patch("child", uuidAt, QByteArray("CHILDCHILDCHILD!"));
    patch("child", linkAt, uuid);
    patch("child", parentModificationAt, modification);
    // Both have the same blocks 2 and 6; of the child, block 2 is made free.
    patch("child", 512 + 2 * 4, words({0xffffffff}));
    BackingChain chain;
    for (const char* name : {"child", "parent"})
        chain.layers.push_back(openImage(name, {}, {}));
    ConvertOptions options;
    options.format = "vdi";
    keepWhatSourceHas(options.image, "vdi", *chain.layers.front().image);
    convert(VirtualDisk{chain}, "out", options, {});
    QCOMPARE(bytesAt("out", typeAt, 4), words({1}));
    QCOMPARE(bytesAt("out", uuidAt), QByteArray("CHILDCHILDCHILD!"));
    QCOMPARE(bytesAt("out", modificationAt), modification);
    QCOMPARE(bytesAt("out", linkAt), zeros);
    QCOMPARE(bytesAt("out", parentModificationAt), zeros);
    qemuImg({"compare", "-q", "parent", "out"});
}

void TestConvertVdi::twiceIsTheSame()
{
    makeSource("source", {});
    QCOMPARE(platterCli({"convert", "-O", "vdi", "source", "out"}).exitCode, 0);
    QCOMPARE(platterCli({"convert", "--overwrite", "-O", "vdi", "out", "again"}).exitCode, 0);
    QCOMPARE(fileHash("again"), fileHash("out"));
}

QTEST_APPLESS_MAIN(TestConvertVdi)
#include "tst_convertvdi.moc"
