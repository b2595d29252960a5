// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/jobs/JobQueue.h"
#include "app/window/DropPlan.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"
#include "app/window/StartPage.h"
#include "app/window/WindowSet.h"
#include "core/io/FileLock.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/theme/Theme.h"

#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QDropEvent>
#include <QLineEdit>
#include <QListView>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <sys/inotify.h>
#include <unistd.h>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

/// Counts how often a file is opened, by anybody.
class OpenCounter {
public:
    explicit OpenCounter(const QString& path)
        : m_descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        ::inotify_add_watch(m_descriptor, QFile::encodeName(path).constData(), IN_OPEN);
    }
    ~OpenCounter() { ::close(m_descriptor); }
    OpenCounter(const OpenCounter&) = delete;
    OpenCounter& operator=(const OpenCounter&) = delete;

    bool wasOpened()
    {
        alignas(inotify_event) char buffer[4096];
        return ::read(m_descriptor, buffer, sizeof buffer) > 0;
    }

private:
    int m_descriptor;
};

QString text(const QWidget& window, const QString& part)
{
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains(part))
            return label->text();
    }
    return {};
}

QAction* action(MainWindow& window, const QString& name)
{
    for (QAction* candidate : window.actions()) {
        if (candidate->text().remove(QLatin1Char('&')) == name)
            return candidate;
    }
    return nullptr;
}

QPushButton* button(QWidget& dialog, const QString& name)
{
    for (QPushButton* candidate : dialog.findChildren<QPushButton*>()) {
        if (candidate->text().remove(QLatin1Char('&')) == name && candidate->isVisible())
            return candidate;
    }
    return nullptr;
}

void drop(MainWindow& window, QMimeData& data)
{
    const QPoint middle = window.rect().center();
    QDragEnterEvent enter(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QDropEvent event(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &event);
}

} // namespace

class TestWindow final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();

    void opensAnImageGivenByPath();
    void opensADroppedImage();
    void refusesDroppedText();
    void listsTheImagesOfADroppedFolder();
    void saysWhyAFileDoesNotOpen_data();
    void saysWhyAFileDoesNotOpen();
    void asksBeforeOpeningAsRaw();
    void unlocksWithTheRightPassphraseOnly();
    void opensNoNamedFileBeforeConsent();
    void opensNamedFilesAfterConsent();
    void saysThatABaseIsMissing();
    void looksAtAHeldImageAndSaysSo();
    void cancelsOpening();
    void readsAgainByKey();
    void switchesPagesByKeys();
    void walksBackAndForward();
    void pagesThatAFormatCannotHaveAreAbsent();
    void disabledActionsSayWhy();
    void everyFocusableWidgetHasAName_data();
    void everyFocusableWidgetHasAName();
    void everyLabelShowsPlainText();
    void changesThemeLive();
    void opensSeveralWindows();
    void remembersRecentImages();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void openReady(const QString& name);
    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    std::unique_ptr<RecentImages> m_recent;
    JobQueue m_jobs;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindow::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    QAccessible::setActive(true);

    qemuImg({"create", "-f", "qcow2", path("base.qcow2"), "16M"});
    qemuIo(path("base.qcow2"), {"write -P 1 0 2M"});
    qemuImg({"create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuImg({"snapshot", "-c", "clean", path("top.qcow2")});
    qemuImg({"create", "-f", "qcow2", path("plain.qcow2"), "16M"});
    qemuImg({"create", "-f", "vdi", path("plain.vdi"), "16M"});
    qemuImg({"create", "-f", "raw", path("plain.raw"), "1M"});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=right horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
}

void TestWindow::init()
{
    QSettings().clear();
    m_recent = std::make_unique<RecentImages>();
    m_window = std::make_unique<MainWindow>(*m_recent, m_jobs);
    m_window->setAttribute(Qt::WA_DeleteOnClose, false);
    m_window->resize(1200, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestWindow::cleanup()
{
    m_window.reset();
    m_recent.reset();
}

void TestWindow::openReady(const QString& name)
{
    m_window->openHere(path(name));
    QTRY_COMPARE_WITH_TIMEOUT(m_window->document().state(), ImageDocument::State::Ready, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->document().isBusy(), 10000);
}

void TestWindow::opensAnImageGivenByPath()
{
    QVERIFY(!text(*m_window, QStringLiteral("Drop a disk image here")).isEmpty());
    openReady("plain.qcow2");
    QVERIFY(!text(*m_window, QStringLiteral("Looks fine, not checked yet")).isEmpty());
    QVERIFY(!text(*m_window, QStringLiteral("QCOW2 version 3")).isEmpty());
    QCOMPARE(m_window->windowTitle(), QStringLiteral("plain.qcow2 – Platter"));
}

void TestWindow::opensADroppedImage()
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path("plain.qcow2"))});
    drop(*m_window, data);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->document().state(), ImageDocument::State::Ready, 10000);
}

