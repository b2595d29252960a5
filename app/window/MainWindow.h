// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/ProblemWalk.h"
#include "app/pages/PageCommands.h"
#include "app/window/ImageView.h"
#include "app/window/PageHistory.h"
#include "app/window/RecentImages.h"

#include <QMainWindow>

class QLabel;
class QStackedWidget;

namespace platter::app {

class ActionSet;
class CommandPalette;
class JobQueue;
class ReportSaver;
class SelectionCopier;
class StartPage;
class WindowDrops;
class WindowJobs;
class WindowMemory;

/// One window: one image, or the start page.
class MainWindow final : public QMainWindow {
    Q_OBJECT

public:
    /// `recent` and `jobs` are shared by all windows and outlive them.
    MainWindow(RecentImages& recent, JobQueue& jobs, QWidget* parent = nullptr);
    ~MainWindow() override;

    ImageDocument& document() { return m_document; }
    ImageView& view() { return *m_view; }
    StartPage& startPage() { return *m_start; }
    RecentImages& recent() { return m_recent; }
    JobQueue& jobs() { return m_jobs; }
    WindowJobs& windowJobs() const { return *m_windowJobs; }
    const ActionSet& actionSet() const { return *m_actions; }
    const PageHistory& history() const { return m_history; }
    const SelectionCopier& copier() const { return *m_copier; }
    const WindowDrops& drops() const { return *m_drops; }
    CommandPalette& commandPalette() const { return *m_palette; }
    ReportSaver& reportSaver() const { return *m_reportSaver; }

    bool hasImage() const;
    /// What the page in view can be asked; nullptr: nothing, or there is no page.
    PageCommands* pageCommands() const;

    /// Opens an image in this window.
    void openHere(const QString& path);
    /// Opens an image in this window as a format, whatever its signature says.
    void openHereAs(const QString& path, const std::string& formatId);
    bool isEmpty() const { return m_document.state() == ImageDocument::State::Empty; }

public slots:
    /// The first one here if the window is empty, the others elsewhere.
    void openPaths(const QStringList& paths);
    void chooseFiles();
    /// Asks for a folder and lists the images in it.
    void chooseFolder();
    /// Lists images for choosing, here if the window is empty, else in another one. @param folder
    /// in which they lie; empty: in several
    void showImages(const QString& folder, const QStringList& images);
    /// Asks for another image and compares what their guests read.
    void chooseForComparison();
    void compareWith(const QString& path);
    /// Goes to the page Convert with these images; there they join the list. An empty window opens
    /// the first of them.
    void convertPaths(const QStringList& paths);
    void askPassphrase();
    void reviewChain();
    void showAbout();
    void showKeys();
    void showSettings();
    void showPalette();
    void showGoTo();
    void copy(platter::app::CopyForm form);
    void showCopyMenu();
    void goToProblem(platter::app::Direction direction);
    void goBack();
    void goForward();

signals:
    /// The whole program is to be left.
    void quitRequested();
    /// Images for other windows.
    void openElsewhere(const QStringList& paths);
    /// Images for the page Convert of another window.
    void convertElsewhere(const QStringList& paths);
    /// Images to be listed in another window.
    void folderElsewhere(const QString& folder, const QStringList& images);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void createStatusBar();
    void connectDocument();
    void refresh();
    void refreshActions();
    void refreshRecentMenu();
    void rememberImage();
    void refreshNews();
    void visitPage(PageId page);
    void returnTo(const PageHistory::Place& place);

    RecentImages& m_recent;
    JobQueue& m_jobs;
    ImageDocument m_document;
    ActionSet* m_actions;
    WindowJobs* m_windowJobs;
    SelectionCopier* m_copier;
    JobRunner* m_folderReader;
    ReportSaver* m_reportSaver;
    QStackedWidget* m_stack;
    StartPage* m_start;
    ImageView* m_view;
    WindowDrops* m_drops;
    CommandPalette* m_palette;
    WindowMemory* m_memory;
    QMenu* m_recentMenu;
    QLabel* m_mode = nullptr;
    PageHistory m_history;
    QStringList m_toConvert; ///< as soon as the first of them is open
    WalkPosition m_problem; ///< to which F8 has led last
    bool m_walkingHistory = false;
    bool m_hasNews = false;
};

} // namespace platter::app
