// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "core/operations/Convert.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace platter;
using namespace platter::tests;

namespace {

/// A file on a file system that shares blocks of 4 KiB with every other file. It copies what it is
/// asked to share, by the rules of FICLONERANGE.
class SharingFile final : public ByteFile {
public:
    /// @param most  calls that are granted; those after them are refused
    explicit SharingFile(unsigned most)
        : m_most(most)
    {
    }

    const std::string& name() const override { return m_below.name(); }
    Bytes size() const override { return m_below.size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
    {
        return m_below.read(at, buffer);
    }
    void write(HostOffset at, std::span<const std::byte> data) override { m_below.write(at, data); }
    void resize(Bytes size) override { m_below.resize(size); }
    void flush() override { }
    bool shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length) override
    {
        constexpr std::uint64_t block = 4096;
        if (m_calls == m_most || at.value % block || from.value % block || length.value % block
            || length.value == 0 || from + length > HostOffset{source.size().value})
            return false;
        ++m_calls;
        std::vector<std::byte> bytes(length.value);
        source.readPadded(from, bytes);
        m_below.write(at, bytes);
        m_shared += length;
        return true;
    }

    Bytes shared() const { return m_shared; }
    std::vector<std::byte> bytes() const { return m_below.bytes(); }

private:
    MemoryFile m_below{std::vector<std::byte>{}};
    unsigned m_most;
    unsigned m_calls = 0;
    Bytes m_shared{};
};

constexpr unsigned always = ~0U;

} // namespace

/// Where the file system can, a new image shares the blocks of its source. What the guest reads is
/// the same as without that.
class TestConvertShare final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void imagesShare_data();
    void imagesShare();
    void plainFileSystemsRefuse();

private:
    QTemporaryDir m_folder;
};

void TestConvertShare::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    // Data of which parts are zeros, holes, and an end inside a cluster.
    qemuImg({"create", "-q", "-f", "raw", "disk.raw", QString::number((8 << 20) + 1536)});
    QRandomGenerator random{7};
    QFile disk{"disk.raw"};
    QVERIFY(disk.open(QIODevice::ReadWrite));
    for (const qint64 at : {0, 3 << 20, (5 << 20) + 5000}) {
        QByteArray data(2 << 20, Qt::Uninitialized);
        for (char& byte : data)
            byte = static_cast<char>(random.bounded(256));
        data.replace(600'000, 200'000, QByteArray(200'000, '\0'));
        QVERIFY(disk.seek(at));
        disk.write(data);
    }
    QVERIFY(disk.seek((8 << 20) + 1500));
    disk.write("end");
    disk.close();
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "disk.raw", "64k.qcow2"});
    qemuImg(
        {"convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", "disk.raw", "4k.qcow2"});
    qemuImg(
        {"convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=512", "disk.raw", "512.qcow2"});
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "-c", "disk.raw", "zlib.qcow2"});
    qemuImg({"convert", "-f", "raw", "-O", "vdi", "disk.raw", "qemu.vdi"});
    const Finished made = platterCli({"convert", "-f", "raw", "-O", "vdi", "disk.raw", "ours.vdi"});
    QVERIFY2(made.exitCode == 0, made.errors);
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "over.qcow2"});
    qemuIo("over.qcow2", {"write -P 9 1M 700k", "write -z 4M 128k"});
}

void TestConvertShare::imagesShare_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("format");
    QTest::addColumn<quint64>("cluster"); // 0: the format's own
    QTest::addColumn<bool>("extended");
    QTest::addColumn<int>("least"); // KiB shared
    QTest::addColumn<int>("most");
    const auto row = [](const char* source, const char* format, quint64 cluster, bool extended,
                         int least, int most = 7 << 10) {
        QTest::addRow("%s to %s %llu%s", source, format, cluster, extended ? " extended" : "")
            << QString(source) << QString(format) << cluster << extended << least << most;
    };
    for (const char* source : {"disk.raw", "64k.qcow2", "ours.vdi"}) {
        row(source, "qcow2", 65536, false, 5000);
        row(source, "qcow2", 65536, true, 5000);
        row(source, "qcow2", 4096, false, 5000);
        row(source, "vdi", 0, false, 2048);
    }
    row("4k.qcow2", "qcow2", 4096, false, 5000);
    row("4k.qcow2", "qcow2", 65536, false, 4000);
    row("over.qcow2", "qcow2", 65536, false, 5000);
    // Not in whole blocks, or not as the guest sees it.
    row("512.qcow2", "qcow2", 65536, false, 0);
    row("qemu.vdi", "qcow2", 65536, false, 0, 0);
    row("zlib.qcow2", "qcow2", 65536, false, 0);
    row("64k.qcow2", "qcow2", 512, false, 0, 0);
}

void TestConvertShare::imagesShare()
{
    QFETCH(const QString, source);
    QFETCH(const QString, format);
    QFETCH(const quint64, cluster);
    QFETCH(const bool, extended);
    QFETCH(const int, least);
    QFETCH(const int, most);
    const VirtualDisk disk = openDisk(source);
    ConvertOptions options;
    options.format = format.toStdString();
    if (cluster)
        options.image.clusterSize = Bytes{cluster};
    if (extended)
        options.image.extendedL2 = true;
    options.threads = 2;
    const QByteArray wanted = guestHash(disk);
    // Shared throughout; compressed; and a file system that refuses after some calls.
    for (const unsigned granted : {always, 3U, 0U}) {
        for (const bool compress : {false, true}) {
            if (compress && format != "qcow2")
                continue;
            options.image.compress = compress;
            SharingFile file{granted};
            writeImage(disk, file, options, {});
            // One try for each layer is taken back.
            const Bytes tried = Bytes{64 << 10} * disk.chain().layers.size();
            const auto shared = static_cast<qint64>(file.shared().value);
            if (compress || granted == 0)
                QVERIFY(file.shared() <= tried);
            else if (granted == always)
                QVERIFY2(shared >= least * 1024 && shared <= most * 1024 + qint64(tried.value),
                    qPrintable(QString::number(shared / 1024)));
            QFile out{"out"};
            QVERIFY(out.open(QIODevice::WriteOnly));
            const auto bytes = file.bytes();
            out.write(reinterpret_cast<const char*>(bytes.data()), qint64(bytes.size()));
            out.close();
            const Finished check = run("qemu-img", {"check", "-q", "-f", format, "out"});
            QVERIFY2(check.exitCode == 0 || check.exitCode == 63, check.output + check.errors);
            QCOMPARE(guestHash(openDisk("out")), wanted);
        }
    }
}

/// Where blocks cannot be shared, nothing changes and the caller knows.
void TestConvertShare::plainFileSystemsRefuse()
{
    const auto source = DiskFile::open("disk.raw", DiskFile::Access::ReadOnly);
    const auto target = DiskFile::create("shared");
    // The start is no multiple of any file system's block.
    QVERIFY(!target->shareFrom(HostOffset{512}, *source, HostOffset{0}, Bytes{4096}));
    QVERIFY(!target->shareFrom(HostOffset{0}, *source, HostOffset{0}, Bytes{}));
    const MemoryFile memory{std::vector<std::byte>(8192)};
    QVERIFY(!target->shareFrom(HostOffset{0}, memory, HostOffset{0}, Bytes{4096}));
    QCOMPARE(target->size().value, 0U);
}

QTEST_APPLESS_MAIN(TestConvertShare)
#include "tst_convertshare.moc"
