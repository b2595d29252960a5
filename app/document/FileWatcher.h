// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/io/FileFate.h"
#include "core/io/FileLock.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace platter::app {

/// Looks after open files: what became of them and who uses them.
///
/// Every five seconds, and soon after the system reports a change. Looking reads no content and
/// takes no lock, so that it disturbs no program that holds the files.
class FileWatcher final : public QObject {
    Q_OBJECT

public:
    struct File {
        std::filesystem::path path; ///< by which it was opened
        std::shared_ptr<const DiskFile> file;
        DiskFile::Stamp stamp; ///< when it was read
    };
    struct Look {
        FileLook look;
        FileUse use;
    };

    explicit FileWatcher(QObject* parent = nullptr);
    ~FileWatcher() override;

    /// Looks after these files from now on, instead of others.
    void watch(std::vector<File> files);
    const std::vector<File>& files() const { return m_files; }
    /// Looks now; looked() follows.
    void lookNow();
    /// Looks once more in a second: to see whether what happens has ended.
    void lookSoon();

signals:
    /// One look for each of files(), in their order.
    void looked(const std::vector<platter::app::FileWatcher::Look>& looks);

private:
    void listen();

    std::vector<File> m_files;
    QFileSystemWatcher m_system;
    QTimer m_regular;
    QTimer m_soon;
    bool m_busy = false; ///< a machine runs from one of the files
    JobRunner* m_runner;
};

} // namespace platter::app
