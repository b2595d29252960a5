// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/PageId.h"

#include <QKeySequence>
#include <QString>

#include <utility>
#include <vector>

namespace platter::app {

/// What a page is for and how it is used, in a few plain sentences.
QString pageHelp(PageId page);

/// Keys that a page knows while it has the focus, with what they do. They are no actions: alone,
/// without Ctrl or Alt, they would take letters from every field.
std::vector<std::pair<QString, QString>> pageKeys(PageId page);

} // namespace platter::app
