// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/Overview.h"
#include "app/pages/OverviewPage.h"
#include "app/pages/OverviewParts.h"
#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "tests/support/RestlessFile.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using platter::tests::RestlessFile;

/// What the overview says is what qemu-img says of the same image.
class TestOverview final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void numbersEqualQemu_data();
    void numbersEqualQemu();
    void spaceAddsUpToTheFile();
    void healthIsHonestBeforeACheck();
    void whatTheMapMeetsIsNotFine();
    void checkCountsEqualQemu();
    void dashesStandForWhatIsNotKnown();
    void saysWhatCouldBeSaved();
    void theBarHasPatternsUnderMoreContrast();
    void saysWhenTheFileChangedWhileItWasCounted();
    void everyRemarkLeadsSomewhere_data();
    void everyRemarkLeadsSomewhere();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

namespace {

void openFully(ImageDocument& document, const QString& path, const char* format = nullptr)
{
    if (format)
        document.openAs(fromQtPath(path), format);
    else
        document.open(fromQtPath(path));
    QTRY_COMPARE_WITH_TIMEOUT(document.state(), ImageDocument::State::Ready, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(!document.isBusy(), 10000);
}

/// Replaces the entry of the first cluster of the disk.
void setFirstEntry(const QString& image, quint64 entry)
{
    QFile file(image);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const auto numberAt = [&file](qint64 at) {
        file.seek(at);
        return qFromBigEndian<quint64>(file.read(8).constData());
    };
    const auto l1Table = static_cast<qint64>(numberAt(40)); // l1_table_offset
    file.seek(static_cast<qint64>(numberAt(l1Table) & 0x00fffffffffffe00ULL));
    const quint64 stored = qToBigEndian(entry);
    QCOMPARE(file.write(reinterpret_cast<const char*>(&stored), 8), 8);
}

} // namespace

void TestOverview::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    qemuImg({"create", "-f", "qcow2", path("plain.qcow2"), "64M"});
    qemuIo(path("plain.qcow2"), {"write -P 7 0 5M", "write -P 9 20M 64k"});
    qemuImg({"create", "-f", "qcow2", path("many.qcow2"), "64M"});
    qemuIo(path("many.qcow2"), {"write -P 1 0 4M"});
    qemuImg({"snapshot", "-c", "first", path("many.qcow2")});
    qemuIo(path("many.qcow2"), {"write -P 2 1M 2M", "write -c -P 3 40M 64k", "write -z 50M 1M"});
    qemuImg({"snapshot", "-c", "second", path("many.qcow2")});
    qemuImg({"convert", "-f", "qcow2", "-O", "vdi", path("plain.qcow2"), path("plain.vdi")});
    qemuImg({"convert", "-f", "qcow2", "-O", "qcow", path("plain.qcow2"), path("plain.qcow")});
    qemuImg({"convert", "-f", "qcow2", "-O", "raw", path("plain.qcow2"), path("plain.raw")});
}

void TestOverview::numbersEqualQemu_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("format");
    QTest::newRow("a QCOW2 image") << "plain.qcow2"
                                   << "qcow2";
    QTest::newRow("a QCOW2 image with snapshots") << "many.qcow2"
                                                  << "qcow2";
    QTest::newRow("a VDI image") << "plain.vdi"
                                 << "vdi";
    QTest::newRow("a QCOW image") << "plain.qcow"
                                  << "qcow";
    QTest::newRow("a raw image") << "plain.raw"
                                 << "raw";
}

void TestOverview::numbersEqualQemu()
{
    QFETCH(QString, name);
    QFETCH(QString, format);
    const QJsonObject info = qemuJson({"info", "-f", format, path(name)}).object();
    ImageDocument document;
    openFully(document, path(name), format.toLatin1().constData());
    const Overview overview = describeOverview(document);
    QCOMPARE(overview.numbers.size(), std::size_t{4});
    QCOMPARE(overview.numbers[0].exact,
        exactSize(Bytes{static_cast<std::uint64_t>(info["virtual-size"].toDouble())}));
    QCOMPARE(overview.numbers[1].exact,
        exactSize(Bytes{static_cast<std::uint64_t>(QFileInfo(path(name)).size())}));
    QCOMPARE(overview.numbers[2].exact,
        exactSize(Bytes{static_cast<std::uint64_t>(info["actual-size"].toDouble())}));
    QCOMPARE(document.image()->snapshots().size(),
        static_cast<std::size_t>(info["snapshots"].toArray().size()));
    if (info["snapshots"].toArray().isEmpty()) {
        // Without snapshots, what is in use is what the guest has.
        std::uint64_t data = 0;
        for (const QJsonValue& extent :
            qemuJson({"map", "--output=json", "-f", format, path(name)}).array()) {
            if (extent["data"].toBool())
                data += static_cast<std::uint64_t>(extent["length"].toDouble());
        }
        QCOMPARE(overview.numbers[3].value, shownSize(Bytes{data}));
    }
    if (info.contains("cluster-size"))
        QVERIFY(overview.facts.contains(
            shownSize(Bytes{static_cast<std::uint64_t>(info["cluster-size"].toDouble())})));
}

