// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/CoreText.h"
#include "app/window/ActionSet.h"
#include "app/window/ReportSaver.h"
#include "core/report/HtmlStyle.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"

#include <QAction>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

using namespace platter;
using namespace platter::app;
using platter::tests::platterCli;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::WindowBench;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file{path};
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray{};
}

/// A report without the moment at which it was made.
QByteArray timeless(const QByteArray& report)
{
    static const QRegularExpression time{
        QStringLiteral("(Looked at on|Made by Platter [0-9.]+ on) [0-9: -]+ UTC"
                       "|\"made-at\": \"[^\"]*\"")};
    return QString::fromUtf8(report).remove(time).toUtf8();
}

} // namespace

/// File > Save report: the same bytes as platter-cli's, on a worker, told inline.
class TestReportSaver final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();
    void writesTheBytesOfPlatterCli_data();
    void writesTheBytesOfPlatterCli();
    void asksForAFile();
    void stopsWithoutATrace();
    void aFailureIsTold();
    void neverReplacesTheImage();
    void newsBelongToTheirImage();
    void coloursAreThoseOfTheTheme_data();
    void coloursAreThoseOfTheTheme();

private:
    void makeImage(const QString& name);
    ReportSaver& saver() { return m_bench->window().reportSaver(); }
    QAction& action()
    {
        return *m_bench->window().actionSet().find(QStringLiteral("file.saveReport"));
    }
    /// Saves and waits for the end.
    bool save(const QString& name)
    {
        saver().save(m_bench->path(name).toStdString());
        return QTest::qWaitFor([this] { return !saver().isRunning(); });
    }
    std::unique_ptr<WindowBench> m_bench;
};

void TestReportSaver::initTestCase()
{
    const QByteArray version = platterCli({"--version"}).output.trimmed();
    QVERIFY(version.startsWith("platter-cli "));
    QCoreApplication::setApplicationVersion(QString::fromUtf8(version.mid(12)));
}

void TestReportSaver::init()
{
    m_bench = std::make_unique<WindowBench>();
}

void TestReportSaver::cleanup()
{
    m_bench.reset();
}

void TestReportSaver::makeImage(const QString& name)
{
    const QString path = m_bench->path(name);
    const QString base = m_bench->path(QStringLiteral("base"));
    qemuImg({"create", "-q", "-f", "qcow2", base, "4M"});
    qemuIo(base, {"write -P 5 0 1M"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", path, "8M"});
    qemuIo(path, {"write -P 1 512k 2M"});
    qemuImg({"snapshot", "-c", "one", path});
    qemuIo(path, {"write -P 2 1M 256k", "write -z 5M 1M"});
    qemuImg({"bitmap", "--add", path, "monday"});
}

void TestReportSaver::writesTheBytesOfPlatterCli_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("agreed");
    QTest::addRow("a page") << "r.html" << false;
    QTest::addRow("JSON") << "r.json" << false;
    QTest::addRow("a page with the chain agreed to") << "r.html" << true;
    QTest::addRow("JSON with the chain agreed to") << "r.json" << true;
}

void TestReportSaver::writesTheBytesOfPlatterCli()
{
    QFETCH(const QString, name);
    QFETCH(const bool, agreed);
    makeImage(QStringLiteral("x.qcow2"));
    QVERIFY(m_bench->open("x.qcow2"));
    if (agreed) {
        m_bench->document().agreeToChain(ImageDocument::Consent::TheseFiles);
        QVERIFY(QTest::qWaitFor([this] { return !m_bench->document().isBusy(); }));
    }
    QVERIFY(action().isEnabled());
    QVERIFY(save(name));
    QStringList arguments{"report", "-o", m_bench->path("cli-" + name)};
    if (agreed)
        arguments << "--backing-chain";
    QCOMPARE(platterCli(arguments << m_bench->path("x.qcow2")).exitCode, 0);
    const QByteArray ours = timeless(contentOf(m_bench->path(name)));
    QVERIFY(ours.size() > 5000);
    QCOMPARE(ours, timeless(contentOf(m_bench->path("cli-" + name))));
    QCOMPARE(ours.contains("needs consent") || ours.contains("not-opened")
            || ours.contains("not opened"),
        !agreed);

    // Said inline, with a way to it.
    QCOMPARE(saver().news().size(), std::size_t{1});
    QVERIFY(saver().news().front().action);
    const auto& notices = m_bench->view().noticeBar().notices();
    QVERIFY(std::any_of(notices.begin(), notices.end(),
        [&](const NoticeBar::Notice& notice) { return notice.text.contains(name); }));
}

void TestReportSaver::asksForAFile()
{
    QVERIFY(!action().isEnabled());
    QVERIFY(action().toolTip().contains(QStringLiteral("image")));
    makeImage(QStringLiteral("dev-box.qcow2"));
    QVERIFY(m_bench->open("dev-box.qcow2"));
    QTest::keyClick(&m_bench->window(), Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
    QPointer<QFileDialog> dialog;
    QVERIFY(QTest::qWaitFor([&] {
        dialog = m_bench->window().findChild<QFileDialog*>();
        return dialog && dialog->isVisible();
    }));
    dialog->setDirectory(m_bench->folder());
    QCOMPARE(QFileInfo(dialog->selectedFiles().value(0)).fileName(),
        QStringLiteral("dev-box-report.html"));
    dialog->selectNameFilter(dialog->nameFilters().value(1));
    emit dialog->filterSelected(dialog->nameFilters().value(1));
    QCOMPARE(QFileInfo(dialog->selectedFiles().value(0)).fileName(),
        QStringLiteral("dev-box-report.json"));
    static_cast<QDialog*>(dialog.data())->accept();
    const QString written = m_bench->path("dev-box-report.json");
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(written); }));
    QVERIFY(QJsonDocument::fromJson(contentOf(written)).object().contains("report-version"));
    QVERIFY(QTest::qWaitFor([&] { return !dialog; }));
}

