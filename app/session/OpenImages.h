// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace platter::app {

/// Which images are open, kept in the settings, so that they can be opened again: at every start if
/// the user wants it, and as an offer after the program did not end as it should.
class OpenImages final {
public:
    struct LastTime {
        QStringList images; ///< open when the program was last left
        QStringList interrupted; ///< open in a program that ended without leaving
    };

    /// Reads what was open last time and begins this time's own list.
    static LastTime begin();
    /// Keeps the present list; an empty one does not replace what was open last.
    static void keep(const QStringList& images);
    /// The program is left as it should be.
    static void end();
};

} // namespace platter::app
