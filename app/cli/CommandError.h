// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <string>
#include <utility>

namespace platter::cli {

/// A command could not do its work: what its one line on standard error says, and its exit code.
class CommandError : public Error {
public:
    /// `subject` is the file (or the word of the command line) that the message is about, not yet
    /// escaped; empty: none.
    CommandError(std::string subject, const std::string& what, int exitCode = 1)
        : Error(what)
        , m_subject(std::move(subject))
        , m_exitCode(exitCode)
    {
    }
    const std::string& subject() const { return m_subject; }
    int exitCode() const { return m_exitCode; }

private:
    std::string m_subject;
    int m_exitCode;
};

/// The file that an error is about where it says so itself, else `otherwise`; not yet escaped.
std::string subjectOf(const Error& error, const std::string& otherwise);

} // namespace platter::cli
