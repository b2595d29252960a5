// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/io/FileLock.h"
#include "tests/support/Qemu.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace platter;
using namespace platter::tests;

namespace {

/// A qemu-io that keeps an image open until destroyed.
class Holder {
public:
    Holder(const QString& image, const QStringList& options)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start("qemu-io", options + QStringList{image});
        m_process.waitForStarted();
        // It answers only after the image has been opened and locked.
        m_process.write("length\n");
        while (!m_output.contains("iB")) {
            if (!m_process.waitForReadyRead(30'000))
                throw std::runtime_error("qemu-io did not answer: " + m_output.toStdString());
            m_output += m_process.readAll();
        }
    }
    ~Holder()
    {
        m_process.write("quit\n");
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }
    int pid() const { return static_cast<int>(m_process.processId()); }

private:
    QProcess m_process;
    QByteArray m_output;
};

bool names(const FileUse& use, int pid, const char* command)
{
    return std::any_of(use.holders.begin(), use.holders.end(),
        [&](const FileHolder& holder) { return holder.pid == pid && holder.command == command; });
}

} // namespace

class TestFileLock : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_image;

    std::shared_ptr<DiskFile> open(DiskFile::Access access = DiskFile::Access::ReadOnly) const
    {
        return DiskFile::open(m_image.toStdString(), access);
    }

private slots:
    void init()
    {
        m_image = m_folder.filePath("image.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", m_image, "4M"});
    }

    void seesNobodyWhereNobodyIs()
    {
        const FileUse use = inspectUse(*open());
        QVERIFY(!use.mayBeWritten);
        QVERIFY(!use.writingForbidden);
        QVERIFY(!use.readingForbidden);
        QVERIFY(use.holders.empty());
    }

    void seesOthers_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<bool>("mayBeWritten");
        QTest::addColumn<bool>("writingForbidden");
        QTest::addColumn<bool>("readable");
        QTest::addColumn<bool>("writable");
        QTest::addRow("a QEMU that writes")
            << QStringList{"-f", "qcow2"} << true << true << false << false;
        QTest::addRow("a QEMU that reads")
            << QStringList{"-f", "qcow2", "-r"} << false << true << true << false;
        QTest::addRow("a QEMU that only looks")
            << QStringList{"-f", "qcow2", "-r", "-U"} << false << false << true << true;
        QTest::addRow("a QEMU that writes it as raw")
            << QStringList{"-f", "raw"} << true << false << false << false;
    }
    void seesOthers()
    {
        QFETCH(const QStringList, options);
        QFETCH(const bool, mayBeWritten);
        QFETCH(const bool, writingForbidden);
        QFETCH(const bool, readable);
        QFETCH(const bool, writable);
        const Holder holder{m_image, options};
        const FileUse use = inspectUse(*open());
        QCOMPARE(use.mayBeWritten, mayBeWritten);
        QCOMPARE(use.writingForbidden, writingForbidden);
        QVERIFY(!use.readingForbidden);
        QVERIFY(names(use, holder.pid(), "qemu-io"));

        const auto tryLock = [&](FileLock::Purpose purpose) -> QString {
            try {
                const auto lock = FileLock::acquire(open(), purpose);
                return lock->isHeld() ? QString{} : "not held";
            } catch (const LockedError& error) {
                return error.what();
            }
        };
        const QString reading = tryLock(FileLock::Purpose::Read);
        const QString writing = tryLock(FileLock::Purpose::Write);
        QCOMPARE(reading.isEmpty(), readable);
        QCOMPARE(writing.isEmpty(), writable);
        const QString process = "process " + QString::number(holder.pid());
        for (const QString& refusal : {reading, writing})
            QVERIFY2(refusal.isEmpty() || refusal.contains(process), qPrintable(refusal));
    }

    void seesAQemuThatWritesFromAReadOnlyDescriptorOnly()
    {
        const auto before = open();
        QVERIFY(!inspectUse(*before).mayBeWritten);
        {
            const Holder holder{m_image, {"-f", "qcow2"}};
            QVERIFY(inspectUse(*before).mayBeWritten);
        }
        QVERIFY(!inspectUse(*before).mayBeWritten);
    }

    void isSeenByQemu_data()
    {
        QTest::addColumn<int>("purpose");
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<bool>("allowed");
        const int read = static_cast<int>(FileLock::Purpose::Read);
        const int write = static_cast<int>(FileLock::Purpose::Write);
        const QStringList info{"info"};
        const QStringList repair{"check", "-r", "all"};
        QTest::addRow("others may read while we read") << read << info << true;
        QTest::addRow("nobody writes while we read") << read << repair << false;
        QTest::addRow("nobody reads while we write") << write << info << false;
        QTest::addRow("nobody writes while we write") << write << repair << false;
        QTest::addRow("others may look while we write")
            << write << QStringList{"info", "-U"} << true;
    }
    void isSeenByQemu()
    {
        QFETCH(const int, purpose);
        QFETCH(const QStringList, arguments);
        QFETCH(const bool, allowed);
        const auto file = open(DiskFile::Access::ReadWrite);
        auto lock = FileLock::acquire(file, static_cast<FileLock::Purpose>(purpose));
        QVERIFY(lock->isHeld());
        const Finished during = run("qemu-img", arguments + QStringList{m_image});
        QCOMPARE(during.exitCode == 0, allowed);
        QCOMPARE(during.errors.contains("lock"), !allowed);
        lock.reset();
        QCOMPARE(run("qemu-img", arguments + QStringList{m_image}).exitCode, 0);
    }

    void twoReadersAgreeAndTwoWritersDoNot()
    {
        const auto first = FileLock::acquire(open(), FileLock::Purpose::Read);
        const auto second = FileLock::acquire(open(), FileLock::Purpose::Read);
        QVERIFY(first->isHeld() && second->isHeld());
        QVERIFY_EXCEPTION_THROWN(FileLock::acquire(open(), FileLock::Purpose::Write), LockedError);
    }

    void leavesNothingBehindWhenRefused()
    {
        {
            const auto reader = FileLock::acquire(open(), FileLock::Purpose::Read);
            const auto refused = open();
            QVERIFY_EXCEPTION_THROWN(
                FileLock::acquire(refused, FileLock::Purpose::Write), LockedError);
            QVERIFY(!inspectUse(*open()).mayBeWritten);
        }
        QVERIFY(FileLock::acquire(open(), FileLock::Purpose::Write)->isHeld());
    }

    void doesNotTakeItselfForAnother()
    {
        const auto file = open();
        const auto lock = FileLock::acquire(file, FileLock::Purpose::Write);
        const FileUse use = inspectUse(*file);
        QVERIFY(!use.mayBeWritten && !use.writingForbidden);
        QVERIFY(use.holders.empty());
    }
};

QTEST_GUILESS_MAIN(TestFileLock)
#include "tst_filelock.moc"
