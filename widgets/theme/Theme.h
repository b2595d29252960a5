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

/// Light or dark, more contrast, motion: how the whole program looks. Changes show at once.
namespace Theme {

    enum class Choice { System, Light, Dark };
    enum class Shade { Light, Dark };
    enum class Contrast {
        Normal,
        More, ///< frames in the colour of text, plain grounds, patterns on the map
    };
    enum class Motion { System, Full, Reduced };

    /// The colour of a token in a shade.
    QColor color(Token token, Shade shade, Contrast contrast = Contrast::Normal);
    /// The colour of a token in the shade and contrast that are shown now.
    QColor color(Token token);

    Choice choice(); ///< what the user chose; System at first
    Shade shade(); ///< what is shown now
    Contrast contrast(); ///< what is shown now
    /// Each of these chooses, keeps the choice in the settings and repaints the program.
    void choose(Choice choice);
    void choose(Contrast contrast);
    void chooseSystemStyle(bool wanted); ///< the desktop's controls instead of Platter's
    bool usesSystemStyle();

    void choose(Motion motion);
    Motion motion();
    /// How long something that moves takes: `milliseconds`, or none if motion is reduced.
    int motionTime(int milliseconds);

    /// Reads the choices from the settings and applies them; call once after the application
    /// exists.
    void apply();
    /// What the desktop prefers, if it says so; shown while the choice is System.
    void setSystemShade(Shade shade);
    /// Shows a shade and a contrast without keeping them.
    void show(Shade shade, Contrast contrast = Contrast::Normal);

    QPalette palette(Shade shade, Contrast contrast = Contrast::Normal);

} // namespace Theme

} // namespace platter
