// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/CompareDialog.h"
#include "app/dialogs/ConsentDialog.h"
#include "app/pages/ConvertPage.h"
#include "app/text/CoreText.h"
#include "app/window/ActionSet.h"
#include "app/window/DropOverlay.h"
#include "app/window/FileDrag.h"
#include "app/window/StartPage.h"
#include "app/window/WindowDrops.h"
#include "app/window/WindowSet.h"
#include "tests/app/LayoutRules.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"

#include <QAction>
#include <QClipboard>
#include <QDrag>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QListView>
#include <QSignalSpy>
#include <QStatusBar>
#include <QUrl>

using namespace platter;
using namespace platter::app;
using namespace platter::tests;

namespace {

/// Something that is dragged over a window, as the system sends it.
class Drag {
public:
    Drag(MainWindow& window, const QStringList& paths)
        : m_window(window)
    {
        QList<QUrl> urls;
        for (const QString& path : paths)
            urls << QUrl::fromLocalFile(path);
        data.setUrls(urls);
    }
    Drag(MainWindow& window, const QString& text)
        : m_window(window)
    {
        data.setText(text);
    }

    DropOverlay& overlay() const { return m_window.drops().overlay(); }
    const DropPlan& plan() const { return overlay().plan(); }

    Qt::DropAction enter(QPoint at)
    {
        QDragEnterEvent event(at, possible, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&m_window, &event);
        return event.dropAction();
    }
    Qt::DropAction move(QPoint at)
    {
        QDragMoveEvent event(at, possible, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&m_window, &event);
        return event.dropAction();
    }
    Qt::DropAction drop(QPoint at)
    {
        QDropEvent event(at, possible, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&m_window, &event);
        return event.dropAction();
    }
    void leave()
    {
        QDragLeaveEvent event;
        QApplication::sendEvent(&m_window, &event);
    }

    /// The middle of the zone whose words begin so.
    QPoint zone(const QString& words) const
    {
        for (std::size_t i = 0; i < plan().zones.size(); ++i) {
            if (plan().zones[i].words.startsWith(words))
                return overlay().zoneRect(i).center();
        }
        return {-1, -1};
    }
    QStringList words() const
    {
        QStringList words;
        for (const DropPlan::Zone& zone : plan().zones)
            words << zone.words;
        return words;
    }
    /// Enters, goes to the zone and drops there.
    Qt::DropAction dropOn(const QString& words)
    {
        enter(m_window.rect().center());
        const QPoint at = zone(words);
        if (at.x() < 0)
            return Qt::IgnoreAction;
        move(at);
        return drop(at);
    }

    QMimeData data;
    Qt::DropActions possible = Qt::CopyAction | Qt::MoveAction | Qt::LinkAction;

private:
    MainWindow& m_window;
};

} // namespace

/// What dropping something on a window does, with events as the system sends them.
class TestDrops final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();

    void opensOnAnEmptyWindow();
    void opensInAWindowOfItsOwn();
    void refuses_data();
    void refuses();
    void showsTheZoneUnderThePointer();
    void opensSeveralWindowsUpToEight();
    void listsAFolder();
    void listsAFolderElsewhereIfThereIsAnImage();
    void looksThroughAFolderByMenu();
    void alwaysCopies();
    void convertsOnAnEmptyWindow();
    void convertsOnAWindowWithAnImage();
    void convertsSeveral();
    void joinsTheListOfThePageConvert();
    void addsTheImagesOfAFolderToTheList();
    void comparesEqualImages();
    void comparesDifferentImages();
    void comparesAfterConsent();
    void comparesByMenuOnlyWhatCanBeRead();
    void comparisonOfALockedImageAsks();
    void readsTheZonesInBothDirections();
    void overlayCanBeRead_data();
    void overlayCanBeRead();
    void dragsTheFileOutOfTheHead();
    void copiesTheAddress();

