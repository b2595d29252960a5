// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace platter::app {

/// A notification of the desktop; without one that shows them, the windows ask for attention.
class DesktopNotice final : public QObject {
    Q_OBJECT

public:
    explicit DesktopNotice(QObject* parent = nullptr);

    /// Returns at once; handled() follows. Both are plain text.
    void show(const QString& title, const QString& text);

signals:
    void handled(); ///< it is shown, or could not be
    void activated(); ///< the user clicked it

private slots:
    void invoke(uint id, const QString& action);

private:
    uint m_shown = 0; ///< the desktop's number of the last one
    bool m_listens = false;
};

} // namespace platter::app
