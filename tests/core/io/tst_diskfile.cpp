// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/io/DiskFile.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace platter;

namespace {

std::vector<std::byte> bytesOf(std::size_t count, unsigned value)
{
    return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

} // namespace

class TestDiskFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::filesystem::path path(const char* name) const
    {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }

private slots:
    void refusesWhatCannotHoldAnImage_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("words");
        const auto fifo = path("fifo");
        QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
        QTest::addRow("a named pipe without a writer does not wait")
            << QString::fromStdString(fifo) << "a named pipe";
        const auto folder = path("folder");
        std::filesystem::create_directory(folder);
        QTest::addRow("a folder") << QString::fromStdString(folder) << "a folder";
        QTest::addRow("a character device") << "/dev/zero"
                                            << "a character device";
        const auto socketPath = path("socket");
        const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy_n(socketPath.c_str(), socketPath.native().size(), address.sun_path);
        QCOMPARE(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(listening);
        QTest::addRow("a socket") << QString::fromStdString(socketPath) << "a socket";
    }
    void refusesWhatCannotHoldAnImage()
    {
        QFETCH(const QString, name);
        QFETCH(const QString, words);
        for (const auto access : {DiskFile::Access::ReadOnly, DiskFile::Access::ReadWrite}) {
            try {
                DiskFile::open(name.toStdString(), access);
                QFAIL("It was opened.");
            } catch (const UnsupportedError& error) {
                QCOMPARE(error.feature(), std::string("file-kind"));
                QVERIFY2(QString(error.what()).contains(words), error.what());
            }
        }
    }

    void refusesLinksOfProc()
    {
        const auto file = DiskFile::create(path("behind-proc"));
        const std::string link = "/proc/self/fd/" + std::to_string(file->descriptor());
        QVERIFY_EXCEPTION_THROWN(DiskFile::open(link, DiskFile::Access::ReadOnly), IoError);
    }

    void saysWhyAFileCannotBeOpened()
    {
        try {
            DiskFile::open(path("missing"), DiskFile::Access::ReadOnly);
            QFAIL("It was opened.");
        } catch (const IoError& error) {
            QCOMPARE(error.code(), std::make_error_code(std::errc::no_such_file_or_directory));
            QCOMPARE(error.path(), path("missing").string());
        }
    }

    void doesNotWaitForAProgramThatHasALease()
    {
        const auto holder = DiskFile::create(path("leased"));
        ::signal(SIGIO, SIG_IGN); // sent to the holder of a lease that somebody asks for
        QCOMPARE(::fcntl(holder->descriptor(), F_SETLEASE, F_WRLCK), 0);
        QVERIFY_EXCEPTION_THROWN(
            DiskFile::open(path("leased"), DiskFile::Access::ReadOnly), IoError);
        QCOMPARE(::fcntl(holder->descriptor(), F_SETLEASE, F_UNLCK), 0);
        QVERIFY(DiskFile::open(path("leased"), DiskFile::Access::ReadOnly) != nullptr);
    }

    void neverMakesAFileThatExists()
    {
        const auto made = DiskFile::create(path("once"));
        QVERIFY_EXCEPTION_THROWN(DiskFile::create(path("once")), IoError);
    }

    void readsWhatWasWritten()
    {
        const auto file = DiskFile::create(path("written"));
        file->write(HostOffset{1000}, bytesOf(3000, 7));
        file->flush();
        QCOMPARE(file->size(), Bytes{4000});
        std::vector<std::byte> buffer(5000, std::byte{9});
        QCOMPARE(file->read(HostOffset{0}, buffer), std::size_t{4000});
        QCOMPARE(buffer[999], std::byte{0});
        QCOMPARE(buffer[1000], std::byte{7});
        QCOMPARE(buffer[3999], std::byte{7});
        QCOMPARE(buffer[4000], std::byte{9});
    }

    void readsPadZerosPastTheEnd()
    {
        const auto file = DiskFile::create(path("padded"));
        file->write(HostOffset{0}, bytesOf(10, 7));
        std::vector<std::byte> buffer(20, std::byte{9});
        file->readPadded(HostOffset{5}, buffer);
        QCOMPARE(buffer[4], std::byte{7});
        QCOMPARE(buffer[5], std::byte{0});
        QCOMPARE(buffer[19], std::byte{0});
    }

    void readsNothingAtPositionsThatNoFileHas_data()
    {
        QTest::addColumn<quint64>("at");
        QTest::addRow("the end") << quint64{4096};
        QTest::addRow("the last signed position") << quint64{0x7fffffffffffffff};
        QTest::addRow("a position with the highest bit") << quint64{0x8000000000000000};
        QTest::addRow("the largest number") << ~quint64{0};
    }
    void readsNothingAtPositionsThatNoFileHas()
    {
        QFETCH(const quint64, at);
        const auto name = path("short");
        std::filesystem::remove(name);
        const auto file = DiskFile::create(name);
        file->resize(Bytes{4096});
        std::vector<std::byte> buffer(16);
        QCOMPARE(file->read(HostOffset{at}, buffer), std::size_t{0});
    }

