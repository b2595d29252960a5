// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/Targets.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>

using namespace platter::fuzz;

/// Feeds every kept input to its fuzz target. A finding ends the program; the last row named is the
/// one.
class TestCorpus : public QObject {
    Q_OBJECT
private slots:
    void everyTargetHasItsFolder()
    {
        QStringList names;
        for (const Target& target : allTargets())
            names << target.name;
        names.sort();
        QCOMPARE(QDir(PLATTER_FUZZ_CORPUS).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name),
            names);
    }

    void survives_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("file");
        for (const Target& target : allTargets()) {
            const QDir folder(QString(PLATTER_FUZZ_CORPUS) + '/' + target.name);
            const QStringList files = folder.entryList(QDir::Files, QDir::Name);
            QVERIFY2(!files.isEmpty(), target.name);
            for (const QString& file : files)
                QTest::addRow("%s/%s", target.name, qPrintable(file))
                    << QString(target.name) << folder.filePath(file);
        }
    }
    void survives()
    {
        QFETCH(const QString, target);
        QFETCH(const QString, file);
        QFile input(file);
        QVERIFY(input.open(QIODevice::ReadOnly));
        const QByteArray bytes = input.readAll();
        const auto found = std::ranges::find_if(
            allTargets(), [&](const Target& candidate) { return target == candidate.name; });
        found->run(std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())}));
    }
};

QTEST_APPLESS_MAIN(TestCorpus)
#include "tst_corpus.moc"