void TestWindow::refusesDroppedText()
{
    QMimeData words;
    words.setText(QStringLiteral("plain words"));
    QVERIFY(!DropPlan::judge(words, {}).isAccepted());
    QVERIFY(DropPlan::judge(words, {}).refusal.contains(QStringLiteral("not text")));
    QMimeData address;
    address.setUrls({QUrl(QStringLiteral("https://example.org/image.qcow2"))});
    QVERIFY(!DropPlan::judge(address, {}).isAccepted());
    drop(*m_window, address);
    QTest::qWait(50);
    QCOMPARE(m_window->document().state(), ImageDocument::State::Empty);
}

void TestWindow::listsTheImagesOfADroppedFolder()
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(m_folder.path())});
    drop(*m_window, data);
    QListView* list = m_window->startPage().findChild<QListView*>();
    QTRY_VERIFY(list->model() && list->model()->rowCount() >= 5);
    QCOMPARE(m_window->document().state(), ImageDocument::State::Empty);
    QCOMPARE(list->model()->index(0, 0).data().toString(), QStringLiteral("base.qcow2"));
}

void TestWindow::saysWhyAFileDoesNotOpen_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("words");
    QTest::newRow("a file that is not there") << "nothing.qcow2" << QByteArray() << "No such file";
    QTest::newRow("a header with an impossible cluster size")
        << "damaged.qcow2"
        << QByteArray::fromHex("514649fb00000003000000000000000000000000000000ff").append(512, '\0')
        << "cluster_bits";
}

void TestWindow::saysWhyAFileDoesNotOpen()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    QFETCH(QString, words);
    if (!content.isEmpty()) {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    m_window->openHere(path(name));
    QTRY_COMPARE(m_window->document().state(), ImageDocument::State::Failed);
    QVERIFY(!text(*m_window, QStringLiteral("was not opened")).isEmpty());
    QVERIFY(!text(*m_window, words).isEmpty());
    QTest::mouseClick(button(*m_window, QStringLiteral("Copy details")), Qt::LeftButton);
    QVERIFY(QApplication::clipboard()->text().contains(words));
    QVERIFY(button(*m_window, QStringLiteral("Try again")));
    if (!content.isEmpty())
        QFile::remove(path(name));
}

void TestWindow::asksBeforeOpeningAsRaw()
{
    m_window->openHere(path("plain.raw"));
    QTRY_COMPARE(m_window->document().state(), ImageDocument::State::Unknown);
    QVERIFY(!text(*m_window, QStringLiteral("No known signature")).isEmpty());
    QTest::mouseClick(button(*m_window, QStringLiteral("Open as raw")), Qt::LeftButton);
    QTRY_COMPARE(m_window->document().state(), ImageDocument::State::Ready);
    // Others may rest on it, but it has nothing to check.
    QVERIFY(m_window->view().hasPage(PageId::Chain));
    QVERIFY(!m_window->view().hasPage(PageId::Check));
}

