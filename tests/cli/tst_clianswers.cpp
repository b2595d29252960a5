// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace platter::tests;

namespace {

using Maker = std::function<void()>; ///< makes the image "x" in the current directory

/// Where `ours` lacks something of `qemus` or says it otherwise; empty: nowhere. Keys that only
/// Platter has are allowed.
QString difference(const QJsonValue& ours, const QJsonValue& qemus, const QString& place)
{
    if (qemus.isObject() && ours.isObject()) {
        const QJsonObject ourObject = ours.toObject();
        const QJsonObject qemuObject = qemus.toObject();
        for (auto it = qemuObject.begin(); it != qemuObject.end(); ++it) {
            if (!ourObject.contains(it.key()))
                return place + "/" + it.key() + " is missing";
            const QString found
                = difference(ourObject[it.key()], it.value(), place + "/" + it.key());
            if (!found.isEmpty())
                return found;
        }
        return {};
    }
    if (qemus.isArray() && ours.isArray()) {
        const QJsonArray ourArray = ours.toArray();
        const QJsonArray qemuArray = qemus.toArray();
        if (ourArray.size() != qemuArray.size())
            return place + " has another length";
        for (qsizetype i = 0; i < qemuArray.size(); ++i) {
            const QString found
                = difference(ourArray[i], qemuArray[i], place + "/" + QString::number(i));
            if (!found.isEmpty())
                return found;
        }
        return {};
    }
    if (ours == qemus)
        return {};
    return place + ": " + QJsonDocument{QJsonArray{ours, qemus}}.toJson(QJsonDocument::Compact);
}

/// Keys that `qemus` never prints, but that look like its own: a script would misread them.
QStringList keysBesides(const QJsonObject& ours, const QJsonObject& qemus)
{
    const QStringList known{"filename", "format", "virtual-size", "actual-size", "dirty-flag",
        "cluster-size", "encrypted", "compressed", "backing-filename", "full-backing-filename",
        "backing-filename-format", "snapshots", "format-specific", "corruptions", "leaks",
        "check-errors", "image-end-offset", "total-clusters", "allocated-clusters",
        "fragmented-clusters", "compressed-clusters"};
    QStringList result;
    for (const QString& key : known) {
        if (ours.contains(key) && !qemus.contains(key))
            result << key;
    }
    return result;
}

Maker create(const QString& options, const QString& format = "qcow2", const QString& size = "5M")
{
    return [=] {
        QStringList arguments{"create", "-q", "-f", format};
        if (!options.isEmpty())
            arguments << "-o" << options;
        qemuImg(arguments + QStringList{"x", size});
    };
}

Maker filled(const QString& options, const QString& format = "qcow2")
{
    return [=] {
        create(options, format)();
        qemuIo("x", {"write -P 7 0 300k", "write -P 8 1M 1M", "write -z 3M 128k"}, {"-f", format});
    };
}

/// Writes bytes over a file.
void patch(const QString& path, qint64 at, const QByteArray& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadWrite) || !file.seek(at) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot patch " + path.toStdString());
}

/// Makes an encrypted image; qemu-img measures the processor for LUKS, and fails at times when it
/// is busy.
void encrypted(const QString& options)
{
    const QStringList arguments{"create", "-q", "--object", "secret,id=key,data=sesame", "-f",
        "qcow2", "-o", options + ",encrypt.key-secret=key", "x", "2M"};
    for (int attempt = 0; attempt < 20; ++attempt) {
        if (run("qemu-img", arguments).exitCode == 0)
            return;
    }
    qemuImg(arguments); // tells why
}

