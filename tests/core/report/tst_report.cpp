// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/report/Html.h"
#include "core/report/ReportFile.h"
#include "core/report/ReportWords.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Qcow2Builder.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace platter;
using platter::tests::FaultyFile;
using platter::tests::Qcow2Builder;

namespace {

std::filesystem::path writeImage(const QString& path, const Qcow2Builder& builder)
{
    const auto bytes = builder.bytes();
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly)
        || file.write(
               reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()))
            != static_cast<qint64>(bytes.size()))
        throw std::runtime_error("the image was not written");
    return path.toStdString();
}

/// One snapshot, a leak, an entry that cannot be followed.
Qcow2Builder damaged()
{
    Qcow2Builder builder;
    builder.snapshot("1", "before");
    builder.cut(builder.cluster(13));
    builder.refcount(11, 1);
    builder.l2(3, Qcow2Builder::copied | (builder.cluster(8) + 512));
    return builder;
}

ReportSubject subjectAt(const std::filesystem::path& path)
{
    return openForReport(path, {}, ReportReach::OnlyImage, OpenPolicy::nothing(), {});
}

Report reportOf(const std::filesystem::path& path)
{
    return gatherReport(subjectAt(path), {1'700'000'000, "test"}, {});
}

QByteArray written(const Report& report, ReportFormat format)
{
    QByteArray bytes;
    writeReport(report, format,
        [&](std::string_view text) {
            bytes.append(text.data(), static_cast<qsizetype>(text.size()));
        },
        {});
    return bytes;
}

/// Why a page is not well-formed; empty: it is.
QString problemOf(const QByteArray& page)
{
    QXmlStreamReader reader{page};
    while (!reader.atEnd())
        reader.readNext();
    return reader.hasError()
        ? QString("line %1: %2").arg(reader.lineNumber()).arg(reader.errorString())
        : QString();
}

QStringList filesIn(const QString& folder)
{
    return QDir{folder}.entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::Name);
}

} // namespace

