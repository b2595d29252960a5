// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;
class QMenuBar;

namespace platter::app {

class ActionSet;
class MainWindow;

/// Everything that a window can do, once: its text, its keys, and why it cannot be done now.
void addWindowActions(ActionSet& actions, MainWindow& window);

/// Fills the menu bar with every action; `recentMenu` goes below File.
void fillMenus(QMenuBar& bar, const ActionSet& actions, QMenu& recentMenu);

} // namespace platter::app
