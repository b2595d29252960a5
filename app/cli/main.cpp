// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageEditing.h"
#include "app/cli/Interrupt.h"
#include "core/base/Text.h"

#include <csignal>
#include <cstdio>
#include <new>
#include <optional>

namespace {

using namespace platter;
using namespace platter::cli;

/// The only place that writes an error: one line. Names inside `what` are already escaped.
void tell(const std::string& subject, std::string_view what)
{
    std::string line = "platter-cli: ";
    if (!subject.empty())
        line += escapedText(subject) + ": ";
    for (const char one : what)
        line += one == '\n' || one == '\r' || one == '\x1b' ? ' ' : one;
    line += '\n';
    std::fputs(line.c_str(), stderr);
}

/// Whether the command promises to open nothing but its operand, not even Platter's own journals.
bool opensOnlyTheFile(const Invocation& invocation)
{
    const auto run = invocation.command->run;
    return run == info || run == header || run == check || (run == map && invocation.has("--host"));
}

/// `interrupt` lives on while the caller tells what became of the command.
int runCommand(
    const Invocation& invocation, StandardOutput& out, std::optional<Interrupt>& interrupt)
{
    if (invocation.wish == Invocation::Wish::Version) {
        out << "platter-cli " PLATTER_VERSION "\n";
        return 0;
    }
    if (invocation.wish == Invocation::Wish::Help) {
        out << (invocation.command ? helpText(*invocation.command) : helpText(allCommands()));
        return 0;
    }
    for (const std::string& operand : invocation.operands) {
        // `undo` speaks of it itself; those that promise so open nothing but the file.
        const bool isSilent = invocation.command->run == undo || opensOnlyTheFile(invocation);
        const std::string text = isSilent ? std::string{} : interruptionOf(operand);
        if (!text.empty())
            tell(operand, text);
    }
    interrupt.emplace();
    Session session{out, interrupt->token()};
    try {
        return invocation.command->run(invocation, session);
    } catch (const Cancelled&) {
        throw CommandError(
            invocation.operands.front(), session.whenCancelled, interrupt->exitCode());
    }
}

int run(std::span<const std::string> arguments)
{
    StandardOutput out;
    std::optional<Interrupt> interrupt;
    std::string file; // what an error is about that names no file itself
    int errorExit = 1;
    try {
        const Invocation invocation = parseArguments(arguments, allCommands());
        if (invocation.command)
            errorExit = invocation.command->errorExit;
        if (!invocation.operands.empty())
            file = invocation.operands.front();
        const int exitCode = runCommand(invocation, out, interrupt);
        out.flush();
        return exitCode;
    } catch (const OutputClosed&) {
        throw;
    } catch (const CommandError& error) {
        out.flush();
        tell(error.subject(), error.what());
        return error.exitCode();
    } catch (const Error& error) {
        tell(subjectOf(error, file), error.what());
    } catch (const std::bad_alloc&) {
        tell(file, "There is not enough memory.");
    } catch (const std::exception& error) {
        tell(file, error.what());
    }
    return errorExit;
}

} // namespace

int main(int argc, char** argv)
{
    // A closed pipe must not end the program before temporary files are removed.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const std::vector<std::string> arguments{argv + (argc > 0 ? 1 : 0), argv + argc};
        return run(arguments);
    } catch (const platter::cli::OutputClosed&) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    } catch (const std::exception& error) {
        tell({}, error.what());
    }
    return 1;
}
