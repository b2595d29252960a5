// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

namespace platter::app {

/// What became of a file since it was read, as a sentence or two.
QString newsText(const FileNews& news, const QDateTime& readAt);

/// "qemu-system-x86 (pid 4211), qemu-nbd (pid 17)"; empty: the system does not tell.
QString holdersText(const std::vector<FileHolder>& holders);

} // namespace platter::app
