// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace platter::tests;

namespace {

QJsonDocument answerOf(const QStringList& arguments)
{
    const Finished finished = platterCli(QStringList{"--output", "json"} + arguments);
    QJsonParseError error{};
    const auto document = QJsonDocument::fromJson(finished.output, &error);
    if (document.isNull())
        throw std::runtime_error((finished.errors + error.errorString().toUtf8()).toStdString());
    return document;
}

QJsonObject reportOf(const QString& file, const QStringList& options = {})
{
    return answerOf(QStringList{"report"} + options + QStringList{file}).object();
}

/// The page of an image; throws unless it is well-formed.
QByteArray pageOf(const QString& file, const QStringList& options = {})
{
    const Finished finished = platterCli(QStringList{"report"} + options + QStringList{file});
    if (finished.exitCode != 0 || !finished.errors.isEmpty())
        throw std::runtime_error(finished.errors.toStdString());
    QXmlStreamReader reader{finished.output};
    while (!reader.atEnd())
        reader.readNext();
    if (reader.hasError())
        throw std::runtime_error("line " + std::to_string(reader.lineNumber()) + ": "
            + reader.errorString().toStdString());
    return finished.output;
}

qint64 sum(const QJsonObject& numbers)
{
    qint64 all = 0;
    for (const QJsonValue& number : numbers)
        all += number.toInteger();
    return all;
}

/// A base, an overlay on it with two snapshots, two bitmaps, zeros, compressed clusters and a leak.
void makeRichImage()
{
    qemuImg({"create", "-q", "-f", "qcow2", "base", "8M"});
    qemuIo("base", {"write -P 9 0 3M"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "qcow2", "x", "16M"});
    qemuIo("x", {"write -P 1 0 1M", "write -c -P 2 4M 256k", "write -z 6M 512k"});
    qemuImg({"snapshot", "-c", "first", "x"});
    qemuIo("x", {"write -P 3 512k 1M"});
    qemuImg({"snapshot", "-c", "second", "x"});
    qemuIo("x", {"write -P 4 9M 128k"});
    qemuImg({"bitmap", "--add", "x", "monday"});
    qemuImg({"bitmap", "--add", "-g", "32k", "x", "tuesday"});
    qemuIo("x", {"write -P 5 12M 192k"});
    QFile file{"x"};
    if (!file.open(QIODevice::ReadWrite))
        throw std::runtime_error("cannot be opened");
    // One more cluster at the end of the file, which a refcount block of 2 byte counts counts.
    const qint64 end = (file.size() + 65535) / 65536 * 65536;
    file.resize(end + 65536);
    file.seek(0x20000 + end / 65536 * 2);
    file.write(QByteArray("\0\1", 2));
}

void makeImage(const QString& kind)
{
    if (kind == "rich")
        return makeRichImage();
    qemuImg({"create", "-q", "-f", kind, "x", "4M"});
    qemuIo("x", {"write -P 7 1M 300k"}, {"-f", kind});
}

} // namespace

