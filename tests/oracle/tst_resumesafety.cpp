// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"
#include "core/operations/resume/PartFile.h"
#include "core/operations/resume/PartJournal.h"
#include "tests/support/ConversionSamples.h"
#include "tests/support/CrashStates.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"
#include "tests/support/ScriptedIo.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <map>
#include <random>

#include <sys/stat.h>

using namespace platter;
using namespace platter::tests;

namespace {

namespace fs = std::filesystem;
using Kind = DiskEvent::Kind;
using Content = std::vector<std::byte>;

const fs::path partPath = ".out.platter-part";
const fs::path journalPath = ".out.platter-part.journal";

ResumeOptions everyPiece(EditIo* io = nullptr)
{
    ResumeOptions resume;
    resume.interval = std::chrono::milliseconds{0};
    resume.io = io;
    return resume;
}

void put(const fs::path& path, const Content& content)
{
    fs::remove(path);
    DiskFile::create(path)->write(HostOffset{0}, content);
}

/// The journal as it would be if it had been written beside `part`: what was valid in it is
/// written again, what was not stays as it is.
Content boundTo(const DiskFile& part, const Content& bytes)
{
    const auto file = std::make_shared<MemoryFile>(bytes);
    std::unique_ptr<part::Reader> reader;
    try {
        reader = std::make_unique<part::Reader>(file);
    } catch (const FormatError&) {
        return bytes;
    }
    const auto bound = std::make_shared<MemoryFile>(Content{});
    part::Head head = reader->head();
    const part::FileName name = part::nameOf(part);
    head.imageDevice = name.device;
    head.imageInode = name.inode;
    head.imageBirth = name.birth;
    part::Writer writer{bound, head};
    for (const auto& checkpoint : reader->checkpoints())
        writer.append(
            checkpoint.head, reader->witnessesOf(checkpoint), reader->outcomesOf(checkpoint));
    Content made(bound->size().value);
    bound->read(HostOffset{0}, made);
    if (made.size() < bytes.size())
        made.insert(
            made.end(), bytes.begin() + static_cast<std::ptrdiff_t>(made.size()), bytes.end());
    return made;
}

/// A file after some of what was asked of it.
class FileState {
public:
    void apply(const DiskEvent& event, std::size_t most = ~std::size_t{0})
    {
        if (event.kind == Kind::Resize)
            m_content.resize(event.length.value);
        if (event.kind != Kind::Write)
            return;
        const std::size_t count = std::min(most, event.data.size());
        m_content.resize(std::max<std::size_t>(m_content.size(), event.at.value + count));
        std::copy_n(event.data.begin(), count,
            m_content.begin() + static_cast<std::ptrdiff_t>(event.at.value));
    }
    const Content& content() const { return m_content; }

private:
    Content m_content;
};

/// One of the states that the system may find a file in after a power cut behind `cut` events.
FileState stateAfter(const std::vector<DiskEvent>& events, std::size_t cut, const fs::path& path,
    std::mt19937_64& random)
{
    std::size_t sure = 0; // events in front of the last flush
    for (std::size_t i = 0; i < cut; ++i) {
        if (events[i].kind == Kind::Flush && events[i].path == path)
            sure = i;
    }
    FileState state;
    const auto mood = random() % 4; // all, none, some
    for (std::size_t i = 0; i < cut; ++i) {
        if (events[i].path != path)
            continue;
        if (i < sure || mood == 0)
            state.apply(events[i]);
        else if (mood > 1 && random() % 2)
            state.apply(events[i], random() % 2 ? ~std::size_t{0} : random() % 9 * 512);
    }
    return state;
}

} // namespace

/// Whatever becomes of a conversion, its part file, its journal and its source: the target is right
/// or not there.
class TestResumeSafety final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void everyCallMayFail_data() { addSamples(Encrypted::No); }
    void everyCallMayFail();
    void powerMayFail_data() { addSamples(); }
    void powerMayFail();
    void noByteIsWrittenTwice_data() { addSamples(); }
    void noByteIsWrittenTwice();
    void powerMayFailWithKey();
    void everyCallMayFailWithKey();
    void changesAreNoticed_data();
    void changesAreNoticed();
    void hostileJournals_data();
    void hostileJournals();

