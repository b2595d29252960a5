// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace platter::app {

/// Shows a file in the desktop's file manager, selected if that can; returns at once.
void showInFolder(const QString& path);

} // namespace platter::app