void TestOverview::spaceAddsUpToTheFile()
{
    ImageDocument document;
    openFully(document, path("many.qcow2"));
    const Overview overview = describeOverview(document);
    Bytes sum;
    for (const Overview::SpaceRow& row : overview.space)
        sum += row.bytes;
    QCOMPARE(sum.value, static_cast<std::uint64_t>(QFileInfo(path("many.qcow2")).size()));
    const auto has = [&](SpaceKind kind) {
        return std::any_of(overview.space.begin(), overview.space.end(),
            [&](const Overview::SpaceRow& row) { return row.kind == kind; });
    };
    QVERIFY(has(SpaceKind::Data));
    QVERIFY(has(SpaceKind::OnlyInSnapshots));
    QVERIFY(has(SpaceKind::Compressed));
    QVERIFY(has(SpaceKind::Metadata));
    QVERIFY(!has(SpaceKind::Leaked));
}

void TestOverview::healthIsHonestBeforeACheck()
{
    ImageDocument document;
    openFully(document, path("plain.qcow2"));
    QCOMPARE(describeOverview(document).health, Health::NotChecked);
    QCOMPARE(describeOverview(document).healthTitle, QStringLiteral("Looks fine, not checked yet"));
    document.startCheck();
    QCOMPARE(describeOverview(document).health, Health::Checking);
    QTRY_VERIFY(document.checkReport());
    QCOMPARE(describeOverview(document).health, Health::Clean);
}

void TestOverview::whatTheMapMeetsIsNotFine()
{
    const QString broken = path("broken.qcow2");
    QFile::copy(path("plain.qcow2"), broken);
    setFirstEntry(broken, 0x200); // not the start of a cluster
    ImageDocument document;
    OverviewPage page{document};
    page.resize(1000, 700);
    page.show();
    openFully(document, broken);
    // Header and L1 table contradict nothing: only who reads further knows.
    QCOMPARE(describeOverview(document).health, Health::NotChecked);
    const auto says = [&page](const char* words) {
        const auto labels = page.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
            [words](const QLabel* label) { return label->text() == QLatin1String(words); });
    };
    QTRY_VERIFY(says("Something looks wrong"));
    QVERIFY(!says("Looks fine, not checked yet"));
    openFully(document, path("plain.qcow2"));
    QTRY_VERIFY(says("Looks fine, not checked yet"));
}

void TestOverview::checkCountsEqualQemu()
{
    const QString leaky = path("leaky.qcow2");
    QFile::copy(path("plain.qcow2"), leaky);
    // The first L2 entry is emptied: its cluster stays counted, nothing uses it.
    const QJsonObject before = qemuJson({"check", leaky}).object();
    setFirstEntry(leaky, 0);
    const QJsonObject qemu = qemuJson({"check", leaky}).object();
    QVERIFY(qemu["leaks"].toInt() > before["leaks"].toInt());

    ImageDocument document;
    openFully(document, leaky);
    document.startCheck();
    QTRY_VERIFY(document.checkReport());
    QCOMPARE(static_cast<int>(document.checkReport()->leaks), qemu["leaks"].toInt());
    QCOMPARE(static_cast<int>(document.checkReport()->corruptions), qemu["corruptions"].toInt());
    QCOMPARE(describeOverview(document).health, Health::Leaks);
}

void TestOverview::dashesStandForWhatIsNotKnown()
{
    ImageDocument document;
    std::optional<Overview> first;
    connect(&document, &ImageDocument::stateChanged, &document, [&](ImageDocument::State state) {
        if (state == ImageDocument::State::Ready && !first)
            first = describeOverview(document);
    });
    openFully(document, path("plain.raw"), "raw");
    QVERIFY(first);
    QCOMPARE(first->numbers[3].value, QStringLiteral("–"));
    QCOMPARE(first->numbers[3].note, QStringLiteral("reading"));
    QCOMPARE(first->health, Health::NothingToCheck);
    QVERIFY(overviewText(*first).contains(QStringLiteral("plain.raw")));
    QVERIFY(describeOverview(document).numbers[3].value != QStringLiteral("–"));
}