void TestWindow::unlocksWithTheRightPassphraseOnly()
{
    openReady("locked.qcow2");
    QVERIFY(m_window->document().isLocked());
    QAction* unlock = action(*m_window, QStringLiteral("Unlock…"));
    QVERIFY(unlock && unlock->isEnabled());
    unlock->trigger();
    QPointer<PassphraseDialog> dialog = m_window->findChild<PassphraseDialog*>();
    QVERIFY(dialog);
    auto* field = dialog->findChild<QLineEdit*>();
    QCOMPARE(field->echoMode(), QLineEdit::Password);
    dialog->findChild<QCheckBox*>()->click();
    QCOMPARE(field->echoMode(), QLineEdit::Normal);

    QTest::keyClicks(field, QStringLiteral("wrong horse"));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(!text(*dialog, QStringLiteral("opens no key slot")).isEmpty(), 20000);
    QVERIFY(m_window->document().isLocked());
    for (const QLabel* label : dialog->findChildren<QLabel*>()) // nothing is cut off
        QVERIFY(!label->isVisible() || label->height() >= label->heightForWidth(label->width()));

    field->clear();
    QTest::keyClicks(field, QStringLiteral("right horse"));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->document().isLocked(), 20000);
    QTRY_VERIFY(!dialog);
    // The list of remarks is made anew each time more is known: its labels come with the next
    // event.
    QTRY_VERIFY(!text(*m_window, QStringLiteral("Unlocked by key slot 0")).isEmpty());
}

void TestWindow::opensNoNamedFileBeforeConsent()
{
    OpenCounter base(path("base.qcow2"));
    openReady("top.qcow2");
    for (const auto& entry : m_window->view().pageList().entries()) {
        m_window->view().showPage(entry.page);
        QTest::qWait(20);
    }
    m_window->document().startCheck();
    QTRY_VERIFY(!m_window->document().isBusy());
    QVERIFY(m_window->document().chainNeedsConsent());

    action(*m_window, QStringLiteral("Open named files…"))->trigger();
    QPointer<ConsentDialog> dialog = m_window->findChild<ConsentDialog*>();
    QVERIFY(dialog);
    auto* paths = dialog->findChild<QPlainTextEdit*>();
    QVERIFY(paths->toPlainText().contains(path("base.qcow2")));
    QTest::mouseClick(button(*dialog, QStringLiteral("Do not open")), Qt::LeftButton);
    QTRY_VERIFY(!dialog);
    QTest::qWait(100);
    QVERIFY(m_window->document().chainNeedsConsent());
    QVERIFY(!base.wasOpened());
}

void TestWindow::opensNamedFilesAfterConsent()
{
    OpenCounter base(path("base.qcow2"));
    openReady("top.qcow2");
    QVERIFY(!base.wasOpened());
    QVERIFY(!m_window->document().openedChain());
    action(*m_window, QStringLiteral("Open named files…"))->trigger();
    QPointer<ConsentDialog> dialog = m_window->findChild<ConsentDialog*>();
    QVERIFY(dialog);
    QTest::mouseClick(button(*dialog, QStringLiteral("Open this file")), Qt::LeftButton);
    QTRY_VERIFY(!m_window->document().chainNeedsConsent());
    QTRY_VERIFY(!m_window->document().isBusy());
    QVERIFY(base.wasOpened());
    QCOMPARE(m_window->document().chain().size(), std::size_t{1});
    QCOMPARE(m_window->document().chain()[0].state, ChainLink::State::Opened);
    QVERIFY(m_window->document().openedChain());
    QCOMPARE(m_window->document().openedChain()->layers.size(), std::size_t{2});
}

void TestWindow::saysThatABaseIsMissing()
{
    qemuImg({"create", "-u", "-f", "qcow2", "-b", "gone.qcow2", "-F", "qcow2", path("orphan.qcow2"),
        "1M"});
    openReady("orphan.qcow2");
    QCOMPARE(m_window->document().chain()[0].state, ChainLink::State::Missing);
    QVERIFY(!text(*m_window, QStringLiteral("is missing")).isEmpty());
    QFile::remove(path("orphan.qcow2"));
}

