// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/MainWindow.h"

#include "app/dialogs/AboutDialog.h"
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/pages/CheckPage.h"
#include "app/text/CoreText.h"
#include "app/window/JobStrip.h"
#include "app/window/PageSpec.h"
#include "app/window/StartPage.h"
#include "app/window/StatePage.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolButton>

namespace platter::app {

namespace {

    constexpr QSize leastSize{900, 600};
    constexpr QSize firstSize{1200, 780};
    const QString geometryKey = QStringLiteral("window/geometry");
    const QString folderKey = QStringLiteral("window/lastFolder");

} // namespace

struct MainWindow::Actions {
    QAction* open = nullptr;
    QAction* clearRecent = nullptr;
    QAction* reload = nullptr;
    QAction* tryAgain = nullptr;
    QAction* lookAgain = nullptr;
    QAction* close = nullptr;
    QAction* quit = nullptr;
    QAction* copyOverview = nullptr;
    QAction* copyPlace = nullptr;
    QAction* unlock = nullptr;
    QAction* reviewChain = nullptr;
    QAction* check = nullptr;
    QAction* stopCheck = nullptr;
    QAction* showFindings = nullptr;
    QAction* nextProblem = nullptr;
    QAction* previousProblem = nullptr;
    QAction* showChain = nullptr;
    QAction* back = nullptr;
    QAction* forward = nullptr;
    QAction* nextPane = nullptr;
    QAction* previousPane = nullptr;
    QAction* about = nullptr;
    std::vector<std::pair<PageId, QAction*>> pages;
};

MainWindow::MainWindow(RecentImages& recent, QWidget* parent)
    : QMainWindow(parent)
    , m_recent(recent)
    , m_actions(std::make_unique<Actions>())
    , m_dropReader(new JobRunner{tr("Look at what was dropped"), this})
    , m_stack(new QStackedWidget)
    , m_overlay(nullptr)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setAcceptDrops(true);
    setMinimumSize(leastSize);
    resize(firstSize);
    restoreGeometry(QSettings().value(geometryKey).toByteArray());

    createActions();
    m_start = new StartPage(recent, *m_actions->open, *m_actions->clearRecent);
    m_view = new ImageView(m_document,
        {m_actions->check, m_actions->showFindings, m_actions->unlock, m_actions->reviewChain,
            m_actions->showChain, m_actions->reload, m_actions->tryAgain, m_actions->lookAgain});
    m_stack->addWidget(m_start);
    m_stack->addWidget(new StatePage(m_document, *m_actions->tryAgain, *m_actions->open));
    m_stack->addWidget(m_view);
    setCentralWidget(m_stack);
    m_overlay = new DropOverlay(this);
    createMenus();
    createStatusBar();
    connectDocument();
    refresh();
}

MainWindow::~MainWindow() = default;

void MainWindow::createActions()
{
    const auto make = [this](const QString& text, const QKeySequence& key, auto slot) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    };
    Actions& a = *m_actions;
    a.open = make(tr("&Open…"), QKeySequence::Open, [this] { chooseFiles(); });
    a.clearRecent = make(tr("&Clear list"), {}, [this] { m_recent.clear(); });
    a.reload = make(tr("&Reload"), QKeySequence(Qt::Key_F5), [this] { m_document.reload(); });
    a.tryAgain = make(tr("Try again"), {}, [this] { m_document.reload(); });
    a.lookAgain = make(tr("Retry"), {}, [this] { m_document.reload(); });
    a.close = make(tr("Close &window"), QKeySequence(Qt::CTRL | Qt::Key_W), [this] { close(); });
    a.quit = make(
        tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [] { QApplication::closeAllWindows(); });
    a.copyOverview = make(tr("Copy &overview"), {},
        [this] { QApplication::clipboard()->setText(overviewText(describeOverview(m_document))); });
    a.copyPlace = make(tr("Copy &place"), {}, [this] {
        const Selection& selection = m_document.selection();
        const std::uint64_t at = selection.host ? selection.host->value
            : selection.guest                   ? selection.guest->value
                                                : 0;
        QApplication::clipboard()->setText(QStringLiteral("0x%1").arg(at, 0, 16));
    });
    a.unlock = make(tr("&Unlock…"), {}, [this] { askPassphrase(); });
    a.reviewChain = make(tr("Open named &files…"), {}, [this] { reviewChain(); });
    a.check = make(tr("&Check"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K), [this] {
        m_document.startCheck();
        goTo(PageId::Check);
    });
    a.stopCheck = make(tr("&Stop check"), {}, [this] { m_document.cancelCheck(); });
    a.showFindings = make(tr("Review findings"), {}, [this] { goTo(PageId::Check); });
    const auto toProblem = [this](int direction) {
        goTo(PageId::Check);
        m_view->checkPage().nextProblem(direction);
    };
    a.nextProblem
        = make(tr("Ne&xt problem"), QKeySequence(Qt::Key_F8), [toProblem] { toProblem(1); });
    a.previousProblem = make(tr("Pre&vious problem"), QKeySequence(Qt::SHIFT | Qt::Key_F8),
        [toProblem] { toProblem(-1); });
    a.showChain = make(tr("Show chain"), {}, [this] { goTo(PageId::Chain); });
    a.back
        = make(tr("&Back"), QKeySequence(Qt::ALT | Qt::Key_Left), [this] { goThroughHistory(-1); });
    a.forward = make(
        tr("&Forward"), QKeySequence(Qt::ALT | Qt::Key_Right), [this] { goThroughHistory(1); });
    a.nextPane
        = make(tr("&Next pane"), QKeySequence(Qt::Key_F6), [this] { m_view->focusNextPane(1); });
    a.previousPane = make(tr("&Previous pane"), QKeySequence(Qt::SHIFT | Qt::Key_F6),
        [this] { m_view->focusNextPane(-1); });
    a.about = make(tr("&About Platter"), {}, [this] {
        auto* dialog = new AboutDialog(this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    });
    for (const PageSpec& page : pageSpecs())
        a.pages.emplace_back(
            page.id, make(page.menuTitle, page.key, [this, id = page.id] { goTo(id); }));
}

