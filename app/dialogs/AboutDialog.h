// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace platter::app {

/// What Platter is, its licence, and the licences of what it is made with.
class AboutDialog final : public QDialog {
    Q_OBJECT

public:
    explicit AboutDialog(QWidget* parent = nullptr);
};

} // namespace platter::app
