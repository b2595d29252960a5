// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace platter {

/// A colour by what it is for. The values of both themes stand in Theme.cpp and nowhere else.
enum class Token {
    Window,
    Surface,
    Text,
    TextSecond,
    Link, ///< also the focus ring
    Accent, ///< ground for white text
    GoodText,
    GoodGround,
    WarningText,
    WarningGround,
    ProblemText,
    ProblemGround,
    NoteGround,
    ControlEdge,
    Divider,
    MapFree,
    MapData,
    MapZero,
    MapCompressed,
    MapSnapshot,
    MapBacking,
    MapMetadata,
    MapLeaked,
    MapProblem,
    Destructive,
    FieldTint1,
    FieldTint2,
    FieldTint3,
    FieldTint4,
};

/// Light or dark: the colours of the whole program. Changes show at once.
namespace Theme {

    enum class Choice { System, Light, Dark };
    enum class Shade { Light, Dark };

    /// The colour of a token in a shade.
    QColor color(Token token, Shade shade);
    /// The colour of a token in the shade that is shown now.
    QColor color(Token token);

    Choice choice(); ///< what the user chose; System at first
    Shade shade(); ///< what is shown now
    /// Chooses, keeps the choice in the settings and repaints the program.
    void choose(Choice choice);
    /// Reads the choice from the settings and applies it; call once after the application exists.
    void apply();
    /// Shows a shade without keeping it.
    void show(Shade shade);

    QPalette palette(Shade shade);

} // namespace Theme

} // namespace platter
