// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace platter::app {

/// What a page shows when there is nothing to show: one line what there could be.
class EmptyHint final : public QWidget {
    Q_OBJECT

public:
    EmptyHint(
        const QString& icon, const QString& title, const QString& text, QWidget* parent = nullptr);
};

} // namespace platter::app
