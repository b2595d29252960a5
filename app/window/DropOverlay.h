// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMimeData>
#include <QStringList>
#include <QWidget>

namespace platter::app {

/// What dropping something would do.
struct DropPlan {
    QStringList paths; ///< local files and folders; empty: refused
    QString words; ///< what will happen, or why nothing will

    static constexpr int mostWindows = 8;

    bool isAccepted() const { return !paths.isEmpty(); }
    /// Judges by kind and number alone: touches no file.
    static DropPlan judge(const QMimeData& data);
};

/// Says, while something hovers over the window, what dropping it would do.
class DropOverlay final : public QWidget {
    Q_OBJECT

public:
    explicit DropOverlay(QWidget* window);
    void showPlan(const DropPlan& plan);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    DropPlan m_plan;
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

} // namespace platter::app