private:
    CompareDialog* compareWith(const QString& name);
    QStringList listed(); ///< what the page Convert is to convert
    MainWindow& window() { return m_bench->window(); }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    bool open(const QString& name);

    QTemporaryDir m_folder;
    std::unique_ptr<WindowBench> m_bench;
};

void TestDrops::initTestCase()
{
    qemuImg({"create", "-f", "qcow2", path("one.qcow2"), "16M"});
    qemuIo(path("one.qcow2"), {"write -P 1 0 2M", "write -P 2 8M 64k"});
    qemuImg({"convert", "-O", "vdi", path("one.qcow2"), path("same.vdi")});
    qemuImg({"convert", "-O", "qcow2", path("one.qcow2"), path("other.qcow2")});
    qemuIo(path("other.qcow2"), {"write -P 3 5M 64k"});
    qemuImg({"create", "-f", "qcow2", "-b", path("one.qcow2"), "-F", "qcow2", path("top.qcow2")});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("images")));
    QVERIFY(QFile::copy(path("one.qcow2"), path("images/a.qcow2")));
    QVERIFY(QFile::copy(path("one.qcow2"), path("images/unnamed")));
    QFile words(path("images/words.txt"));
    QVERIFY(words.open(QIODevice::WriteOnly));
    words.write("no image");
}

void TestDrops::init()
{
    m_bench = std::make_unique<WindowBench>();
    QVERIFY(QTest::qWaitForWindowExposed(&window()));
}

