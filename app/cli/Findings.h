// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/StandardOutput.h"
#include "core/base/Finding.h"
#include "core/io/FileLock.h"

#include <span>
#include <string>

namespace platter::cli {

/// One line for each: "corruption at 0x30000: …".
void printFindings(StandardOutput& out, std::span<const Finding> findings, std::string_view indent);

/// "qemu-system-x86 (process 1234)"; empty: the system does not tell. Escaped.
std::string holdersText(const FileUse& use);

} // namespace platter::cli