private:
    enum class Encrypted { No, Yes };
    /// The calls of an encrypted one are those of another.
    static void addSamples(Encrypted encrypted = Encrypted::Yes);
    static ConversionRequest sampleCalled(const char* name);
    ConversionRequest currentRequest() const;
    QByteArray wholeTarget(const ConversionRequest& request);
    void interrupt(const ConversionRequest& request, std::size_t call);
    void tryPowerCuts(const ConversionRequest& request, const ScriptedIo& io,
        const std::function<void(std::size_t cut, bool wentOn)>& requireRight);

    QTemporaryDir m_folder{QString::fromStdString(folderInMemory())};
};

void TestResumeSafety::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeSampleSources(4);
}

void TestResumeSafety::cleanup()
{
    removeTarget();
    for (const QString& name : leftovers())
        QFile::remove(name);
}

void TestResumeSafety::addSamples(Encrypted encrypted)
{
    QTest::addColumn<int>("sample");
    const auto samples = sampleConversions();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const ConversionRequest& request = samples[i].request;
        const bool isEncrypted = request.open.passphrase || request.targetPassphrase;
        if (!isEncrypted || encrypted == Encrypted::Yes)
            QTest::newRow(samples[i].name) << static_cast<int>(i);
    }
}

ConversionRequest TestResumeSafety::sampleCalled(const char* name)
{
    for (const SampleConversion& sample : sampleConversions()) {
        if (qstrcmp(sample.name, name) == 0)
            return sample.request;
    }
    throw std::logic_error("there is no such sample");
}

ConversionRequest TestResumeSafety::currentRequest() const
{
    QFETCH(const int, sample);
    ConversionRequest request = sampleConversions()[static_cast<std::size_t>(sample)].request;
    if (request.options.format == "vdi") { // a random UUID would be another target each time
        request.options.image.vdiOrigin->modificationUuid.fill(std::byte{0x46});
        request.options.image.vdiOrigin->diskSize
            = Bytes{static_cast<std::uint64_t>(QFileInfo{"mixed.raw"}.size())};
    }
    return request;
}

QByteArray TestResumeSafety::wholeTarget(const ConversionRequest& request)
{
    runConversion(request, {});
    requireGoodTarget(request);
    const QByteArray hash = hashOfTarget(request);
    removeTarget();
    return hash;
}

/// Lets a conversion fail at this change of a file and all later ones.
void TestResumeSafety::interrupt(const ConversionRequest& request, std::size_t call)
{
    ScriptedIo io{{},
        ScriptedIo::Failure{
            call, ScriptedIo::Failure::Kind::NoSpace, ScriptedIo::Failure::Lasting::FromThenOn}};
    QVERIFY_EXCEPTION_THROWN(runConversion(request, everyPiece(&io), 1), IoError);
    QVERIFY(fs::exists(partPath));
    QVERIFY(fs::exists(journalPath));
}

/// Of everything that a conversion asks the disk for, each call fails once: for want of room, for a
/// broken disk, in the middle.
void TestResumeSafety::everyCallMayFail()
{
    using Failure = ScriptedIo::Failure;
    const ConversionRequest request = currentRequest();
    const QByteArray source = fileHash(QString::fromStdString(request.source.string()));
    const QByteArray expected = wholeTarget(request);
    int kept = 0;
    for (const auto kind : {Failure::Kind::NoSpace, Failure::Kind::Input, Failure::Kind::ShortWrite,
             Failure::Kind::Flush}) {
        for (const auto lasting : {Failure::Lasting::FromThenOn, Failure::Lasting::Once}) {
            const std::size_t step = lasting == Failure::Lasting::Once ? 3 : 1;
            for (std::size_t call = 0;; call += step) {
                ScriptedIo io{{}, Failure{call, kind, lasting}};
                bool failed = false;
                try {
                    runConversion(request, everyPiece(&io), 1);
                } catch (const IoError& error) {
                    failed = true;
                    QVERIFY2(error.path() == "out" || error.path() == "out.data", error.what());
                }
                const QByteArray words
                    = QString("call %1, way %2").arg(call).arg(static_cast<int>(kind)).toUtf8();
                QVERIFY2(failed != QFile::exists("out"), words);
                QVERIFY2(failed || hashOfTarget(request) == expected, words);
                // Both stay or none; a journal that cannot be removed means nothing.
                QVERIFY2(!failed || !fs::exists(partPath) || fs::exists(journalPath), words);
                if (failed && kind != Failure::Kind::Input)
                    QVERIFY2(fs::exists(partPath) == fs::exists(journalPath), words);
                kept += failed && fs::exists(partPath) ? 1 : 0;
                runConversion(request, {});
                QVERIFY2(hashOfTarget(request) == expected, words);
                QVERIFY2(leftovers().isEmpty(), words);
                removeTarget();
                if (!io.failed())
                    break;
            }
        }
    }
    QVERIFY(kept > 0);
    QCOMPARE(fileHash(QString::fromStdString(request.source.string())), source);
}