void TestDrops::cleanup()
{
    m_bench.reset();
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

bool TestDrops::open(const QString& name)
{
    window().openHere(path(name));
    return QTest::qWaitFor(
        [this] {
            return m_bench->document().state() == ImageDocument::State::Ready
                && !m_bench->document().isBusy();
        },
        20'000);
}

QStringList TestDrops::listed()
{
    QStringList paths;
    for (const ConversionList::Row& row : m_bench->view().convertPage().list().rows())
        paths << toQtPath(row.source);
    return paths;
}

CompareDialog* TestDrops::compareWith(const QString& name)
{
    Drag drag(window(), QStringList{path(name)});
    if (drag.dropOn(QStringLiteral("Compare with")) != Qt::CopyAction)
        return nullptr;
    CompareDialog* dialog = nullptr;
    (void)QTest::qWaitFor([&] {
        dialog = window().findChild<CompareDialog*>();
        return dialog != nullptr;
    });
    return dialog;
}

void TestDrops::opensOnAnEmptyWindow()
{
    Drag drag(window(), QStringList{path("one.qcow2")});
    QCOMPARE(drag.enter({10, 10}), Qt::CopyAction);
    QCOMPARE(drag.words().front(), QStringLiteral("Open one.qcow2"));
    QVERIFY(drag.overlay().isVisible());
    drag.leave();
    QVERIFY(!drag.overlay().isVisible());
    QCOMPARE(m_bench->document().state(), ImageDocument::State::Empty);
    QCOMPARE(drag.dropOn(QStringLiteral("Open one.qcow2")), Qt::CopyAction);
    QVERIFY(!drag.overlay().isVisible());
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->document().state(), ImageDocument::State::Ready, 20'000);
}

void TestDrops::opensInAWindowOfItsOwn()
{
    QVERIFY(open("one.qcow2"));
    QSignalSpy elsewhere(&window(), &MainWindow::openElsewhere);
    Drag drag(window(), QStringList{path("other.qcow2")});
    QCOMPARE(drag.dropOn(QStringLiteral("Open other.qcow2 in a new window")), Qt::CopyAction);
    QTRY_COMPARE(elsewhere.size(), 1);
    QCOMPARE(elsewhere.front().front().toStringList(), QStringList{path("other.qcow2")});
    QCOMPARE(m_bench->document().name(), QStringLiteral("one.qcow2"));
}

void TestDrops::refuses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QList<QUrl>>("urls");
    QTest::addColumn<QString>("why");
    QTest::newRow("text") << "plain words" << QList<QUrl>() << "not text";
    QTest::newRow("a web address")
        << QString() << QList<QUrl>{QUrl(QStringLiteral("https://example.org/image.qcow2"))}
        << "Download the image first";
    QTest::newRow("a web address among files")
        << QString()
        << QList<QUrl>{QUrl::fromLocalFile(QStringLiteral("/one.qcow2")),
               QUrl(QStringLiteral("https://example.org/image.qcow2"))}
        << "Download the image first";
    QList<QUrl> thousands;
    for (int i = 0; i <= DropPlan::mostPaths; ++i)
        thousands << QUrl::fromLocalFile(QStringLiteral("/%1.qcow2").arg(i));
    QTest::newRow("more files than anybody means") << QString() << thousands << "1000";
}

void TestDrops::refuses()
{
    QFETCH(QString, text);
    QFETCH(QList<QUrl>, urls);
    QFETCH(QString, why);
    Drag drag(window(), text);
    if (!urls.isEmpty())
        drag.data.setUrls(urls);
    // The pointer shows "no", and the words stay in view.
    QCOMPARE(drag.enter({100, 100}), Qt::IgnoreAction);
    QCOMPARE(drag.move({300, 300}), Qt::IgnoreAction);
    QVERIFY(drag.overlay().isVisible());
    QVERIFY2(
        drag.overlay().accessibleName().contains(why), qPrintable(drag.overlay().accessibleName()));
    QCOMPARE(drag.drop({300, 300}), Qt::IgnoreAction);
    QVERIFY(!drag.overlay().isVisible());
    QVERIFY(window().statusBar()->currentMessage().contains(why));
    QTest::qWait(30);
    QCOMPARE(m_bench->document().state(), ImageDocument::State::Empty);
}

void TestDrops::showsTheZoneUnderThePointer()
{
    QVERIFY(open("one.qcow2"));
    Drag drag(window(), QStringList{path("other.qcow2")});
    drag.enter({10, 10});
    QVERIFY(drag.plan().zones.size() >= 2);
    for (std::size_t i = 0; i < drag.plan().zones.size(); ++i) {
        drag.move(drag.overlay().zoneRect(i).center());
        QCOMPARE(drag.overlay().accessibleName(), drag.plan().zones[i].words);
        QCOMPARE(drag.overlay().actAt(drag.overlay().zoneRect(i).center()),
            std::optional{drag.plan().zones[i].act});
        QVERIFY(window().rect().contains(drag.overlay().zoneRect(i)));
    }
    // Nothing falls between two zones or outside of them.
    QVERIFY(drag.overlay().actAt({0, 0}));
    QVERIFY(drag.overlay().actAt(
        {drag.overlay().zoneRect(0).right() + 8, drag.overlay().zoneRect(0).center().y()}));
    drag.leave();
}

void TestDrops::opensSeveralWindowsUpToEight()
{
    WindowSet windows;
    MainWindow* const first = windows.createWindow();
    first->show();
    QVERIFY(QTest::qWaitForWindowExposed(first));
    Drag three(*first, QStringList{path("one.qcow2"), path("same.vdi"), path("other.qcow2")});
    QCOMPARE(three.dropOn(QStringLiteral("Open 3 window")), Qt::CopyAction);
    const auto opened = [] {
        int count = 0;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            auto* window = qobject_cast<MainWindow*>(widget);
            count += window && window->hasImage() ? 1 : 0;
        }
        return count;
    };
    QTRY_COMPARE_WITH_TIMEOUT(opened(), 3, 20'000);

    QStringList nine;
    for (int i = 0; i < DropPlan::mostWindows + 1; ++i)
        nine << path(QStringLiteral("%1.qcow2").arg(i));
    Drag many(*first, nine);
    many.enter({10, 10});
    const QPoint at = many.zone(QStringLiteral("Open 9 window"));
    QCOMPARE(many.move(at), Qt::IgnoreAction);
    QVERIFY(many.overlay().accessibleName().contains(QStringLiteral("At most 8")));
    QCOMPARE(many.drop(at), Qt::IgnoreAction);
    QTest::qWait(50);
    QCOMPARE(opened(), 3);
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        if (auto* window = qobject_cast<MainWindow*>(widget); window && window != &this->window())
            window->close();
    }
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestDrops::listsAFolder()
{
    Drag drag(window(), QStringList{path("images")});
    drag.enter({10, 10});
    // The disk tells that it is a folder while it hovers.
    QTRY_VERIFY(drag.move({12, 12}) == Qt::CopyAction
        && drag.words() == QStringList{QStringLiteral("List the images in images")});
    drag.drop({12, 12});
    auto* list = window().startPage().findChild<QListView*>();
    QTRY_COMPARE(list->model()->rowCount(), 2);
    QCOMPARE(list->model()->index(0, 0).data().toString(), QStringLiteral("a.qcow2"));
    QCOMPARE(list->model()->index(1, 0).data().toString(), QStringLiteral("unnamed"));
    QCOMPARE(m_bench->document().state(), ImageDocument::State::Empty);
    // Dropped before the disk has answered, nothing starts either.
    Drag quick(window(), QStringList{path("images/")});
    QCOMPARE(quick.dropOn(QStringLiteral("Open")), Qt::CopyAction);
    QTest::qWait(50);
    QCOMPARE(m_bench->document().state(), ImageDocument::State::Empty);
}

void TestDrops::listsAFolderElsewhereIfThereIsAnImage()
{
    QVERIFY(open("one.qcow2"));
    QSignalSpy elsewhere(&window(), &MainWindow::folderElsewhere);
    Drag drag(window(), QStringList{path("images"), path("other.qcow2")});
    drag.enter({10, 10});
    QTRY_VERIFY(drag.move({12, 12}) == Qt::CopyAction
        && drag.words() == QStringList{QStringLiteral("List the images in them")});
    drag.drop({12, 12});
    QTRY_COMPARE(elsewhere.size(), 1);
    QCOMPARE(elsewhere.front()[1].toStringList(),
        (QStringList{path("other.qcow2"), path("images/a.qcow2"), path("images/unnamed")}));
    QCOMPARE(m_bench->document().name(), QStringLiteral("one.qcow2"));
}

void TestDrops::looksThroughAFolderByMenu()
{
    QAction* action = window().actionSet().find(QStringLiteral("file.folder"));
    QCOMPARE(action->shortcut(), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    QTest::keyClick(&window(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
    QPointer<QFileDialog> dialog = window().findChild<QFileDialog*>();
    QVERIFY(dialog);
    emit dialog->fileSelected(path("images"));
    dialog->close();
    auto* list = window().startPage().findChild<QListView*>();
    QTRY_COMPARE(list->model()->rowCount(), 2);
}

/// Nothing is ever moved: whoever offers nothing else is refused.
void TestDrops::alwaysCopies()
{
    Drag drag(window(), QStringList{path("one.qcow2")});
    for (const Qt::DropActions possible :
        {Qt::DropActions{Qt::MoveAction}, Qt::DropActions{Qt::LinkAction | Qt::MoveAction}}) {
        drag.possible = possible;
        QCOMPARE(drag.enter({10, 10}), Qt::IgnoreAction);
        QCOMPARE(drag.move({20, 20}), Qt::IgnoreAction);
        QVERIFY(drag.overlay().accessibleName().contains(QStringLiteral("moves no files")));
        QCOMPARE(drag.drop({20, 20}), Qt::IgnoreAction);
        QTest::qWait(20);
        QCOMPARE(m_bench->document().state(), ImageDocument::State::Empty);
    }
    drag.possible = Qt::CopyAction | Qt::MoveAction;
    QCOMPARE(drag.enter({10, 10}), Qt::CopyAction);
    drag.leave();
}

void TestDrops::convertsOnAnEmptyWindow()
{
    Drag drag(window(), QStringList{path("one.qcow2")});
    QCOMPARE(drag.dropOn(QStringLiteral("Convert one.qcow2…")), Qt::CopyAction);
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->document().state(), ImageDocument::State::Ready, 20'000);
    QTRY_COMPARE(m_bench->view().currentPage(), PageId::Convert);
    QCOMPARE(listed(), QStringList{path("one.qcow2")});
    QVERIFY(m_bench->jobs().jobs().isEmpty()); // nothing starts
}

void TestDrops::convertsOnAWindowWithAnImage()
{
    QVERIFY(open("one.qcow2"));
    Drag drag(window(), QStringList{path("other.qcow2")});
    QCOMPARE(drag.dropOn(QStringLiteral("Convert other.qcow2…")), Qt::CopyAction);
    QTRY_COMPARE(m_bench->view().currentPage(), PageId::Convert);
    QTRY_COMPARE(listed(), QStringList{path("other.qcow2")});
    QCOMPARE(m_bench->document().name(), QStringLiteral("one.qcow2"));
    QVERIFY(m_bench->jobs().jobs().isEmpty());
}

void TestDrops::convertsSeveral()
{
    Drag drag(window(), QStringList{path("one.qcow2"), path("same.vdi"), path("other.qcow2")});
    QCOMPARE(drag.dropOn(QStringLiteral("Convert 3 image")), Qt::CopyAction);
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->document().state(), ImageDocument::State::Ready, 20'000);
    QTRY_COMPARE(m_bench->view().currentPage(), PageId::Convert);
    QTRY_COMPARE(listed(), (QStringList{path("one.qcow2"), path("same.vdi"), path("other.qcow2")}));
    QStringList many;
    for (int i = 0; i <= DropPlan::mostConversions; ++i)
        many << path(QStringLiteral("%1.qcow2").arg(i));
    Drag tooMany(window(), many);
    m_bench->view().showPage(PageId::Overview);
    tooMany.enter({10, 10});
    QCOMPARE(tooMany.move(tooMany.zone(QStringLiteral("Convert"))), Qt::IgnoreAction);
    QVERIFY(tooMany.overlay().accessibleName().contains(QStringLiteral("At most 100")));
    tooMany.leave();
}

void TestDrops::joinsTheListOfThePageConvert()
{
    QVERIFY(open("one.qcow2"));
    m_bench->view().showPage(PageId::Convert);
    ConversionChoice vdi;
    vdi.format = "vdi";
    m_bench->view().convertPage().list().choose(vdi);
    Drag drag(window(), QStringList{path("same.vdi"), path("other.qcow2")});
    drag.enter({10, 10});
    QCOMPARE(drag.words(), QStringList{QStringLiteral("Convert to VDI: joins the list")});
    QCOMPARE(drag.drop({10, 10}), Qt::CopyAction);
    QTRY_COMPARE(listed(), (QStringList{path("one.qcow2"), path("same.vdi"), path("other.qcow2")}));
    QTRY_VERIFY(m_bench->text(QStringLiteral("together")).contains(QStringLiteral("Expected")));
    QVERIFY(m_bench->jobs().jobs().isEmpty());
    QVERIFY(WindowBench::click(m_bench->view(), QStringLiteral("Convert 3 image(s)")));
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->jobs().count(QueuedJob::State::Done), 3, 60'000);
    for (const auto& [from, to] : {std::pair{"one.qcow2", "one.vdi"}, {"same.vdi", "same-2.vdi"},
             {"other.qcow2", "other.vdi"}}) {
        qemuImg({"compare", path(from), path(to)});
        QFile::remove(path(to));
    }
}

void TestDrops::addsTheImagesOfAFolderToTheList()
{
    QVERIFY(open("one.qcow2"));
    m_bench->view().showPage(PageId::Convert);
    Drag drag(window(), QStringList{path("images")});
    drag.enter({10, 10});
    QTRY_VERIFY(drag.move({12, 12}) == Qt::CopyAction
        && drag.words() == QStringList{QStringLiteral("Add the images in it to the list")});
    drag.drop({12, 12});
    QTRY_COMPARE(
        listed(), (QStringList{path("one.qcow2"), path("images/a.qcow2"), path("images/unnamed")}));
    QVERIFY(m_bench->jobs().jobs().isEmpty());
}

void TestDrops::comparesEqualImages()
{
    QVERIFY(open("one.qcow2"));
    CompareDialog* dialog = compareWith("same.vdi");
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->comparison().result(), 20'000);
    QCOMPARE(dialog->comparison().result()->outcome, CompareResult::Outcome::Same);
    QVERIFY(!m_bench->text(QStringLiteral("reads the same from both")).isEmpty());
    QVERIFY(!WindowBench::button(*dialog, QStringLiteral("Show the place")));
    QCOMPARE(layoutFaults(*dialog), QStringList());
    QVERIFY(WindowBench::click(*dialog, QStringLiteral("Copy")));
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("the same")));
    // The same as the command line says.
    QCOMPARE(platterCli({"compare", path("one.qcow2"), path("same.vdi")}).exitCode, 0);
}

void TestDrops::comparesDifferentImages()
{
    QVERIFY(open("one.qcow2"));
    QPointer<CompareDialog> dialog = compareWith("other.qcow2");
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->comparison().result(), 20'000);
    QCOMPARE(dialog->comparison().result()->at, GuestOffset{5 << 20});
    QVERIFY(!m_bench->text(shownOffset(5 << 20)).isEmpty());
    QCOMPARE(layoutFaults(*dialog), QStringList());
    QVERIFY(WindowBench::click(*dialog, QStringLiteral("Show the place")));
    QTRY_VERIFY(!dialog);
    QCOMPARE(m_bench->view().currentPage(), PageId::Map);
    QCOMPARE(m_bench->document().selection().guest, std::optional{GuestOffset{5 << 20}});
}

void TestDrops::comparesAfterConsent()
{
    QVERIFY(open("one.qcow2"));
    CompareDialog* dialog = compareWith("top.qcow2");
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(
        WindowBench::button(*dialog, QStringLiteral("Open named files…")), 20'000);
    QVERIFY(!dialog->comparison().result());
    QCOMPARE(layoutFaults(*dialog), QStringList());
    QVERIFY(WindowBench::click(*dialog, QStringLiteral("Open named files…")));
    auto* consent = dialog->findChild<ConsentDialog*>();
    QVERIFY(consent);
    consent->accept();
    QTRY_VERIFY_WITH_TIMEOUT(dialog->comparison().result(), 20'000);
    QCOMPARE(dialog->comparison().result()->outcome, CompareResult::Outcome::Same);
}

void TestDrops::comparesByMenuOnlyWhatCanBeRead()
{
    QAction* action = window().actionSet().find(QStringLiteral("image.compare"));
    QVERIFY(!action->isEnabled());
    QVERIFY(open("locked.qcow2"));
    QVERIFY(!action->isEnabled());
    QVERIFY(action->toolTip().contains(QStringLiteral("locked")));
    // The zone says the same, and takes nothing.
    Drag drag(window(), QStringList{path("one.qcow2")});
    drag.enter({10, 10});
    const QPoint at = drag.zone(QStringLiteral("Compare"));
    QCOMPARE(drag.move(at), Qt::IgnoreAction);
    QVERIFY(drag.overlay().accessibleName().contains(QStringLiteral("locked")));
    drag.leave();
    QVERIFY(open("one.qcow2"));
    QTRY_VERIFY(action->isEnabled());
    action->trigger();
    auto* files = window().findChild<QFileDialog*>();
    QVERIFY(files);
    emit files->fileSelected(path("same.vdi"));
    files->close();
    auto* dialog = window().findChild<CompareDialog*>();
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->comparison().result(), 20'000);
}

void TestDrops::comparisonOfALockedImageAsks()
{
    QVERIFY(open("one.qcow2"));
    CompareDialog* dialog = compareWith("locked.qcow2");
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(WindowBench::button(*dialog, QStringLiteral("Unlock…")), 20'000);
    QVERIFY(!dialog->comparison().result());
    dialog->comparison().second().unlock("horse");
    QTRY_VERIFY_WITH_TIMEOUT(dialog->comparison().result(), 20'000);
    QCOMPARE(dialog->comparison().result()->outcome, CompareResult::Outcome::ContentDiffers);
}

void TestDrops::readsTheZonesInBothDirections()
{
    QVERIFY(open("one.qcow2"));
    Drag drag(window(), QStringList{path("other.qcow2")});
    drag.enter({10, 10});
    QVERIFY(drag.overlay().zoneRect(0).left() < drag.overlay().zoneRect(1).left());
    drag.leave();
    QApplication::setLayoutDirection(Qt::RightToLeft);
    drag.enter({10, 10});
    QVERIFY(drag.overlay().zoneRect(0).left() > drag.overlay().zoneRect(1).left());
    drag.leave();
}

void TestDrops::overlayCanBeRead_data()
{
    QTest::addColumn<Theme::Choice>("theme");
    QTest::newRow("light") << Theme::Choice::Light;
    QTest::newRow("dark") << Theme::Choice::Dark;
}

/// Words that stand out from their ground, in zones that are marked, not marked and refused.
void TestDrops::overlayCanBeRead()
{
    QFETCH(Theme::Choice, theme);
    Theme::choose(theme);
    for (const auto& [text, ground] : {std::pair{Token::Text, Token::NoteGround},
             {Token::Text, Token::Surface}, {Token::WarningText, Token::WarningGround}}) {
        const auto light = [](const QColor& colour) {
            const auto linear = [](double value) {
                return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
            };
            return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF())
                + 0.0722 * linear(colour.blueF());
        };
        const double a = light(Theme::color(text));
        const double b = light(Theme::color(ground));
        QVERIFY((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05) >= 4.5);
    }
    Theme::choose(Theme::Choice::Light);
}

void TestDrops::dragsTheFileOutOfTheHead()
{
    QVERIFY(open("one.qcow2"));
    QWidget* name = nullptr;
    for (QLabel* label : m_bench->view().findChildren<QLabel*>()) {
        if (label->text() == QLatin1String("one.qcow2")
            && label->cursor().shape() == Qt::OpenHandCursor)
            name = label;
    }
    QVERIFY(name);
    QTest::mousePress(name, Qt::LeftButton, {}, {10, 5});
    QMouseEvent move(QEvent::MouseMove, QPointF(40, 5), name->mapToGlobal(QPointF(40, 5)),
        Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(name, &move); // without a screen the drag is over at once
    const auto drags = name->findChildren<QDrag*>();
    QCOMPARE(drags.size(), 1);
    QCOMPARE(
        drags.front()->mimeData()->urls(), QList<QUrl>{QUrl::fromLocalFile(path("one.qcow2"))});
    QCOMPARE(drags.front()->supportedActions(), Qt::DropActions{Qt::CopyAction});
    QTest::mouseRelease(name, Qt::LeftButton);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    // A click alone drags nothing.
    QTest::mouseClick(name, Qt::LeftButton);
    QVERIFY(name->findChildren<QDrag*>().isEmpty());
    QVERIFY(QFile::exists(path("one.qcow2")));
}

void TestDrops::copiesTheAddress()
{
    QVERIFY(open("one.qcow2"));
    window().actionSet().find(QStringLiteral("edit.copyAddress"))->trigger();
    const QMimeData* copied = QGuiApplication::clipboard()->mimeData();
    QCOMPARE(copied->urls(), QList<QUrl>{QUrl::fromLocalFile(path("one.qcow2"))});
    QCOMPARE(copied->text(), path("one.qcow2"));
}

PLATTER_GUI_MAIN(TestDrops)
#include "tst_drops.moc"
