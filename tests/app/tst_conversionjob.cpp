// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/ConversionJob.h"
#include "app/jobs/JobQueue.h"
#include "app/text/JobText.h"
#include "app/window/RecentImages.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using State = QueuedJob::State;

/// Conversions as jobs: what they write, how they fail, and what is kept of them.
class TestConversionJob final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void convertsInTheQueue_data();
    void convertsInTheQueue();
    void cancelledLeavesNothing();
    void whatAQuitCutsOffGoesOn();
    void pausedWritesNothing_data();
    void pausedWritesNothing();
    void asksForThePassphrase();
    void verifiesBeforeItHasAName();
    void opensAgreedFilesOnly();
    void saysWhatIsInTheWay();
    void isKeptWhole();
    void aDamagedRecordIsNoOrder_data();
    void aDamagedRecordIsNoOrder();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    ConversionOrder order(const QString& from, const QString& to, const char* format) const;
    static QueuedJob* add(JobQueue& queue, ConversionOrder order);
    QStringList temporaries() const;

    QTemporaryDir m_folder;
};

void TestConversionJob::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    qemuImg({"create", "-f", "qcow2", path("plain.qcow2"), "64M"});
    qemuIo(path("plain.qcow2"), {"write -P 1 0 3M", "write -P 7 20M 5M", "write -z 30M 1M"});
    qemuImg({"create", "-f", "qcow2", "-b", "plain.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuIo(path("top.qcow2"), {"write -P 9 1M 1M"});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
    // Enough that it can be stopped and held half way.
    qemuImg({"create", "-f", "qcow2", path("large.qcow2"), "2G"});
    QStringList writes;
    for (int i = 0; i < 16; ++i)
        writes << QStringLiteral("write -P %1 %2M 64M").arg(i + 1).arg(i * 64);
    qemuIo(path("large.qcow2"), writes);
}

ConversionOrder TestConversionJob::order(
    const QString& from, const QString& to, const char* format) const
{
    ConversionOrder order;
    order.request.source = fromQtPath(path(from));
    order.request.target = fromQtPath(path(to));
    order.request.options.format = format;
    return order;
}

QueuedJob* TestConversionJob::add(JobQueue& queue, ConversionOrder order)
{
    return queue.add(std::make_shared<const ConversionJob>(std::move(order)));
}

/// Files that are neither sources nor finished.
QStringList TestConversionJob::temporaries() const
{
    QStringList names;
    for (const QString& name :
        QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden | QDir::System)) {
        if (!name.endsWith(QLatin1String(".qcow2")))
            names << name;
    }
    return names;
}

void TestConversionJob::convertsInTheQueue_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("title");
    QTest::newRow("to QCOW2") << "qcow2"
                              << "Convert plain.qcow2 to QCOW2";
    QTest::newRow("to VDI") << "vdi"
                            << "Convert plain.qcow2 to VDI";
    QTest::newRow("to raw") << "raw"
                            << "Convert plain.qcow2 to Raw";
}

void TestConversionJob::convertsInTheQueue()
{
    QFETCH(const QString, format);
    JobQueue queue;
    const QByteArray id = format.toLatin1();
    QueuedJob* job = add(queue, order("plain.qcow2", "out." + format, id.constData()));
    QTEST(job->title(), "title");
    QCOMPARE(job->task().act(), QStringLiteral("Convert"));
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 20000);
    QCOMPARE(job->resultPath(), path("out." + format));
    QCOMPARE(
        job->outcome().resultLength, static_cast<quint64>(QFileInfo(job->resultPath()).size()));
    QVERIFY(jobDetail(*job).startsWith(QStringLiteral("Done in ")));
    qemuImg({"compare", "-f", "qcow2", "-F", format, path("plain.qcow2"), job->resultPath()});
    QFile::remove(job->resultPath());
}

void TestConversionJob::cancelledLeavesNothing()
{
    JobQueue queue;
    ConversionOrder compressed = order("large.qcow2", "out.vdi", "vdi");
    QueuedJob* job = add(queue, compressed);
    QTRY_VERIFY(job->done() > 0);
    QVERIFY(job->total() >= quint64{1} << 30); // bytes, of content
    QVERIFY(job->done() < job->total());
    QElapsedTimer clock;
    clock.start();
    queue.cancel(*job);
    QCOMPARE(job->state(), State::Stopping);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Cancelled, 1000);
    QVERIFY(!QFile::exists(path("out.vdi")));
    QCOMPARE(temporaries(), QStringList());
}

