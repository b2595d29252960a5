// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace platter::app {

class ImageDocument;

/// What keeps the guest's data of an image from being read.
enum class Hurdle {
    None,
    Reading, ///< the image or its chain is still being opened
    NoSignature, ///< nobody has said that it is raw
    Unreadable, ///< ImageDocument::error() says why
    Locked, ///< no passphrase has been given
    NeedsConsent, ///< it names files that nobody has agreed to
    ChainIncomplete, ///< a file that it rests on is missing or cannot be used
};

Hurdle hurdleOf(const ImageDocument& document);

/// What the hurdle of the document is, as a sentence; empty without one.
QString hurdleText(const ImageDocument& document);

/// What can be done about a hurdle, as words for a button; empty: nothing in this place.
QString hurdleAct(Hurdle hurdle);

} // namespace platter::app
