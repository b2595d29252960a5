// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/window/DropOverlay.h"
#include "app/window/ImageView.h"
#include "app/window/RecentImages.h"

#include <QMainWindow>

class QLabel;
class QStackedWidget;
class QToolButton;

namespace platter::app {

class StartPage;

/// One window: one image, or the start page.
class MainWindow final : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(RecentImages& recent, QWidget* parent = nullptr);
    ~MainWindow() override;

    ImageDocument& document() { return m_document; }
    ImageView& view() { return *m_view; }
    StartPage& startPage() { return *m_start; }

    /// Opens an image in this window.
    void openHere(const QString& path);
    /// Opens an image in this window as a format, whatever its signature says.
    void openHereAs(const QString& path, const std::string& formatId);
    bool isEmpty() const { return m_document.state() == ImageDocument::State::Empty; }

signals:
    /// Images for other windows.
    void openElsewhere(const QStringList& paths);
    /// A folder was dropped on a window with an image.
    void folderElsewhere(const QString& folder, const QStringList& images);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    struct Actions;

    void createActions();
    void createMenus();
    QMenu* createThemeMenu();
    void createStatusBar();
    void connectDocument();
    void refresh();
    void refreshActions();
    void refreshRecentMenu();
    void refreshSelection(const Selection& selection);
    void rememberImage();
    void chooseFiles();
    void openPaths(const QStringList& paths);
    void askPassphrase();
    void reviewChain();
    void goTo(PageId page);
    void goThroughHistory(int direction);

    RecentImages& m_recent;
    ImageDocument m_document;
    std::unique_ptr<Actions> m_actions;
    JobRunner* m_dropReader;
    QStackedWidget* m_stack;
    StartPage* m_start;
    ImageView* m_view;
    DropOverlay* m_overlay;
    QMenu* m_recentMenu = nullptr;
    QLabel* m_mode = nullptr;
    QToolButton* m_place = nullptr;
    std::vector<PageId> m_history;
    std::size_t m_historyAt = 0;
    bool m_walkingHistory = false;
};

} // namespace platter::app
