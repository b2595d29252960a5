// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/NoticeBar.h"
#include "app/window/PageList.h"

#include <QWidget>

#include <map>

class QStackedWidget;

namespace platter::app {

class CheckPage;
class ConvertPage;
class JobQueue;

/// What an image view can be asked to do beside showing: actions that the main window owns.
struct ImageActions {
    QAction* check = nullptr;
    QAction* showFindings = nullptr;
    QAction* reviewRepairs = nullptr;
    QAction* unlock = nullptr;
    QAction* reviewChain = nullptr;
    QAction* showChain = nullptr;
    QAction* reload = nullptr;
    QAction* convert = nullptr;
};

/// A window with an image: sidebar, head, notices, pages.
class ImageView final : public QWidget {
    Q_OBJECT

public:
    ImageView(ImageDocument& document, const ImageActions& actions, JobQueue& jobs,
        QWidget* parent = nullptr);

    bool hasPage(PageId page) const { return m_list->rowOf(page) >= 0; }
    PageId currentPage() const { return m_current; }
    const PageListModel& pageList() const { return *m_list; }
    QWidget* pageWidget(PageId page) const { return m_pages.at(page); }
    NoticeBar& noticeBar() const { return *m_notices; }
    CheckPage& checkPage() const { return *m_checkPage; }
    ConvertPage& convertPage() const { return *m_convertPage; }

    /// News that do not come from the document; they stay until others replace them.
    void setNews(std::vector<NoticeBar::Notice> news);

public slots:
    void showPage(platter::app::PageId page);
    /// Moves the focus between sidebar, head and page.
    void focusNextPane(int direction);

signals:
    void currentPageChanged(platter::app::PageId page);
    void commandsChanged(); ///< the page in view can do something that it could not, or no longer

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refreshPages();
    void refreshMarks();
    void refreshHead();
    void refreshNotices();

    ImageDocument& m_document;
    ImageActions m_actions;
    PageListModel* m_list;
    PageList* m_sidebar;
    TextLabel* m_name;
    TextLabel* m_facts;
    std::vector<ActionButton*> m_buttons;
    NoticeBar* m_notices;
    std::vector<NoticeBar::Notice> m_news;
    QStackedWidget* m_stack;
    CheckPage* m_checkPage;
    ConvertPage* m_convertPage;
    std::map<PageId, QWidget*> m_pages;
    PageId m_current = PageId::Overview;
};

} // namespace platter::app