void MainWindow::createMenus()
{
    const Actions& a = *m_actions;
    const auto add = [this](const QString& title) {
        QMenu* menu = menuBar()->addMenu(title);
        menu->setToolTipsVisible(true);
        return menu;
    };
    QMenu* file = add(tr("&File"));
    file->addAction(a.open);
    m_recentMenu = file->addMenu(tr("Open &recent"));
    m_recentMenu->setToolTipsVisible(true);
    file->addAction(a.reload);
    file->addSeparator();
    file->addAction(a.close);
    file->addAction(a.quit);

    QMenu* edit = add(tr("&Edit"));
    edit->addAction(a.copyPlace);
    edit->addAction(a.copyOverview);

    QMenu* image = add(tr("&Image"));
    image->addAction(a.check);
    image->addAction(a.stopCheck);
    image->addSeparator();
    image->addAction(a.unlock);
    image->addAction(a.reviewChain);

    QMenu* view = add(tr("&View"));
    view->addMenu(createThemeMenu());

    QMenu* go = add(tr("&Go"));
    for (const auto& [page, action] : a.pages)
        go->addAction(action);
    go->addSeparator();
    for (QAction* action :
        {a.back, a.forward, a.nextProblem, a.previousProblem, a.nextPane, a.previousPane})
        go->addAction(action);

    QMenu* help = add(tr("&Help"));
    help->addAction(a.about);

    connect(&m_recent, &QAbstractItemModel::modelReset, this, &MainWindow::refreshRecentMenu);
    refreshRecentMenu();
}

QMenu* MainWindow::createThemeMenu()
{
    auto* menu = new QMenu(tr("&Theme"), this);
    auto* group = new QActionGroup(menu);
    const std::initializer_list<std::pair<Theme::Choice, QString>> choices{
        {Theme::Choice::System, tr("&System")},
        {Theme::Choice::Light, tr("&Light")},
        {Theme::Choice::Dark, tr("&Dark")},
    };
    for (const auto& [choice, text] : choices) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setChecked(Theme::choice() == choice);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [chosen = choice] { Theme::choose(chosen); });
    }
    // Another window may have changed it since.
    connect(menu, &QMenu::aboutToShow, group,
        [group] { group->actions().at(static_cast<int>(Theme::choice()))->setChecked(true); });
    return menu;
}

