// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "app/cli/StandardOutput.h"

#include <span>
#include <stop_token>
#include <string>

namespace platter::cli {

/// What a command works with besides its arguments.
struct Session {
    StandardOutput& out;
    std::stop_token stop; ///< asked for by Ctrl-C
    /// What is said when the command is stopped.
    std::string whenCancelled = "Cancelled; nothing was changed.";
};

/// All commands that Platter has or will have.
std::span<const CommandSpec> allCommands();

// Each command has a file of its name.
int info(const Invocation& invocation, Session& session);
int header(const Invocation& invocation, Session& session);
int map(const Invocation& invocation, Session& session);
int check(const Invocation& invocation, Session& session);
int compare(const Invocation& invocation, Session& session);
int convert(const Invocation& invocation, Session& session);
int hash(const Invocation& invocation, Session& session);
int measure(const Invocation& invocation, Session& session);
int create(const Invocation& invocation, Session& session);
int snapshot(const Invocation& invocation, Session& session);
int report(const Invocation& invocation, Session& session);
int amend(const Invocation& invocation, Session& session);
int backupMetadata(const Invocation& invocation, Session& session);
int salvage(const Invocation& invocation, Session& session);
int undo(const Invocation& invocation, Session& session);

} // namespace platter::cli