void TestWindow::looksAtAHeldImageAndSaysSo()
{
    QProcess holder;
    holder.start(QStringLiteral("qemu-io"),
        {QStringLiteral("-f"), QStringLiteral("qcow2"), path("plain.qcow2")});
    QVERIFY(holder.waitForStarted());
    const auto file = DiskFile::open(fromQtPath(path("plain.qcow2")), DiskFile::Access::ReadOnly);
    QTRY_VERIFY_WITH_TIMEOUT(inspectUse(*file).mayBeWritten, 10000);
    openReady("plain.qcow2");
    const QString notice
        = text(*m_window, QStringLiteral("is using it. It may change while you look"));
    QVERIFY(notice.contains(QStringLiteral("qemu-io")));
    QVERIFY(notice.contains(QString::number(holder.processId())));
    holder.write("quit\n");
    QVERIFY(holder.waitForFinished());
    // Looked at again by itself every five seconds.
    QTRY_VERIFY_WITH_TIMEOUT(
        text(*m_window, QStringLiteral("is using it. It may change while you look")).isEmpty(),
        12000);
}

void TestWindow::cancelsOpening()
{
    m_window->openHere(path("plain.qcow2"));
    m_window->document().loader()->cancel();
    QTRY_VERIFY(m_window->document().state() == ImageDocument::State::Failed
        || m_window->document().state() == ImageDocument::State::Ready);
    openReady("plain.qcow2");
}

void TestWindow::readsAgainByKey()
{
    qemuImg({"create", "-f", "qcow2", path("grows.qcow2"), "16M"});
    openReady("grows.qcow2");
    m_window->view().showPage(PageId::Chain);
    qemuImg({"resize", path("grows.qcow2"), "32M"});
    QTest::keyClick(m_window.get(), Qt::Key_F5);
    // What was read stays in view until the new state is there.
    QCOMPARE(m_window->document().state(), ImageDocument::State::Ready);
    QTRY_COMPARE(m_window->document().image()->virtualSize(), Bytes{32 << 20});
    QCOMPARE(m_window->view().currentPage(), PageId::Chain);
}

void TestWindow::switchesPagesByKeys()
{
    openReady("top.qcow2");
    QTest::keyClick(m_window.get(), Qt::Key_5, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Snapshots);
    QTest::keyClick(m_window.get(), Qt::Key_6, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Chain);
    QTest::keyClick(m_window.get(), Qt::Key_8, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Check);
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Overview);
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_window->document().checkReport());
    QCOMPARE(m_window->view().currentPage(), PageId::Check);
    QVERIFY(!text(*m_window, QStringLiteral("Healthy")).isEmpty());
}

void TestWindow::walksBackAndForward()
{
    openReady("top.qcow2");
    m_window->view().showPage(PageId::Snapshots);
    m_window->view().showPage(PageId::Chain);
    QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Snapshots);
    QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Overview);
    QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Snapshots);
}

void TestWindow::pagesThatAFormatCannotHaveAreAbsent()
{
    openReady("plain.vdi");
    QVERIFY(!m_window->view().hasPage(PageId::Snapshots));
    QVERIFY(m_window->view().hasPage(PageId::Check));
    openReady("plain.qcow2");
    QVERIFY(m_window->view().hasPage(PageId::Snapshots));
}

void TestWindow::disabledActionsSayWhy()
{
    const auto everyDisabledOneHasAReason = [&] {
        for (const QAction* candidate : m_window->actions()) {
            if (candidate->isEnabled())
                continue;
            const QString name = candidate->text();
            QVERIFY2(!candidate->statusTip().isEmpty(), qPrintable(name));
            QCOMPARE(candidate->toolTip(), candidate->statusTip());
        }
    };
    everyDisabledOneHasAReason();
    QVERIFY(!action(*m_window, QStringLiteral("Check"))->isEnabled());
    openReady("plain.qcow2");
    everyDisabledOneHasAReason();
    QVERIFY(action(*m_window, QStringLiteral("Check"))->isEnabled());
}

