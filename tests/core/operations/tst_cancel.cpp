// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/EditIo.h"
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "core/operations/ContentHash.h"
#include "core/operations/Convert.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/Measure.h"

#include <QDir>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace platter;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t diskBytes = 48 * mebibyte;
constexpr unsigned threads = 2;

/// Asks for a stop when so many bytes have been read or written, and counts those behind it.
struct Trip {
    std::stop_source stop;
    std::uint64_t at = 0;
    std::atomic<std::uint64_t> before{0};
    std::atomic<std::uint64_t> behind{0};

    void moved(std::uint64_t bytes)
    {
        if (stop.stop_requested())
            behind += bytes;
        else if ((before += bytes) >= at)
            stop.request_stop();
    }
};

/// Tells a trip of what is read or written.
class WatchedFile final : public ByteFile {
public:
    WatchedFile(std::shared_ptr<ByteFile> below, Trip& trip)
        : m_below(std::move(below))
        , m_trip(trip)
    {
    }
    const std::string& name() const override { return m_below->name(); }
    Bytes size() const override { return m_below->size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
    {
        const std::size_t done = m_below->read(at, buffer);
        m_trip.moved(done);
        return done;
    }
    void write(HostOffset at, std::span<const std::byte> data) override
    {
        m_below->write(at, data);
        m_trip.moved(data.size());
    }
    void resize(Bytes size) override { m_below->resize(size); }
    void flush() override { m_below->flush(); }
    FileRegion regionAt(HostOffset at) const override { return m_below->regionAt(at); }
    Bytes allocatedBytes() const override { return m_below->allocatedBytes(); }

private:
    std::shared_ptr<ByteFile> m_below;
    Trip& m_trip;
};

class WatchedIo final : public EditIo {
public:
    explicit WatchedIo(Trip& trip)
        : m_trip(trip)
    {
    }
    std::shared_ptr<ByteFile> layerOver(std::shared_ptr<DiskFile> file) override
    {
        return std::make_shared<WatchedFile>(std::move(file), m_trip);
    }

private:
    Trip& m_trip;
};

/// A disk whose flush takes until somebody says that it is done.
struct SlowDisk {
    std::mutex mutex;
    std::condition_variable changed;
    bool isAsked = false;
    bool isDone = false;

    void flush()
    {
        std::unique_lock lock{mutex};
        isAsked = true;
        changed.notify_all();
        changed.wait(lock, [&] { return isDone; });
    }
    void waitUntilAsked()
    {
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return isAsked; });
    }
    void finish()
    {
        const std::lock_guard lock{mutex};
        isDone = true;
        changed.notify_all();
    }
};

class SlowFile final : public ByteFile {
public:
    SlowFile(std::shared_ptr<ByteFile> below, std::shared_ptr<SlowDisk> disk)
        : m_below(std::move(below))
        , m_disk(std::move(disk))
    {
    }
    const std::string& name() const override { return m_below->name(); }
    Bytes size() const override { return m_below->size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
    {
        return m_below->read(at, buffer);
    }
    void write(HostOffset at, std::span<const std::byte> data) override
    {
        m_below->write(at, data);
    }
    void resize(Bytes size) override { m_below->resize(size); }
    void flush() override { m_disk->flush(); }

private:
    std::shared_ptr<ByteFile> m_below;
    std::shared_ptr<SlowDisk> m_disk;
};

class SlowIo final : public EditIo {
public:
    explicit SlowIo(std::shared_ptr<SlowDisk> disk)
        : m_disk(std::move(disk))
    {
    }
    std::shared_ptr<ByteFile> layerOver(std::shared_ptr<DiskFile> file) override
    {
        return std::make_shared<SlowFile>(std::move(file), m_disk);
    }

private:
    std::shared_ptr<SlowDisk> m_disk;
};

/// Half text, half noise.
std::vector<std::byte> content(std::uint64_t length)
{
    QRandomGenerator random{11};
    std::vector<std::byte> bytes(length);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const bool isNoise = (at >> 17 & 1) != 0;
        bytes[at] = isNoise ? static_cast<std::byte>(random.generate())
                            : static_cast<std::byte>("the quick brown fox"[at % 19]);
    }
    return bytes;
}

} // namespace

