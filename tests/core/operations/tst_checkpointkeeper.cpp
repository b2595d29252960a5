// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"
#include "core/operations/resume/CheckpointKeeper.h"
#include "tests/support/FaultyFile.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <mutex>

using namespace platter;
using namespace platter::tests;

namespace {

/// A file whose flush takes until somebody opens the gate.
class SlowFile final : public ByteFile {
public:
    const std::string& name() const override { return m_below.name(); }
    Bytes size() const override { return m_below.size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
    {
        return m_below.read(at, buffer);
    }
    void write(HostOffset at, std::span<const std::byte> data) override { m_below.write(at, data); }
    void resize(Bytes size) override { m_below.resize(size); }
    void flush() override
    {
        std::unique_lock lock{m_mutex};
        m_isFlushing = true;
        m_changed.notify_all();
        m_changed.wait(lock, [&] { return m_isOpen; });
        m_isFlushing = false;
        m_changed.notify_all();
    }
    void waitForFlush()
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_isFlushing; });
    }
    void open()
    {
        const std::lock_guard lock{m_mutex};
        m_isOpen = true;
        m_changed.notify_all();
    }

private:
    MemoryFile m_below{std::vector<std::byte>{}};
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isFlushing = false;
    bool m_isOpen = false;
};

CheckpointOrder orderOf(std::uint64_t done)
{
    CheckpointOrder order;
    order.head.done = done;
    return order;
}

} // namespace

/// Checkpoints say nothing that is not on stable storage, and nobody waits for them.
class TestCheckpointKeeper final : public QObject {
    Q_OBJECT
private slots:
    void writesBehindTheFlush();
    void goesWithoutWaiting();
    void tellsOfAFailedFlush();
    void givesUpWithoutAJournal();

private:
    std::filesystem::path journal() const { return m_folder.filePath("journal").toStdString(); }
    std::size_t written() const
    {
        if (!std::filesystem::exists(journal()))
            return 0;
        return part::Reader{DiskFile::open(journal(), DiskFile::Access::ReadOnly)}
            .checkpoints()
            .size();
    }

    QTemporaryDir m_folder;
};

void TestCheckpointKeeper::writesBehindTheFlush()
{
    const auto file = std::make_shared<SlowFile>();
    CheckpointKeeper keeper{{{file}, journal(), {}, {}}, EditIo::system()};
    keeper.order(orderOf(1));
    file->waitForFlush();
    QVERIFY(keeper.isBusy());
    QVERIFY(!keeper.hasOne());
    QCOMPARE(written(), std::size_t{0});
    file->open();
    keeper.wait({});
    QVERIFY(keeper.hasOne());
    QCOMPARE(written(), std::size_t{1});
    keeper.order(orderOf(2));
    keeper.wait({});
    QCOMPARE(written(), std::size_t{2});
    std::filesystem::remove(journal());
}

/// Somebody who cancels does not wait for a disk; the checkpoint comes to nothing.
void TestCheckpointKeeper::goesWithoutWaiting()
{
    const auto file = std::make_shared<SlowFile>();
    QElapsedTimer clock;
    {
        CheckpointKeeper keeper{{{file}, journal(), {}, {}}, EditIo::system()};
        keeper.order(orderOf(1));
        file->waitForFlush();
        clock.start();
    }
    QVERIFY(clock.elapsed() < 100);
    file->open();
    QTRY_COMPARE(file.use_count(), 1L); // the thread has ended
    QCOMPARE(written(), std::size_t{0});
}

void TestCheckpointKeeper::tellsOfAFailedFlush()
{
    FaultyFile::Faults faults;
    faults.failFlush = 1;
    const auto file = std::make_shared<FaultyFile>(
        std::make_shared<MemoryFile>(std::vector<std::byte>{}), faults);
    CheckpointKeeper keeper{{{file}, journal(), {}, {}}, EditIo::system()};
    keeper.order(orderOf(1));
    keeper.wait({});
    keeper.order(orderOf(2));
    keeper.wait({});
    QVERIFY_EXCEPTION_THROWN(keeper.order(orderOf(3)), IoError);
    QVERIFY(keeper.hasOne());
    QCOMPARE(written(), std::size_t{1});
    std::filesystem::remove(journal());
}

/// A conversion does not fail for want of its journal.
void TestCheckpointKeeper::givesUpWithoutAJournal()
{
    const auto file = std::make_shared<MemoryFile>(std::vector<std::byte>{});
    CheckpointKeeper keeper{
        {{file}, m_folder.filePath("missing/journal").toStdString(), {}, {}}, EditIo::system()};
    keeper.order(orderOf(1));
    keeper.wait({});
    keeper.order(orderOf(2));
    QVERIFY(!keeper.isBusy());
    QVERIFY(!keeper.hasOne());
}

QTEST_APPLESS_MAIN(TestCheckpointKeeper)
#include "tst_checkpointkeeper.moc"