/// A quit leaves the part file, and the job that is offered later goes on with it.
void TestConversionJob::whatAQuitCutsOffGoesOn()
{
    ConversionOrder begun = order("large.qcow2", "later.vdi", "vdi");
    begun.request.options.resume.interval = std::chrono::milliseconds{0};
    const QString part = path(".later.vdi.platter-part");
    const auto cutOff = [&](const auto& stop) {
        JobQueue queue;
        QueuedJob* const job = add(queue, begun);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(part + ".journal").size() > 3 * 4096, 20'000);
        stop(queue, *job);
    };
    cutOff([](JobQueue& queue, QueuedJob&) { queue.stopForQuit(); });
    QVERIFY(!QFile::exists(path("later.vdi")));
    QVERIFY(QFile::exists(part));
    QVERIFY(QFile::exists(part + ".journal"));
    const auto inode = DiskFile::stampOf(fromQtPath(part)).identity;
    {
        JobQueue queue;
        QueuedJob* const job
            = queue.offer(ConversionJob::fromRecord(ConversionJob{begun}.record()));
        queue.retry(*job);
        QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 60'000);
    }
    QVERIFY(DiskFile::stampOf(fromQtPath(path("later.vdi"))).identity == inode);
    qemuImg({"compare", "-q", path("large.qcow2"), path("later.vdi")});
    QVERIFY(QFile::remove(path("later.vdi")));
    QVERIFY(temporaries().filter("later").isEmpty());

    cutOff([](JobQueue& queue, QueuedJob& job) {
        queue.cancel(job);
        QTRY_COMPARE_WITH_TIMEOUT(job.state(), State::Cancelled, 5000);
    });
    QVERIFY(temporaries().filter("later").isEmpty());

    cutOff([](JobQueue& queue, QueuedJob&) { queue.stopForQuit(); });
    QVERIFY(QFile::exists(part));
    JobQueue queue;
    QueuedJob* const job = queue.offer(ConversionJob::fromRecord(ConversionJob{begun}.record()));
    queue.forget(*job);
    QTRY_VERIFY(temporaries().filter("later").isEmpty());
}

void TestConversionJob::pausedWritesNothing_data()
{
    QTest::addColumn<QString>("format");
    QTest::newRow("QCOW2: pieces in their order") << "qcow2";
    QTest::newRow("raw: pieces by many threads") << "raw";
}

void TestConversionJob::pausedWritesNothing()
{
    QFETCH(const QString, format);
    JobQueue queue;
    const QByteArray id = format.toLatin1();
    const QString target = path("paused.") + format;
    ConversionOrder slow = order("large.qcow2", "paused." + format, id.constData());
    slow.request.options.threads = 2;
    QueuedJob* job = add(queue, slow);
    QTRY_VERIFY(job->done() > 0);
    queue.pause(*job);
    QTRY_VERIFY_WITH_TIMEOUT(job->isHeld(), 1000);
    QTest::qWait(200); // the piece that each thread has in hand
    const auto allocated = [this] {
        return tests::run("du", {"-k", "-s", m_folder.path()}).output.split('\t').front().toInt();
    };
    const int before = allocated();
    QTest::qWait(400);
    QCOMPARE(allocated(), before);
    QCOMPARE(job->state(), State::Paused);
    queue.resume(*job);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 60000);
    qemuImg({"compare", "-f", "qcow2", "-F", format, path("large.qcow2"), target});
    QFile::remove(target);
}

void TestConversionJob::asksForThePassphrase()
{
    JobQueue queue;
    ConversionOrder encrypted = order("locked.qcow2", "opened.raw", "raw");
    encrypted.request.decrypt = true;
    QueuedJob* job = add(queue, encrypted);
    QTRY_COMPARE(job->state(), State::Failed);
    QVERIFY(job->needsPassphrase());
    queue.retryWithPassphrase(*job, "cow");
    QTRY_COMPARE(job->state(), State::Failed);
    QVERIFY(job->needsPassphrase());
    queue.retryWithPassphrase(*job, "horse");
    QTRY_COMPARE(job->state(), State::Done);
    const QByteArray kept = QJsonDocument(job->task().record()).toJson();
    QVERIFY(!kept.contains("horse"));
    QVERIFY(!kept.contains("battery"));
    const auto again = ConversionJob::fromRecord(job->task().record());
    QVERIFY(again->lacksPassphrase());
    QVERIFY(!again->withPassphrase("horse")->lacksPassphrase());
    QFile::remove(path("opened.raw"));
}

