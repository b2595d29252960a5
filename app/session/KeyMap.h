// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QList>
#include <QString>

#include <optional>

namespace platter::app {

/// The keys that the user gave to actions, kept in the settings. An action is known by its id,
/// which is never translated.
namespace KeyMap {

    /// The keys of an action: the user's, else the standard ones.
    QList<QKeySequence> keysOf(const QString& id, const QList<QKeySequence>& standard);
    /// Gives an action another key; an empty sequence: none; nothing: the standard ones again.
    void set(const QString& id, const std::optional<QKeySequence>& key);
    /// Every action has its standard keys again.
    void reset();
    /// Why a key cannot be given to any action, as a sentence; empty: it can.
    QString refusal(const QKeySequence& key);

} // namespace KeyMap

} // namespace platter::app
