// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/MainWindow.h"

#include "app/dialogs/AboutDialog.h"
#include "app/dialogs/CompareDialog.h"
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/KeysDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/dialogs/SettingsDialog.h"
#include "app/document/ImageRepair.h"
#include "app/pages/CheckPage.h"
#include "app/pages/ConvertPage.h"
#include "app/palette/CommandPalette.h"
#include "app/text/CoreText.h"
#include "app/window/ActionSet.h"
#include "app/window/DropOverlay.h"
#include "app/window/JobStrip.h"
#include "app/window/JobsDrawer.h"
#include "app/window/PlaceBar.h"
#include "app/window/QueueStrip.h"
#include "app/window/ReportSaver.h"
#include "app/window/SelectionCopier.h"
#include "app/window/StartPage.h"
#include "app/window/StatePage.h"
#include "app/window/WindowActions.h"
#include "app/window/WindowDrops.h"
#include "app/window/WindowJobs.h"
#include "app/window/WindowMemory.h"

#include <QDateTime>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>

namespace platter::app {

namespace {

    constexpr QSize leastSize{900, 600};
    constexpr QSize firstSize{1200, 780};
    const QString geometryKey = QStringLiteral("window/geometry");
    const QString folderKey = QStringLiteral("window/lastFolder");

} // namespace

MainWindow::MainWindow(RecentImages& recent, JobQueue& jobs, QWidget* parent)
    : QMainWindow(parent)
    , m_recent(recent)
    , m_jobs(jobs)
    , m_actions(new ActionSet{*this})
    , m_windowJobs(new WindowJobs{jobs, *m_actions, *this})
    , m_copier(new SelectionCopier{m_document, this})
    , m_folderReader(new JobRunner{tr("Look through a folder"), this})
    , m_reportSaver(new ReportSaver{m_document, this})
    , m_stack(new QStackedWidget)
    , m_drops(nullptr)
    , m_palette(nullptr)
    , m_memory(nullptr)
    , m_recentMenu(new QMenu{tr("Open &recent"), this})
{
    setAttribute(Qt::WA_DeleteOnClose);
    setAcceptDrops(true);
    setMinimumSize(leastSize);
    resize(firstSize);
    restoreGeometry(QSettings().value(geometryKey).toByteArray());

    addWindowActions(*m_actions, *this);
    m_windowJobs->addActions();
    m_windowJobs->build();
    const auto action = [this](const char* id) { return m_actions->find(QString::fromLatin1(id)); };
    m_start = new StartPage(recent, jobs, *action("file.open"), *action("file.clearRecent"));
    m_view = new ImageView(m_document,
        {action("image.check"), action("image.findings"), action("image.repair"),
            action("image.unlock"), action("image.namedFiles"), action("page.chain"),
            action("file.reload"), action("image.convert")},
        m_jobs);
    m_stack->addWidget(m_start);
    m_stack->addWidget(new StatePage(m_document, *action("file.reload"), *action("file.open")));
    m_stack->addWidget(m_view);
    auto* parts = new QSplitter(Qt::Vertical);
    parts->addWidget(m_stack);
    parts->addWidget(&m_windowJobs->drawer());
    parts->setStretchFactor(0, 1);
    parts->setStretchFactor(1, 0);
    parts->setChildrenCollapsible(false);
    setCentralWidget(parts);
    m_drops = new WindowDrops(*this);
    m_memory = new WindowMemory(m_document, *m_view, this);
    m_palette = new CommandPalette(m_document, *m_actions, *m_view, this);
    m_recentMenu->setToolTipsVisible(true);
    fillMenus(*menuBar(), *m_actions, *m_recentMenu);
    connect(&m_recent, &QAbstractItemModel::modelReset, this, &MainWindow::refreshRecentMenu);
    refreshRecentMenu();
    createStatusBar();
    connectDocument();
    refresh();
}

MainWindow::~MainWindow() = default;

bool MainWindow::hasImage() const
{
    return m_document.state() == ImageDocument::State::Ready && m_document.image();
}

PageCommands* MainWindow::pageCommands() const
{
    return hasImage() ? dynamic_cast<PageCommands*>(m_view->pageWidget(m_view->currentPage()))
                      : nullptr;
}

void MainWindow::createStatusBar()
{
    m_mode = new TextLabel(TextLabel::Rank::Second, tr("Read-only"));
    m_mode->setToolTip(tr("Looking writes nothing."));
    m_mode->setContentsMargins(gap, 0, gap, 0);
    statusBar()->addWidget(m_mode);
    statusBar()->addWidget(new PlaceBar(m_document));
    statusBar()->addPermanentWidget(new JobStrip(m_document));
    statusBar()->addPermanentWidget(&m_windowJobs->strip());
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::connectDocument()
{
    connect(m_start, &StartPage::openRequested, this, &MainWindow::openHere);
    connect(&m_document, &ImageDocument::stateChanged, this, &MainWindow::refresh);
    for (const auto signal :
        {&ImageDocument::imageChanged, &ImageDocument::chainChanged, &ImageDocument::checkChanged})
        connect(&m_document, signal, this, &MainWindow::refreshActions);
    connect(&m_document, &ImageDocument::checkChanged, this, [this] {
        m_problem = {};
        rememberImage();
    });
    connect(&m_document, &ImageDocument::selectionChanged, this, [this] {
        m_actions->refresh();
        // Later, so that a jump to another page leaves the selection of the page before as it was.
        QMetaObject::invokeMethod(
            this, [this] { m_history.select(m_document.selection()); }, Qt::QueuedConnection);
    });
    connect(m_reportSaver, &ReportSaver::changed, this, [this] {
        refreshNews();
        refreshActions();
    });
    connect(&m_document.repair(), &ImageRepair::changed, this, [this] {
        refreshNews();
        for (const char* id : {"image.repair", "edit.undo"}) // all of them take a frame
            m_actions->refreshThose(QString::fromLatin1(id));
    });
    connect(&m_jobs, &JobQueue::changed, this, &MainWindow::refreshNews);
    connect(m_windowJobs, &WindowJobs::openRequested, this,
        [this](const QString& path) { openPaths({path}); });
    refreshNews();
    connect(m_view, &ImageView::currentPageChanged, this, &MainWindow::visitPage);
    connect(m_view, &ImageView::commandsChanged, m_actions, &ActionSet::refresh);
    connect(&m_document, &ImageDocument::pageRequested, this, &MainWindow::visitPage);
}

void MainWindow::refreshNews()
{
    std::vector<NoticeBar::Notice> news = m_reportSaver->news();
    const ImageRepair& repair = m_document.repair();
    if (repair.isInterrupted() && !repair.isWriting()) {
        const auto when = QDateTime::fromMSecsSinceEpoch(repair.lastEdit()->time / 1'000'000);
        news.push_back({NoticeBar::Notice::Weight::Problem,
            tr("An edit of this image was interrupted on %1: it may be neither as it was nor as it "
               "should become.")
                .arg(QLocale().toString(when, QLocale::ShortFormat)),
            m_actions->find(QStringLiteral("edit.undo")), tr("Take it back")});
    }
    const int offered = m_jobs.count(QueuedJob::State::Offered);
    if (offered > 0)
        news.push_back({NoticeBar::Notice::Weight::Note,
            tr("%n conversion(s) were not finished when Platter ended.", nullptr, offered),
            m_actions->find(QStringLiteral("jobs.show")), tr("Show jobs")});
    if (!news.empty() || m_hasNews)
        m_view->setNews(news);
    m_hasNews = !news.empty();
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
        m_history.visit({m_view->currentPage(), m_document.selection()});
        rememberImage();
        if (!m_toConvert.isEmpty())
            convertPaths(std::exchange(m_toConvert, {}));
        break;
    }
    setWindowTitle(state == ImageDocument::State::Empty
            ? QStringLiteral("Platter")
            : QStringLiteral("%1 – Platter").arg(m_document.name()));
    m_mode->setVisible(state == ImageDocument::State::Ready);
    refreshActions();
}

void MainWindow::refreshActions()
{
    m_actions->find(QStringLiteral("image.check"))
        ->setText(hasImage() && m_document.checkReport() ? tr("&Check again") : tr("&Check"));
    m_actions->refresh();
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
    m_recentMenu->addAction(m_actions->find(QStringLiteral("file.clearRecent")));
    refreshActions();
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
    m_recent.remember(
        QFileInfo(toQtPath(m_document.path())).absoluteFilePath(), facts, overview.health);
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

void MainWindow::chooseFolder()
{
    auto* dialog = new QFileDialog(
        this, tr("Look through a folder"), QSettings().value(folderKey).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
        QSettings().setValue(folderKey, folder);
        m_folderReader->start([folder](const JobControl&) { return inspectDropped({folder}); },
            [this](const DroppedFiles& found) {
                for (const DroppedFiles::Folder& one : found.folders)
                    showImages(one.path, one.images);
            });
    });
    dialog->open();
}

void MainWindow::showImages(const QString& folder, const QStringList& images)
{
    if (isEmpty())
        m_start->showFolder(folder, images);
    else
        emit folderElsewhere(folder, images);
}

void MainWindow::chooseForComparison()
{
    auto* dialog = new QFileDialog(
        this, tr("Compare with another image"), QSettings().value(folderKey).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::compareWith);
    dialog->open();
}

void MainWindow::compareWith(const QString& path)
{
    auto* dialog = new CompareDialog(m_document, fromQtPath(path), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::convertPaths(const QStringList& paths)
{
    if (paths.isEmpty())
        return;
    const ImageDocument::State state = m_document.state();
    if (state == ImageDocument::State::Unknown || state == ImageDocument::State::Failed) {
        emit convertElsewhere(paths);
        return;
    }
    if (!hasImage()) {
        if (isEmpty())
            openHere(paths.front());
        m_toConvert = paths;
        return;
    }
    if (m_view->currentPage() == PageId::Convert)
        m_view->convertPage().join(paths);
    else
        m_view->convertPage().take(paths);
    m_view->showPage(PageId::Convert);
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
    m_history.clear();
    m_toConvert.clear();
    m_document.open(fromQtPath(path));
}

void MainWindow::openHereAs(const QString& path, const std::string& formatId)
{
    m_history.clear();
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

void MainWindow::showAbout()
{
    auto* dialog = new AboutDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showKeys()
{
    const auto page = hasImage() ? std::optional{m_view->currentPage()} : std::nullopt;
    auto* dialog = new KeysDialog(*m_actions, page, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showSettings()
{
    auto* dialog = new SettingsDialog(*m_actions, m_recent, m_jobs, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SettingsDialog::keysChanged, this, [this] {
        m_actions->readKeys();
        m_actions->refresh();
    });
    dialog->open();
}

void MainWindow::showPalette()
{
    m_palette->open(PaletteModel::Scope::Everything);
}

void MainWindow::showGoTo()
{
    m_palette->open(PaletteModel::Scope::Places);
}

void MainWindow::copy(CopyForm form)
{
    // The rows of a table count only in the page: in the sidebar nothing is chosen to be copied.
    QWidget* const page = m_view->pageWidget(m_view->currentPage());
    QWidget* const focus = focusWidget();
    m_copier->copy(form, page, page->isAncestorOf(focus) ? focus : nullptr);
}

void MainWindow::showCopyMenu()
{
    if (PageCommands* const page = pageCommands(); page && page->showCopyMenu())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    for (const char* id : {"edit.copyHex", "edit.copyC", "edit.copyJson", "edit.copyOffset"})
        menu->addAction(m_actions->find(QString::fromLatin1(id)));
    menu->popup(mapToGlobal(rect().center()) - QPoint(menu->sizeHint().width() / 2, 0));
}

void MainWindow::goToProblem(Direction direction)
{
    // Pages that show places stay in view; from any other the list of problems comes.
    const auto& report = m_document.checkReport();
    const PageId now = m_view->currentPage();
    CheckPage& list = m_view->checkPage();
    const bool stays = now == PageId::Map || now == PageId::Hex || now == PageId::Header;
    // The row of the list follows what is selected, and can stand on a kind as well.
    const WalkPosition from
        = stays ? positionOf(*report, m_document.selection(), m_problem) : list.position();
    if (stays) {
        const auto next
            = nextProblem(*report, from, direction, {{}, WalkFilter::Places::Known, {}});
        if (next) {
            m_problem = {report->findings[*next].kind, next, {}};
            m_document.reveal(now, *placeOf(report->findings[*next]));
            return;
        }
    }
    const auto next = nextProblem(*report, from, direction, list.walkFilter());
    if (!next)
        return;
    m_problem = {report->findings[*next].kind, next, {}};
    m_view->showPage(PageId::Check);
    list.showFinding(*next);
}

void MainWindow::visitPage(PageId page)
{
    if (m_walkingHistory || page != m_view->currentPage())
        return;
    m_history.visit({page, m_document.selection()});
    refreshActions();
}

void MainWindow::goBack()
{
    if (const auto place = m_history.back())
        returnTo(*place);
}

void MainWindow::goForward()
{
    if (const auto place = m_history.forward())
        returnTo(*place);
}

void MainWindow::returnTo(const PageHistory::Place& place)
{
    m_walkingHistory = true;
    m_document.reveal(place.page, place.selection);
    m_walkingHistory = false;
    refreshActions();
}

void MainWindow::keyPressEvent(QKeyEvent* event)
{
    // Nothing that has the focus wanted it: the selection goes.
    if (event->key() == Qt::Key_Escape && hasImage() && !m_document.selection().isEmpty()) {
        m_document.select({});
        return;
    }
    QMainWindow::keyPressEvent(event);
}

void MainWindow::changeEvent(QEvent* event)
{
    // Another window may have changed keys or look since.
    if (event->type() == QEvent::ActivationChange && isActiveWindow()) {
        m_actions->readKeys();
        m_actions->refresh();
    }
    QMainWindow::changeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    m_drops->enter(*event);
}

void MainWindow::dragMoveEvent(QDragMoveEvent* event)
{
    m_drops->move(*event);
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_drops->leave();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_drops->drop(*event);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    if (m_drops)
        m_drops->overlay().setGeometry(rect());
    QMainWindow::resizeEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    QSettings().setValue(geometryKey, saveGeometry());
    m_memory->keep();
    QMainWindow::closeEvent(event);
}

} // namespace platter::app
