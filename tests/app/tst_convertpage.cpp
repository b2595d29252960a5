// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/NewPassphraseDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/jobs/JobQueue.h"
#include "app/pages/ConvertPage.h"
#include "app/pages/OptionsPanel.h"
#include "app/session/ConversionPresets.h"
#include "app/window/ActionSet.h"
#include "app/window/PlainTable.h"
#include "tests/app/LayoutRules.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QProcess>
#include <QScrollBar>

using namespace platter;
using namespace platter::app;
using namespace platter::tests;

namespace {

/// The bytes of a file; of a VDI image without the two numbers that are made up for each.
QByteArray content(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QByteArray bytes = file.readAll();
    if (path.endsWith(QLatin1String(".vdi"))) {
        constexpr qsizetype uuidsAt = 392;
        bytes.replace(uuidsAt, 32, QByteArray(32, '\0'));
    }
    return bytes;
}

} // namespace

/// The page Convert, as somebody uses it.
class TestConvertPage final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();

    void goesThereByKeys();
    void proposesAFreeName();
    void namesFollowTheFormat();
    void convertsByOneClick();
    void makesTheSameBytesAsTheCommandLine_data();
    void makesTheSameBytesAsTheCommandLine();
    void expectsWhatComes_data();
    void expectsWhatComes();
    void saysWhatTheTargetCannotHold();
    void optionsThatCannotGoTogetherSayWhy();
    void optionsAreChosenByKeys();
    void presetsAreRememberedAndForgotten();
    void convertsSeveralTogether();
    void asksForThePassphrase();
    void staysEncryptedWithAPassphraseOfItsOwn();
    void asksForConsent();
    void saysThatAMachineHoldsIt();
    void takesARawDiskOnlyWhenTold();
    void saysWhyAPlaceDoesNotDo();
    void replacesOnlyWhatWasAgreedTo();
    void verifies();
    void followsTheWindowsImage();
    void canBeReadInEveryLook_data();
    void canBeReadInEveryLook();

private:
    ConvertPage& page() { return m_bench->view().convertPage(); }
    ConversionList& list() { return page().list(); }
    MainWindow& window() { return m_bench->window(); }
    QString path(const QString& name) const { return m_bench->path(name); }
    QString made(const QString& name) const { return m_pool.filePath(name); }
    bool show(const QString& name);
    bool isSettled();
    QAbstractButton* go() { return page().findChild<QAbstractButton*>(QStringLiteral("convert")); }
    bool convertAll();
    QString target(std::size_t row = 0);
    QString said();

    QTemporaryDir m_pool; ///< images that every test gets a copy of
    std::unique_ptr<WindowBench> m_bench;
};

void TestConvertPage::initTestCase()
{
    const auto create
        = [this](const QStringList& words) { qemuImg(QStringList{"create"} + words); };
    create({"-f", "qcow2", made("plain.qcow2"), "24M"});
    qemuIo(made("plain.qcow2"), {"write -P 1 0 3M", "write -P 2 9M 64k", "write -z 10M 1M"});
    create({"-f", "qcow2", made("states.qcow2"), "16M"});
    qemuIo(made("states.qcow2"), {"write -P 3 0 2M"});
    qemuImg({"snapshot", "-c", "clean", made("states.qcow2")});
    qemuIo(made("states.qcow2"), {"write -P 4 1M 2M"});
    qemuImg({"bitmap", "--add", made("states.qcow2"), "backup"});
    create({"-f", "qcow2", made("base.qcow2"), "16M"});
    qemuIo(made("base.qcow2"), {"write -P 5 0 4M"});
    create({"-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", made("top.qcow2")});
    qemuIo(made("top.qcow2"), {"write -P 6 2M 1M"});
    create({"-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", made("locked.qcow2"),
        "8M"});
    QFile raw(made("plain.raw"));
    QVERIFY(raw.open(QIODevice::WriteOnly));
    raw.write(QByteArray(1 << 20, 'x'));
}

void TestConvertPage::init()
{
    QSettings().clear();
    m_bench = std::make_unique<WindowBench>();
    QVERIFY(QTest::qWaitForWindowExposed(&window()));
    for (const QString& name : QDir(m_pool.path()).entryList(QDir::Files))
        QVERIFY(QFile::copy(made(name), path(name)));
}