/// The power fails after any call: files have what was flushed, and any of what was not, torn.
void TestResumeSafety::powerMayFail()
{
    const ConversionRequest request = currentRequest();
    if (!request.options.image.dataFileName.empty())
        return; // as below, with one file more
    const QByteArray expected = wholeTarget(request);
    ScriptedIo io;
    runConversion(request, everyPiece(&io), 1);
    tryPowerCuts(request, io, [&](std::size_t cut, bool) {
        QVERIFY2(hashOfTarget(request) == expected, qPrintable(QString("after %1 calls").arg(cut)));
    });
}

/// With a random key, what is gone on with has the bytes of the run that was cut off.
void TestResumeSafety::powerMayFailWithKey()
{
    const ConversionRequest request = luksConversion();
    ScriptedIo io;
    runConversion(request, everyPiece(&io), 1);
    requireGoodTarget(request);
    const QByteArray expected = hashOfTarget(request);
    tryPowerCuts(request, io, [&](std::size_t cut, bool wentOn) {
        QVERIFY2(!wentOn || hashOfTarget(request) == expected,
            qPrintable(QString("after %1 calls").arg(cut)));
        if (!wentOn)
            requireGoodTarget(request);
    });
}

void TestResumeSafety::everyCallMayFailWithKey()
{
    using Failure = ScriptedIo::Failure;
    const ConversionRequest request = luksConversion();
    int wentOn = 0;
    for (const auto kind : {Failure::Kind::NoSpace, Failure::Kind::ShortWrite}) {
        const std::size_t step = kind == Failure::Kind::NoSpace ? 2 : 5;
        for (std::size_t call = 0;; call += step) {
            ScriptedIo io{{}, Failure{call, kind, Failure::Lasting::FromThenOn}};
            bool failed = false;
            try {
                runConversion(request, everyPiece(&io), 1);
            } catch (const IoError&) {
                failed = true;
            }
            QVERIFY(failed != QFile::exists("out"));
            ResumeOptions resume;
            resume.goesOn = [&](const ProgressUpdate&) { ++wentOn; };
            runConversion(request, resume);
            requireGoodTarget(request);
            QVERIFY(leftovers().isEmpty());
            removeTarget();
            if (!io.failed())
                break;
        }
    }
    QVERIFY(wentOn > 0);
}

/// Goes on after a power cut behind each of the calls of a whole run.
void TestResumeSafety::tryPowerCuts(const ConversionRequest& request, const ScriptedIo& io,
    const std::function<void(std::size_t cut, bool wentOn)>& requireRight)
{
    const auto& events = io.events();
    const fs::path part = fs::path{events.front().path};
    QCOMPARE(part.filename(), partPath);
    std::mt19937_64 random{events.size()};
    int resumed = 0;
    for (std::size_t cut = 1; cut <= events.size(); ++cut) {
        bool hasJournal = false;
        for (std::size_t i = 0; i < cut; ++i)
            hasJournal = hasJournal
                || (events[i].kind == Kind::Make && events[i].path.filename() == journalPath);
        removeTarget();
        put(partPath, stateAfter(events, cut, part, random).content());
        fs::remove(journalPath);
        if (hasJournal)
            put(journalPath,
                boundTo(*DiskFile::open(partPath, DiskFile::Access::ReadOnly),
                    stateAfter(events, cut, part.string() + ".journal", random).content()));
        bool wentOn = false;
        ResumeOptions resume;
        resume.goesOn = [&](const ProgressUpdate&) { wentOn = true; };
        runConversion(request, resume);
        requireRight(cut, wentOn);
        resumed += wentOn ? 1 : 0;
        if (QTest::currentTestFailed())
            return;
        QVERIFY(leftovers().isEmpty());
    }
    QVERIFY(resumed > 0);
}

