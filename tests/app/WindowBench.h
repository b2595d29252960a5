// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"

#include <QAbstractButton>
#include <QLabel>
#include <QLocale>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace platter::tests {

/// A folder for images and a window to open them in, with settings of its own.
class WindowBench {
public:
    WindowBench()
    {
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
        QLocale::setDefault(QLocale::c());
        app::loadResources();
        m_recent = std::make_unique<app::RecentImages>();
        m_window = std::make_unique<app::MainWindow>(*m_recent, m_jobs);
        m_window->setAttribute(Qt::WA_DeleteOnClose, false);
        m_window->resize(1280, 800);
        m_window->show();
    }

    QString folder() const { return m_folder.path(); }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    app::MainWindow& window() { return *m_window; }
    app::ImageDocument& document() { return m_window->document(); }
    app::JobQueue& jobs() { return m_jobs; }
    app::ImageView& view() { return m_window->view(); }

    /// Opens an image of the folder and waits until nothing is read any more.
    bool open(const QString& name)
    {
        m_window->openHere(path(name));
        return QTest::qWaitFor([this] {
            return document().state() == app::ImageDocument::State::Ready && !document().isBusy();
        });
    }

    /// The text of the first visible label that contains `part`.
    QString text(const QString& part) const
    {
        for (const QLabel* label : m_window->findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(part))
                return label->text();
        }
        return {};
    }

    /// The visible button with these words in `parent`.
    static QAbstractButton* button(QWidget& parent, const QString& words)
    {
        for (QAbstractButton* candidate : parent.findChildren<QAbstractButton*>()) {
            if (candidate->isVisible() && candidate->text().remove(QLatin1Char('&')) == words)
                return candidate;
        }
        return nullptr;
    }

    /// Clicks it; false: there is none.
    static bool click(QWidget& parent, const QString& words)
    {
        QAbstractButton* found = button(parent, words);
        if (found)
            QTest::mouseClick(found, Qt::LeftButton);
        return found != nullptr;
    }

private:
    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    std::unique_ptr<app::RecentImages> m_recent;
    app::JobQueue m_jobs;
    std::unique_ptr<app::MainWindow> m_window;
};

} // namespace platter::tests