/// Between two looks at whether to stop, little is done: counted in bytes, not by a clock.
class TestCancel final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void littleIsDoneBehindAStop_data();
    void littleIsDoneBehindAStop();
    void encodersLookBeforeEachUnit_data();
    void encodersLookBeforeEachUnit();
    void aFlushIsNotWaitedFor_data();
    void aFlushIsNotWaitedFor();

private:
    VirtualDisk disk(Trip& trip) const;

    QTemporaryDir m_folder;
    std::vector<std::byte> m_bytes;
};

void TestCancel::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    m_bytes = content(diskBytes);
    DiskFile::create("source.raw")->write(HostOffset{0}, m_bytes);
    QTest::qWait(150); // what has just been changed is not gone on with
}

/// The source, read through the trip.
VirtualDisk TestCancel::disk(Trip& trip) const
{
    BackingChain chain;
    OpenedImage& opened = chain.layers.emplace_back();
    opened.path = "source.raw";
    const auto file = DiskFile::open("source.raw", DiskFile::Access::ReadOnly);
    opened.file = file;
    opened.stamp = file->stamp();
    opened.image = formatCalled("raw").open(std::make_shared<WatchedFile>(file, trip));
    return VirtualDisk{std::move(chain)};
}

void TestCancel::littleIsDoneBehindAStop_data()
{
    QTest::addColumn<QString>("work");
    QTest::addColumn<quint64>("at");
    for (const char* format : {"raw", "qcow2", "qcow", "vdi"}) {
        QTest::addRow("writing %s", format) << format << quint64{20 * mebibyte};
        // All was read and written once by then.
        QTest::addRow("verifying %s", format)
            << QString{format} + ", verified" << quint64{(2 * 48 + 10) * mebibyte};
    }
    for (const char* work : {"qcow2, packed", "qcow2, best", "qcow2, encrypted", "qcow2, full",
             "qcow2, large", "raw, full", "qcow, packed", "vdi, full"})
        QTest::addRow("writing %s", work) << work << quint64{20 * mebibyte};
    QTest::newRow("writing all states") << "states" << quint64{20 * mebibyte};
    QTest::newRow("hashing") << "hash" << quint64{10 * mebibyte};
    QTest::newRow("measuring") << "measure" << quint64{10 * mebibyte};
}

void TestCancel::littleIsDoneBehindAStop()
{
    QFETCH(const QString, work);
    QFETCH(const quint64, at);
    Trip trip;
    trip.at = at;
    const VirtualDisk source = disk(trip);
    WatchedIo io{trip};
    ConvertOptions options;
    options.threads = threads;
    options.format = work.section(',', 0, 0).toStdString();
    options.resume.io = &io;
    NewImage& image = options.image;
    image.compress = work.contains("packed") || work.contains("best");
    if (work.contains("best"))
        image.level = CompressionLevel::Best;
    if (work.contains("large"))
        image.clusterSize = Bytes{2 * mebibyte};
    if (work.contains("full")) {
        options.sparseBlock = Bytes{0};
        image.fixed = work.contains("vdi");
        if (work.contains("qcow2"))
            image.preallocation = NewImage::Preallocation::Full;
    }
    if (work.contains("encrypted")) {
        NewEncryption& encryption = image.encryption.emplace();
        encryption.format = NewEncryption::Format::Aes;
        const std::string word = "sesame";
        encryption.passphrase = std::make_shared<SecretBytes>(std::as_bytes(std::span{word}));
    }
    if (work.contains("verified"))
        options.verification = Verification{{}, [](const VerifiedState&) {}};
    JobControl job;
    job.stop = trip.stop.get_token();
    bool wasStopped = false;
    try {
        if (work == "states") {
            options.format = "qcow2";
            convertWithSnapshots(source.chain(), "out", options, job);
        } else if (work == "hash") {
            contentHash(source, threads, job);
        } else if (work == "measure") {
            options.format = "qcow2";
            image.compress = true;
            measureConversion(
                source, options, {MeasureOptions::Reading::Everything, std::nullopt}, job);
        } else {
            convert(source, "out", options, job);
        }
    } catch (const Cancelled&) {
        wasStopped = true;
    }
    QVERIFY(wasStopped);
    QVERIFY(trip.before >= at);
    // Each thread ends what it has in hand: a read, and the writing of one piece.
    const std::uint64_t piece = work.contains("large") ? 2 * mebibyte : mebibyte;
    QVERIFY2(trip.behind <= 2 * threads * piece,
        qPrintable(QString("%1 bytes").arg(trip.behind.load())));
    QCOMPARE(QDir{}.entryList({".out*", "out"}, QDir::Files | QDir::Hidden), QStringList{});
}

