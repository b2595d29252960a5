// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/JournalShelf.h"
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/operations/RepairImage.h"
#include "tests/support/CrashStates.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <sys/wait.h>
#include <unistd.h>

using namespace platter;
using namespace platter::tests;

namespace {

using Content = std::vector<std::byte>;
using Work = std::function<void(EditIo& io)>;

/// Does `work` in a process of its own that is killed before its call `call` to the disk.
/// @returns whether it came to its end before that
bool endsBefore(std::size_t call, const Work& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        int code = 0;
        try {
            ScriptedIo io{{}, ScriptedIo::Failure{call, ScriptedIo::Failure::Kind::Kill}};
            work(io);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            code = 1;
        }
        ::_exit(code);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child)
        throw std::runtime_error("the other process cannot be waited for");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        throw std::runtime_error("the other process failed before it was killed");
    return false;
}

} // namespace

/// Repairs by a process that is killed before each of its calls: another process finds what was
/// interrupted and gives every byte back, also if it is killed itself.
class TestRepairKill : public QObject {
    Q_OBJECT
private slots:
    void init();
    void killedAtEveryCall();
    void killedWhileItIsTakenBack();

private:
    void repair(EditIo& io) const;
    bool isInterrupted() const { return interruptedEdit(m_image).has_value(); }
    bool hasJournals() const
    {
        const auto file = DiskFile::open(m_image, DiskFile::Access::ReadOnly);
        return !journalsOf(*file, m_image, EditIo::system()).empty();
    }
    QString image() const { return QString::fromStdString(m_image.string()); }

    QTemporaryDir m_folder{QString::fromStdString(folderInMemory())};
    std::filesystem::path m_image;
    Content m_damaged;
};

/// An image with a snapshot whose counts are lost, with leaks behind its end.
void TestRepairKill::init()
{
    m_image = m_folder.filePath("image.qcow2").toStdString();
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", image(), "16M"});
    qemuIo(image(), {"write -P 1 0 300k", "write -P 2 9M 100k"});
    qemuImg({"snapshot", "-c", "one", image()});
    qemuIo(image(), {"write -P 3 64k 100k"});
    QFile file{image()};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(48)); // refcount_table_offset
    quint64 table = 0;
    QCOMPARE(file.read(reinterpret_cast<char*>(&table), 8), 8);
    QVERIFY(file.seek(qint64(qFromBigEndian(table))));
    QCOMPARE(file.write(QByteArray(8, '\0')), 8);
    QVERIFY(file.resize(file.size() + 5 * 4096));
    file.close();
    QVERIFY(run("qemu-img", {"check", "-q", image()}).exitCode >= 2);
    m_damaged = bytesOf(m_image);
}

void TestRepairKill::repair(EditIo& io) const
{
    const auto file = DiskFile::open(m_image, DiskFile::Access::ReadOnly);
    const auto opened = openQcow2(file);
    EditPlan edit = editOf(opened->planRepair({}, {}), *opened, {});
    edit.base = DiskFile::stampOf(m_image);
    applyEdit(m_image, edit, {}, io);
}

void TestRepairKill::killedAtEveryCall()
{
    const Work work = [this](EditIo& io) { repair(io); };
    repair(EditIo::system());
    const Content repaired = bytesOf(m_image);
    qemuImg({"check", "-q", image()});
    QCOMPARE(platterCli({"undo", image()}).exitCode, 0);
    std::size_t call = 0;
    int interrupted = 0;
    for (; !endsBefore(call, work); ++call) {
        const Content stopped = bytesOf(m_image);
        if (isInterrupted()) {
            ++interrupted;
            // Nothing else is done to the image before this is settled.
            const Finished again = platterCli({"check", "-r", "all", image()});
            QVERIFY(bytesOf(m_image) == stopped);
            if (stopped == repaired)
                QCOMPARE(again.output, QByteArray("Nothing to repair.\n"));
            else
                QVERIFY2(again.errors.contains("undo"), again.errors.constData());
        } else {
            QVERIFY(stopped == m_damaged || stopped == repaired);
        }
        if (isInterrupted() || stopped == repaired) {
            const Finished undo = platterCli({"undo", image()});
            QVERIFY2(undo.exitCode == 0, undo.errors.constData());
        }
        QVERIFY(bytesOf(m_image) == m_damaged);
        QVERIFY(!isInterrupted());
    }
    QVERIFY2(interrupted >= 4, qPrintable(QString::number(interrupted)));
    QVERIFY(bytesOf(m_image) == repaired);
    QCOMPARE(platterCli({"undo", image()}).exitCode, 0);
    QVERIFY(bytesOf(m_image) == m_damaged);
    QVERIFY(!hasJournals());
    qInfo("%zu calls, %d interrupted edits", call, interrupted);
}

void TestRepairKill::killedWhileItIsTakenBack()
{
    const Work work = [this](EditIo& io) { repair(io); };
    const Work undo = [this](EditIo& io) { takeBack(m_image, {}, io); };
    std::size_t undone = 0;
    std::size_t kills = 0;
    for (std::size_t call = 0; !endsBefore(call, work); ++call) {
        if (bytesOf(m_image) == m_damaged && !isInterrupted())
            continue;
        ++undone;
        // Each try comes one call further than the one before.
        std::size_t at = 0;
        for (; !endsBefore(at, undo); ++at) {
            ++kills;
            if (bytesOf(m_image) == m_damaged && !isInterrupted())
                break; // killed when all was done
        }
        QVERIFY(bytesOf(m_image) == m_damaged);
        QVERIFY(!isInterrupted());
    }
    QCOMPARE(platterCli({"undo", image()}).exitCode, 0);
    QVERIFY(undone >= 4);
    QVERIFY(kills > 2 * undone);
    qInfo("%zu interrupted edits, their undo killed %zu times", undone, kills);
}

QTEST_GUILESS_MAIN(TestRepairKill)
#include "tst_repairkill.moc"
