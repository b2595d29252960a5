// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/Header.h"
#include "core/io/DiskFile.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <array>

using namespace platter;
using namespace platter::tests;

/// Guest bytes of QCOW, VDI and raw images, alone and over each other.
class TestOtherFormats : public QObject {
    Q_OBJECT
private slots:
    void readsLikeQemu_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("backingFormat");
        for (const char* format : {"qcow", "vdi", "raw"})
            QTest::addRow("%s", format) << format << ""
                                        << "";
        QTest::addRow("a fixed VDI") << "vdi"
                                     << "static=on"
                                     << "";
        QTest::addRow("QCOW2 over QCOW") << "qcow2"
                                         << ""
                                         << "qcow";
        QTest::addRow("QCOW2 over VDI") << "qcow2"
                                        << ""
                                        << "vdi";
        QTest::addRow("QCOW2 over raw") << "qcow2"
                                        << ""
                                        << "raw";
    }
    void readsLikeQemu()
    {
        QFETCH(const QString, format);
        QFETCH(const QString, options);
        QFETCH(const QString, backingFormat);
        QTemporaryDir folder;
        const QString path = folder.filePath("image");
        QStringList arguments{"create", "-q", "-f", format};
        if (!options.isEmpty())
            arguments << "-o" << options;
        if (!backingFormat.isEmpty()) {
            const QString base = folder.filePath("base");
            qemuImg({"create", "-q", "-f", backingFormat, base, "7M"});
            qemuIo(base, {"write -P 9 2000k 3M", "write -P 8 0 5k"}, {"-f", backingFormat});
            arguments << "-b" << base << "-F" << backingFormat;
        }
        qemuImg(arguments + QStringList{path, "9M"});
        qemuIo(path, {"write -P 1 4M 70k", "write -P 2 1000k 1k", "write -P 3 8700k 516k"},
            {"-f", format});
        QCOMPARE(guestHash(openDisk(path)), qemuHash({"-f", format, path}, folder.path()));
    }

    void readsCompressedQcow()
    {
        QTemporaryDir folder;
        const QString plain = folder.filePath("plain");
        const QString packed = folder.filePath("packed");
        qemuImg({"create", "-q", "-f", "qcow2", plain, "8M"});
        qemuIo(plain, {"write -P 1 0 1M", "write -P 2 3M 700k"});
        // qemu-img 7.2 ends with 1, without a word, although the image is complete: so compare.
        run("qemu-img", {"convert", "-c", "-O", "qcow", plain, packed});
        qemuImg({"compare", plain, packed});
        QCOMPARE(guestHash(openDisk(packed)), qemuHash({plain}, folder.path()));
    }

    void readsEncryptedQcow()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("aes");
        qemuImg({"create", "-q", "-f", "qcow", "--object", "secret,id=s,data=open", "-o",
            "encrypt.format=aes,encrypt.key-secret=s", path, "4M"});
        const QStringList source = encryptedSource(path, "qcow", "open");
        qemuIo(source.last(), {"write -P 1 100k 300k", "write -P 2 3M 1M"}, source.mid(0, 3));
        QCOMPARE(guestHash(openDisk(path, "open")), qemuHash(source, folder.path()));
        QVERIFY(guestHash(openDisk(path, "wrong")) != qemuHash(source, folder.path()));
    }

    void readsADifferencingVdiOverItsParent()
    {
        // QEMU makes no such images: two of its bases become a chain by their UUIDs.
        QTemporaryDir folder;
        const QString parent = folder.filePath("parent.vdi");
        const QString child = folder.filePath("child.vdi");
        const QString expected = folder.filePath("expected.raw");
        for (const QString& path : {parent, child})
            qemuImg({"create", "-q", "-f", "vdi", path, "5M"});
        qemuImg({"create", "-q", "-f", "raw", expected, "5M"});
        qemuIo(parent, {"write -P 1 0 3M"});
        qemuIo(child, {"write -P 2 1M 1M", "write -P 3 4M 10k"});
        qemuIo(
            expected, {"write -P 1 0 3M", "write -P 2 1M 1M", "write -P 3 4M 10k"}, {"-f", "raw"});

        std::array<std::byte, 16> uuid{};
        const auto parentFile = DiskFile::open(parent.toStdString(), DiskFile::Access::ReadOnly);
        const auto childFile = DiskFile::open(child.toStdString(), DiskFile::Access::ReadWrite);
        const auto copy = [&](const char* from, const char* to) {
            parentFile->read(vdi::placeOfField(from), uuid);
            childFile->write(vdi::placeOfField(to), uuid);
        };
        copy("uuid", "link_uuid");
        copy("modification_uuid", "parent_modification_uuid");
        const std::array type{std::byte{vdi::type::differencing}};
        childFile->write(vdi::placeOfField("image_type"), type);
        childFile->flush();
        QCOMPARE(guestHash(openDisk(child)), fileHash(expected));
    }
};

QTEST_GUILESS_MAIN(TestOtherFormats)
#include "tst_otherformats.moc"
