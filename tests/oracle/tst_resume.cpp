// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ConversionSamples.h"
#include "tests/support/CrashStates.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fstream>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr int dataMebibytes = 48;

/// What a conversion in another process tells of itself.
struct Told {
    std::atomic<int> resumed{0}; ///< times it went on with what was there
    std::atomic<int> permille{0}; ///< of the last time
};

/// What this process has read of files so far, from caches too.
std::uint64_t bytesRead()
{
    std::ifstream facts{"/proc/self/io"};
    std::string key;
    std::uint64_t value = 0;
    while (facts >> key >> value) {
        if (key == "rchar:")
            return value;
    }
    return 0;
}

} // namespace

/// A conversion that is cut off goes on, and makes the same bytes as one that was not.
class TestResume final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void killedAnywhere_data();
    void killedAnywhere();
    void whatIsThereIsNotReadAgain_data();
    void whatIsThereIsNotReadAgain();
    void shortConversionsLeaveNothing();
    void oneAtATime();
    void thePartOfOthersIsNotTouched();
    void theCommandLineGoesOn();
    void aRandomKeyIsKept();

private:
    pid_t start(const ConversionRequest& request, Told& told);
    void killPart(const ConversionRequest& request, int attempts = 200);

    QTemporaryDir m_folder{QString::fromStdString(folderInMemory())};
    Told* m_told = nullptr; ///< shared with other processes
};

void TestResume::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeSampleSources(dataMebibytes);
    void* const shared
        = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    QVERIFY(shared != MAP_FAILED);
    m_told = new (shared) Told;
}

void TestResume::cleanup()
{
    removeTarget();
    for (const QString& name : leftovers())
        QFile::remove(name);
}

/// Converts in another process, with a checkpoint after each piece.
pid_t TestResume::start(const ConversionRequest& request, Told& told)
{
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    int code = 0;
    try {
        ResumeOptions resume;
        resume.interval = std::chrono::milliseconds{0};
        resume.goesOn = [&](const ProgressUpdate& now) {
            ++told.resumed;
            told.permille = now.permille();
        };
        runConversion(request, resume);
    } catch (...) {
        code = 1;
    }
    ::_exit(code);
}

void TestResume::killedAnywhere_data()
{
    QTest::addColumn<int>("sample");
    const auto samples = sampleConversions();
    for (std::size_t i = 0; i < samples.size(); ++i)
        QTest::newRow(samples[i].name) << static_cast<int>(i);
}

void TestResume::killedAnywhere()
{
    QFETCH(const int, sample);
    const ConversionRequest request = sampleConversions()[static_cast<std::size_t>(sample)].request;
    ResumeOptions once;
    once.interval = std::chrono::hours{1};
    QElapsedTimer clock;
    clock.start();
    runConversion(request, once);
    const auto whole = static_cast<quint32>(clock.nsecsElapsed() / 1000);
    requireGoodTarget(request);
    const QByteArray expected = hashOfTarget(request);
    const bool isRandom = request.options.format == "vdi";
    m_told->resumed = 0;
    QRandomGenerator random{static_cast<quint32>(sample)};
    for (int round = 0; round < 2; ++round) {
        removeTarget();
        int kills = 0;
        for (bool isDone = false; !isDone;) {
            const pid_t child = start(request, *m_told);
            QVERIFY(child > 0);
            // Short lives first, so that it is killed many times on its way.
            const quint32 longest = round % 2 ? whole : whole / 3;
            if (kills < 12) {
                ::usleep(random.bounded(longest + 3000));
                ::kill(child, SIGKILL);
            }
            int status = 0;
            QVERIFY(::waitpid(child, &status, 0) == child);
            isDone = WIFEXITED(status);
            if (isDone)
                QCOMPARE(WEXITSTATUS(status), 0);
            else if (QFile::exists("out") && !isRandom)
                QCOMPARE(hashOfTarget(request), expected); // killed behind its end
            ++kills;
        }
        QCOMPARE(leftovers(), QStringList{});
        if (!isRandom)
            QCOMPARE(hashOfTarget(request), expected);
        requireGoodTarget(request);
    }
    // On a busy machine all of them may have come before the first checkpoint.
    removeTarget();
    killPart(request);
    int status = 0;
    QVERIFY(::waitpid(start(request, *m_told), &status, 0) > 0);
    QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (!isRandom)
        QCOMPARE(hashOfTarget(request), expected);
    requireGoodTarget(request);
    QVERIFY(m_told->resumed > 0);
}