/// What is in a part file before its end is what will be there: writing it again is no change.
void TestResumeSafety::noByteIsWrittenTwice()
{
    const ConversionRequest request = currentRequest();
    ScriptedIo io;
    runConversion(request, everyPiece(&io), 1);
    std::size_t last = 0; // event in front of which the work is done
    for (std::size_t i = 0; i < io.events().size(); ++i) {
        if (io.events()[i].path.filename() == journalPath && io.events()[i].kind == Kind::Flush)
            last = i;
    }
    std::map<fs::path, std::map<std::uint64_t, std::uint64_t>> written; // start, end
    for (std::size_t i = 0; i < last; ++i) {
        const DiskEvent& event = io.events()[i];
        if (event.kind != Kind::Write || event.path.filename() == journalPath)
            continue;
        const std::uint64_t start = event.at.value;
        const std::uint64_t end = start + event.data.size();
        auto& ranges = written[event.path];
        const auto behind = ranges.lower_bound(start);
        QVERIFY(behind == ranges.end() || behind->first >= end);
        QVERIFY(behind == ranges.begin() || std::prev(behind)->second <= start);
        ranges[start] = end;
    }
    QVERIFY(!written.empty());
}

void TestResumeSafety::changesAreNoticed_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<bool>("resumes");
    for (const char* change : {"a byte of the source", "times of the source",
             "the source is longer", "the source is another file", "cluster size", "codec", "level",
             "compression", "disk size", "format", "part file is shorter", "part file is empty",
             "part file is another", "part file was overwritten", "journal is missing",
             "journal is empty"})
        QTest::newRow(change) << change << false;
    for (const char* change : {"passphrase of an AES source", "passphrase of an AES target",
             "passphrase of a LUKS target", "key in the part file", "how a key is made"})
        QTest::newRow(change) << change << false;
    QTest::newRow("nothing") << "nothing" << true;
    QTest::newRow("nothing, AES source") << "nothing, AES source" << true;
    QTest::newRow("nothing, AES target") << "nothing, AES target" << true;
    QTest::newRow("nothing, LUKS target") << "nothing, LUKS target" << true;
    QTest::newRow("part file is longer") << "part file is longer" << true;
    QTest::newRow("number of threads") << "number of threads" << true;
}