void TestOverview::saysWhatCouldBeSaved()
{
    ImageDocument document;
    openFully(document, path("many.qcow2"));
    const auto& totals = document.hostTotals();
    QVERIFY(totals);
    const Overview overview = describeOverview(document);
    const Overview::Number& used = overview.numbers[3];
    QVERIFY(used.note.contains(QStringLiteral("only snapshots %1")
                                   .arg(shownSize(totals->of(HostUse::DataSnapshot)
                                       + totals->of(HostUse::CompressedSnapshot)))));
    QVERIFY(used.note.contains(QStringLiteral("could be saved")));
    QVERIFY(used.exact.contains(exactSize(totals->reclaimable)));
}

void TestOverview::theBarHasPatternsUnderMoreContrast()
{
    SpaceBar bar;
    bar.resize(300, 24);
    bar.setRows({{SpaceKind::Metadata, QStringLiteral("Metadata"), 1_MiB}});
    const auto colours = [&bar] {
        const QImage picture = bar.grab().toImage();
        std::set<QRgb> found;
        for (int y = 8; y < 16; ++y) {
            for (int x = 50; x < 250; ++x)
                found.insert(picture.pixel(x, y));
        }
        return found;
    };
    Theme::show(Theme::Shade::Light);
    QCOMPARE(colours(), std::set<QRgb>{Theme::color(Token::MapMetadata).rgb()});
    Theme::show(Theme::Shade::Light, Theme::Contrast::More);
    QCOMPARE(colours().size(), std::size_t{2});
    Theme::show(Theme::Shade::Light);
}

void TestOverview::saysWhenTheFileChangedWhileItWasCounted()
{
    const QString copy = path("restless.qcow2");
    QVERIFY(QFile::copy(path("plain.qcow2"), copy));
    const QString words = QStringLiteral("written while this was counted");
    ImageDocument document;
    {
        const RestlessFile restless(copy);
        // On a loaded machine the other thread may not get its turn while so little is read.
        for (int tries = 0; tries < 50; ++tries) {
            openFully(document, copy);
            if (document.hostTotals() && document.hostTotals()->changedMeanwhile)
                break;
        }
        const Overview overview = describeOverview(document);
        QVERIFY2(overview.spaceProblem.contains(words), qPrintable(overview.spaceProblem));
        QVERIFY(!overview.space.empty()); // beside the numbers, not instead of them
        QVERIFY2(overview.numbers[3].note.contains(QStringLiteral("counted while it changed")),
            qPrintable(overview.numbers[3].note));
        QVERIFY(overviewText(overview).contains(words));
    }
    // At rest it is read again by itself.
    QTRY_VERIFY_WITH_TIMEOUT(
        document.hostTotals() && !document.hostTotals()->changedMeanwhile, 20'000);
    QVERIFY(describeOverview(document).spaceProblem.isEmpty());
}

void TestOverview::everyRemarkLeadsSomewhere_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("act");
    using Act = Overview::Remark::Act;
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "1M"});
    qemuImg({"create", "-f", "qcow2", "-b", "plain.qcow2", "-F", "qcow2", path("over.qcow2")});
    QTest::newRow("a locked image can be unlocked") << "locked.qcow2"
                                                    << "Locked" << int(Act::Unlock);
    QTest::newRow("a named file can be opened") << "over.qcow2"
                                                << "needs your consent" << int(Act::ReviewChain);
    QTest::newRow("snapshots are shown") << "many.qcow2"
                                         << "inside the file" << int(Act::Show);
}

void TestOverview::everyRemarkLeadsSomewhere()
{
    QFETCH(const QString, name);
    QFETCH(const QString, words);
    QFETCH(const int, act);
    ImageDocument document;
    openFully(document, path(name));
    for (const Overview::Remark& remark : describeOverview(document).remarks) {
        QVERIFY2(remark.page, qPrintable(remark.text));
        if (remark.text.contains(words)) {
            QCOMPARE(static_cast<int>(remark.act), act);
            return;
        }
    }
    QFAIL("the remark is missing");
}

PLATTER_GUI_MAIN(TestOverview)
#include "tst_overview.moc"