void TestConvertPage::cleanup()
{
    m_bench.reset();
    Theme::choose(Theme::Choice::Light);
}

bool TestConvertPage::isSettled()
{
    const bool settled = QTest::qWaitFor(
        [this] {
            for (const ConversionList::Row& row : list().rows()) {
                if (row.target.path.empty() || row.document->isBusy())
                    return false;
            }
            return !m_bench->document().isBusy() && !list().isForecasting();
        },
        20'000);
    QTest::qWait(20); // the page shows what the list says in the next round of events
    return settled;
}

bool TestConvertPage::show(const QString& name)
{
    if (!m_bench->open(name))
        return false;
    window().actionSet().find(QStringLiteral("image.convert"))->trigger();
    QTest::qWait(1);
    return isSettled();
}

QString TestConvertPage::target(std::size_t row)
{
    return toQtPath(list().rows().at(row).target.path);
}

/// What the page says beside the options.
QString TestConvertPage::said()
{
    QStringList words;
    for (const QLabel* label : page().findChildren<QLabel*>()) {
        if (label->isVisible())
            words << label->text();
    }
    return words.join(QLatin1Char('\n'));
}

/// Clicks the button and waits until every job has ended well.
bool TestConvertPage::convertAll()
{
    if (!go() || !go()->isEnabled())
        return false;
    QTest::mouseClick(go(), Qt::LeftButton);
    if (m_bench->jobs().jobs().isEmpty())
        return false;
    return QTest::qWaitFor(
        [this] {
            const auto& jobs = m_bench->jobs().jobs();
            return std::all_of(jobs.begin(), jobs.end(),
                [](const QueuedJob* job) { return job->state() == QueuedJob::State::Done; });
        },
        60'000);
}

void TestConvertPage::goesThereByKeys()
{
    QVERIFY(m_bench->open(QStringLiteral("plain.qcow2")));
    QTest::keyClick(&window(), Qt::Key_E, Qt::ControlModifier);
    QCOMPARE(m_bench->view().currentPage(), PageId::Convert);
    m_bench->view().showPage(PageId::Overview);
    QTest::keyClick(&window(), Qt::Key_9, Qt::ControlModifier);
    QCOMPARE(m_bench->view().currentPage(), PageId::Convert);
}

void TestConvertPage::proposesAFreeName()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QCOMPARE(target(), path("plain-2.qcow2"));
    QVERIFY(go()->isEnabled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("VDI")));
    QTRY_COMPARE(target(), path("plain.vdi"));
    QFile taken(path("plain.raw.tmp"));
    QVERIFY(WindowBench::click(page(), QStringLiteral("raw")));
    QTRY_COMPARE(target(), path("plain-2.raw")); // plain.raw is there
    QVERIFY(said().contains(QStringLiteral("free there")));
    // What a job will write is taken as well.
    list().setTaken({fromQtPath(path("plain-2.raw"))});
    QTRY_COMPARE(target(), path("plain-3.raw"));
}

void TestConvertPage::namesFollowTheFormat()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QLineEdit* field = nullptr;
    for (QLineEdit* candidate : page().findChildren<QLineEdit*>()) {
        if (candidate->accessibleName() == QLatin1String("New file"))
            field = candidate;
    }
    QVERIFY(field && field->isVisible());
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, path("other.qcow2"));
    QTRY_COMPARE(target(), path("other.qcow2"));
    QTRY_VERIFY(go()->isEnabled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("QCOW")));
    QTRY_COMPARE(target(), path("other.qcow"));
    // A name alone lies beside the source.
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, QStringLiteral("beside.qcow"));
    QTRY_COMPARE(target(), path("beside.qcow"));
    // Without a name, one is proposed again.
    field->clear();
    emit field->textEdited({});
    QTRY_COMPARE(target(), path("plain.qcow"));
}

