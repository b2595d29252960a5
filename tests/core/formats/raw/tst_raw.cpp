// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/raw/RawImage.h"
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "tests/support/ExtentRows.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <array>

using namespace platter;
using namespace platter::tests;

class TestRaw : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    static std::unique_ptr<Image> open(const QString& path)
    {
        return openRaw(DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
    }

private slots:
    void mapsLikeQemu_data()
    {
        QTest::addColumn<quint64>("length");
        QTest::addColumn<QList<quint64>>("written");
        QTest::addRow("an empty file") << quint64{0} << QList<quint64>{};
        QTest::addRow("three bytes") << quint64{3} << QList<quint64>{0};
        QTest::addRow("700 bytes") << quint64{700} << QList<quint64>{0};
        QTest::addRow("a hole that ends inside a sector") << quint64{5000} << QList<quint64>{};
        QTest::addRow("a hole only") << quint64{1 << 20} << QList<quint64>{};
        QTest::addRow("data, hole, data") << quint64{1 << 20} << QList<quint64>{0, 512 * 1024};
        QTest::addRow("hole, data, hole") << quint64{1 << 20} << QList<quint64>{256 * 1024};
        QTest::addRow("data up to an odd end")
            << quint64{(1 << 20) + 100} << QList<quint64>{1 << 20};
    }
    void mapsLikeQemu()
    {
        QFETCH(const quint64, length);
        QFETCH(const QList<quint64>, written);
        const QString path = m_folder.filePath("map.raw");
        QFile::remove(path);
        QFile file{path};
        QVERIFY(file.open(QIODevice::ReadWrite));
        for (const quint64 at : written) {
            QVERIFY(file.seek(static_cast<qint64>(at)));
            file.write(QByteArray(static_cast<int>(std::min<quint64>(65536, length - at)), 'x'));
        }
        QVERIFY(file.resize(static_cast<qint64>(length)));
        file.close();
        const auto image = open(path);
        QCOMPARE(image->virtualSize().value, (length + 511) / 512 * 512);
        QCOMPARE(mapRows(*image), qemuMapRows(path, "raw"));
        QCOMPARE(mapRowsByLookup(*image, 4_KiB), qemuMapRows(path, "raw"));
        hostRows(*image);
        QCOMPARE(findingIds(image->quickLook().findings).contains("raw.size.partial-sector"),
            length % 512 != 0);
    }

    void tellsWhichPartsOfTheFileAreHoles()
    {
        const QString path = m_folder.filePath("host.raw");
        {
            const auto file = DiskFile::create(path.toStdString());
            file->resize(1_MiB);
            file->write(HostOffset{65536}, std::vector<std::byte>(65536, std::byte{1}));
        }
        QCOMPARE(hostRows(*open(path)),
            (QStringList{"0+65536 free", "65536+65536 data guest 65536", "131072+917504 free"}));
    }

    void readsZerosWhereTheFileWasCutAfterOpening()
    {
        const QString path = m_folder.filePath("cut.raw");
        qemuImg({"create", "-q", "-f", "raw", path, "1M"});
        qemuIo(path, {"write -P 1 0 1M"}, {"-f", "raw"});
        const auto image = open(path);
        QVERIFY(QFile::resize(path, 65536));
        QTRY_COMPARE(
            mapRows(*image), (QStringList{"0+65536 data at 0", "65536+983040 zero at 65536"}));
    }

    void saysThatTheContentLooksLikeAnotherFormat()
    {
        const QString path = m_folder.filePath("disguised.raw");
        qemuImg({"create", "-q", "-f", "qcow2", path, "1M"});
        const auto image = open(path);
        QCOMPARE(image->formatId(), std::string("raw"));
        QVERIFY(findingIds(image->quickLook().findings).contains("raw.signature"));
    }

    void showsLandmarks_data()
    {
        QTest::addColumn<int>("at");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("name");
        QTest::addRow("a boot sector") << 510 << QByteArray("\x55\xaa") << "boot signature";
        QTest::addRow("a GPT") << 512 << QByteArray("EFI PART") << "GPT header";
        QTest::addRow("a GPT on large sectors") << 4096 << QByteArray("EFI PART") << "GPT header";
        QTest::addRow("ext4") << 0x438 << QByteArray("\x53\xef") << "ext superblock";
        QTest::addRow("a CD") << 0x8001 << QByteArray("CD001") << "ISO 9660 descriptor";
        QTest::addRow("NTFS") << 3 << QByteArray("NTFS    ") << "NTFS boot sector";
    }
    void showsLandmarks()
    {
        QFETCH(const int, at);
        QFETCH(const QByteArray, bytes);
        QFETCH(const QString, name);
        std::vector<std::byte> content(65536);
        std::transform(bytes.begin(), bytes.end(), content.begin() + at,
            [](char byte) { return static_cast<std::byte>(byte); });
        const auto marks = openRaw(std::make_shared<MemoryFile>(content))->describe();
        QCOMPARE(marks.size(), std::size_t{1});
        QCOMPARE(marks[0].fields.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(marks[0].fields[0].name), name);
        QCOMPARE(marks[0].fields[0].at.value, static_cast<std::uint64_t>(at));
    }

    void showsNothingWhereNothingIsKnown()
    {
        QVERIFY(openRaw(std::make_shared<MemoryFile>(std::vector<std::byte>(65536)))
                    ->describe()
                    .empty());
    }

    void cannotBeChecked()
    {
        const auto image = openRaw(std::make_shared<MemoryFile>(std::vector<std::byte>(512)));
        QVERIFY_EXCEPTION_THROWN(image->check({}, {}), UnsupportedError);
    }
};

QTEST_GUILESS_MAIN(TestRaw)
#include "tst_raw.moc"
