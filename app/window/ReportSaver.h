// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "app/window/NoticeBar.h"

#include <QObject>

#include <filesystem>
#include <vector>

namespace platter::app {

class ImageDocument;

/// Makes a report of the open image and writes it to a file, on a worker: the same bytes that
/// `platter-cli report` writes. Looks into no file that the user has not agreed to.
class ReportSaver final : public QObject {
    Q_OBJECT

public:
    /// `window` is the parent of dialogs and of this.
    ReportSaver(ImageDocument& document, QWidget* window);

    bool isRunning() const { return m_runner->isRunning(); }
    JobRunner* runner() const { return m_runner; }

    /// Asks for a file, proposing NAME-report.html beside the image's name, and saves.
    void chooseFile();
    /// Saves, as JSON if the name ends with .json. A file that exists is replaced: whoever chose
    /// its name was asked about that.
    void save(const std::filesystem::path& path);

    /// What became of the last report; empty: nothing to tell.
    std::vector<NoticeBar::Notice> news() const;

signals:
    void changed(); ///< started, ended, or other news

private:
    void tell(NoticeBar::Notice::Weight weight, const QString& text, QAction* action = nullptr);

    ImageDocument& m_document;
    QWidget* m_window;
    JobRunner* m_runner;
    QAction* m_show; ///< opens the report that was written
    std::filesystem::path m_about; ///< the image of the news
    std::filesystem::path m_saved;
    std::vector<NoticeBar::Notice> m_news;
};

} // namespace platter::app
