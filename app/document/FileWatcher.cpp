// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/FileWatcher.h"

#include "app/window/RecentImages.h"

#include <algorithm>
#include <chrono>

namespace platter::app {

namespace {

    constexpr std::chrono::seconds regularly{5};
    /// After a report of the system, so that a burst of writes is one look.
    constexpr std::chrono::milliseconds soon{300};
    /// The same for a file that a machine is running from: it reports without end.
    constexpr std::chrono::milliseconds lessSoon{2000};
    constexpr std::chrono::milliseconds again{1000};

} // namespace

FileWatcher::FileWatcher(QObject* parent)
    : QObject(parent)
    , m_runner(new JobRunner{tr("Look who uses the file"), this})
{
    m_regular.setInterval(regularly);
    connect(&m_regular, &QTimer::timeout, this, &FileWatcher::lookNow);
    m_soon.setSingleShot(true);
    connect(&m_soon, &QTimer::timeout, this, &FileWatcher::lookNow);
    connect(&m_system, &QFileSystemWatcher::fileChanged, this, [this](const QString& path) {
        // A machine may write thousands of times a second: the file is listened to again after the
        // look.
        m_system.removePath(path);
        if (!m_soon.isActive())
            m_soon.start(m_busy ? lessSoon : soon);
    });
}

FileWatcher::~FileWatcher()
{
    m_runner->disconnect(this);
    delete m_runner;
}

void FileWatcher::watch(std::vector<File> files)
{
    m_runner->drop();
    m_soon.stop();
    if (const QStringList heard = m_system.files(); !heard.isEmpty())
        m_system.removePaths(heard);
    m_files = std::move(files);
    if (m_files.empty()) {
        m_regular.stop();
        return;
    }
    listen();
    m_regular.start();
}

void FileWatcher::listen()
{
    QStringList paths;
    for (const File& file : m_files)
        paths << toQtPath(file.path);
    paths.removeDuplicates();
    const QStringList heard = m_system.files();
    paths.removeIf([&](const QString& path) { return path.isEmpty() || heard.contains(path); });
    if (!paths.isEmpty())
        m_system.addPaths(paths);
}

void FileWatcher::lookSoon()
{
    m_soon.start(again);
}

void FileWatcher::lookNow()
{
    if (m_files.empty() || m_runner->isRunning())
        return;
    m_soon.stop();
    m_runner->start(
        [files = m_files](const JobControl& job) {
            std::vector<Look> looks;
            for (const File& file : files) {
                job.checkStop();
                looks.push_back(
                    {lookAt(*file.file, file.path, file.stamp), inspectUse(*file.file)});
            }
            return looks;
        },
        [this](const std::vector<Look>& looks) {
            // What does not answer is not asked from this thread.
            const bool answers = std::none_of(looks.begin(), looks.end(),
                [](const Look& look) { return look.look.fate == FileFate::Unreachable; });
            if (answers)
                listen();
            m_busy = std::any_of(
                looks.begin(), looks.end(), [](const Look& look) { return look.use.mayBeWritten; });
            emit looked(looks);
        });
}

} // namespace platter::app
