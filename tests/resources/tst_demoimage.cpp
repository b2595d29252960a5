// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace platter::tests;

/// The image that ./dev run makes when it is given none has something to show on every page.
class TestDemoImage : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void has_snapshots_of_different_content();
    void has_bitmaps_and_a_backing_file();
    void has_compressed_clusters_and_leaks_only();
    void has_zeros_and_data_of_both_layers();
    void is_not_made_twice();

private:
    QString demo() const { return m_folder.filePath("demo.qcow2"); }
    QJsonObject info() const { return qemuJson({"info", "--output=json", demo()}).object(); }

    QTemporaryDir m_folder;
};

void TestDemoImage::initTestCase()
{
    const auto made = run(PLATTER_DEMO_SCRIPT, {m_folder.path()});
    QVERIFY2(made.exitCode == 0, made.errors.constData());
    QCOMPARE(QDir(m_folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
        QStringList({"demo-base.qcow2", "demo.qcow2"}));
}

void TestDemoImage::has_snapshots_of_different_content()
{
    const auto snapshots = info().value("snapshots").toArray();
    QCOMPARE(snapshots.size(), 3);
    QSet<QByteArray> contents;
    for (const auto& snapshot : snapshots) {
        const QString target = m_folder.filePath("content.raw");
        qemuImg({"convert", "-O", "raw", "-l", snapshot.toObject().value("name").toString(), demo(),
            target});
        QFile file{target};
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCryptographicHash hash{QCryptographicHash::Sha1};
        QVERIFY(hash.addData(&file));
        contents.insert(hash.result());
        QVERIFY(file.remove());
    }
    QCOMPARE(contents.size(), 3);
}

void TestDemoImage::has_bitmaps_and_a_backing_file()
{
    const auto image = info();
    const auto data = image.value("format-specific").toObject().value("data").toObject();
    QCOMPARE(data.value("bitmaps").toArray().size(), 2);
    QCOMPARE(image.value("backing-filename").toString(), QString("demo-base.qcow2"));
}

void TestDemoImage::has_compressed_clusters_and_leaks_only()
{
    const auto check = qemuJson({"check", "--output=json", demo()}).object();
    QCOMPARE(check.value("leaks").toInt(), 6);
    QCOMPARE(check.value("corruptions").toInt(), 0);
    QCOMPARE(check.value("compressed-clusters").toInt(), 48);
}

void TestDemoImage::has_zeros_and_data_of_both_layers()
{
    const auto extents = qemuJson({"map", "--output=json", demo()}).array();
    QSet<QString> kinds;
    for (const auto& value : extents) {
        const auto extent = value.toObject();
        kinds.insert(QString("%1%2 in layer %3")
                         .arg(extent.value("zero").toBool() ? "zeros" : "content")
                         .arg(extent.contains("offset") ? " with a place" : "")
                         .arg(extent.value("depth").toInt()));
    }
    for (const char* kind : {"zeros in layer 0", "content in layer 0",
             "content with a place in layer 0", "content with a place in layer 1"})
        QVERIFY2(kinds.contains(kind), kind);
}

void TestDemoImage::is_not_made_twice()
{
    const auto before = QFileInfo(demo()).lastModified();
    QCOMPARE(run(PLATTER_DEMO_SCRIPT, {m_folder.path()}).exitCode, 0);
    QCOMPARE(QFileInfo(demo()).lastModified(), before);
}

QTEST_GUILESS_MAIN(TestDemoImage)
#include "tst_demoimage.moc"