    void readsOnWhenTheFileShrinks()
    {
        const auto writer = DiskFile::create(path("shrinking"));
        writer->write(HostOffset{0}, bytesOf(8192, 7));
        const auto reader = DiskFile::open(path("shrinking"), DiskFile::Access::ReadOnly);
        QCOMPARE(reader->regionAt(HostOffset{5000}).end, HostOffset{8192});
        writer->resize(Bytes{4096});
        std::vector<std::byte> buffer(8192);
        QCOMPARE(reader->read(HostOffset{0}, buffer), std::size_t{4096});
        QCOMPARE(reader->size(), Bytes{4096});
    }

    void writingThroughAReaderFails()
    {
        DiskFile::create(path("read-only"));
        const auto reader = DiskFile::open(path("read-only"), DiskFile::Access::ReadOnly);
        QVERIFY_EXCEPTION_THROWN(reader->write(HostOffset{0}, bytesOf(1, 1)), IoError);
        QVERIFY_EXCEPTION_THROWN(reader->resize(Bytes{1}), IoError);
    }

    void tellsHolesFromData()
    {
        const auto file = DiskFile::create(path("sparse"));
        file->resize(Bytes{1 << 20});
        file->write(HostOffset{256 * 1024}, bytesOf(64 * 1024, 7));
        file->flush();
        QVERIFY(file->allocatedBytes().value >= 64 * 1024);
        QVERIFY(file->allocatedBytes().value < 1 << 20);
        const FileRegion before = file->regionAt(HostOffset{4096});
        QCOMPARE(before.kind, FileRegion::Kind::Hole);
        QCOMPARE(before.end, HostOffset{256 * 1024});
        const FileRegion data = file->regionAt(HostOffset{256 * 1024});
        QCOMPARE(data.kind, FileRegion::Kind::Data);
        QCOMPARE(data.end, HostOffset{320 * 1024});
        const FileRegion last = file->regionAt(HostOffset{320 * 1024});
        QCOMPARE(last.kind, FileRegion::Kind::Hole);
        QCOMPARE(last.end, HostOffset{1 << 20});
    }

    void forgetsAHoleThatIsFilled()
    {
        const auto file = DiskFile::create(path("filled"));
        file->resize(Bytes{1 << 20});
        QCOMPARE(file->regionAt(HostOffset{0}).kind, FileRegion::Kind::Hole);
        file->write(HostOffset{0}, bytesOf(4096, 7));
        QCOMPARE(file->regionAt(HostOffset{0}).kind, FileRegion::Kind::Data);
    }

    void noticesAHoleThatAnotherProgramFills()
    {
        const auto writer = DiskFile::create(path("filled-by-another"));
        writer->resize(Bytes{1 << 20});
        const auto reader = DiskFile::open(path("filled-by-another"), DiskFile::Access::ReadOnly);
        QCOMPARE(reader->regionAt(HostOffset{0}).kind, FileRegion::Kind::Hole);
        writer->write(HostOffset{0}, bytesOf(4096, 7));
        QTRY_COMPARE(reader->regionAt(HostOffset{0}).kind, FileRegion::Kind::Data);
    }

    void answersAboutHolesFromManyThreads()
    {
        const auto file = DiskFile::create(path("threads"));
        file->resize(Bytes{8 << 20});
        for (std::uint64_t at = 0; at < 8 << 20; at += 128 * 1024)
            file->write(HostOffset{at}, bytesOf(64 * 1024, 7));
        std::atomic<unsigned> wrong{0};
        {
            std::vector<std::jthread> threads;
            for (unsigned thread = 0; thread < 4; ++thread) {
                threads.emplace_back([&, thread] {
                    for (std::uint64_t step = 0; step < 2000; ++step) {
                        const std::uint64_t at = (step * 7919 + thread * 4096) * 4096 % (8 << 20);
                        const bool data = at % (128 * 1024) < 64 * 1024;
                        const FileRegion region = file->regionAt(HostOffset{at});
                        if ((region.kind == FileRegion::Kind::Data) != data
                            || region.end.value <= at)
                            ++wrong;
                    }
                });
            }
        }
        QCOMPARE(wrong.load(), 0U);
    }

    void knowsTwoNamesOfOneFile()
    {
        const auto first = DiskFile::create(path("one"));
        std::filesystem::create_hard_link(path("one"), path("other"));
        const auto second = DiskFile::open(path("other"), DiskFile::Access::ReadOnly);
        const auto third = DiskFile::create(path("third"));
        QVERIFY(first->identity() == second->identity());
        QVERIFY(first->identity() != third->identity());
        QVERIFY(!first->isBlockDevice());
    }

    void isNotHandedToOtherPrograms()
    {
        const auto file = DiskFile::create(path("private"));
        QVERIFY((::fcntl(file->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
    }
};

QTEST_GUILESS_MAIN(TestDiskFile)
#include "tst_diskfile.moc"