/// Every kind of image that QEMU tells something special about.
void addImages()
{
    QTest::addColumn<Maker>("make");
    const auto row = [](const char* name, const Maker& make) { QTest::addRow("%s", name) << make; };
    row("an empty QCOW2 image", create(""));
    row("QCOW2 version 2", filled("compat=0.10"));
    row("clusters of 512 bytes", filled("cluster_size=512"));
    row("clusters of 4 KiB", filled("cluster_size=4k"));
    row("clusters of 2 MiB", filled("cluster_size=2M"));
    for (const int bits : {1, 2, 4, 8, 32, 64})
        row(qPrintable(QString("refcounts of %1 bits").arg(bits)),
            filled(QString("refcount_bits=%1").arg(bits)));
    row("extended L2 entries", filled("extended_l2=on,cluster_size=128k"));
    row("lazy refcounts", filled("lazy_refcounts=on"));
    row("metadata preallocated", create("preallocation=metadata"));
    row("preallocated and partly written", filled("preallocation=metadata"));
    row("space preallocated", filled("preallocation=falloc"));
    for (const char* type : {"zlib", "zstd"}) {
        row(qPrintable(QString("clusters compressed by %1").arg(type)), [=] {
            qemuImg({"create", "-q", "-f", "raw", "source", "2M"});
            qemuIo("source", {"write -P 3 0 1M", "write -P 4 1200k 64k"}, {"-f", "raw"});
            qemuImg({"convert", "-c", "-f", "raw", "-O", "qcow2", "-o",
                QString("compression_type=%1").arg(type), "source", "x"});
        });
    }
    row("encrypted with AES", [] { encrypted("encrypt.format=aes"); });
    row("encrypted with LUKS", [] { encrypted("encrypt.format=luks,encrypt.iter-time=200"); });
    row("encrypted with LUKS and an initial vector by hash", [] {
        encrypted("encrypt.format=luks,encrypt.iter-time=200,encrypt.cipher-alg=aes-128,"
                  "encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256");
    });
    row("bitmaps", [] {
        filled("")();
        qemuImg({"bitmap", "--add", "-g", "32k", "x", "one"});
        qemuImg({"bitmap", "--add", "--disable", "x", "two"});
    });
    row("snapshots", [] {
        filled("")();
        qemuImg({"snapshot", "-c", "first", "x"});
        qemuIo("x", {"write -P 9 64k 64k"});
        qemuImg({"snapshot", "-c", "a name that is longer than its column", "x"});
    });
    row("a backing file", [] {
        qemuImg({"create", "-q", "-f", "raw", "base", "3M"});
        qemuIo("base", {"write -P 3 2M 1M"}, {"-f", "raw"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "x", "5M"});
        qemuIo("x", {"write -P 7 0 64k", "write -z 2560k 64k"});
    });
    row("a chain of three over mixed formats", [] {
        qemuImg({"create", "-q", "-f", "vdi", "base", "5M"});
        qemuIo("base", {"write -P 3 3M 1M"}, {"-f", "vdi"});
        qemuImg({"create", "-q", "-f", "qcow", "-b", "base", "-F", "vdi", "middle", "5M"});
        qemuIo("middle", {"write -P 4 1M 64k"}, {"-f", "qcow"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "middle", "-F", "qcow", "x", "5M"});
        qemuIo("x", {"write -P 7 0 64k"});
    });
    row("an empty QCOW image", create("", "qcow"));
    row("QCOW", filled("", "qcow"));
    row("an empty VDI image", create("", "vdi"));
    row("dynamic VDI", filled("", "vdi"));
    row("fixed VDI", create("static=on", "vdi"));
    row("fixed VDI with data", filled("static=on", "vdi"));
    row("an empty raw image", create("", "raw"));
    row("raw with holes", filled("", "raw"));
    row("raw whose size is no multiple of a sector", create("", "raw", "1000"));
}

/// Images that a check has something to say about.
void addDamagedImages()
{
    const auto row = [](const char* name, const Maker& make) { QTest::addRow("%s", name) << make; };
    row("not closed properly", [] {
        create("lazy_refcounts=on")();
        run("qemu-io", {"-c", "write 0 192k", "-c", "abort", "x"});
    });
    row("leaked clusters", [] {
        filled("")();
        patch("x", 0x20000 + 2 * 60, QByteArray::fromHex("00010001"));
    });
    row("a data cluster that is not counted", [] {
        filled("")();
        patch("x", 0x20000 + 2 * 5, QByteArray::fromHex("0000"));
    });
    row("leaks and corruptions", [] {
        filled("")();
        patch("x", 0x20000 + 2 * 5, QByteArray::fromHex("0000"));
        patch("x", 0x20000 + 2 * 60, QByteArray::fromHex("0001"));
    });
    row("an entry that is not aligned", [] {
        filled("")();
        patch("x", 0x40000 + 6, QByteArray::fromHex("02"));
    });
    row("marked as corrupt", [] {
        filled("")();
        patch("x", 72, QByteArray::fromHex("0000000000000002"));
    });
}

} // namespace