/// Kills conversions until one has left something that can be gone on with.
void TestResume::killPart(const ConversionRequest& request, int attempts)
{
    for (int i = 0; i < attempts; ++i) {
        removeTarget();
        for (const QString& name : leftovers())
            QFile::remove(name);
        const pid_t child = start(request, *m_told);
        const QString journal = ".out.platter-part.journal";
        QElapsedTimer clock;
        clock.start();
        // Some pieces more than one.
        const bool hasMany = request.options.format != "raw" && request.source == "mixed.raw";
        const int pages = (hasMany ? 25 : 2) + i % 3;
        while (QFile{journal}.size() < pages * 4096 && clock.elapsed() < 5000
            && ::waitpid(child, nullptr, WNOHANG) == 0) { }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        if (!QFile::exists("out") && QFile::exists(journal))
            return;
    }
    QFAIL("No conversion could be cut off.");
}

void TestResume::whatIsThereIsNotReadAgain_data()
{
    QTest::addColumn<int>("sample");
    const auto samples = sampleConversions();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (samples[i].request.source == "mixed.raw")
            QTest::newRow(samples[i].name) << static_cast<int>(i);
    }
}

void TestResume::whatIsThereIsNotReadAgain()
{
    QFETCH(const int, sample);
    const ConversionRequest request = sampleConversions()[static_cast<std::size_t>(sample)].request;
    killPart(request);
    int permille = 0;
    ResumeOptions resume;
    resume.goesOn = [&](const ProgressUpdate& now) { permille = now.permille(); };
    const std::uint64_t before = bytesRead();
    runConversion(request, resume);
    const std::uint64_t partly = bytesRead() - before;
    QVERIFY(permille > 150);
    removeTarget();
    resume.goesOn = {};
    const std::uint64_t between = bytesRead();
    runConversion(request, resume);
    const std::uint64_t wholly = bytesRead() - between;
    // What is looked at besides: the journal, and places that were written.
    constexpr std::uint64_t besides = 1 << 20;
    const double left = 1 - permille / 1000.0;
    qInfo("%d %% were there; %llu KiB were read instead of %llu", permille / 10,
        static_cast<unsigned long long>(partly >> 10),
        static_cast<unsigned long long>(wholly >> 10));
    QVERIFY(static_cast<double>(partly)
        < static_cast<double>(wholly) * left + static_cast<double>(besides) + (2 << 20));
}