void TestConvertPage::convertsByOneClick()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("For VirtualBox")));
    QTRY_COMPARE(go()->text(), QStringLiteral("Convert to VDI"));
    QVERIFY(isSettled());
    const QByteArray before = content(path("plain.qcow2"));
    QVERIFY(convertAll());
    qemuImg({"compare", path("plain.qcow2"), path("plain.vdi")});
    qemuImg({"check", path("plain.vdi")});
    QCOMPARE(content(path("plain.qcow2")), before);
    QVERIFY(said().contains(QStringLiteral("went to the jobs")));
    // The next one has another name.
    QTRY_COMPARE(target(), path("plain-2.vdi"));
}

void TestConvertPage::makesTheSameBytesAsTheCommandLine_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("preset"); // a button to press; empty: none
    QTest::addColumn<ConversionChoice>("choice");
    QTest::addColumn<QString>("words"); // for the command line

    const auto add = [](const char* name, const char* source, const char* preset,
                         const ConversionChoice& choice, const char* words) {
        QTest::newRow(name) << QString::fromLatin1(source) << QString::fromLatin1(preset) << choice
                            << QString::fromLatin1(words);
    };
    add("the preset Small", "plain.qcow2", "Small", {},
        "-O qcow2 -c -o compression_type=zstd,compression_level=best");
    add("the preset Fast", "plain.qcow2", "Fast", {}, "-O qcow2");
    add("the preset For VirtualBox", "plain.qcow2", "For VirtualBox", {}, "-O vdi");
    add("the preset Raw for writing to disk", "plain.qcow2", "Raw for writing to disk", {},
        "-O raw");
    ConversionChoice choice;
    choice.format = "qcow";
    choice.image.compress = true;
    add("compressed QCOW", "plain.qcow2", "", choice, "-O qcow -c");
    choice = {};
    choice.image.clusterSize = Bytes{4096};
    choice.image.refcountBits = 32;
    choice.image.lazyRefcounts = true;
    add("small clusters and other widths", "plain.qcow2", "", choice,
        "-O qcow2 -o cluster_size=4k,refcount_bits=32,lazy_refcounts=on");
    choice = {};
    choice.image.version = 2;
    add("version 2", "plain.qcow2", "", choice, "-O qcow2 -o compat=0.10");
    choice = {};
    choice.image.extendedL2 = true;
    choice.image.clusterSize = Bytes{1 << 20};
    add("extended L2 entries", "plain.qcow2", "", choice,
        "-O qcow2 -o extended_l2=on,cluster_size=1M");
    choice = {};
    choice.image.preallocation = NewImage::Preallocation::Metadata;
    add("a place for each cluster", "plain.qcow2", "", choice,
        "-O qcow2 -o preallocation=metadata");
    choice = {};
    choice.format = "vdi";
    choice.image.fixed = true;
    add("fixed VDI", "plain.qcow2", "", choice, "-O vdi -o static=on");
    choice = {};
    add("all snapshots and a bitmap", "states.qcow2", "", choice, "-O qcow2 --keep-snapshots");
    choice.snapshot = "1";
    add("the disk of one snapshot", "states.qcow2", "", choice, "-O qcow2 -l 1");
    choice = {};
    choice.keepSnapshots = false;
    choice.image.compress = true;
    choice.image.level = CompressionLevel::Fast;
    add("the present state, compressed fast", "states.qcow2", "", choice,
        "-O qcow2 -c -o compression_level=fast");
    choice = {};
    add("a chain in one file", "top.qcow2", "", choice, "-O qcow2");
    choice.keepLayer = 0;
    add("a chain that keeps its base", "top.qcow2", "", choice, "-O qcow2 -B base.qcow2");
}

void TestConvertPage::makesTheSameBytesAsTheCommandLine()
{
    QFETCH(QString, source);
    QFETCH(QString, preset);
    QFETCH(ConversionChoice, choice);
    QFETCH(QString, words);
    QVERIFY(show(source));
    if (m_bench->document().chainNeedsConsent()) {
        m_bench->document().agreeToChain(ImageDocument::Consent::TheseFiles);
        QVERIFY(isSettled());
    }
    if (preset.isEmpty())
        list().choose(choice);
    else
        QVERIFY(WindowBench::click(page(), preset));
    QTest::qWait(1);
    QVERIFY(isSettled());
    const QString ours = target();
    QVERIFY2(convertAll(), qPrintable(page().whyNotStart()));
    const QString theirs = path(QStringLiteral("cli.") + QFileInfo(ours).suffix());
    const Finished finished = platterCli(
        QStringList{"convert"} + words.split(QLatin1Char(' ')) + QStringList{source, theirs},
        m_bench->folder());
    QVERIFY2(finished.exitCode == 0, finished.errors.constData());
    QVERIFY(content(ours) == content(theirs));
    QVERIFY(!content(ours).isEmpty());
}

