// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowDrops.h"

#include "app/document/Hurdle.h"
#include "app/pages/ConvertPage.h"
#include "app/window/DropOverlay.h"
#include "app/window/MainWindow.h"
#include "app/window/StartPage.h"

#include <QDragEnterEvent>
#include <QStatusBar>
#include <QUrl>

namespace platter::app {

namespace {

    constexpr int wordsStay = 8000; ///< milliseconds

} // namespace

WindowDrops::WindowDrops(MainWindow& window)
    : QObject(&window)
    , m_window(window)
    , m_overlay(new DropOverlay(&window))
    , m_looker(new JobRunner(tr("Look at what is dragged"), this))
    , m_reader(new JobRunner(tr("Look at what was dropped"), this))
{
}

DropPlace WindowDrops::place() const
{
    DropPlace place;
    place.hasWindow = !m_window.isEmpty();
    if (m_window.hasImage()) {
        if (m_window.view().currentPage() == PageId::Convert)
            place.conversion = m_window.view().convertPage().formatName();
        place.imageName = m_window.document().name();
        place.whyNotCompared = hurdleText(m_window.document());
    }
    return place;
}

void WindowDrops::judge(const QDropEvent& event)
{
    // Without the copy action Qt would take another one, and the program that gives the file might
    // then remove it.
    m_overlay->showPlan(event.possibleActions().testFlag(Qt::CopyAction)
            ? DropPlan::judge(*event.mimeData(), place(), m_folders)
            : DropPlan::refused(tr("It can only be moved or linked. Platter moves no files.")));
    m_overlay->pointAt(event.position().toPoint());
}

/// The words are in view even if nothing can be done; then the pointer shows "no".
void WindowDrops::answer(QDropEvent& event) const
{
    const bool can = m_overlay->actAt(event.position().toPoint()).has_value();
    event.setDropAction(can ? Qt::CopyAction : Qt::IgnoreAction);
    event.accept();
}

void WindowDrops::enter(QDragEnterEvent& event)
{
    m_folders.clear();
    judge(event);
    answer(event);
    // A folder can be told from a file by asking the disk only, which may take its time.
    m_looked = m_overlay->plan().paths;
    if (m_looked.isEmpty())
        return;
    m_looker->start([paths = m_looked](const JobControl&) { return foldersAmong(paths); },
        [this](const QStringList& folders) { m_folders = folders; });
}

void WindowDrops::move(QDragMoveEvent& event)
{
    const auto& zones = m_overlay->plan().zones;
    if (!zones.empty()
        && (zones.front().act == DropAct::List)
            == m_folders.isEmpty()) // the disk has answered since
        judge(event);
    m_overlay->pointAt(event.position().toPoint());
    answer(event);
}

void WindowDrops::leave()
{
    m_looker->drop();
    m_overlay->hide();
}

void WindowDrops::drop(QDropEvent& event)
{
    leave();
    answer(event);
    const auto act = m_overlay->actAt(event.position().toPoint());
    if (!act) {
        m_window.statusBar()->showMessage(m_overlay->accessibleName(), wordsStay);
        return;
    }
    m_reader->start(
        [paths = m_overlay->plan().paths](const JobControl&) { return inspectDropped(paths); },
        [this, act = *act](const DroppedFiles& dropped) { perform(act, dropped); });
}

void WindowDrops::perform(DropAct act, const DroppedFiles& dropped)
{
    if (!dropped.folders.isEmpty()) {
        list(dropped);
        return;
    }
    switch (act) {
    case DropAct::Open: m_window.openPaths(dropped.files); break;
    case DropAct::Compare: m_window.compareWith(dropped.files.front()); break;
    case DropAct::Convert: m_window.convertPaths(dropped.files); break;
    case DropAct::List: m_window.showImages({}, dropped.files); break;
    }
}

void WindowDrops::list(const DroppedFiles& dropped)
{
    QStringList images = dropped.files;
    for (const DroppedFiles::Folder& folder : dropped.folders)
        images << folder.images;
    images.removeDuplicates();
    if (m_window.hasImage() && m_window.view().currentPage() == PageId::Convert) {
        m_window.convertPaths(images);
        return;
    }
    const bool one = dropped.folders.size() == 1 && dropped.files.isEmpty();
    m_window.showImages(one ? dropped.folders.front().path : QString(), images);
}

} // namespace platter::app
