// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace platter::tests;

namespace {

/// A first snapshot, a branch with one of its own, and the present state on another.
void makeBranches()
{
    qemuImg({"create", "-q", "-f", "qcow2", "x", "8M"});
    qemuIo("x", {"write -P 1 0 1M"});
    qemuImg({"snapshot", "-c", "clean", "x"});
    qemuIo("x", {"write -P 2 0 64k", "write -P 3 2M 192k"});
    qemuImg({"snapshot", "-c", "broken upgrade", "x"});
    qemuImg({"snapshot", "-a", "clean", "x"});
    qemuIo("x", {"write -P 1 128k 128k", "discard 512k 64k"});
}

QJsonObject objectOf(const QStringList& arguments)
{
    const Finished finished = platterCli(arguments);
    if (finished.exitCode != 0)
        throw std::runtime_error(finished.errors.toStdString());
    return QJsonDocument::fromJson(finished.output).object();
}

} // namespace

/// `platter-cli snapshot`: the list as qemu-img prints it, the tree, and differences.
class TestCliSnapshot : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QDir::setCurrent(m_folder->path());
    }
    void cleanup()
    {
        QDir::setCurrent(QDir::rootPath());
        m_folder.reset();
    }

    void theListIsThatOfQemu()
    {
        makeBranches();
        qemuImg({"snapshot", "-c", "a name that is longer than its column", "x"});
        const QByteArray told = qemuImg({"snapshot", "-l", "x"});
        QCOMPARE(platterCli({"snapshot", "-l", "x"}).output, told);
        QCOMPARE(platterCli({"snapshot", "x"}).output, told);
    }

    void anImageWithoutSnapshotsHasAnEmptyList_data()
    {
        QTest::addColumn<QString>("format");
        for (const char* format : {"qcow2", "raw", "vdi", "qcow"})
            QTest::addRow("%s", format) << format;
    }
    void anImageWithoutSnapshotsHasAnEmptyList()
    {
        QFETCH(const QString, format);
        qemuImg({"create", "-q", "-f", format, "x", "1M"});
        for (const char* form : {"-l", "--tree"}) {
            const Finished finished = platterCli({"snapshot", form, "x"});
            QCOMPARE(finished.exitCode, 0);
            QCOMPARE(finished.output, QByteArray{});
        }
        QVERIFY(objectOf({"--output", "json", "snapshot", "x"})["snapshots"].toArray().isEmpty());
    }

    void jsonHasTheKeysOfQemuAndMore()
    {
        makeBranches();
        const QJsonObject answer = objectOf({"--output", "json", "snapshot", "-l", "x"});
        const QJsonArray ours = answer["snapshots"].toArray();
        const QJsonArray theirs = qemuJson({"info", "x"}).object().value("snapshots").toArray();
        QCOMPARE(ours.size(), theirs.size());
        for (qsizetype i = 0; i < ours.size(); ++i) {
            const QJsonObject qemus = theirs[i].toObject();
            for (const QString& key : qemus.keys())
                QCOMPARE(ours[i].toObject().value(key), qemus.value(key));
        }
        QVERIFY(!ours[0].toObject().contains("parent"));
        QCOMPARE(ours[0]["parent-evidence"].toString(), QString("first"));
        QCOMPARE(ours[1]["parent"].toString(), QString("1"));
        QCOMPARE(ours[1]["parent-confidence"].toString(), QString("sure"));
        // 64 KiB changed and 192 KiB new, an L1 table and an L2 table.
        QCOMPARE(ours[1]["frees"].toInt(), (64 + 192 + 64 + 64) * 1024);
        QCOMPARE(answer["now"]["parent"].toString(), QString("1"));
        QCOMPARE(answer["shared-is-exact"].toBool(), true);
    }

    void theTreeNamesParents()
    {
        makeBranches();
        const QByteArrayList lines = platterCli({"snapshot", "--tree", "x"}).output.split('\n');
        QCOMPARE(lines.size(), 5);
        QVERIFY2(lines[0].startsWith("*    now, alone "), lines[0].constData());
        QVERIFY2(lines[1].startsWith("| o  2 broken upgrade, "), lines[1].constData());
        QVERIFY2(lines[1].contains("frees 384 KiB"), lines[1].constData());
        QVERIFY2(lines[1].contains("from 1 (sure, 99 %)"), lines[1].constData());
        QCOMPARE(lines[2], QByteArray("| /"));
        QVERIFY2(lines[3].startsWith("o    1 clean, "), lines[3].constData());
    }

    void differencesHaveTheirPlaces()
    {
        makeBranches();
        const QByteArray text = platterCli({"snapshot", "--diff", "clean", "2", "x"}).output;
        QCOMPARE(text,
            QByteArray("Offset            Length            Difference\n"
                       "0                 0x10000           changed\n"
                       "0x200000          0x30000           new\n"
                       "same: 7.75 MiB (8126464 bytes, 124 clusters)\n"
                       "changed: 64 KiB (65536 bytes, 1 cluster)\n"
                       "new: 192 KiB (196608 bytes, 3 clusters)\n"));
        const QJsonObject json
            = objectOf({"--output", "json", "snapshot", "--diff", "1", "now", "x"});
        QCOMPARE(json["ranges"].toArray().size(), 2);
        QCOMPARE(json["ranges"][0]["start"].toInt(), 131072);
        QCOMPARE(json["ranges"][0]["difference"].toString(), QString("changed"));
        QCOMPARE(json["totals"]["gone"]["bytes"].toInt(), 65536);
        QCOMPARE(json["totals"]["changed"]["clusters"].toInt(), 2);
        // What was written again is the same when it is read.
        const QJsonObject deep
            = objectOf({"--output", "json", "snapshot", "--content", "--diff", "1", "now", "x"});
        QCOMPARE(deep["totals"]["changed"]["bytes"].toInt(), 0);
        QCOMPARE(deep["totals"]["same-content"]["bytes"].toInt(), 131072);
        QCOMPARE(platterCli({"snapshot", "--diff", "now", "now", "x"}).output.count('\n'), 2);
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliSnapshot)
#include "tst_clisnapshot.moc"