void MainWindow::createStatusBar()
{
    m_mode = new TextLabel(TextLabel::Rank::Second, tr("Read-only"));
    m_mode->setToolTip(tr("Looking writes nothing."));
    m_mode->setContentsMargins(gap, 0, gap, 0);
    m_place = new QToolButton;
    m_place->setAutoRaise(true);
    m_place->setAccessibleName(tr("Place in the image"));
    m_place->setToolTip(tr("Copy the offset"));
    connect(m_place, &QToolButton::clicked, m_actions->copyPlace, &QAction::trigger);
    statusBar()->addWidget(m_mode);
    statusBar()->addWidget(m_place);
    statusBar()->addPermanentWidget(new JobStrip(m_document));
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::connectDocument()
{
    connect(m_start, &StartPage::openRequested, this, &MainWindow::openHere);
    connect(&m_document, &ImageDocument::stateChanged, this, &MainWindow::refresh);
    for (const auto signal :
        {&ImageDocument::imageChanged, &ImageDocument::chainChanged, &ImageDocument::checkChanged})
        connect(&m_document, signal, this, &MainWindow::refreshActions);
    connect(&m_document, &ImageDocument::checkChanged, this, &MainWindow::rememberImage);
    connect(&m_document, &ImageDocument::selectionChanged, this, &MainWindow::refreshSelection);
    connect(m_view, &ImageView::currentPageChanged, this, [this](PageId page) {
        if (m_walkingHistory)
            return;
        if (!m_history.empty())
            m_history.resize(m_historyAt + 1);
        m_history.push_back(page);
        m_historyAt = m_history.size() - 1;
        refreshActions();
    });
}

void MainWindow::refresh()
{
    const auto state = m_document.state();
    switch (state) {
    case ImageDocument::State::Empty: m_stack->setCurrentIndex(0); break;
    case ImageDocument::State::Loading:
    case ImageDocument::State::Unknown:
    case ImageDocument::State::Failed: m_stack->setCurrentIndex(1); break;
    case ImageDocument::State::Ready:
        m_stack->setCurrentIndex(2);
        if (m_history.empty())
            m_history = {m_view->currentPage()};
        rememberImage();
        break;
    }
    setWindowTitle(state == ImageDocument::State::Empty
            ? QStringLiteral("Platter")
            : QStringLiteral("%1 – Platter").arg(m_document.name()));
    m_mode->setVisible(state == ImageDocument::State::Ready);
    refreshActions();
    refreshSelection(m_document.selection());
}

void MainWindow::refreshActions()
{
    const Actions& a = *m_actions;
    const bool ready = m_document.state() == ImageDocument::State::Ready && m_document.image();
    const QString noImage = ready ? QString() : tr("Needs an open image");
    for (QAction* action :
        {a.open, a.close, a.quit, a.about, a.tryAgain, a.lookAgain, a.showFindings, a.showChain})
        allow(*action, {});
    allow(*a.clearRecent, m_recent.entries().empty() ? tr("The list is empty") : QString());
    allow(*a.reload,
        m_document.state() == ImageDocument::State::Empty ? tr("Needs an open image") : QString());
    for (QAction* action : {a.copyOverview, a.nextPane, a.previousPane})
        allow(*action, noImage);
    const bool checking = ready && m_document.checker()->isRunning();
    allow(*a.check,
        !ready                       ? noImage
            : checking               ? tr("A check is running")
            : !m_document.canCheck() ? tr("This format has nothing to check")
                                     : QString());
    a.check->setText(ready && m_document.checkReport() ? tr("&Check again") : tr("&Check"));
    allow(*a.stopCheck, checking ? QString() : tr("No check is running"));
    const QString noProblem = ready ? m_view->checkPage().whyNoProblem() : noImage;
    allow(*a.nextProblem, noProblem);
    allow(*a.previousProblem, noProblem);
    allow(*a.unlock,
        !ready                                 ? noImage
            : m_document.isLocked()            ? QString()
            : m_document.image()->encryption() ? tr("It is unlocked already")
                                               : tr("This image is not encrypted"));
    allow(*a.reviewChain,
        !ready                               ? noImage
            : m_document.chainNeedsConsent() ? QString()
            : m_document.hasOtherFiles()     ? tr("Nothing waits for your consent")
                                             : tr("This image names no other file"));
    allow(*a.copyPlace, m_document.selection().isEmpty() ? tr("Nothing is selected") : QString());
    for (const auto& [page, action] : a.pages)
        allow(*action, ready ? whyAbsent(page, m_document) : noImage);
    allow(*a.back, ready && m_historyAt > 0 ? QString() : tr("There is no page to go back to"));
    allow(*a.forward,
        ready && m_historyAt + 1 < m_history.size() ? QString()
                                                    : tr("There is no page to go forward to"));
}

void MainWindow::refreshRecentMenu()
{
    m_recentMenu->clear();
    for (const RecentImages::Entry& entry : m_recent.entries()) {
        QString name = shownPath(fromQtPath(entry.path).filename());
        name.replace(QLatin1Char('&'), QStringLiteral("&&"));
        QAction* action = m_recentMenu->addAction(name);
        action->setToolTip(shownPath(fromQtPath(entry.path)));
        connect(
            action, &QAction::triggered, this, [this, path = entry.path] { openPaths({path}); });
    }
    m_recentMenu->addSeparator();
    m_recentMenu->addAction(m_actions->clearRecent);
    refreshActions();
}

void MainWindow::refreshSelection(const Selection& selection)
{
    QStringList parts;
    if (selection.host)
        parts << shownOffset(selection.host->value);
    if (!selection.structure.isEmpty())
        parts << (selection.field.isEmpty()
                ? selection.structure
                : QStringLiteral("%1, %2").arg(selection.structure, selection.field));
    QString text = parts.join(QStringLiteral(" · "));
    if (selection.guest) {
        const QString guest = tr("guest %1").arg(shownOffset(selection.guest->value));
        text += text.isEmpty() ? guest : QStringLiteral(" → ") + guest;
    }
    m_place->setText(text);
    m_place->setVisible(!text.isEmpty());
    allow(*m_actions->copyPlace, selection.isEmpty() ? tr("Nothing is selected") : QString());
}

void MainWindow::rememberImage()
{
    if (m_document.state() != ImageDocument::State::Ready || m_document.checker()->isRunning())
        return;
    const Overview overview = describeOverview(m_document);
    const QString facts
        = QStringLiteral("%1 · %2 · %3")
              .arg(shownText(m_document.image()->formatName()),
                  shownSize(m_document.image()->virtualSize()), overview.healthTitle);
    m_recent.remember(QFileInfo(toQtPath(m_document.path())).absoluteFilePath(), facts);
}

void MainWindow::chooseFiles()
{
    auto* dialog
        = new QFileDialog(this, tr("Open disk image"), QSettings().value(folderKey).toString(),
            tr("Disk images (*.qcow2 *.qcow *.vdi *.raw *.img)") + QStringLiteral(";;")
                + tr("All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        if (!files.isEmpty())
            QSettings().setValue(folderKey, QFileInfo(files.front()).absolutePath());
        openPaths(files);
    });
    dialog->open();
}

void MainWindow::openPaths(const QStringList& paths)
{
    QStringList rest = paths.mid(0, DropPlan::mostWindows);
    if (isEmpty() && !rest.isEmpty())
        openHere(rest.takeFirst());
    if (!rest.isEmpty())
        emit openElsewhere(rest);
}

void MainWindow::openHere(const QString& path)
{
    m_document.open(fromQtPath(path));
}

void MainWindow::openHereAs(const QString& path, const std::string& formatId)
{
    m_document.openAs(fromQtPath(path), formatId);
}

void MainWindow::askPassphrase()
{
    auto* dialog = new PassphraseDialog(m_document, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::reviewChain()
{
    auto* dialog = new ConsentDialog(m_document, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
        [this, dialog] { m_document.agreeToChain(dialog->consent()); });
    dialog->open();
}

void MainWindow::goTo(PageId page)
{
    m_view->showPage(page);
}

void MainWindow::goThroughHistory(int direction)
{
    const std::size_t next = m_historyAt + static_cast<std::size_t>(direction > 0 ? 1 : -1);
    if (next >= m_history.size())
        return;
    m_historyAt = next;
    m_walkingHistory = true;
    m_view->showPage(m_history[next]);
    m_walkingHistory = false;
    refreshActions();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const DropPlan plan = DropPlan::judge(*event->mimeData());
    m_overlay->showPlan(plan);
    // Accepted even if refused, so that the words stay in view; the pointer shows "no".
    event->setDropAction(plan.isAccepted() ? Qt::CopyAction : Qt::IgnoreAction);
    event->accept();
}

void MainWindow::dragMoveEvent(QDragMoveEvent* event)
{
    const DropPlan plan = DropPlan::judge(*event->mimeData());
    event->setDropAction(plan.isAccepted() ? Qt::CopyAction : Qt::IgnoreAction);
    event->accept();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_overlay->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_overlay->hide();
    const DropPlan plan = DropPlan::judge(*event->mimeData());
    if (!plan.isAccepted()) {
        event->setDropAction(Qt::IgnoreAction);
        event->accept();
        statusBar()->showMessage(plan.words, 8000);
        return;
    }
    event->setDropAction(Qt::CopyAction);
    event->accept();
    m_dropReader->start([paths = plan.paths](const JobControl&) { return inspectDropped(paths); },
        [this](const DroppedFiles& dropped) {
            if (!dropped.files.isEmpty())
                openPaths(dropped.files);
            for (const DroppedFiles::Folder& folder : dropped.folders) {
                if (isEmpty())
                    m_start->showFolder(folder.path, folder.images);
                else
                    emit folderElsewhere(folder.path, folder.images);
            }
        });
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    if (m_overlay)
        m_overlay->setGeometry(rect());
    QMainWindow::resizeEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    QSettings().setValue(geometryKey, saveGeometry());
    QMainWindow::closeEvent(event);
}

} // namespace platter::app