void TestCancel::encodersLookBeforeEachUnit_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("zstd");
    QTest::newRow("qcow2, zlib") << "qcow2" << false;
    QTest::newRow("qcow2, zstd") << "qcow2" << true;
    QTest::newRow("qcow, zlib") << "qcow" << false;
}

/// Compressing at its best takes seconds for a piece that is read in no time.
void TestCancel::encodersLookBeforeEachUnit()
{
    QFETCH(const QString, format);
    QFETCH(const bool, zstd);
    NewImage image;
    image.size = Bytes{diskBytes};
    image.compress = true;
    image.level = CompressionLevel::Best;
    if (zstd)
        image.compression = Compression::Zstd;
    MemoryFile file{std::vector<std::byte>{}};
    const auto writer = formatCalled(format.toStdString()).makeWriter(file, image);
    const auto encode = [&](std::stop_token stop) {
        GuestPiece piece;
        piece.length = Bytes{diskBytes};
        piece.runs = {{piece.length, GuestPiece::Content::Data}};
        piece.bytes.resize(diskBytes);
        std::copy(m_bytes.begin(), m_bytes.end(), piece.bytes.begin());
        piece.stop = std::move(stop);
        try {
            writer->encode(piece);
        } catch (const Cancelled&) {
            return std::pair{true, piece.streams.size()};
        }
        return std::pair{false, piece.streams.size()};
    };
    std::stop_source before;
    before.request_stop();
    QCOMPARE(encode(before.get_token()), (std::pair{true, std::size_t{0}}));
    // Somewhere in the middle, which is found by trying.
    bool wasInTheMiddle = false;
    for (int delay = 1; delay < 1000 && !wasInTheMiddle; delay = delay * 3 / 2 + 1) {
        std::stop_source soon;
        std::jthread stopper{[&] {
            std::this_thread::sleep_for(std::chrono::milliseconds{delay});
            soon.request_stop();
        }};
        const auto [wasStopped, length] = encode(soon.get_token());
        wasInTheMiddle = wasStopped && length > 0;
    }
    QVERIFY(wasInTheMiddle);
}

void TestCancel::aFlushIsNotWaitedFor_data()
{
    QTest::addColumn<bool>("checkpoints");
    QTest::newRow("at the end") << false;
    QTest::newRow("of a checkpoint that is waited for") << true;
}

void TestCancel::aFlushIsNotWaitedFor()
{
    QFETCH(const bool, checkpoints);
    const auto slow = std::make_shared<SlowDisk>();
    static std::vector<std::unique_ptr<SlowIo>> kept; // a flush goes on behind its conversion
    SlowIo& io = *kept.emplace_back(std::make_unique<SlowIo>(slow));
    Trip never;
    never.at = ~std::uint64_t{0};
    const VirtualDisk source = disk(never);
    ConvertOptions options;
    options.format = "qcow2";
    options.threads = threads;
    options.resume.io = &io;
    options.resume.interval = checkpoints ? std::chrono::milliseconds{0} : std::chrono::hours{1};
    std::stop_source stop;
    JobControl job;
    job.stop = stop.get_token();
    bool wasStopped = false;
    {
        std::jthread stopper{[&] {
            slow->waitUntilAsked();
            stop.request_stop();
        }};
        try {
            convert(source, "out", options, job);
        } catch (const Cancelled&) {
            wasStopped = true;
        }
    }
    {
        const std::lock_guard lock{slow->mutex};
        QVERIFY(slow->isAsked && !slow->isDone);
    }
    slow->finish();
    QVERIFY(wasStopped);
    QCOMPARE(QDir{}.entryList({".out*", "out"}, QDir::Files | QDir::Hidden), QStringList{});
}

QTEST_GUILESS_MAIN(TestCancel)
#include "tst_cancel.moc"
