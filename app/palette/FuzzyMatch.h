// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace platter::app {

/// Lower case, so that a match need not fold both sides each time.
QString folded(const QString& text);

/// How well `text` fits what was typed, both folded; the larger the better. Each word of the query
/// must be found: best at the beginning of a word, else anywhere, else its letters in order.
/// Nothing: it does not fit. An empty query fits everything alike.
std::optional<int> matchScore(QStringView query, QStringView text);

} // namespace platter::app
