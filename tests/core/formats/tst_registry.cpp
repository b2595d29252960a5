// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/formats/Registry.h"
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "tests/support/Qemu.h"
#include "tests/support/RecordingFile.h"

#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

std::shared_ptr<MemoryFile> fileOf(const QByteArray& content)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(content.size()));
    std::transform(content.begin(), content.end(), bytes.begin(),
        [](char byte) { return static_cast<std::byte>(byte); });
    return std::make_shared<MemoryFile>(std::move(bytes));
}

QByteArray bytesOf(const char* text, int length)
{
    return QByteArray(text, length);
}

} // namespace

class TestRegistry : public QObject {
    Q_OBJECT
private slots:
    void recognises_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("format");
        QTest::addRow("an empty file is raw") << QByteArray{} << "raw";
        QTest::addRow("zeros are raw") << QByteArray(1024, '\0') << "raw";
        QTest::addRow("version 1 is QCOW") << bytesOf("QFI\xfb\0\0\0\x01", 8) << "qcow";
        QTest::addRow("version 2 is QCOW2") << bytesOf("QFI\xfb\0\0\0\x02", 8) << "qcow2";
        QTest::addRow("a version to come is QCOW2") << bytesOf("QFI\xfb\0\0\0\x09", 8) << "qcow2";
        QTest::addRow("version 0 is nothing") << bytesOf("QFI\xfb\0\0\0\0", 8) << "raw";
        QTest::addRow("a magic without a version is nothing")
            << bytesOf("QFI\xfb\0\0\0", 7) << "raw";
        const QByteArray vdi = QByteArray(64, ' ') + bytesOf("\x7f\x10\xda\xbe", 4);
        QTest::addRow("the signature of VDI") << vdi << "vdi";
        QTest::addRow("a cut signature of VDI is nothing") << vdi.left(67) << "raw";
        QTest::addRow("a signature behind the first 512 bytes is nothing")
            << QByteArray(512, '\0') + bytesOf("QFI\xfb\0\0\0\x02", 8) << "raw";
    }
    void recognises()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const QString, format);
        QCOMPARE(QString(probeFormat(*fileOf(content)).id), format);
    }

    void recognisesLikeQemu_data()
    {
        QTest::addColumn<QString>("format");
        for (const char* format : {"qcow2", "qcow", "vdi", "raw"})
            QTest::addRow("%s", format) << format;
    }
    void recognisesLikeQemu()
    {
        QFETCH(const QString, format);
        QTemporaryDir folder;
        const QString path = folder.filePath("image");
        qemuImg({"create", "-q", "-f", format, path, "1M"});
        const auto file = DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly);
        const auto image = probeFormat(*file).open(file);
        QCOMPARE(QString::fromStdString(image->formatId()), format);
        QCOMPARE(image->virtualSize(), 1_MiB);
    }

    void namesWhatItCannotRead_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("name");
        QTest::addRow("VMDK") << "vmdk"
                              << ""
                              << "VMDK";
        QTest::addRow("a VMDK description") << "vmdk"
                                            << "subformat=monolithicFlat"
                                            << "VMDK";
        QTest::addRow("VHD") << "vpc"
                             << ""
                             << "VHD";
        QTest::addRow("VHDX") << "vhdx"
                              << ""
                              << "VHDX";
        QTest::addRow("Parallels") << "parallels"
                                   << ""
                                   << "Parallels";
        QTest::addRow("QED") << "qed"
                             << ""
                             << "QED";
        QTest::addRow("LUKS") << "luks"
                              << "key-secret=s,iter-time=10"
                              << "LUKS";
    }
    void namesWhatItCannotRead()
    {
        QFETCH(const QString, format);
        QFETCH(const QString, options);
        QFETCH(const QString, name);
        QTemporaryDir folder;
        const QString path = folder.filePath("image");
        QStringList arguments{"create", "-q", "-f", format, "--object", "secret,id=s,data=x"};
        if (!options.isEmpty())
            arguments << "-o" << options;
        qemuImg(arguments + QStringList{path, "1M"});
        const auto file = DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly);
        try {
            probeFormat(*file);
            QFAIL("It was taken for a format that Platter reads.");
        } catch (const UnsupportedError& error) {
            QCOMPARE(error.feature(), std::string("format"));
            QVERIFY2(QString(error.what()).contains(name), error.what());
            QVERIFY2(QString(error.what()).contains("-f raw"), error.what());
        }
        // Whoever states raw gets raw.
        QCOMPARE(formatCalled("raw").open(file)->formatId(), std::string("raw"));
    }

    void looksAtTheFirst512BytesOnly()
    {
        RecordingFile file{fileOf(QByteArray(100'000, '\0'))};
        probeFormat(file);
        QCOMPARE(file.bytesRead(), std::uint64_t{512});
    }

    void namesTheFormatsThatExist()
    {
        QCOMPARE(formatCalled("vdi").name, "VDI");
        try {
            formatCalled("vmdk");
            QFAIL("There is no such format.");
        } catch (const UnsupportedError& error) {
            QCOMPARE(error.feature(), std::string("format"));
            QVERIFY(QString(error.what()).contains("qcow2, qcow, vdi, raw"));
        }
    }

    void triesRawLast() { QCOMPARE(knownFormats().back().id, "raw"); }
};

QTEST_GUILESS_MAIN(TestRegistry)
#include "tst_registry.moc"
