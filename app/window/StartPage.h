// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/RecentImages.h"

#include <QWidget>

class QListView;

namespace platter::app {

class ActionButton;
class JobQueue;
class NoticeBar;
class TextLabel;

/// A window without an image: where to drop one, recent images, or the images of a dropped folder.
class StartPage final : public QWidget {
    Q_OBJECT

public:
    StartPage(RecentImages& recent, JobQueue& jobs, QAction& open, QAction& clearRecent,
        QWidget* parent = nullptr);

    /// Lists images instead of the recent ones. @param folder in which they lie; empty: in several
    void showFolder(const QString& folder, const QStringList& images);

    /// Offers to open again what was open when the program ended without being left.
    void offerReopen(const QStringList& images);

signals:
    void openRequested(const QString& path);
    void reopenRequested(const QStringList& paths);

private:
    void refreshRecent();
    void openIndex(const QModelIndex& index);

    RecentImages& m_recent;
    NoticeBar* m_offer;
    TextLabel* m_listHeading;
    QListView* m_list;
    ActionButton* m_clear;
};

} // namespace platter::app
