// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/disk/BackingChain.h"

#include <string>

namespace platter::cli {

/// Whether a command needs the bytes of the guest, which may be encrypted.
enum class Content { StructureOnly, GuestData };

/// How the command line wants an image opened: locks, passphrase, and the format that
/// `formatOption` gives. Reads the passphrase file if guest data are wanted. Throws CommandError,
/// IoError.
OpenOptions openOptions(
    const Invocation& invocation, Content content, const char* formatOption = "-f");

/// Which other files the image at `file` may lead to.
OpenPolicy openPolicy(const Invocation& invocation, const std::string& file);

/// When to show progress: -p where a command has it, else --progress.
GlobalOptions::Progress progressWish(const Invocation& invocation);

} // namespace platter::cli
