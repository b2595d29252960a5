// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowSet.h"

#include "app/window/StartPage.h"

namespace platter::app {

WindowSet::WindowSet(QObject* parent)
    : QObject(parent)
{
}

MainWindow* WindowSet::createWindow()
{
    auto* window = new MainWindow(m_recent);
    connect(window, &MainWindow::openElsewhere, this, &WindowSet::open);
    connect(window, &MainWindow::folderElsewhere, this,
        [this](const QString& folder, const QStringList& images) {
            MainWindow* other = createWindow();
            other->startPage().showFolder(folder, images);
            other->show();
        });
    return window;
}

void WindowSet::open(const QStringList& paths)
{
    if (paths.isEmpty())
        createWindow()->show();
    for (const QString& path : paths.mid(0, DropPlan::mostWindows)) {
        MainWindow* window = createWindow();
        window->openHere(path);
        window->show();
    }
}

} // namespace platter::app
