// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionDraft.h"

#include <QString>

#include <vector>

namespace platter::app {

/// A choice of format and options under a name.
struct ConversionPreset {
    QString name;
    ConversionChoice choice; ///< without what belongs to one image: a snapshot, a backing file
    bool isOwn = false; ///< by the user

    bool operator==(const ConversionPreset&) const = default;
};

/// The presets of the program, then those of the user, which are kept in the settings.
namespace ConversionPresets {

    inline constexpr int mostOwn = 20;

    std::vector<ConversionPreset> all();
    /// Keeps a preset under a name, in place of an own one of that name. @returns why it cannot be
    /// kept; empty: it was
    QString keep(const QString& name, const ConversionChoice& choice);
    void forget(const QString& name);
    /// The first one whose choice is this, apart from what belongs to one image; nullptr: none.
    const ConversionPreset* matching(
        const std::vector<ConversionPreset>& presets, const ConversionChoice& choice);
    /// The choice with the preset's, keeping what belongs to one image.
    ConversionChoice applied(const ConversionPreset& preset, const ConversionChoice& to);

} // namespace ConversionPresets

} // namespace platter::app
