// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Arguments.h"
#include "core/disk/BackingChain.h"

#include <string>

namespace platter::cli {

/// Opens FILE to plan a change of it, with the locks of a reader. The format must be stated by -f,
/// or signature and name of the file must agree on it: a guest can write any signature into a raw
/// disk. Throws CommandError, Error.
OpenedImage openToEdit(
    const Invocation& invocation, const std::string& file, const JobControl& job);

/// A time in nanoseconds since 1970 as local time: "2026-11-23 06:01:30".
std::string localTimeText(std::int64_t nanoseconds);

/// How long ago that was, in the largest unit that fits: "5 minutes ago", "just now".
std::string ageText(std::int64_t nanoseconds);

/// What to tell whoever opens FILE after an edit of it stopped halfway; empty: none did, or FILE
/// is none that can be looked at.
std::string interruptionOf(const std::string& file);

} // namespace platter::cli
