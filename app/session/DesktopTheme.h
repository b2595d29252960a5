// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QDBusVariant;

namespace platter::app {

/// Asks the desktop's portal whether it prefers light or dark, and follows when that changes.
/// Without a portal nothing happens: the palette that the platform gave decides.
class DesktopTheme final : public QObject {
    Q_OBJECT

public:
    explicit DesktopTheme(QObject* parent = nullptr);

private slots:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);
};

} // namespace platter::app
