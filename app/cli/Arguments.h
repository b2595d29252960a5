// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace platter::cli {

class StandardOutput;
struct Session;
struct Invocation;

/// One option of a command.
struct OptionSpec {
    enum class Availability { Now, Later };
    const char* name; ///< "-f" or "--host"
    const char* argument; ///< what follows it, in capitals; nullptr: nothing does
    const char* help;
    const char* alias = nullptr; ///< another spelling
    Availability availability = Availability::Now; ///< Later: refused with a sentence, not in help
    /// One more operand that stands before the others where the option is given; nullptr: none.
    const char* operand = nullptr;
    bool joins = false; ///< given again, its values are joined by commas; else the last one holds
};

/// One command: a row of the table in Commands.cpp.
struct CommandSpec {
    const char* name;
    const char* operands; ///< as the help shows them: "SRC DST"; their words are counted
    const char* summary;
    std::span<const OptionSpec> options{};
    /// @returns the exit code; throws CommandError, Error, Cancelled, OutputClosed. nullptr: known,
    /// but not in this version.
    int (*run)(const Invocation&, Session&) = nullptr;
    int errorExit = 1; ///< of errors that do not say otherwise
};

struct GlobalOptions {
    enum class Progress { Auto, Never, Always };
    enum class Output { Human, Json };
    enum class Trust { BesideImage, TrustChain };
    std::optional<std::string> passphraseFile; ///< "-": standard input
    Progress progress = Progress::Auto;
    Output output = Output::Human;
    Trust trust = Trust::BesideImage;
};

/// A command line, understood.
struct Invocation {
    enum class Wish { Run, Help, Version };
    Wish wish = Wish::Run;
    const CommandSpec* command = nullptr; ///< nullptr: none was named (help and version only)
    GlobalOptions global;
    std::map<std::string, std::string, std::less<>> options; ///< by OptionSpec::name
    std::vector<std::string> operands;

    bool has(std::string_view name) const { return options.find(name) != options.end(); }
    std::optional<std::string> value(std::string_view name) const;
};

/// Understands a command line: global options may stand before or after the command, options and
/// files may be mixed, "--" ends the options. `arguments` are without the program's name. Throws
/// CommandError.
Invocation parseArguments(
    std::span<const std::string> arguments, std::span<const CommandSpec> commands);

/// What `--help` prints about all commands, or about one.
std::string helpText(std::span<const CommandSpec> commands);
std::string helpText(const CommandSpec& command);

/// "64k" -> 65536: suffixes k M G T P E, either case. Throws CommandError naming `option`.
std::uint64_t parseSize(std::string_view text, const char* option);

/// A whole number from `least` to `most`. Throws CommandError naming `option`.
unsigned parseNumber(std::string_view text, unsigned least, unsigned most, const char* option);

} // namespace platter::cli