void TestConvertPage::expectsWhatComes_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("preset");
    QTest::addColumn<bool>("exact");
    QTest::newRow("QCOW2 from the map") << "plain.qcow2"
                                        << "Fast" << true;
    QTest::newRow("VDI") << "plain.qcow2"
                         << "For VirtualBox" << true;
    QTest::newRow("raw") << "plain.qcow2"
                         << "Raw for writing to disk" << true;
    QTest::newRow("compressed, from samples") << "plain.qcow2"
                                              << "Small" << false;
}

void TestConvertPage::expectsWhatComes()
{
    QFETCH(QString, source);
    QFETCH(QString, preset);
    QFETCH(bool, exact);
    QVERIFY(show(source));
    QVERIFY(WindowBench::click(page(), preset));
    QTest::qWait(1);
    QVERIFY(isSettled());
    QTRY_VERIFY(list().rows().front().forecast);
    const ConversionForecast forecast = *list().rows().front().forecast;
    QVERIFY2(forecast.size.has_value(), qPrintable(forecast.problem));
    QVERIFY(said().contains(QStringLiteral("Expected ")));
    const QString ours = target();
    QVERIFY(convertAll());
    const auto length = static_cast<quint64>(QFileInfo(ours).size());
    QVERIFY2(forecast.size->low.value <= length && length <= forecast.size->high.value,
        qPrintable(QStringLiteral("%1 to %2, is %3")
                       .arg(forecast.size->low.value)
                       .arg(forecast.size->high.value)
                       .arg(length)));
    if (exact && forecast.size->isExact())
        QCOMPARE(forecast.size->expected.value, length);
}

void TestConvertPage::saysWhatTheTargetCannotHold()
{
    QVERIFY(show(QStringLiteral("states.qcow2")));
    QVERIFY(!said().contains(QStringLiteral("will not have")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("VDI")));
    QTRY_VERIFY(
        said().contains(QStringLiteral("The new image will not have: 1 internal snapshot")));
    QTRY_VERIFY(said().contains(QStringLiteral("1 bitmap")));
    QVERIFY(go()->isEnabled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("QCOW2")));
    QTRY_VERIFY(!said().contains(QStringLiteral("will not have")));
}

void TestConvertPage::optionsThatCannotGoTogetherSayWhy()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("More options")));
    auto* options = page().findChild<OptionsPanel*>();
    QVERIFY(options->isVisible());
    const auto box = [&](const char* name) -> QComboBox* {
        for (QComboBox* candidate : options->findChildren<QComboBox*>()) {
            if (candidate->accessibleName() == QLatin1String(name))
                return candidate;
        }
        return nullptr;
    };
    QVERIFY(!box("Codec")->isEnabled());
    QCOMPARE(box("Codec")->toolTip(), QStringLiteral("Only for compressed data."));
    QCOMPARE(box("Codec")->accessibleDescription(), QStringLiteral("Only for compressed data."));
    QVERIFY(said().contains(QStringLiteral("Only for compressed data.")));
    for (QCheckBox* tick : options->findChildren<QCheckBox*>()) {
        if (tick->accessibleName() == QLatin1String("Compress the data"))
            tick->click();
    }
    QTRY_VERIFY(box("Codec")->isEnabled());
    QVERIFY(!box("Preallocation")->isEnabled());
    box("Version")->setCurrentIndex(2);
    QTRY_VERIFY(!box("Extended L2 entries")->isEnabled());
    QVERIFY(!box("Codec")->isEnabled());
    QCOMPARE(box("Codec")->toolTip(), QStringLiteral("Version 2 knows zlib only."));
    QVERIFY(WindowBench::click(page(), QStringLiteral("VDI")));
    QTRY_VERIFY(!box("Cluster size")->isEnabled());
    QVERIFY(box("Fixed size")->isEnabled());
    QVERIFY(!box("State")->isEnabled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("Fewer options")));
    QVERIFY(!options->isVisible());
}