void TestResumeSafety::changesAreNoticed()
{
    QFETCH(const QString, change);
    QFETCH(const bool, resumes);
    makeSampleSources(4);
    const bool hasRandomKey = change.contains("LUKS") || change.contains("key");
    ConversionRequest request = hasRandomKey ? luksConversion()
        : change.contains("AES source")      ? sampleCalled("AES to qcow2, deflate")
        : change.contains("AES target")      ? sampleCalled("raw to qcow2, AES")
                                             : sampleConversions()[1].request;
    interrupt(request, request.options.image.compress ? 40 : 25);
    NewImage& image = request.options.image;
    QString word = "sesame";
    const auto size = fs::file_size(partPath);
    const auto touchSource = [](const std::function<void(QFile&)>& touch) {
        QFile source{"mixed.raw"};
        QVERIFY(source.open(QIODevice::ReadWrite));
        touch(source);
        source.close();
    };
    if (change == "a byte of the source")
        touchSource([](QFile& file) { file.write("x"); });
    else if (change == "times of the source")
        QVERIFY(::chmod("mixed.raw", 0600) == 0);
    else if (change == "the source is longer")
        touchSource([](QFile& file) { file.resize(file.size() + 512); });
    else if (change == "the source is another file") {
        fs::copy_file("mixed.raw", "copy.raw", fs::copy_options::overwrite_existing);
        fs::rename("copy.raw", "mixed.raw");
    } else if (change == "cluster size")
        image.clusterSize = Bytes{32 << 10};
    else if (change == "codec")
        image.compression = Compression::Zstd;
    else if (change == "level")
        image.level = CompressionLevel::Best;
    else if (change == "compression")
        image.compress = false;
    else if (change == "disk size")
        image.size = Bytes{1 << 30};
    else if (change == "format")
        request.options.format = "qcow";
    else if (change == "part file is shorter")
        fs::resize_file(partPath, size / 2);
    else if (change == "part file is empty")
        fs::resize_file(partPath, 0);
    else if (change == "part file is another") {
        fs::copy_file(partPath, "copy");
        fs::rename("copy", partPath);
    } else if (change == "part file was overwritten") {
        QFile part{".out.platter-part"};
        QVERIFY(part.open(QIODevice::ReadWrite));
        part.write(QByteArray(static_cast<qsizetype>(size), '\0'));
    } else if (change == "journal is missing")
        fs::remove(journalPath);
    else if (change == "journal is empty")
        fs::resize_file(journalPath, 0);
    else if (change == "part file is longer")
        fs::resize_file(partPath, size + 12'345'678);
    else if (change == "passphrase of an AES source")
        request.open.passphrase = "another";
    else if (change == "passphrase of an AES target" || change == "passphrase of a LUKS target") {
        word = "another";
        request.targetPassphrase = passphraseOf("another");
    } else if (change == "key in the part file") {
        QFile part{".out.platter-part"};
        QVERIFY(part.open(QIODevice::ReadWrite) && part.seek((128 << 10) + 8000));
        part.write("x");
    } else if (change == "how a key is made")
        image.encryption->hash = HashAlgorithm::Sha512;
    QThread::msleep(150);
    bool wentOn = false;
    ResumeOptions resume;
    resume.goesOn = [&](const ProgressUpdate&) { wentOn = true; };
    runConversion(request, resume, change == "number of threads" ? 5 : 2);
    QCOMPARE(wentOn, resumes);
    if (hasRandomKey) {
        QCOMPARE(leftovers(), QStringList{});
        requireGoodTarget(request, word);
        return;
    }
    const QByteArray made = hashOfTarget(request);
    QCOMPARE(leftovers(), QStringList{});
    removeTarget();
    runConversion(request, {});
    QCOMPARE(made, hashOfTarget(request));
    if (change != "passphrase of an AES source") // that is as good as noise
        requireGoodTarget(request, word);
}

void TestResumeSafety::hostileJournals_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("cut anywhere") << "cut";
    QTest::newRow("bits flipped anywhere") << "flip";
    QTest::newRow("other outcomes") << "outcomes";
    QTest::newRow("other numbers of pieces") << "done";
    QTest::newRow("another plan") << "plan";
}

/// Also where the checksums are right.
void TestResumeSafety::hostileJournals()
{
    QFETCH(const QString, change);
    const ConversionRequest request = sampleConversions()[1].request;
    const QByteArray expected = wholeTarget(request);
    std::mt19937_64 random{7};
    for (int round = 0; round < 60; ++round) {
        cleanup();
        interrupt(request, 40);
        Content bytes = bytesOf(journalPath);
        if (change == "cut") {
            bytes.resize(random() % bytes.size());
        } else if (change == "flip") {
            bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
        } else {
            const part::Reader reader{std::make_shared<MemoryFile>(bytes)};
            const auto forged = std::make_shared<MemoryFile>(Content{});
            part::Writer writer{forged, reader.head()};
            const auto chosen = random() % reader.checkpoints().size();
            for (std::size_t i = 0; i < reader.checkpoints().size(); ++i) {
                const auto& checkpoint = reader.checkpoints()[i];
                part::CheckpointHead head = checkpoint.head;
                Content outcomes = reader.outcomesOf(checkpoint);
                if (change == "done")
                    head.done += i >= chosen ? 1 + random() % 3 : 0;
                else if (change == "plan")
                    head.plan += 1;
                else if (i == chosen && !outcomes.empty()) {
                    if (random() % 2)
                        outcomes.resize(random() % outcomes.size());
                    else
                        outcomes.push_back(static_cast<std::byte>(random()));
                }
                writer.append(head, reader.witnessesOf(checkpoint), outcomes);
            }
            bytes.resize(forged->size().value);
            forged->read(HostOffset{0}, bytes);
        }
        put(journalPath, bytes);
        runConversion(request, {});
        QVERIFY2(hashOfTarget(request) == expected, qPrintable(QString::number(round)));
        QVERIFY(leftovers().isEmpty());
    }
}

QTEST_APPLESS_MAIN(TestResumeSafety)
#include "tst_resumesafety.moc"
