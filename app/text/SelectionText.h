// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

namespace platter::app {

/// The selection in every address space where it is known: "0x5_0000 · L2 table 3, entry 12 →
/// guest 0x6000_0000". `image` names snapshot and bitmap; it may be nullptr.
QString shownSelection(const Selection& selection, const Image* image);

/// "0x50000": the place in the file, else on the guest's disk, as a program takes it; empty: none.
QString plainOffset(const Selection& selection);

} // namespace platter::app