class TestCliAnswers : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir::setCurrent(m_folder->path()));
    }
    void cleanup()
    {
        QDir::setCurrent("/");
        m_folder.reset();
    }

    void infoSaysWhatQemuSays_data()
    {
        addImages();
        addDamagedImages();
        const auto row
            = [](const char* name, const Maker& make) { QTest::addRow("%s", name) << make; };
        row("a backing file that is missing", [] {
            qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b", "gone", "-F", "raw", "x", "1M"});
        });
        row("a backing file of another folder", [] {
            qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b", "/elsewhere/base", "-F", "qcow2",
                "x", "1M"});
        });
        row("a backing file over the network", [] {
            qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b", "nbd://host/disk", "-F", "raw", "x",
                "1M"});
        });
        row("a backing file that is a tree of drivers", [] {
            qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b",
                R"(json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}})", "-F",
                "raw", "x", "1M"});
        });
    }
    void infoSaysWhatQemuSays()
    {
        QFETCH(const Maker, make);
        make();
        const QJsonObject qemus = qemuJson({"info", "x"}).object();
        const Finished finished = platterCli({"info", "--output=json", "x"});
        QCOMPARE(finished.errors, QByteArray{});
        QCOMPARE(finished.exitCode, 0);
        const QJsonObject ours = QJsonDocument::fromJson(finished.output).object();
        QCOMPARE(difference(ours, qemus, "info"), QString{});
        QCOMPARE(keysBesides(ours, qemus), QStringList{});
    }

    void infoReadsLikeQemus_data() { infoSaysWhatQemuSays_data(); }
    void
    infoReadsLikeQemus() // each line of qemu-img's; Platter may add some, and has its own order
    {
        QFETCH(const Maker, make);
        make();
        const QByteArrayList ours = platterCli({"info", "x"}).output.split('\n');
        for (const QByteArray& line : qemuImg({"info", "x"}).split('\n'))
            QVERIFY2(ours.contains(line), line.constData());
    }

    void infoOfADataFileSaysWhatQemuSays()
    {
        for (const QString raw : {"on", "off"}) {
            qemuImg({"create", "-q", "-f", "qcow2", "-o", "data_file=data.bin,data_file_raw=" + raw,
                "x", "2M"});
            qemuIo("x", {"write -P 5 0 100k"});
            QJsonObject qemus = qemuJson({"info", "x"}).object();
            // qemu-img opens the data file and adds its size; Platter opens nothing but the image.
            qemus.remove("actual-size");
            const auto ours
                = QJsonDocument::fromJson(platterCli({"info", "--output=json", "x"}).output);
            QCOMPARE(difference(ours.object(), qemus, "info"), QString{});
            QFile::remove("data.bin");
        }
    }

    void infoFollowsTheChain()
    {
        qemuImg({"create", "-q", "-f", "vdi", "base", "5M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "vdi", "middle", "5M"});
        QVERIFY(QDir{}.mkdir("below"));
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "../middle", "-F", "qcow2", "below/x", "5M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "below/x", "-F", "qcow2", "top", "5M"});
        const auto qemus = qemuJson({"info", "--backing-chain", "top"}).array();
        const auto ours = QJsonDocument::fromJson(
            platterCli({"--output=json", "info", "--backing-chain", "top"}).output)
                              .array();
        QCOMPARE(ours.size(), 4);
        QCOMPARE(difference(ours, qemus, "chain"), QString{});

        QVERIFY(QFile::remove("base"));
        const Finished finished = platterCli({"info", "--backing-chain", "top"});
        QCOMPARE(finished.exitCode, 1);
        QCOMPARE(finished.errors.count('\n'), 1);
        QCOMPARE(finished.output, QByteArray{});
    }

    void checkSaysWhatQemuSays_data()
    {
        addImages();
        addDamagedImages();
    }
    void checkSaysWhatQemuSays()
    {
        QFETCH(const Maker, make);
        make();
        const bool isEncrypted = qemuJson({"info", "x"}).object().value("encrypted").toBool();
        const Finished ours = platterCli({"check", "--output=json", "x"});
        if (isEncrypted) { // qemu-img wants a passphrase for a check; the tables are not encrypted
            QCOMPARE(ours.exitCode, 0);
            return;
        }
        const Finished qemus = run("qemu-img", {"check", "--output=json", "x"});
        QCOMPARE(ours.exitCode, qemus.exitCode);
        if (qemus.exitCode == 63) {
            QCOMPARE(ours.output, QByteArray{});
            QCOMPARE(ours.errors.count('\n'), 1);
            return;
        }
        QCOMPARE(ours.errors, QByteArray{});
        const QJsonObject ourObject = QJsonDocument::fromJson(ours.output).object();
        const QJsonObject qemuObject = QJsonDocument::fromJson(qemus.output).object();
        QCOMPARE(difference(ourObject, qemuObject, "check"), QString{});
        QCOMPARE(keysBesides(ourObject, qemuObject), QStringList{});
    }

    void checkReadsLikeQemus_data() { checkSaysWhatQemuSays_data(); }
    void checkReadsLikeQemus()
    {
        QFETCH(const Maker, make);
        make();
        const Finished qemus = run("qemu-img", {"check", "x"});
        const QByteArrayList ours = platterCli({"check", "x"}).output.split('\n');
        for (const QByteArray& line : qemus.output.split('\n'))
            QVERIFY2(ours.contains(line), line.constData());
        QCOMPARE(platterCli({"check", "-q", "x"}).output, QByteArray{});
    }

    void mapIsQemusToTheByte_data() { addImages(); }
    void mapIsQemusToTheByte()
    {
        QFETCH(const Maker, make);
        make();
        if (qemuJson({"info", "x"}).object().value("encrypted").toBool()) {
            // Without the passphrase qemu-img gives no map; where nothing is stored it is known.
            QCOMPARE(platterCli({"map", "--output=json", "x"}).output,
                "[{ \"start\": 0, \"length\": 2097152, \"depth\": 0, \"present\": false, "
                "\"zero\": true, \"data\": false}]\n");
            return;
        }
        const Finished finished = platterCli({"map", "--output=json", "x"});
        QCOMPARE(finished.errors, QByteArray{});
        const QByteArray qemus = qemuImg({"map", "--output=json", "x"});
        if (QByteArray{QTest::currentDataTag()} == "extended L2 entries") {
            // qemu-img also tells where an absent part of a stored cluster would lie; that place
            // holds nothing, and Platter leaves it out.
            QVERIFY(!QJsonDocument::fromJson(finished.output).array().isEmpty());
            return;
        }
        QCOMPARE(finished.output, qemus);
    }

    void mapReadsLikeQemus_data() { addImages(); }
    void mapReadsLikeQemus()
    {
        QFETCH(const Maker, make);
        make();
        const Finished qemus = run("qemu-img", {"map", "x"});
        const Finished ours = platterCli({"map", "x"});
        QCOMPARE(ours.exitCode, 0);
        if (qemus.exitCode == 0)
            QCOMPARE(ours.output, qemus.output);
        else // qemu-img gives up at compressed and encrypted clusters
            QVERIFY(ours.output.startsWith("Offset          Length          Mapped to       File"));
    }

    void mapOfASnapshotIsThatOfTheDiskAtItsTime()
    {
        filled("")();
        const QByteArray before = qemuImg({"map", "--output=json", "x"});
        qemuImg({"snapshot", "-c", "then", "x"});
        qemuIo("x", {"write -P 9 0 2M"});
        QCOMPARE(platterCli({"map", "--output=json", "-l", "then", "x"}).output, before);
        QCOMPARE(platterCli({"map", "--output=json", "-l", "1", "x"}).output, before);
        QVERIFY(platterCli({"map", "--output=json", "x"}).output != before);
        const Finished unknown = platterCli({"map", "-l", "never", "x"});
        QCOMPARE(unknown.exitCode, 1);
        QVERIFY(unknown.errors.contains("never"));
    }

    void mapOfTheFileCoversItWithoutGaps_data() { addImages(); }
    void mapOfTheFileCoversItWithoutGaps()
    {
        QFETCH(const Maker, make);
        make();
        const Finished finished = platterCli({"map", "--host", "--output=json", "x"});
        QCOMPARE(finished.errors, QByteArray{});
        const QJsonArray ranges = QJsonDocument::fromJson(finished.output).array();
        qint64 end = 0;
        for (const QJsonValue& range : ranges) {
            QCOMPARE(range["start"].toInteger(), end);
            end += range["length"].toInteger();
            QVERIFY(!range["use"].toString().isEmpty());
        }
        QCOMPARE(end, QFile{"x"}.size());
        const QByteArray table = platterCli({"map", "--host", "x"}).output;
        QCOMPARE(table.count('\n'), ranges.size() + 1);
    }

    void headerShowsTheBytesOfTheFile_data() { addImages(); }
    void headerShowsTheBytesOfTheFile()
    {
        QFETCH(const Maker, make);
        make();
        const Finished finished = platterCli({"header", "--output=json", "x"});
        QCOMPARE(finished.errors, QByteArray{});
        QFile file{"x"};
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonArray structures
            = QJsonDocument::fromJson(finished.output).object().value("structures").toArray();
        for (const QJsonValue& structure : structures) {
            for (const QJsonValue& field : structure["fields"].toArray()) {
                QVERIFY(file.seek(field["offset"].toInteger()));
                const QByteArray bytes
                    = file.read(std::min<qint64>(field["length"].toInteger(), 65536));
                QCOMPARE(field["bytes"].toString().toUtf8(), bytes.toHex());
                QVERIFY(!field["name"].toString().isEmpty());
                QVERIFY(!field["meaning"].toString().isEmpty());
            }
        }
        const bool isRaw = qemuJson({"info", "x"}).object().value("format") == "raw";
        QVERIFY(isRaw || !structures.isEmpty());
        QCOMPARE(platterCli({"header", "x"}).exitCode, 0);
    }

    void headerSaysWhatIsWrong()
    {
        create("")();
        patch("x", 72, QByteArray::fromHex("0000000000000001"));
        const QByteArray table = platterCli({"header", "x"}).output;
        QVERIFY(table.contains("514649fb"));
        QVERIFY(table.contains("bit 0 dirty"));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliAnswers)
#include "tst_clianswers.moc"
