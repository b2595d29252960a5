// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMimeData>
#include <QStringList>

#include <vector>

namespace platter::app {

/// What can be done with something that is dropped.
enum class DropAct {
    Open, ///< in this window if it is empty, else in windows of their own
    Compare, ///< with the image of this window
    Convert, ///< goes to the page Convert with them
    List, ///< shows the images in a folder
};

/// The place where something is dropped.
struct DropPlace {
    bool hasWindow = false; ///< the window has a file already, opened or not
    QString imageName; ///< of the image in the window; empty: none is open
    QString whyNotCompared; ///< why its guest's data cannot be read; empty: it can
    QString conversion; ///< the page Convert is in view, and this is what it makes: "QCOW2"
};

/// What dropping something would do: one zone of the window for each thing that can be done.
struct DropPlan {
    static constexpr int mostWindows = 8; ///< opened at once
    static constexpr int mostConversions = 100; ///< in one list
    static constexpr int mostPaths = 1000; ///< more are refused unseen

    struct Zone {
        DropAct act = DropAct::Open;
        QString words; ///< what will happen
        QString refusal{}; ///< why it cannot; empty: it can
    };

    QStringList paths; ///< local files and folders
    QString refusal; ///< why nothing can be done with it
    std::vector<Zone> zones; ///< side by side; none: it is refused

    bool isAccepted() const { return !zones.empty(); }

    /// A plan that only says why not.
    static DropPlan refused(const QString& why);
    /// Judges by kind and number alone, touches no file. @param folders  those of the paths that
    /// are known to be folders
    static DropPlan judge(
        const QMimeData& data, const DropPlace& place, const QStringList& folders = {});
};

/// What dropped paths are, found out on a worker.
struct DroppedFiles {
    struct Folder {
        QString path;
        QStringList images; ///< files with a known signature or an image's suffix, by name
    };
    QStringList files; ///< anything that is not a folder
    QList<Folder> folders;
};

/// Looks at dropped paths; folders one level deep. Does I/O.
DroppedFiles inspectDropped(const QStringList& paths);

/// Those of the paths that are folders. Does I/O.
QStringList foldersAmong(const QStringList& paths);

} // namespace platter::app
