// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/formats/ImageWriter.h"

namespace platter::cli {

/// Reads what -o, -c and -S of convert, create and measure say of the image to be made, in
/// qemu-img's words. Throws CommandError naming the option.
NewImage newImageOptions(const Invocation& invocation, const std::string& format);

/// Throws CommandError if the file exists and nobody said --overwrite.
void requireFreeName(const Invocation& invocation, const std::string& target);

} // namespace platter::cli
