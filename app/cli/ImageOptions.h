// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/formats/ImageWriter.h"

#include <functional>
#include <string>

namespace platter::cli {

/// Reads what -o, -c and -S of convert, create and measure say of the image to be made, in
/// qemu-img's words. Throws CommandError naming the option.
NewImage newImageOptions(const Invocation& invocation, const std::string& format);

/// Takes apart "a=b,c=d"; a comma inside a value is written twice, as qemu-img has it.
void eachImageOption(const std::string& text,
    const std::function<void(const std::string& name, const std::string& value)>& take);

/// on or off. Throws CommandError naming `option`.
bool parseSwitch(const std::string& value, const char* option);
/// 2 for "0.10", 3 for "1.1". Throws CommandError naming `option`.
unsigned parseVersion(const std::string& value, const char* option);

/// Throws CommandError if the file exists and nobody said --overwrite.
void requireFreeName(const Invocation& invocation, const std::string& target);

} // namespace platter::cli