/// `platter-cli report`: one page, or JSON whose figures are those of the other verbs.
class TestCliReport : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QDir::setCurrent(m_folder->path());
    }
    void cleanup()
    {
        QDir::setCurrent(QDir::rootPath());
        m_folder.reset();
    }

    void figuresAreThoseOfTheOtherVerbs_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"rich", "qcow2", "qcow", "vdi", "raw"})
            QTest::addRow("%s", kind) << kind;
    }
    void figuresAreThoseOfTheOtherVerbs()
    {
        QFETCH(const QString, kind);
        makeImage(kind);
        const QJsonObject report = reportOf("x", {"--backing-chain"});
        QCOMPARE(report["report-version"].toInt(), 1);
        QCOMPARE(report["image"].toObject(), answerOf({"info", "x"}).object());
        QCOMPARE(report["structures"], answerOf({"header", "x"}).object()["structures"]);
        QVERIFY(report["not-read"].toArray().isEmpty());

        const QJsonObject snapshots = answerOf({"snapshot", "x"}).object();
        for (const char* key : {"snapshots", "now", "shared-is-exact"})
            QCOMPARE(report[key], snapshots[key]);
        if (kind == "raw" || kind == "qcow") // formats that keep nothing to check
            QVERIFY(!report.contains("check"));
        else
            QCOMPARE(report["check"].toObject(), answerOf({"check", "x"}).object());

        // The map of the file.
        QJsonObject uses;
        for (const QJsonValue& range : answerOf({"map", "--host", "x"}).array()) {
            const QString use = range["use"].toString();
            uses[use] = uses[use].toInteger() + range["length"].toInteger();
        }
        const QJsonObject told = report["space"]["uses"].toObject();
        for (const QString& use : told.keys())
            QCOMPARE(told[use].toInteger(), uses[use].toInteger());
        const qint64 length = QFile{"x"}.size();
        QCOMPARE(report["sizes"]["file-length"].toInteger(), length);
        QCOMPARE(sum(told), length);
        QCOMPARE(sum(report["space"]["kinds"].toObject()), length);
        QCOMPARE(sum(report["file-map"]["totals"].toObject()), length);

        // The map of the disk, against qemu-img's own.
        const QJsonObject totals = report["guest-map"]["totals"].toObject();
        qint64 data = 0;
        qint64 all = 0;
        for (const QJsonValue& range : qemuJson({"map", "x"}).array()) {
            all += range["length"].toInteger();
            if (range["data"].toBool())
                data += range["length"].toInteger();
        }
        QCOMPARE(sum(totals), all);
        if (kind != "raw") // where qemu-img counts blocks of the file system
            QCOMPARE(totals["data"].toInteger() + totals["compressed"].toInteger()
                    + totals["backing"].toInteger(),
                data);
        QCOMPARE(report["sizes"]["virtual-size"].toInteger(),
            qemuJson({"info", "x"}).object()["virtual-size"].toInteger());

        // What each file serves adds up to the disk.
        qint64 served = report["served-by-none"].toInteger();
        for (const QJsonValue& layer : report["backing-chain"].toArray())
            served += sum(layer["serves"].toObject());
        QCOMPARE(served, all);

        QVERIFY(pageOf("x", {"--backing-chain"}).contains("<h1>x</h1>"));
    }

    void bitmapsAndRefcountsAreCounted()
    {
        makeRichImage();
        const QJsonObject report = reportOf("x");
        const QJsonArray bitmaps = report["bitmaps"].toArray();
        QCOMPARE(bitmaps.size(), 2);
        QCOMPARE(bitmaps[0]["name"].toString(), QString("monday"));
        QCOMPARE(bitmaps[0]["dirty-bytes"].toInteger(), 192 * 1024);
        QCOMPARE(bitmaps[1]["granularity"].toInteger(), 32 * 1024);
        qint64 clusters = 0;
        for (const QJsonValue& bin : report["refcounts"]["counts"].toArray())
            clusters += bin["clusters"].toInteger();
        QCOMPARE(clusters, QFile{"x"}.size() / 65536);
        QCOMPARE(report["verdict"]["id"].toString(), QString("leaks"));
        QCOMPARE(
            report["check"]["leaks"].toInt(), qemuJson({"check", "x"}).object()["leaks"].toInt());
        QCOMPARE(report["findings-by-kind"][0]["id"].toString(), QString("qcow2.refcount.leak"));
    }

    void pagesAreWellFormed_data()
    {
        QTest::addColumn<QStringList>("create");
        const auto row = [](const char* name, const QString& arguments) {
            QTest::addRow("%s", name)
                << (QString("create -q ") + arguments).split(' ', Qt::SkipEmptyParts);
        };
        row("no bytes at all", "-f raw x 0");
        row("an odd number of bytes", "-f raw x 1000");
        row("a disk of nothing", "-f qcow2 x 0");
        row("the smallest clusters", "-f qcow2 -o cluster_size=512 x 1M");
        row("the largest clusters", "-f qcow2 -o cluster_size=2M x 100M");
        row("counts of one bit", "-f qcow2 -o refcount_bits=1 x 1M");
        row("subclusters", "-f qcow2 -o extended_l2=on x 1M");
        row("version 2", "-f qcow2 -o compat=0.10 x 1M");
        row("a fixed VDI", "-f vdi -o static=on x 3M");
        row("data in another file", "-f qcow2 -o data_file=d x 1M");
    }
    void pagesAreWellFormed()
    {
        QFETCH(const QStringList, create);
        qemuImg(create);
        const QStringList format{"-f", create[3]};
        const QByteArray page = pageOf("x", format);
        QVERIFY(page.contains("</html>"));
        // It leads nowhere but to its own sections.
        for (const char* word : {" src=", "url(", "<script", "<link", "<object", "@import"})
            QVERIFY2(!page.contains(word), word);
        QCOMPARE(page.count("href="), page.count("href=\"#"));
        const QJsonObject report = reportOf("x", format);
        QCOMPARE(report["image"]["format"].toString(), create[3]);
    }

    void namesCannotBecomeMarkup()
    {
        const QString hostile = QStringLiteral("</td><script>alert(\"1\")</script>&lt;'\u202e");
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        qemuImg({"snapshot", "-c", hostile, "x"});
        qemuImg({"bitmap", "--add", "x", hostile});
        qemuImg({"rebase", "-u", "-F", "raw", "-b", "<img src=x onerror=alert(1)>\"/>", "x"});
        QVERIFY(QFile::rename("x", "<b onclick='f()'>&amp;.qcow2"));
        const QByteArray page = pageOf("<b onclick='f()'>&amp;.qcow2");
        QStringList elements;
        QString text;
        for (QXmlStreamReader reader{page}; !reader.atEnd();) {
            const auto token = reader.readNext();
            if (token == QXmlStreamReader::StartElement) {
                elements << reader.name().toString();
                for (const auto& attribute : reader.attributes())
                    QVERIFY(!attribute.name().startsWith(QLatin1String("on")));
            } else if (token == QXmlStreamReader::Characters) {
                text += reader.text();
            }
        }
        for (const char* element : {"script", "img", "b"})
            QVERIFY2(!elements.contains(QLatin1String(element)), element);
        QVERIFY(text.contains("</td><script>alert(\"1\")</script>&lt;'\\u{202e}"));
        QVERIFY(text.contains("<b onclick='f()'>&amp;.qcow2"));
        QVERIFY(text.contains("<img src=x onerror=alert(1)>"));

        const QJsonObject report = reportOf("<b onclick='f()'>&amp;.qcow2");
        QCOMPARE(report["snapshots"][0]["name"].toString(), hostile);
        QCOMPARE(report["bitmaps"][0]["name"].toString(), hostile);
    }

    void theFormIsChosenByOptionOrName()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        const auto isJson = [](const QString& name) {
            QFile file{name};
            return file.open(QIODevice::ReadOnly)
                && QJsonDocument::fromJson(file.readAll()).isObject();
        };
        QCOMPARE(platterCli({"report", "-o", "a.json", "x"}).exitCode, 0);
        QVERIFY(isJson("a.json"));
        QCOMPARE(platterCli({"report", "--output", "json", "-o", "b", "x"}).exitCode, 0);
        QVERIFY(isJson("b"));
        const Finished page = platterCli({"report", "-o", "c.html", "x"});
        QCOMPARE(page.exitCode, 0);
        QCOMPARE(page.output, QByteArray{});
        QCOMPARE(page.errors, QByteArray{});
        QVERIFY(!isJson("c.html"));
        QVERIFY(platterCli({"report", "-o", "-", "x"}).output.startsWith("<!DOCTYPE html>"));
        QCOMPARE(QDir{}.entryList(QDir::Files | QDir::Hidden, QDir::Name),
            (QStringList{"a.json", "b", "c.html", "x"}));
    }

    void progressIsToldWhenAsked()
    {
        makeRichImage();
        QVERIFY(platterCli({"--progress=always", "report", "-o", "r", "x"})
                    .errors.contains("(100.00/100%)"));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliReport)
#include "tst_clireport.moc"
