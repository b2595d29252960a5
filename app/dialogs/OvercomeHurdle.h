// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace platter::app {

class ImageDocument;

/// Does what hurdleAct() says: opens the dialog that asks for it, or reads the file again.
void overcomeHurdle(ImageDocument& document, QWidget& parent);

} // namespace platter::app
