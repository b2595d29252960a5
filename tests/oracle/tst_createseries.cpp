// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/CreateSeries.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

/// Many new images at once, and new images above a base that may be missing.
class TestCreateSeries final : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void overlaysOfOneBase();
    void patterns_data();
    void patterns();
    void allOrNone();
    void stoppingLeavesNothing();
    void basesAreLookedAt_data();
    void basesAreLookedAt();
    void basesMayBeMissing();

private:
    QStringList everything() const
    {
        return QDir{}.entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCreateSeries::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir::setCurrent(m_folder->path()));
    qemuImg({"create", "-q", "-f", "raw", "base", "20M"});
    qemuIo("base", {"write -P 5 1M 3M"}, {"-f", "raw"});
}

void TestCreateSeries::cleanup()
{
    QDir::setCurrent("/");
    m_folder.reset();
}

void TestCreateSeries::overlaysOfOneBase()
{
    const Finished done = platterCli({"create", "-f", "qcow2", "-b", "base", "-F", "raw", "-o",
        "cluster_size=128k,extended_l2=on", "--count", "12", "vm-%03d.qcow2"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QStringList expected{"base"};
    for (int i = 1; i <= 12; ++i)
        expected << QString("vm-%1.qcow2").arg(i, 3, 10, QChar('0'));
    QCOMPARE(everything(), expected);
    for (const QString& overlay : expected.mid(1)) {
        qemuImg({"check", "-q", overlay});
        qemuImg({"compare", "-q", "-f", "raw", "-F", "qcow2", "base", overlay});
        const QJsonDocument info = qemuJson({"info", "--output=json", overlay});
        QCOMPARE(info["backing-filename"].toString(), QString("base"));
        QCOMPARE(info["virtual-size"].toInt(), 20 << 20);
    }
    // They are apart.
    qemuIo("vm-003.qcow2", {"write -P 9 0 64k"});
    qemuImg({"compare", "-q", "-f", "raw", "-F", "qcow2", "base", "vm-004.qcow2"});
}

void TestCreateSeries::patterns_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QStringList>("names"); // none: refused
    QTest::newRow("a number") << "a%d" << QStringList{"a1", "a2"};
    QTest::newRow("digits") << "%04d.img" << QStringList{"0001.img", "0002.img"};
    QTest::newRow("a percent sign") << "50%%-%d" << QStringList{"50%-1", "50%-2"};
    QTest::newRow("no place") << "name" << QStringList{};
    QTest::newRow("two places") << "%d-%d" << QStringList{};
    QTest::newRow("another letter") << "%s" << QStringList{};
    QTest::newRow("too many digits") << "%999999999999d" << QStringList{};
    QTest::newRow("cut") << "vm-%" << QStringList{};
}

void TestCreateSeries::patterns()
{
    QFETCH(const QString, pattern);
    QFETCH(const QStringList, names);
    const Finished done = platterCli({"create", "-f", "raw", "--count", "2", pattern, "1M"});
    QCOMPARE(done.exitCode, names.isEmpty() ? 1 : 0);
    if (names.isEmpty())
        QVERIFY2(done.errors.contains("place for the number"), done.errors);
    QCOMPARE(everything(), names.isEmpty() ? QStringList{"base"} : names + QStringList{"base"});
}

/// What is there is never replaced, neither if it is seen beforehand nor if it comes meanwhile.
void TestCreateSeries::allOrNone()
{
    qemuImg({"create", "-q", "-f", "raw", "vm-3", "1M"});
    const QByteArray hash = fileHash("vm-3");
    const Finished done = platterCli({"create", "-f", "qcow2", "--count", "5", "vm-%d", "1M"});
    QCOMPARE(done.exitCode, 1);
    QVERIFY2(done.errors.contains("vm-3"), done.errors);
    QVERIFY(platterCli({"create", "--overwrite", "--count", "5", "vm-%d", "1M"}).exitCode == 1);
    NewImage image;
    image.size = Bytes{1 << 20};
    QVERIFY_THROWS_EXCEPTION(IoError, createSeries(seriesNames("vm-%d", 5), "qcow2", image, {}));
    QCOMPARE(everything(), (QStringList{"base", "vm-3"}));
    QCOMPARE(fileHash("vm-3"), hash);
}

void TestCreateSeries::stoppingLeavesNothing()
{
    NewImage image;
    image.size = Bytes{1 << 20};
    for (unsigned stopAt = 1; stopAt <= 4; ++stopAt) {
        std::stop_source stop;
        const JobControl job{stop.get_token(), [&](const ProgressUpdate& update) {
                                 QCOMPARE(update.total, 5U);
                                 if (update.done == stopAt)
                                     stop.request_stop();
                             }};
        QVERIFY_THROWS_EXCEPTION(
            Cancelled, createSeries(seriesNames("vm-%d", 5), "qcow2", image, job));
        QCOMPARE(everything(), QStringList{"base"});
    }
}

void TestCreateSeries::basesAreLookedAt_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* arguments, const char* words) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << QString(words);
    };
    row("-b nosuch -F raw new", "nosuch");
    row("-b base new", "format of the backing file is missing");
    row("-b base -F nosuch new", "nosuch");
    row("-b base -F qcow2 new", "base");
    row("-u -b nosuch -F raw new", "size of the disk is missing");
    row("-u --overwrite -b base -F raw base 1M", "rest on the file");
}

void TestCreateSeries::basesAreLookedAt()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    const QByteArray hash = fileHash("base");
    const Finished done = platterCli(QStringList{"create", "-f", "qcow2"} + arguments);
    QCOMPARE(done.exitCode, 1);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QCOMPARE(everything(), QStringList{"base"});
    QCOMPARE(fileHash("base"), hash);
}

void TestCreateSeries::basesMayBeMissing()
{
    const Finished done
        = platterCli({"create", "-u", "-f", "qcow2", "-b", "later", "-F", "raw", "new", "20M"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY(QFile::rename("base", "later"));
    qemuImg({"check", "-q", "new"});
    qemuImg({"compare", "-q", "-f", "raw", "-F", "qcow2", "later", "new"});
}

QTEST_APPLESS_MAIN(TestCreateSeries)
#include "tst_createseries.moc"
