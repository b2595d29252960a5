// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowSet.h"

#include "app/session/Preferences.h"
#include "app/window/DropPlan.h"
#include "app/window/StartPage.h"
#include "app/window/WindowJobs.h"

#include <QFileInfo>

#include <utility>

namespace platter::app {

namespace {

    /// How long an image that is slow to read keeps the next one waiting.
    constexpr std::chrono::milliseconds longestTurn{300};
    constexpr std::chrono::milliseconds timeToPaint{20};

} // namespace

WindowSet::WindowSet(QObject* parent)
    : QObject(parent)
    , m_keeper(m_jobs, UnfinishedJobs::standardFolder())
    , m_guard(m_jobs, m_keeper)
{
    m_jobs.setMostAtOnce(Preferences::jobsAtOnce());
    m_opensNext.setSingleShot(true);
    connect(&m_opensNext, &QTimer::timeout, this, &WindowSet::openNext);
    connect(&m_guard, &QuitGuard::showJobsRequested, this, [this] {
        if (m_windows.isEmpty())
            return;
        m_windows.front()->windowJobs().show();
        m_windows.front()->raise();
        m_windows.front()->activateWindow();
    });
}

WindowSet::~WindowSet()
{
    // They show the jobs and the recent images of this.
    qDeleteAll(std::exchange(m_windows, {}));
}

MainWindow* WindowSet::createWindow()
{
    auto* window = new MainWindow(m_recent, m_jobs);
    connect(window, &MainWindow::openElsewhere, this, &WindowSet::open);
    connect(window, &MainWindow::folderElsewhere, this,
        [this](const QString& folder, const QStringList& images) {
            MainWindow* other = createWindow();
            other->startPage().showFolder(folder, images);
            other->show();
        });
    connect(window, &MainWindow::convertElsewhere, this, [this](const QStringList& paths) {
        MainWindow* other = createWindow();
        other->convertPaths(paths);
        other->show();
    });
    connect(&window->startPage(), &StartPage::reopenRequested, window, &MainWindow::openPaths);
    m_windows << window;
    m_guard.watch(*window);
    connect(window, &QObject::destroyed, this, [this, window] {
        m_windows.removeOne(window);
        keepOpenImages();
    });
    connect(&window->document(), &ImageDocument::stateChanged, this, &WindowSet::keepOpenImages);
    return window;
}

void WindowSet::start(const OpenImages::LastTime& last)
{
    if (Preferences::reopensLastImages() && !last.images.isEmpty()) {
        open(last.images);
        return;
    }
    MainWindow* window = createWindow();
    if (!last.interrupted.isEmpty())
        window->startPage().offerReopen(last.interrupted);
    window->show();
}

void WindowSet::keepOpenImages()
{
    if (m_keeping)
        return;
    m_keeping = true;
    // Later: when all windows close at once, what they showed is what was open last.
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_keeping = false;
            QStringList images;
            for (MainWindow* window : std::as_const(m_windows)) {
                if (window->hasImage())
                    images << QFileInfo(toQtPath(window->document().path())).absoluteFilePath();
            }
            OpenImages::keep(Preferences::remembersImages() ? images : QStringList());
        },
        Qt::QueuedConnection);
}

void WindowSet::open(const QStringList& paths)
{
    if (paths.isEmpty()) {
        createWindow()->show();
        return;
    }
    for (const QString& path : paths.mid(0, DropPlan::mostWindows)) {
        MainWindow* window = createWindow();
        m_toOpen.append({window, path});
        window->show();
    }
    if (!m_opensNext.isActive())
        openNext();
}

/// One image after the other, the next when the first picture of this one has been painted: windows
/// that show theirs already go on answering.
void WindowSet::openNext()
{
    while (!m_toOpen.isEmpty()) {
        const auto [window, path] = m_toOpen.takeFirst();
        if (!window || !window->isEmpty())
            continue; // closed, or used for something else
        window->openHere(path);
        if (m_toOpen.isEmpty())
            return;
        m_opensNext.start(longestTurn);
        connect(&window->document(), &ImageDocument::stateChanged, &m_opensNext,
            [this, opened = window.data()] {
                if (m_opensNext.isActive()
                    && opened->document().state() != ImageDocument::State::Loading)
                    m_opensNext.start(timeToPaint);
            });
        return;
    }
}

} // namespace platter::app