/// Before the first checkpoint nothing is kept.
void TestResume::shortConversionsLeaveNothing()
{
    const ConversionRequest request = sampleConversions()[0].request;
    ConversionRequest copy = request;
    const Conversion conversion{copy, {}};
    std::stop_source stop;
    JobControl job;
    job.stop = stop.get_token();
    std::atomic<bool> hasBegun{false};
    job.hold = [&] {
        if (QFile{".out.platter-part"}.size() > 1 << 20 && !hasBegun.exchange(true))
            stop.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(conversion.run(job), Cancelled);
    QVERIFY(hasBegun);
    QCOMPARE(leftovers(), QStringList{});
    QVERIFY(!QFile::exists("out"));
}

/// Two programs never write one part file.
void TestResume::oneAtATime()
{
    const ConversionRequest request = sampleConversions()[1].request;
    bool refused = false;
    ResumeOptions outer;
    outer.interval = std::chrono::milliseconds{0};
    ConversionRequest first = request;
    first.options.resume = outer;
    const Conversion conversion{first, {}};
    std::atomic<bool> tried{false};
    JobControl job;
    job.hold = [&] { // at work
        if (!QFile::exists(".out.platter-part") || tried.exchange(true))
            return;
        try {
            runConversion(request, {});
        } catch (const LockedError& error) {
            refused = error.path() == "out";
        }
    };
    conversion.run(job);
    QVERIFY(tried);
    QVERIFY(refused);
    requireGoodTarget(request);
    QCOMPARE(leftovers(), QStringList{});
}

/// A link, or a file with another name, under the name of the part file is left alone.
void TestResume::thePartOfOthersIsNotTouched()
{
    const ConversionRequest request = sampleConversions()[0].request;
    for (const bool isLink : {true, false}) {
        QFile precious{"precious"};
        QVERIFY(precious.open(QIODevice::WriteOnly));
        precious.write("precious");
        precious.close();
        if (isLink)
            QVERIFY(QFile::link("precious", ".out.platter-part"));
        else
            QVERIFY(::link("precious", ".out.platter-part") == 0);
        ResumeOptions often;
        often.interval = std::chrono::milliseconds{0};
        runConversion(request, often);
        requireGoodTarget(request);
        QCOMPARE(leftovers(), QStringList{".out.platter-part"});
        QVERIFY(precious.open(QIODevice::ReadOnly));
        QCOMPARE(precious.readAll(), QByteArray("precious"));
        QFile::remove(".out.platter-part");
        QFile::remove("precious");
        removeTarget();
    }
}

void TestResume::theCommandLineGoesOn()
{
    ConversionRequest request = sampleConversions()[1].request; // deflate
    const QStringList command{
        "convert", "-p", "-f", "raw", "-O", "qcow2", "-c", "--overwrite", "mixed.raw", "out"};
    killPart(request);
    const Finished done = platterCli(command);
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(done.errors.contains("goes on at"), done.errors);
    requireGoodTarget(request);
    QCOMPARE(leftovers(), QStringList{});

    killPart(request);
    const Finished anew = platterCli(command + QStringList{"--restart"});
    QVERIFY2(anew.exitCode == 0, anew.errors);
    QVERIFY2(!anew.errors.contains("goes on at"), anew.errors);
    requireGoodTarget(request);
    QCOMPARE(leftovers(), QStringList{});
}

/// What lies encrypted in a part file is of use only with the key that it lies there with.
void TestResume::aRandomKeyIsKept()
{
    const ConversionRequest request = luksConversion();
    const auto keyIn = [](const QString& path) { // behind the header and the refcount table
        QFile file{path};
        if (!file.open(QIODevice::ReadOnly) || !file.seek(128 << 10))
            return QByteArray{};
        return file.read(1 << 20);
    };
    const QByteArray magic = QByteArray::fromHex("4c554b53babe");
    killPart(request);
    const QByteArray key = keyIn(".out.platter-part");
    QVERIFY(key.startsWith(magic));
    int permille = 0;
    ResumeOptions resume;
    resume.goesOn = [&](const ProgressUpdate& now) { permille = now.permille(); };
    runConversion(request, resume);
    QVERIFY(permille > 150);
    QVERIFY(keyIn("out") == key);
    requireGoodTarget(request);
    QCOMPARE(leftovers(), QStringList{});

    // Another passphrase does not open it: a new key.
    killPart(request);
    const QByteArray former = keyIn(".out.platter-part");
    ConversionRequest other = request;
    other.targetPassphrase = passphraseOf("another");
    permille = 0;
    runConversion(other, resume);
    QCOMPARE(permille, 0);
    const QByteArray now = keyIn("out");
    QVERIFY(now.startsWith(magic) && now != former);
    requireGoodTarget(other, "another");
    QCOMPARE(leftovers(), QStringList{});
}

QTEST_APPLESS_MAIN(TestResume)
#include "tst_resume.moc"
