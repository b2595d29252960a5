// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/PageId.h"

#include <QDialog>

#include <optional>

namespace platter::app {

class ActionSet;

/// What the page in view is for, and every key.
class KeysDialog final : public QDialog {
    Q_OBJECT

public:
    KeysDialog(const ActionSet& actions, std::optional<PageId> page, QWidget* parent = nullptr);
};

} // namespace platter::app
