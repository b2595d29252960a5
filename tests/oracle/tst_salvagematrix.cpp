// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/GuestDisks.h"
#include "tests/support/LostStructures.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace platter::tests;

namespace {

/// 24 disks: three file systems, two partition tables, four ways of being stored.
std::vector<GuestDiskSpec> matrixDisks()
{
    using Spec = GuestDiskSpec;
    std::vector<Spec> specs;
    for (const auto system :
        {Spec::FileSystem::Ext4, Spec::FileSystem::Fat, Spec::FileSystem::Ntfs}) {
        for (const auto partitions : {Spec::Partitions::Mbr, Spec::Partitions::Gpt}) {
            const bool isGpt = partitions == Spec::Partitions::Gpt;
            specs.push_back({system, partitions, 3072, isGpt ? "2097152" : "65536",
                Spec::History::Converted, 0});
            specs.push_back({system, partitions, 40, "4096", Spec::History::Grown, 2});
            specs.push_back({system, partitions, 24, "512", Spec::History::Grown, 0});
            specs.push_back({system, partitions, 300, "16384", Spec::History::Grown, 1});
        }
    }
    return specs;
}

struct Kind {
    const char* name;
    Lost lost;
    int least; ///< of 24: what was reached; fewer is a step back
};

/// What a lost L2 table served is not found again: all else of the disk has to be there. On one
/// disk a cluster that looks like a table is put where the lost one was, at 11 percent.
const Kind kinds[] = {{"header", Lost::Header, 24}, {"L1", Lost::L1, 11},
    {"L2, without its range", Lost::L2, 23}, {"refcounts", Lost::Refcounts, 24},
    {"header and L1", Lost::HeaderAndL1, 11}, {"all but L2", Lost::AllButL2, 6}};

} // namespace

/// Each of 24 disks loses each of six things; what salvage writes is compared with the whole image.
class TestSalvageMatrix : public QObject {
    Q_OBJECT
private slots:
    void bringsGuestDisksBack()
    {
        const QStringList missing = missingDiskTools();
        QVERIFY2(missing.isEmpty(), qPrintable("not installed: " + missing.join(' ')));
        QTemporaryDir folder;
        const std::vector<GuestDiskSpec> disks = matrixDisks();
        QCOMPARE(disks.size(), std::size_t{24});
        std::map<std::string, int> whole;
        const QString only = qEnvironmentVariable("SALVAGE_ONLY"); // one disk, while looking closer
        for (std::size_t i = 0; i < disks.size(); ++i) {
            if (!only.isEmpty() && only.toUInt() != i)
                continue;
            const QString image = folder.filePath("whole.qcow2");
            makeGuestDisk(disks[i], image, folder.path());
            const QString rest = folder.filePath("rest.qcow2");
            QFile::remove(rest);
            QVERIFY(QFile::copy(image, rest));
            forgetTable(rest);
            for (const Kind& kind : kinds) {
                const QString damaged = folder.filePath("damaged.qcow2");
                const QString result = folder.filePath("result.qcow2");
                QFile::remove(damaged);
                QFile::remove(result);
                QVERIFY(QFile::copy(image, damaged));
                loseStructures(damaged, kind.lost, i % 2 == 0 ? Filler::Zeros : Filler::Noise);
                const QByteArray before = fileHash(damaged);
                const Finished salvaged = platterCli({"salvage", damaged, result});
                QCOMPARE(fileHash(damaged), before); // it is never written
                bool isSame = false;
                if (salvaged.exitCode == 0) {
                    const Finished checked = run("qemu-img", {"check", "-q", result});
                    QVERIFY2(checked.exitCode == 0, checked.output + checked.errors);
                    const QString& wanted = kind.lost == Lost::L2 ? rest : image;
                    isSame = run("qemu-img", {"compare", "-q", wanted, result}).exitCode == 0;
                } else {
                    QVERIFY2(salvaged.exitCode == 1, salvaged.errors.constData());
                    QVERIFY(!QFile::exists(result));
                }
                whole[kind.name] += isSame;
                if (!isSame)
                    qInfo("not whole: %s lost, disk %zu: %s: %s", kind.name, i,
                        qPrintable(disks[i].name()), salvaged.errors.constData());
                if (!isSame && !only.isEmpty())
                    qInfo("%s", salvaged.output.constData());
            }
            QFile::remove(image);
        }
        if (!only.isEmpty())
            return;
        for (const Kind& kind : kinds)
            qInfo("%s: %d of 24", kind.name, whole[kind.name]);
        for (const Kind& kind : kinds)
            QVERIFY2(whole[kind.name] >= kind.least, kind.name);
    }
};

QTEST_GUILESS_MAIN(TestSalvageMatrix)
#include "tst_salvagematrix.moc"
