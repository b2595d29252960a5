// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

namespace platter::tests {

/// Changes the times of a file without end for as long as it lives, as if another program wrote it
/// all the time. Each change gets a time of its own, however coarse the clock of the file system
/// is.
class RestlessFile {
public:
    explicit RestlessFile(const QString& file)
        : m_thread([this, name = file.toStdString()] {
            for (std::int64_t second = 1; m_goOn; ++second) {
                const timespec times[2]{{second, 0}, {second, 0}};
                ::utimensat(AT_FDCWD, name.c_str(), times, 0);
                m_begun = true;
            }
        })
    {
        while (!m_begun)
            std::this_thread::yield();
    }
    RestlessFile(const RestlessFile&) = delete;
    RestlessFile& operator=(const RestlessFile&) = delete;
    ~RestlessFile()
    {
        m_goOn = false;
        m_thread.join();
    }

private:
    std::atomic<bool> m_goOn = true;
    std::atomic<bool> m_begun = false;
    std::thread m_thread; // last: it uses the flag
};

} // namespace platter::tests