void TestConversionJob::verifiesBeforeItHasAName()
{
    JobQueue queue;
    ConversionOrder verified = order("plain.qcow2", "verified.raw", "raw");
    verified.request.verify = true;
    QueuedJob* job = add(queue, verified);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 20000);
    QVERIFY2(jobDetail(*job).contains(QStringLiteral("Verified")), qPrintable(jobDetail(*job)));
    QFile::remove(path("verified.raw"));

    QStringList phases;
    const auto enter = [&](const QString& phase) {
        phases << phase;
        if (phase != QStringLiteral("Comparing"))
            return;
        const QStringList names = temporaries();
        QCOMPARE(names.size(), 1);
        QVERIFY(names.front().startsWith(QStringLiteral(".verified.raw")));
        QFile file(path(names.front()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(4097);
        file.putChar('x');
    };
    ErrorText told;
    try {
        ConversionJob{verified}.run({}, enter);
    } catch (...) {
        told = describeError(std::current_exception());
    }
    QCOMPARE(phases.last(), QStringLiteral("Comparing"));
    QVERIFY2(told.why.contains(QStringLiteral("0x1001")), qPrintable(told.why));
    QVERIFY(!told.now.isEmpty());
    QCOMPARE(temporaries(), QStringList());
}

void TestConversionJob::opensAgreedFilesOnly()
{
    JobQueue queue;
    QueuedJob* job = add(queue, order("top.qcow2", "flat.raw", "raw"));
    QTRY_COMPARE(job->state(), State::Failed);
    QCOMPARE(job->error().kind, ErrorText::Kind::Consent);
    ConversionOrder agreed = order("top.qcow2", "flat.raw", "raw");
    agreed.agreed = {fromQtPath(path("plain.qcow2"))};
    job = add(queue, agreed);
    QTRY_COMPARE(job->state(), State::Done);
    qemuImg({"compare", "-f", "qcow2", "-F", "raw", path("top.qcow2"), path("flat.raw")});
    QFile::remove(path("flat.raw"));
}

void TestConversionJob::saysWhatIsInTheWay()
{
    JobQueue queue;
    QFile taken(path("taken.raw"));
    QVERIFY(taken.open(QIODevice::WriteOnly));
    taken.write("mine");
    taken.close();
    QueuedJob* job = add(queue, order("plain.qcow2", "taken.raw", "raw"));
    QTRY_COMPARE(job->state(), State::Failed);
    QCOMPARE(jobDetail(*job),
        QStringLiteral("Nothing was written: “taken.raw” exists. Choose another name, or say that "
                       "it may be replaced."));
    QCOMPARE(taken.size(), 4);
    QVERIFY(taken.remove()); // what stood in the way is gone
    queue.retry(*job);
    QTRY_COMPARE(job->state(), State::Done);
    QFile::remove(path("taken.raw"));
}

void TestConversionJob::isKeptWhole()
{
    ConversionOrder order;
    ConversionRequest& request = order.request;
    request.source = std::filesystem::path{"/a folder/caf\xe9 \xff%20.qcow2"}; // not UTF-8
    request.open.format = "qcow2";
    request.open.passphrase = "horse";
    request.open.dataFile = "/data.raw";
    request.open.sharing = OpenOptions::Sharing::Look;
    request.snapshot = "clean \xc3\xa9";
    request.target = "/out.qcow2";
    request.overwrite = true;
    request.keepSnapshots = true;
    request.keepBitmaps = false;
    request.decrypt = true;
    request.options.format = "qcow2";
    request.options.sparseBlock = Bytes{4096};
    request.options.threads = 3;
    NewImage& image = request.options.image;
    image.size = Bytes{std::uint64_t{1} << 62};
    image.clusterSize = Bytes{1 << 20};
    image.version = 2;
    image.refcountBits = 64;
    image.lazyRefcounts = true;
    image.extendedL2 = false;
    image.compression = Compression::Zstd;
    image.compress = true;
    image.level = CompressionLevel::Best;
    image.backingName = "base.raw";
    image.backingFormat = "raw";
    image.preallocation = NewImage::Preallocation::Falloc;
    image.fixed = true;
    image.uuid.emplace().fill(std::byte{0x5a});
    image.dataFileName = "out.data";
    image.dataFileRaw = true;
    NewEncryption& encryption = image.encryption.emplace();
    encryption.format = NewEncryption::Format::Luks;
    encryption.cipher = BlockCipher::Twofish192;
    encryption.mode = CipherMode::Cbc;
    encryption.ivRule = IvRule::Essiv;
    encryption.ivHash = HashAlgorithm::Md5;
    encryption.hash = HashAlgorithm::Ripemd160;
    encryption.iterationTime = std::chrono::milliseconds{77};
    encryption.passphrase
        = std::make_shared<SecretBytes>(std::as_bytes(std::span{"battery", std::size_t{7}}));
    order.agreed = {"/base.raw", "/other \xfe"};
    order.isEncrypted = true;
    request.verify = true;
    const QByteArray kept = QJsonDocument(recordOf(order)).toJson();
    QVERIFY(!kept.contains("horse"));
    QVERIFY(!kept.contains("battery"));
    const auto back = orderFrom(QJsonDocument::fromJson(kept).object());
    QVERIFY(back);
    QCOMPARE(back->request.source, request.source);
    QCOMPARE(back->request.open.format, request.open.format);
    QVERIFY(!back->request.open.passphrase);
    QCOMPARE(back->request.open.dataFile, request.open.dataFile);
    QCOMPARE(back->request.open.sharing, request.open.sharing);
    QCOMPARE(back->request.snapshot, request.snapshot);
    QCOMPARE(back->agreed, order.agreed);
    QVERIFY(back->isEncrypted);
    QVERIFY(back->request.verify);
    QCOMPARE(back->request.options.image.size, image.size);
    QCOMPARE(back->request.options.image.uuid, image.uuid);
    QVERIFY(back->request.options.image.encryption->cipher == encryption.cipher);
    QVERIFY(back->request.options.image.encryption->iterationTime == encryption.iterationTime);
    // Whatever was put is read again: the record of what came back is the same.
    QCOMPARE(recordOf(*back), recordOf(order));
    QCOMPARE(
        recordOf(*orderFrom(recordOf({request, {}, false}))).value("agreed").toArray().size(), 0);
}

void TestConversionJob::aDamagedRecordIsNoOrder_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QJsonValue>("value");
    QTest::newRow("whole") << "" << QJsonValue();
    QTest::newRow("of another version") << "version" << QJsonValue(2);
    QTest::newRow("of another kind") << "kind" << QJsonValue("compact");
    QTest::newRow("no source") << "source" << QJsonValue(QJsonValue::Undefined);
    QTest::newRow("an empty target") << "target" << QJsonValue("");
    QTest::newRow("a number for a name") << "format" << QJsonValue(3);
    QTest::newRow("a word for a number") << "threads" << QJsonValue("many");
    QTest::newRow("too large a number") << "threads" << QJsonValue("99999999999");
    QTest::newRow("a name for yes or no") << "overwrite" << QJsonValue("yes");
    QTest::newRow("an unknown name") << "sharing" << QJsonValue("steal");
    QTest::newRow("no image") << "image" << QJsonValue("qcow2");
    QTest::newRow("no list") << "agreed" << QJsonValue("/");
    QTest::newRow("a number in a list") << "agreed" << QJsonValue(QJsonArray{1});
}

void TestConversionJob::aDamagedRecordIsNoOrder()
{
    QFETCH(const QString, key);
    QFETCH(const QJsonValue, value);
    QJsonObject record = recordOf(order("plain.qcow2", "out.raw", "raw"));
    if (key.isEmpty()) {
        QVERIFY(orderFrom(record));
        QVERIFY(ConversionJob::fromRecord(record));
        return;
    }
    if (value.isUndefined())
        record.remove(key);
    else
        record[key] = value;
    QVERIFY(!orderFrom(record));
    QVERIFY(!ConversionJob::fromRecord(record));
}

PLATTER_GUI_MAIN(TestConversionJob)
#include "tst_conversionjob.moc"