/// The report of an image: gathered once, written as a page or as JSON, never half.
class TestReport : public QObject {
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void textCannotBecomeMarkup_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("html");
        QTest::addRow("plain") << QByteArray("a name") << QByteArray("a name");
        QTest::addRow("all characters of markup")
            << QByteArray("<b a='1' c=\"2\">&amp;")
            << QByteArray("&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
        QTest::addRow("the end of a style")
            << QByteArray("</style>") << QByteArray("&lt;/style&gt;");
        QTest::addRow("control characters")
            << QByteArray("a\0b\x1b[m\n", 7) << QByteArray("a\\x00b\\x1b[m\\x0a");
        QTest::addRow("a text that was escaped already")
            << QByteArray("a\\x00b") << QByteArray("a\\x00b");
        QTest::addRow("a backslash at the end") << QByteArray("a\\") << QByteArray("a\\");
        QTest::addRow("broken UTF-8") << QByteArray("a\xff\xc3") << QByteArray("a\\xff\\xc3");
        QTest::addRow("a change of direction")
            << QByteArray("a\xe2\x80\xae") << QByteArray("a\\u{202e}");
        QTest::addRow("no character at all") << QByteArray("a\xef\xbf\xbf"
                                                           "b\xef\xbf\xbe")
                                             << QByteArray("a\xef\xbf\xbd"
                                                           "b\xef\xbf\xbd");
        QTest::addRow("letters of another script")
            << QByteArray("\xd0\x94\xe4\xb8\xad") << QByteArray("\xd0\x94\xe4\xb8\xad");
    }
    void textCannotBecomeMarkup()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, html);
        QCOMPARE(
            QByteArray::fromStdString(htmlText({text.data(), std::size_t(text.size())})), html);
    }

    void numbersAreShort_data()
    {
        QTest::addColumn<quint64>("number");
        QTest::addColumn<QString>("grouped");
        QTest::addColumn<QString>("brief");
        QTest::addRow("nothing") << quint64{0} << "0"
                                 << "0";
        QTest::addRow("three digits") << quint64{999} << "999"
                                      << "999";
        QTest::addRow("a thousand") << quint64{1000} << "1,000"
                                    << "1,000";
        QTest::addRow("a hundred thousand") << quint64{100'000} << "100,000"
                                            << "100 k";
        QTest::addRow("nearly a million") << quint64{999'999} << "999,999"
                                          << "1 M";
        QTest::addRow("the most") << ~quint64{0} << "18,446,744,073,709,551,615"
                                  << "18.4 E";
    }
    void numbersAreShort()
    {
        QFETCH(const quint64, number);
        QTEST(QString::fromStdString(groupedNumber(number)), "grouped");
        QTEST(QString::fromStdString(shortNumber(number)), "brief");
    }

    void sharesDoNotRoundToAllOrNothing()
    {
        QCOMPARE(percentText(Bytes{0}, Bytes{100}), std::string{"0 %"});
        QCOMPARE(percentText(Bytes{1}, Bytes{1'000'000}), std::string{"less than 0.1 %"});
        QCOMPARE(percentText(Bytes{999'999}, Bytes{1'000'000}), std::string{"more than 99.9 %"});
        QCOMPARE(percentText(Bytes{125}, Bytes{1000}), std::string{"12 %"});
        QCOMPARE(percentText(Bytes{5}, Bytes{100}), std::string{"5.0 %"});
        QCOMPARE(percentText(Bytes{1}, Bytes{0}), std::string{"0 %"});
    }

    void aPageIsWellFormedAndTheSameEachTime()
    {
        const auto path = writeImage(m_folder->filePath("x"), damaged());
        const QByteArray page = written(reportOf(path), ReportFormat::Html);
        QVERIFY2(problemOf(page).isEmpty(), qPrintable(problemOf(page)));
        QVERIFY(page.startsWith("<!DOCTYPE html>\n"));
        QVERIFY(page.contains("Looked at on 2023-11-14 22:13:20 UTC"));
        QCOMPARE(written(reportOf(path), ReportFormat::Html), page);
    }

    void damageIsToldWithItsPlace()
    {
        const Report report = reportOf(writeImage(m_folder->filePath("x"), damaged()));
        QVERIFY(report.check.fact && report.check.fact->corruptions > 0);
        QCOMPARE(verdictOf(report).id, "damaged");
        const auto groups = groupsOf(*report.check.fact);
        QVERIFY(groups.size() >= 2);
        QVERIFY(groups.front().kind->severity >= groups.back().kind->severity);
        const QByteArray page = written(report, ReportFormat::Html);
        for (const FindingGroup& group : groups) {
            QVERIFY(page.contains(group.kind->id));
            QVERIFY(!group.kept.empty());
        }
        // The map marks it although it is one cluster of many.
        QVERIFY(report.guestMap.fact->totals[static_cast<std::size_t>(MapKind::Problem)].value > 0);
        QVERIFY(page.contains("class=\"cross\""));
    }

    /// Whatever single read fails, there is a report, and what is missing has a reason.
    void aReadErrorBecomesAReason()
    {
        const auto path = writeImage(m_folder->filePath("x"), damaged());
        bool anyGap = false;
        for (unsigned n = 0;; ++n) {
            QVERIFY(n < 10'000);
            const auto real = DiskFile::open(path, DiskFile::Access::ReadOnly);
            const auto faulty
                = std::make_shared<FaultyFile>(real, FaultyFile::Faults{n, {}, {}, {}});
            ReportSubject subject;
            subject.top.path = path;
            subject.top.file = real;
            subject.top.stamp = real->stamp();
            try {
                subject.top.image = formatCalled("qcow2").open(faulty);
            } catch (const IoError&) {
                continue; // an image that does not open has no report
            }
            const Report report = gatherReport(std::move(subject), {0, "test"}, {});
            const bool hasFailed = faulty->reads() > n;
            try {
                const QByteArray page = written(report, ReportFormat::Html);
                QVERIFY(problemOf(page).isEmpty());
                for (const ReportGap& gap : gapsOf(report)) {
                    anyGap = true;
                    QVERIFY(!gap.why.empty());
                    QVERIFY(page.contains("What could not be read"));
                }
                QVERIFY(QJsonDocument::fromJson(written(report, ReportFormat::Json)).isObject());
            } catch (const IoError&) {
                // A field's bytes could not be read again: nothing is written then.
                QVERIFY(!hasFailed);
            }
            if (faulty->reads() <= n)
                break;
        }
        QVERIFY(anyGap);
    }

    void isCancelledAtEveryStep()
    {
        const auto path = writeImage(m_folder->filePath("x"), damaged());
        unsigned steps = 0;
        int last = 0;
        gatherReport(subjectAt(path), {0, "test"}, {{}, [&](const ProgressUpdate& update) {
                                                        ++steps;
                                                        last = update.permille();
                                                    }});
        QVERIFY(steps > 5);
        QCOMPARE(last, 1000);
        unsigned asked = 0;
        for (unsigned stopAt = 1; stopAt < steps; ++stopAt) {
            std::stop_source stop;
            unsigned step = 0;
            bool wasCancelled = false;
            try {
                gatherReport(subjectAt(path), {0, "test"},
                    {stop.get_token(), [&](const ProgressUpdate& update) {
                         // How often threads report differs from run to run; the last report comes
                         // when nothing is left to be stopped.
                         if (++step == stopAt && update.permille() < 1000)
                             stop.request_stop();
                     }});
            } catch (const Cancelled&) {
                wasCancelled = true;
            }
            asked += stop.stop_requested();
            QVERIFY2(wasCancelled == stop.stop_requested(), qPrintable(QString::number(stopAt)));
        }
        QVERIFY(asked > 4);
    }

    void aStoppedWriterLeavesNothing()
    {
        const Report report = reportOf(writeImage(m_folder->filePath("x"), damaged()));
        std::stop_source stop;
        stop.request_stop();
        for (const ReportFormat format : {ReportFormat::Html, ReportFormat::Json})
            QVERIFY_EXCEPTION_THROWN(
                saveReport(report, format, m_folder->filePath("r").toStdString(), Existing::Refuse,
                    {stop.get_token(), {}}),
                Cancelled);
        QCOMPARE(filesIn(m_folder->path()), QStringList{"x"});
    }

    void replacesOnlyWhatItMay()
    {
        const auto path = writeImage(m_folder->filePath("x"), damaged());
        const Report report = reportOf(path);
        const auto target = m_folder->filePath("r").toStdString();
        const auto save = [&](const std::string& name, Existing existing) {
            saveReport(report, ReportFormat::Html, name, existing, {});
        };
        save(target, Existing::Refuse);
        QFile file{m_folder->filePath("r")};
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), written(report, ReportFormat::Html));
        file.close();

        QVERIFY_EXCEPTION_THROWN(save(target, Existing::Refuse), Error);
        QVERIFY(QFile::resize(m_folder->filePath("r"), 3));
        save(target, Existing::Replace);
        QCOMPARE(QFile{m_folder->filePath("r")}.size(), written(report, ReportFormat::Html).size());

        // The image itself, by its name and by others.
        const QByteArray hardLink = m_folder->filePath("hard").toUtf8();
        std::filesystem::create_hard_link(path, hardLink.toStdString());
        QVERIFY(QFile::link(m_folder->filePath("x"), m_folder->filePath("soft")));
        for (const char* name : {"x", "hard", "soft"})
            QVERIFY_EXCEPTION_THROWN(
                save(m_folder->filePath(name).toStdString(), Existing::Replace), Error);
        // A link that leads nowhere is a name that is taken.
        QVERIFY(QFile::link(m_folder->filePath("nowhere"), m_folder->filePath("dangling")));
        QVERIFY_EXCEPTION_THROWN(
            save(m_folder->filePath("dangling").toStdString(), Existing::Refuse), Error);
        QVERIFY(!QFile::exists(m_folder->filePath("nowhere")));
        QCOMPARE(
            QFile{m_folder->filePath("x")}.size(), static_cast<qint64>(damaged().bytes().size()));
    }

    void aChangeMeanwhileIsTold()
    {
        const QString name = m_folder->filePath("x");
        ReportSubject subject = subjectAt(writeImage(name, Qcow2Builder{}));
        QFile file{name};
        QVERIFY(file.open(QIODevice::Append));
        file.write(QByteArray(4096, '\0'));
        file.close();
        const Report report = gatherReport(std::move(subject), {0, "test"}, {});
        QVERIFY(report.changedMeanwhile);
        QVERIFY(verdictOf(report).text.find("while it was read") != std::string::npos);
        QVERIFY(verdictOf(report).mood != ReportVerdict::Mood::Good);
        QVERIFY(!reportOf(name.toStdString()).changedMeanwhile);
    }

    void theSuffixChoosesTheForm()
    {
        QCOMPARE(reportFormatOf("a/b.json"), ReportFormat::Json);
        for (const char* name : {"b.html", "b", "json", "b.json.gz"})
            QCOMPARE(reportFormatOf(name), ReportFormat::Html);
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