/// All of it without a mouse.
void TestConvertPage::optionsAreChosenByKeys()
{
    QVERIFY(show(QStringLiteral("states.qcow2")));
    page().showOptions(true);
    for (QComboBox* box : page().findChildren<QComboBox*>()) {
        if (box->accessibleName() != QLatin1String("State"))
            continue;
        QCOMPARE(box->count(), 2);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
    }
    QTRY_COMPARE(list().choice().snapshot, std::optional<std::string>{"1"});
    QVERIFY(isSettled());
    QTest::keyClick(go(), Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->jobs().count(QueuedJob::State::Done), 1, 30'000);
    qemuImg({"convert", "-l", "clean", "-O", "raw", path("states.qcow2"), path("clean.raw")});
    qemuImg({"compare", path("states-2.qcow2"), path("clean.raw")});
}

void TestConvertPage::presetsAreRememberedAndForgotten()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    ConversionChoice choice;
    choice.image.clusterSize = Bytes{2 << 20};
    choice.image.compress = true;
    list().choose(choice);
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Keep as preset…")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Keep as preset…")));
    QLineEdit* name = nullptr;
    for (QLineEdit* field : page().findChildren<QLineEdit*>()) {
        if (field->accessibleName() == QLatin1String("Name of the preset"))
            name = field;
    }
    QVERIFY(name && name->hasFocus());
    QTest::keyClicks(name, QStringLiteral("small"));
    QTest::keyClick(name, Qt::Key_Return);
    QVERIFY(said().contains(QStringLiteral("belongs to a preset of the program")));
    name->clear();
    QTest::keyClicks(name, QStringLiteral("Archive"));
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Archive")));
    QVERIFY(WindowBench::button(page(), QStringLiteral("Archive"))->isChecked());

    // At another start.
    const QString folder = m_bench->folder();
    const auto presets = ConversionPresets::all();
    QCOMPARE(presets.back().name, QStringLiteral("Archive"));
    QVERIFY(presets.back().choice == choice);
    QVERIFY(WindowBench::click(page(), QStringLiteral("Fast")));
    QTRY_VERIFY(!list().choice().image.compress);
    QVERIFY(WindowBench::click(page(), QStringLiteral("Archive")));
    QTRY_VERIFY(list().choice() == choice);
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Forget preset")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Forget preset")));
    QVERIFY(!WindowBench::button(page(), QStringLiteral("Archive")));
    QCOMPARE(ConversionPresets::all().size(), presets.size() - 1);
}

void TestConvertPage::convertsSeveralTogether()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Add images…")));
    auto* files = page().findChild<QFileDialog*>();
    QVERIFY(files);
    emit files->filesSelected({path("states.qcow2"), path("plain.qcow2"), path("base.qcow2")});
    files->close();
    QTRY_COMPARE(list().rows().size(), std::size_t{3}); // the same one is not there twice
    QVERIFY(WindowBench::click(page(), QStringLiteral("VDI")));
    QTRY_COMPARE(go()->text().remove(QStringLiteral("(s)")), QStringLiteral("Convert 3 image"));
    QTest::qWait(1);
    QVERIFY(isSettled());
    auto* table = page().findChild<PlainTable*>(QStringLiteral("conversions"));
    QVERIFY(table->isVisible());
    QCOMPARE(table->model()->rowCount(), 3);
    QCOMPARE(table->model()->index(1, 1).data().toString(), QStringLiteral("states.vdi"));
    // Each row tells what is lost.
    table->setCurrentIndex(table->model()->index(1, 0));
    QTRY_VERIFY(said().contains(QStringLiteral("1 internal snapshot")));
    table->setCurrentIndex(table->model()->index(0, 0));
    QTRY_VERIFY(!said().contains(QStringLiteral("internal snapshot")));
    // Another name for one of them.
    list().setTarget(2, fromQtPath(path("renamed.vdi")), false);
    table->setCurrentIndex(table->model()->index(0, 0));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Take out of the list")));
    QTRY_COMPARE(list().rows().size(), std::size_t{2});
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Add plain.qcow2")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Add plain.qcow2")));
    QTRY_COMPARE(list().rows().size(), std::size_t{3});
    QTest::qWait(1);
    QVERIFY(isSettled());
    QTRY_VERIFY(said().contains(QStringLiteral("together")));
    QVERIFY(convertAll());
    for (const auto& [from, to] : {std::pair{"plain.qcow2", "plain.vdi"},
             {"states.qcow2", "states.vdi"}, {"base.qcow2", "renamed.vdi"}})
        qemuImg({"compare", path(from), path(to)});
    // The list is the window's image again.
    QTRY_COMPARE(list().rows().size(), std::size_t{1});
    QVERIFY(list().isUntouched());
}