void TestReportSaver::stopsWithoutATrace()
{
    makeImage(QStringLiteral("x.qcow2"));
    QVERIFY(m_bench->open("x.qcow2"));
    saver().save(m_bench->path("r.html").toStdString());
    QVERIFY(saver().isRunning());
    QVERIFY(!action().isEnabled()); // one at a time
    QVERIFY(m_bench->document().runners().contains(saver().runner())); // so the strip can stop it
    saver().runner()->cancel();
    QVERIFY(QTest::qWaitFor([this] { return !saver().isRunning(); }));
    QCOMPARE(QDir(m_bench->folder()).entryList(QDir::Files | QDir::Hidden, QDir::Name),
        (QStringList{"base", "x.qcow2"}));
    QVERIFY(m_bench->text(QStringLiteral("Nothing was written")).contains("stopped"));
    QVERIFY(action().isEnabled());
}

void TestReportSaver::aFailureIsTold()
{
    makeImage(QStringLiteral("x.qcow2"));
    QVERIFY(m_bench->open("x.qcow2"));
    QVERIFY(save(QStringLiteral("no-such-folder/r.html")));
    QCOMPARE(saver().news().size(), std::size_t{1});
    QCOMPARE(saver().news().front().weight, NoticeBar::Notice::Weight::Problem);
    QVERIFY(m_bench->text(QStringLiteral("The report was not written")).size() > 30);
    QVERIFY(save(QStringLiteral("r.html")));
    QCOMPARE(saver().news().front().weight, NoticeBar::Notice::Weight::Note);
}

void TestReportSaver::neverReplacesTheImage()
{
    makeImage(QStringLiteral("x.qcow2"));
    QVERIFY(m_bench->open("x.qcow2"));
    const QByteArray before = contentOf(m_bench->path("x.qcow2"));
    QVERIFY(save(QStringLiteral("x.qcow2")));
    QCOMPARE(saver().news().front().weight, NoticeBar::Notice::Weight::Problem);
    QCOMPARE(contentOf(m_bench->path("x.qcow2")), before);
    QVERIFY(save(QStringLiteral("base")));
    QCOMPARE(saver().news().front().weight, NoticeBar::Notice::Weight::Problem);
}

void TestReportSaver::newsBelongToTheirImage()
{
    makeImage(QStringLiteral("x.qcow2"));
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("y.qcow2"), "1M"});
    QVERIFY(m_bench->open("x.qcow2"));
    QVERIFY(save(QStringLiteral("r.html")));
    QVERIFY(!saver().news().empty());
    m_bench->document().reload();
    QVERIFY(QTest::qWaitFor([this] { return !m_bench->document().isBusy(); }));
    QVERIFY(!saver().news().empty());
    QVERIFY(m_bench->open("y.qcow2"));
    QVERIFY(saver().news().empty());
}

void TestReportSaver::coloursAreThoseOfTheTheme_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("token");
    const auto row = [](const char* name, Token token) {
        QTest::addRow("%s", name) << QString::fromLatin1(name) << static_cast<int>(token);
    };
    row("window", Token::Window);
    row("surface", Token::Surface);
    row("text", Token::Text);
    row("text-second", Token::TextSecond);
    row("link", Token::Link);
    row("divider", Token::Divider);
    row("control-edge", Token::ControlEdge);
    row("good-text", Token::GoodText);
    row("good-ground", Token::GoodGround);
    row("warning-text", Token::WarningText);
    row("warning-ground", Token::WarningGround);
    row("problem-text", Token::ProblemText);
    row("problem-ground", Token::ProblemGround);
    row("note-ground", Token::NoteGround);
    row("map-free", Token::MapFree);
    row("map-data", Token::MapData);
    row("map-zero", Token::MapZero);
    row("map-compressed", Token::MapCompressed);
    row("map-snapshot", Token::MapSnapshot);
    row("map-backing", Token::MapBacking);
    row("map-metadata", Token::MapMetadata);
    row("map-leaked", Token::MapLeaked);
    row("map-problem", Token::MapProblem);
}

/// The core cannot ask the theme; so its copy of the colours is compared.
void TestReportSaver::coloursAreThoseOfTheTheme()
{
    QFETCH(const QString, name);
    QFETCH(const int, token);
    const QRegularExpression value{"--" + name + ": (#[0-9A-F]{6});"};
    auto matches = value.globalMatch(QString::fromLatin1(reportStyle));
    QStringList found;
    while (matches.hasNext())
        found << matches.next().captured(1);
    QCOMPARE(found.size(), 2);
    const auto colour = [&](Theme::Shade shade) {
        return Theme::color(static_cast<Token>(token), shade).name().toUpper();
    };
    QCOMPARE(found[0], colour(Theme::Shade::Light));
    QCOMPARE(found[1], colour(Theme::Shade::Dark));
}

PLATTER_GUI_MAIN(TestReportSaver)
#include "tst_reportsaver.moc"
