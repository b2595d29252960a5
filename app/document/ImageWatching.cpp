// SPDX-License-Identifier: GPL-3.0-or-later
// What a document does when its files change.
#include "app/document/ImageDocument.h"

#include "app/text/CoreText.h"

#include <algorithm>
#include <chrono>

namespace platter::app {

namespace {

    /// Between two readings of a file that a machine is running from.
    constexpr std::chrono::seconds leastBetweenReadings{5};

    bool sameHolders(const FileUse& a, const FileUse& b)
    {
        return a.mayBeWritten == b.mayBeWritten && a.writingForbidden == b.writingForbidden
            && a.readingForbidden == b.readingForbidden
            && std::equal(a.holders.begin(), a.holders.end(), b.holders.begin(), b.holders.end(),
                [](const FileHolder& x, const FileHolder& y) { return x.pid == y.pid; });
    }

    bool sameNews(const std::vector<FileNews>& a, const std::vector<FileNews>& b)
    {
        return std::equal(
            a.begin(), a.end(), b.begin(), b.end(), [](const FileNews& x, const FileNews& y) {
                return x.name == y.name && x.look.fate == y.look.fate
                    && x.look.problem == y.look.problem;
            });
    }

} // namespace

bool ImageDocument::mayChange() const
{
    return m_opened.use.mayBeWritten || m_dataFileUse.mayBeWritten
        || std::any_of(m_chain.begin(), m_chain.end(),
            [](const ChainLink& link) { return link.opened && link.opened->use.mayBeWritten; });
}

void ImageDocument::lookNow()
{
    m_watcher->lookNow();
}

void ImageDocument::watchFiles()
{
    std::vector<FileWatcher::File> files;
    files.reserve(m_chain.size() + 2);
    files.push_back({m_opened.path, m_opened.file, m_opened.stamp});
    if (const auto data = attachedDataFile(m_opened))
        files.push_back({data->name(), data, m_dataFileState});
    for (const ChainLink& link : m_chain) {
        if (link.opened)
            files.push_back({link.opened->path, link.opened->file, link.opened->stamp});
    }
    m_lastLook.clear();
    m_watcher->watch(std::move(files));
}

void ImageDocument::takeLooks(const std::vector<FileWatcher::Look>& looks)
{
    if (m_state != State::Ready)
        return;
    std::vector<FileNews> news;
    for (std::size_t i = 0; i < looks.size(); ++i) {
        if (looks[i].look.fate != FileFate::Same)
            news.push_back(
                {shownPath(m_watcher->files()[i].path.filename()), i == 0, looks[i].look});
    }
    bool otherUse = !sameHolders(looks.front().use, m_opened.use);
    m_opened.use = looks.front().use;
    if (attachedDataFile(m_opened) && looks.size() > 1) {
        otherUse = otherUse || !sameHolders(looks[1].use, m_dataFileUse);
        m_dataFileUse = looks[1].use;
    }
    for (ChainLink& link : m_chain) {
        const auto& files = m_watcher->files();
        for (std::size_t i = 1; link.opened && i < files.size(); ++i) {
            if (files[i].file != link.opened->file || sameHolders(looks[i].use, link.opened->use))
                continue;
            link.opened->use = looks[i].use;
            otherUse = true;
        }
    }
    const bool checkHeld = changedSinceCheck();
    const bool other = !sameNews(news, m_news);
    reloadWhenStill(looks);
    m_news = std::move(news);
    m_lastSeen = looks.front().look.now;
    m_lastLook.clear();
    for (const FileWatcher::Look& look : looks)
        m_lastLook.push_back(look.look.now);
    if (otherUse)
        emit useChanged();
    if (other)
        emit newsChanged();
    if (changedSinceCheck() != checkHeld)
        emit checkChanged();
}

/// Reads again what another program changed, once it has left it alone for one look; of a file that
/// a machine is running from, which may never rest, now and then. A file that became shorter, was
/// replaced or is gone is left to the user: the old state can still be looked at.
void ImageDocument::reloadWhenStill(const std::vector<FileWatcher::Look>& looks)
{
    const bool failedSo = !m_reloadProblem.isEmpty() && looks.front().look.now == m_failedState;
    if (m_loader->isRunning() || failedSo)
        return;
    bool changed = false;
    for (const FileWatcher::Look& look : looks) {
        if (look.look.fate == FileFate::Changed)
            changed = true;
        else if (look.look.fate != FileFate::Same)
            return;
    }
    if (!changed)
        return;
    const bool still = std::equal(looks.begin(), looks.end(), m_lastLook.begin(), m_lastLook.end(),
        [](const FileWatcher::Look& now, const DiskFile::Stamp& then) {
            return now.look.now == then;
        });
    // What the last reading started is let finish: else a large image would never be shown whole.
    const bool due = mayChange() && !isBusy()
        && m_readAt.msecsTo(QDateTime::currentDateTime()) >= 1000 * leastBetweenReadings.count();
    if (due || (still && !mayChange()))
        startLoading();
    else
        m_watcher->lookSoon();
}

} // namespace platter::app