void TestConvertPage::asksForThePassphrase()
{
    QVERIFY(show(QStringLiteral("locked.qcow2")));
    QVERIFY(!go()->isEnabled());
    QVERIFY(said().contains(QStringLiteral("Encrypted and locked")));
    QVERIFY(go()->accessibleDescription().contains(QStringLiteral("locked")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Unlock…")));
    auto* dialog = window().findChild<PassphraseDialog*>();
    QVERIFY(dialog);
    QTest::keyClicks(dialog->findChild<QLineEdit*>(), QStringLiteral("horse"));
    QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(!m_bench->document().isLocked(), 20'000);
    QVERIFY(isSettled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("raw")));
    QTRY_VERIFY(said().contains(QStringLiteral("stored in the clear")));
    QVERIFY(isSettled());
    const QString ours = target();
    QVERIFY(convertAll());
    QCOMPARE(QFileInfo(ours).size(), 8 << 20);
    QCOMPARE(content(ours), QByteArray(8 << 20, '\0'));
}

void TestConvertPage::staysEncryptedWithAPassphraseOfItsOwn()
{
    qemuIo("driver=qcow2,file.filename=" + path("locked.qcow2") + ",encrypt.key-secret=key",
        {"write -P 7 1M 2M"}, {"--object", "secret,id=key,data=horse", "--image-opts"});
    QVERIFY(m_bench->open(QStringLiteral("locked.qcow2")));
    m_bench->document().unlock("horse");
    QTRY_VERIFY_WITH_TIMEOUT(!m_bench->document().isLocked(), 20'000);
    QTest::keyClick(&window(), Qt::Key_E, Qt::ControlModifier);
    QVERIFY(isSettled());
    QTRY_COMPARE(go()->text(), QStringLiteral("Convert to QCOW2…"));
    QVERIFY(!said().contains(QStringLiteral("stored in the clear")));
    ConversionChoice choice = list().choice();
    choice.verify = true;
    list().choose(choice);
    QVERIFY(isSettled());
    const QString ours = target();

    QTest::mouseClick(go(), Qt::LeftButton);
    auto* dialog = window().findChild<NewPassphraseDialog*>();
    QVERIFY(dialog);
    QVERIFY(m_bench->jobs().jobs().isEmpty());
    const QList<QLineEdit*> fields = dialog->findChildren<QLineEdit*>();
    QCOMPARE(fields.size(), 2);
    QAbstractButton* convert = WindowBench::button(*dialog, QStringLiteral("Convert"));
    QVERIFY(!convert->isEnabled());
    QTest::keyClicks(fields[0], QStringLiteral("donkey"));
    QTest::keyClicks(fields[1], QStringLiteral("donke"));
    QVERIFY(!convert->isEnabled());
    QTest::keyClicks(fields[1], QStringLiteral("y"));
    QVERIFY(convert->isEnabled());
    QTest::mouseClick(convert, Qt::LeftButton);
    QTRY_COMPARE(m_bench->jobs().jobs().size(), 1);
    const QueuedJob* job = m_bench->jobs().jobs().front();
    QTRY_VERIFY_WITH_TIMEOUT(!job->isUnfinished(), 60'000);
    QVERIFY2(job->state() == QueuedJob::State::Done, qPrintable(job->error().details));
    // Neither passphrase is kept.
    const QByteArray record = QJsonDocument(job->task().record()).toJson();
    QVERIFY(!record.contains("donkey") && !record.contains("horse"));

    QVERIFY(qemuImg({"info", ours}).contains("encrypted: yes"));
    const auto disk = [](const QString& file, const char* key) {
        return "driver=qcow2,file.filename=" + file
            + ",encrypt.key-secret=" + QString::fromLatin1(key);
    };
    qemuImg(
        {"compare", "--object", "secret,id=old,data=horse", "--object", "secret,id=new,data=donkey",
            "--image-opts", disk(path("locked.qcow2"), "old"), disk(ours, "new")});
}

void TestConvertPage::asksForConsent()
{
    QVERIFY(show(QStringLiteral("top.qcow2")));
    QVERIFY(!go()->isEnabled());
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Open named files…")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Open named files…")));
    auto* dialog = window().findChild<ConsentDialog*>();
    QVERIFY(dialog);
    dialog->accept();
    QTRY_VERIFY_WITH_TIMEOUT(go()->isEnabled(), 20'000);
    QVERIFY(isSettled());
    QVERIFY(convertAll());
    qemuImg({"compare", path("top.qcow2"), path("top-2.qcow2")});
    const QByteArray info = qemuImg({"info", path("top-2.qcow2")});
    QVERIFY(!info.contains("backing file"));
}

void TestConvertPage::saysThatAMachineHoldsIt()
{
    QProcess machine;
    machine.start(QStringLiteral("qemu-io"), {path("plain.qcow2")});
    QVERIFY(machine.waitForStarted());
    QTest::qWait(500);
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QVERIFY(said().contains(QStringLiteral("is using it")));
    QVERIFY(said().contains(QStringLiteral("several moments")));
    QVERIFY(!go()->isEnabled());
    QVERIFY(WindowBench::click(page(), QStringLiteral("Convert it all the same")));
    QTRY_VERIFY(go()->isEnabled());
    QVERIFY(said().contains(QStringLiteral("may write the source meanwhile")));
    QVERIFY(convertAll());
    machine.write("quit\n");
    machine.closeWriteChannel();
    QVERIFY(machine.waitForFinished());
    qemuImg({"compare", path("plain.qcow2"), path("plain-2.qcow2")});
}

void TestConvertPage::takesARawDiskOnlyWhenTold()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    page().join({path("plain.raw")});
    QTRY_COMPARE(list().rows().size(), std::size_t{2});
    QTRY_VERIFY(!go()->isEnabled() && list().obstacle(1).contains(QStringLiteral("No known")));
    auto* table = page().findChild<PlainTable*>(QStringLiteral("conversions"));
    table->setCurrentIndex(table->model()->index(1, 0));
    QTRY_VERIFY(WindowBench::button(page(), QStringLiteral("Take it as raw")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Take it as raw")));
    QTRY_VERIFY_WITH_TIMEOUT(go()->isEnabled(), 20'000);
    QVERIFY(isSettled());
    QVERIFY(convertAll());
    qemuImg({"compare", "-f", "raw", "-F", "qcow2", path("plain.raw"), path("plain-3.qcow2")});
}

void TestConvertPage::saysWhyAPlaceDoesNotDo()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    list().setTarget(0, fromQtPath(path("nowhere/new.qcow2")), false);
    QTRY_VERIFY(said().contains(QStringLiteral("There is no folder")));
    QVERIFY(!go()->isEnabled());
    list().setTarget(0, fromQtPath(path("base.qcow2")), false);
    QTRY_VERIFY(said().contains(QStringLiteral("There is a file with the name base.qcow2")));
    QVERIFY(!go()->isEnabled());
    list().setTarget(0, fromQtPath(path("free.qcow2")), false);
    QTRY_VERIFY(go()->isEnabled());
}

void TestConvertPage::replacesOnlyWhatWasAgreedTo()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Choose…")));
    auto* files = page().findChild<QFileDialog*>();
    QVERIFY(files);
    QCOMPARE(files->acceptMode(), QFileDialog::AcceptSave);
    QVERIFY(!files->testOption(QFileDialog::DontConfirmOverwrite));
    emit files->fileSelected(path("base.qcow2")); // after it has asked
    files->close();
    QTRY_COMPARE(target(), path("base.qcow2"));
    QTRY_VERIFY(said().contains(QStringLiteral("base.qcow2 will be replaced")));
    QVERIFY(isSettled());
    QVERIFY(convertAll());
    qemuImg({"compare", path("plain.qcow2"), path("base.qcow2")});
}

void TestConvertPage::verifies()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    ConversionChoice choice = list().choice();
    choice.verify = true;
    list().choose(choice);
    QTest::qWait(1);
    QVERIFY(isSettled());
    QVERIFY(list().orders().front().request.verify);
    QVERIFY(convertAll());
    const auto& remarks = m_bench->jobs().jobs().front()->outcome().remarks;
    QVERIFY(remarks.join(QLatin1Char(' ')).contains(QStringLiteral("Verified")));
}

void TestConvertPage::followsTheWindowsImage()
{
    QVERIFY(show(QStringLiteral("plain.qcow2")));
    list().setTarget(0, fromQtPath(path("chosen.qcow2")), false);
    QTRY_COMPARE(target(), path("chosen.qcow2"));
    QVERIFY(show(QStringLiteral("base.qcow2")));
    QTRY_COMPARE(target(), path("base-2.qcow2"));
    QCOMPARE(list().rows().size(), std::size_t{1});
}

void TestConvertPage::canBeReadInEveryLook_data()
{
    QTest::addColumn<QString>("look");
    for (const char* look : {"light", "dark", "contrast", "200 %", "longer words", "900 x 600",
             "900 x 600, longer words"})
        QTest::newRow(look) << QString::fromLatin1(look);
}

void TestConvertPage::canBeReadInEveryLook()
{
    QFETCH(QString, look);
    const QFont font = QApplication::font();
    LongerWords longer;
    if (look.contains(QLatin1String("dark")))
        Theme::choose(Theme::Choice::Dark);
    if (look.contains(QLatin1String("contrast")))
        Theme::choose(Theme::Contrast::More);
    if (look.contains(QLatin1String("200 %"))) {
        QFont large = font;
        large.setPointSizeF(2 * font.pointSizeF());
        QApplication::setFont(large);
    }
    if (look.contains(QLatin1String("longer")))
        QCoreApplication::installTranslator(&longer);
    m_bench = std::make_unique<WindowBench>();
    for (const QString& name : QDir(m_pool.path()).entryList(QDir::Files))
        QVERIFY(QFile::copy(made(name), path(name)));
    if (look.contains(QLatin1String("900")))
        window().resize(900, 600);
    QVERIFY(show(QStringLiteral("states.qcow2")));
    QStringList faults;
    const auto examine = [&](const QString& when) {
        QTest::qWait(1);
        QVERIFY(isSettled());
        QScrollBar& bar = *page().verticalScrollBar();
        for (int at = 0;; at += page().viewport()->height()) {
            bar.setValue(at);
            for (int round = 0; round < 16; ++round)
                QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
            for (const QString& fault : layoutFaults(window()))
                faults << when + QStringLiteral(": ") + fault;
            if (at >= bar.maximum())
                break;
        }
        bar.setValue(0);
    };
    examine(QStringLiteral("plain"));
    ConversionChoice choice;
    choice.format = "vdi";
    list().choose(choice);
    examine(QStringLiteral("with losses"));
    page().showOptions(true);
    examine(QStringLiteral("options"));
    page().showOptions(false);
    page().join({path("plain.qcow2"), path("locked.qcow2"), path("top.qcow2")});
    QTRY_COMPARE(list().rows().size(), std::size_t{4});
    QTRY_VERIFY_WITH_TIMEOUT(
        list().rows()[3].document->state() == ImageDocument::State::Ready, 20'000);
    examine(QStringLiteral("several"));
    faults.removeDuplicates();
    QCoreApplication::removeTranslator(&longer);
    QApplication::setFont(font);
    Theme::choose(Theme::Contrast::Normal);
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

PLATTER_GUI_MAIN(TestConvertPage)
#include "tst_convertpage.moc"
