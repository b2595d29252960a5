// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/Address.h"
#include "app/window/RecentImages.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"

#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using Space = Address::Space;

Q_DECLARE_METATYPE(platter::app::Address::Space)

/// Addresses as people type them, and where they lead.
class TestAddress final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void leads_data();
    void leads();
    void saysWhyThereIsNoSuchPlace_data();
    void saysWhyThereIsNoSuchPlace();
    void anL1EntryIsAPlaceInTheFileToo();

private:
    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
};

void TestAddress::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    const QString path = m_folder.filePath(QStringLiteral("image.qcow2"));
    qemuImg({"create", "-f", "qcow2", path, "1G"});
    qemuIo(path, {"write -P 1 600M 1M"});
    m_document = std::make_unique<ImageDocument>();
    m_document->open(fromQtPath(path));
    QTRY_COMPARE_WITH_TIMEOUT(m_document->state(), ImageDocument::State::Ready, 10000);
}

void TestAddress::reads_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<Space>("space");
    QTest::addColumn<quint64>("value");
    QTest::addColumn<quint64>("entry");
    const auto row = [](const char* words, Space space, quint64 value, quint64 entry = 0) {
        QTest::newRow(words) << QString::fromUtf8(words) << space << value << entry;
    };
    row("0x50000", Space::File, 0x50000);
    row("0x5_0000", Space::File, 0x50000);
    row("0X5_000F", Space::File, 0x5000f);
    row("327680", Space::File, 327680);
    row("327_680", Space::File, 327680);
    row("1.5G", Space::File, 0x60000000);
    row("1,5 GiB", Space::File, 0x60000000);
    row("  64k  ", Space::File, 65536);
    row("12 b", Space::File, 12);
    row("file 2M", Space::File, 2 << 20);
    row("host 0x10", Space::File, 16);
    row("guest 1.5G", Space::Guest, 0x60000000);
    row("Guest  0x6000_0000", Space::Guest, 0x60000000);
    row("disk 7", Space::Guest, 7);
    row("cluster 7", Space::FileCluster, 7);
    row("file cluster 0x10", Space::FileCluster, 16);
    row("guest cluster 3", Space::GuestCluster, 3);
    row("l1 3", Space::L1Entry, 3);
    row("l2 3/12", Space::L2Entry, 3, 12);
    row("L2 0x3 / 0xc", Space::L2Entry, 3, 12);
    row("0xffffffffffffffff", Space::File, ~quint64{0});
    row("16383P", Space::File, quint64{16383} << 50);
}

void TestAddress::reads()
{
    QFETCH(const QString, words);
    QFETCH(const Space, space);
    QFETCH(const quint64, value);
    QFETCH(const quint64, entry);
    const auto address = parseAddress(words);
    QVERIFY(address);
    QCOMPARE(address->space, space);
    QCOMPARE(quint64{address->value}, value);
    QCOMPARE(quint64{address->entry}, entry);
}

void TestAddress::refuses_data()
{
    QTest::addColumn<QString>("words");
    for (const char* words : {"", "guest", "check", "0x", "0xfffffffffffffffff", "16E",
             "99999999999G", "1.5", "-1", "5 Q", "5kk", "l2 3", "l1 3/4", "l2 3/", "cluster",
             "cluster 1.5", "cluster 4k", "guest guest 5", "1..5G"})
        QTest::newRow(words[0] == '\0' ? "nothing" : words) << QString::fromUtf8(words);
}

void TestAddress::refuses()
{
    QFETCH(const QString, words);
    QVERIFY(!parseAddress(words));
}

void TestAddress::leads_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<quint64>("host");
    QTest::addColumn<quint64>("guest");
    constexpr quint64 none = ~quint64{0};
    QTest::newRow("a byte of the file") << "0x50" << quint64{0x50} << none;
    QTest::newRow("a byte of the disk") << "guest 64k" << none << quint64{65536};
    QTest::newRow("a cluster of the file") << "cluster 2" << quint64{0x20000} << none;
    QTest::newRow("a cluster of the disk") << "guest cluster 2" << none << quint64{0x20000};
    // Clusters 0 to 3 are header, refcount table, refcount block and L1 table.
    QTest::newRow("an L2 entry: 8192 clusters behind each table")
        << "l2 1/12" << quint64{4 * 65536 + 12 * 8} << quint64{(8192 + 12) * 65536ULL};
    QTest::newRow("an entry of a table that is not there: the L1 entry")
        << "l2 0/3" << quint64{3 * 65536} << quint64{3 * 65536};
}

void TestAddress::leads()
{
    QFETCH(const QString, words);
    QFETCH(const quint64, host);
    QFETCH(const quint64, guest);
    const AddressPlace place = placeOf(*parseAddress(words), *m_document);
    QCOMPARE(place.refusal, QString());
    QVERIFY(!place.title.isEmpty());
    QCOMPARE(place.remark.contains(QStringLiteral("There is no L2 table")), words == u"l2 0/3");
    QCOMPARE(place.selection.host ? quint64{place.selection.host->value} : ~quint64{0}, host);
    QCOMPARE(place.selection.guest ? quint64{place.selection.guest->value} : ~quint64{0}, guest);
}

void TestAddress::saysWhyThereIsNoSuchPlace_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("why");
    QTest::newRow("behind the file") << "1T"
                                     << "The file ends at";
    QTest::newRow("behind the disk") << "guest 1G"
                                     << "The disk ends at 0x4000_0000";
    QTest::newRow("an entry that no table has") << "l2 0/8192"
                                                << "8192 entries";
    QTest::newRow("a table behind the disk") << "l2 2/0"
                                             << "The disk ends at";
    QTest::newRow("a cluster past 2^64") << "cluster 0xffffffffffffffff"
                                         << "not so many";
    QTest::newRow("an entry past 2^64") << "l1 0xffffffffffffffff"
                                        << "ends before";
}

void TestAddress::saysWhyThereIsNoSuchPlace()
{
    QFETCH(const QString, words);
    QFETCH(const QString, why);
    const AddressPlace place = placeOf(*parseAddress(words), *m_document);
    QVERIFY2(place.refusal.contains(why), qPrintable(place.refusal));
    QVERIFY(place.selection.isEmpty());
}

void TestAddress::anL1EntryIsAPlaceInTheFileToo()
{
    QFile file(m_folder.filePath(QStringLiteral("image.qcow2")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    file.seek(40); // l1_table_offset
    const auto table = qFromBigEndian<quint64>(file.read(8).constData());
    const AddressPlace place = placeOf(*parseAddress(QStringLiteral("l1 1")), *m_document);
    QCOMPARE(quint64{place.selection.host->value}, table + 8);
    QCOMPARE(quint64{place.selection.guest->value}, quint64{512} << 20);
}

PLATTER_GUI_MAIN(TestAddress)
#include "tst_address.moc"
