// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/crypto/SecretBytes.h"
#include "core/disk/BackingChain.h"

#include <memory>
#include <string>

namespace platter::cli {

/// Whether a command needs the bytes of the guest, which may be encrypted.
enum class Content { StructureOnly, GuestData };

/// How the command line wants an image opened: locks, passphrase, and the format that
/// `formatOption` gives. Reads the passphrase file if guest data are wanted. Throws CommandError,
/// IoError.
OpenOptions openOptions(
    const Invocation& invocation, Content content, const char* formatOption = "-f");

/// The passphrase for a new image: that of --target-passphrase-file; nullptr: there is none. Throws
/// CommandError, IoError.
std::shared_ptr<const SecretBytes> targetPassphrase(const Invocation& invocation);
/// The same, or else that of --passphrase-file: for a command that opens nothing with it.
std::shared_ptr<const SecretBytes> anyPassphrase(const Invocation& invocation);

/// Which other files the image at `file` may lead to.
OpenPolicy openPolicy(const Invocation& invocation, const std::string& file);

/// When to show progress: -p where a command has it, else --progress.
GlobalOptions::Progress progressWish(const Invocation& invocation);

} // namespace platter::cli
