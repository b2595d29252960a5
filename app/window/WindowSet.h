// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/MainWindow.h"

#include <QObject>

namespace platter::app {

/// Makes the windows of the program; each destroys itself when closed.
class WindowSet final : public QObject {
    Q_OBJECT

public:
    explicit WindowSet(QObject* parent = nullptr);

    /// A window for each image, at most DropPlan::mostWindows; an empty one without images.
    void open(const QStringList& paths);
    MainWindow* createWindow();
    RecentImages& recent() { return m_recent; }

private:
    RecentImages m_recent;
};

} // namespace platter::app