void TestWindow::everyFocusableWidgetHasAName_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("the start page") << QString();
    QTest::newRow("an overlay with snapshots") << "top.qcow2";
    QTest::newRow("an encrypted image") << "locked.qcow2";
    QTest::newRow("a VDI image") << "plain.vdi";
}

void TestWindow::everyFocusableWidgetHasAName()
{
    QFETCH(QString, name);
    const auto walk = [&](const QString& where) {
        for (QWidget* widget : m_window->findChildren<QWidget*>()) {
            if (!widget->isVisible() || (widget->focusPolicy() & Qt::TabFocus) == 0)
                continue;
            QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(interface);
            const QString said = interface->text(QAccessible::Name);
            QVERIFY2(!said.isEmpty(),
                qPrintable(where + QStringLiteral(": ")
                    + QString::fromLatin1(widget->metaObject()->className())));
        }
    };
    if (name.isEmpty()) {
        walk(QStringLiteral("start"));
        return;
    }
    openReady(name);
    for (const auto& entry : m_window->view().pageList().entries()) {
        m_window->view().showPage(entry.page);
        QTest::qWait(20);
        walk(entry.title);
    }
}

void TestWindow::everyLabelShowsPlainText()
{
    openReady("top.qcow2");
    for (const QLabel* label : m_window->findChildren<QLabel*>()) {
        if (!label->text().isEmpty())
            QCOMPARE(label->textFormat(), Qt::PlainText);
    }
}

void TestWindow::changesThemeLive()
{
    openReady("plain.qcow2");
    Theme::choose(Theme::Choice::Dark);
    QCOMPARE(QApplication::palette().color(QPalette::Window),
        Theme::color(Token::Window, Theme::Shade::Dark));
    QTest::qWait(20);
    const QColor dark
        = m_window->grab().toImage().pixelColor(m_window->width() / 2, m_window->height() - 60);
    QVERIFY(dark.lightness() < 80);
    Theme::choose(Theme::Choice::Light);
    QTest::qWait(20);
    const QColor light
        = m_window->grab().toImage().pixelColor(m_window->width() / 2, m_window->height() - 60);
    QVERIFY(light.lightness() > 180);
    QCOMPARE(Theme::choice(), Theme::Choice::Light);
}

void TestWindow::opensSeveralWindows()
{
    WindowSet windows;
    windows.open({path("plain.qcow2"), path("plain.vdi"), path("top.qcow2")});
    const auto opened = [this] {
        QList<MainWindow*> list;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            auto* window = qobject_cast<MainWindow*>(widget);
            if (window && window != m_window.get())
                list << window;
        }
        return list;
    };
    QCOMPARE(opened().size(), 3);
    QStringList images;
    for (MainWindow* window : opened()) {
        QTRY_COMPARE_WITH_TIMEOUT(window->document().state(), ImageDocument::State::Ready, 10000);
        images << toQtPath(window->document().path());
        delete window;
    }
    images.sort();
    QCOMPARE(images, (QStringList{path("plain.qcow2"), path("plain.vdi"), path("top.qcow2")}));
}

void TestWindow::remembersRecentImages()
{
    openReady("plain.qcow2");
    QCOMPARE(m_recent->rowCount(), 1);
    QVERIFY(m_recent->index(0).data(RecentImages::FactsRole).toString().contains("QCOW2"));
    action(*m_window, QStringLiteral("Clear recent images"))->trigger();
    QCOMPARE(m_recent->rowCount(), 0);
}

PLATTER_GUI_MAIN(TestWindow)
#include "tst_window.moc"
