// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Arguments.h"

#include "app/cli/CommandError.h"
#include "core/base/Text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace platter::cli {

namespace {

    constexpr auto globalOptions = std::to_array<OptionSpec>({
        {"--passphrase-file", "F",
            "the passphrase of encrypted images is the content of F without one line break at its "
            "end; - is standard input"},
        {"--progress", "auto|never|always",
            "progress on standard error; auto: when it is a terminal"},
        {"--output", "human|json", "how the answer is printed"},
        {"--trust-chain", nullptr,
            "follow every plain path that an image names, not only files beside it"},
        {"--help", nullptr, "this text, or that of one command", "-h"},
        {"--version", nullptr, "the version of Platter", "-V"},
    });

    [[noreturn]] void usageError(const Invocation& invocation, const std::string& what)
    {
        const std::string command = invocation.command ? invocation.command->name : "";
        throw CommandError(command,
            what + "; see platter-cli " + command + (command.empty() ? "" : " ") + "--help",
            invocation.command ? invocation.command->errorExit : 1);
    }

    const OptionSpec* findOption(std::span<const OptionSpec> options, std::string_view name)
    {
        for (const OptionSpec& option : options) {
            if (name == option.name || (option.alias && name == option.alias))
                return &option;
        }
        return nullptr;
    }

    template <class Value>
    Value choose(const Invocation& invocation, const OptionSpec& option, const std::string& value,
        std::initializer_list<std::pair<std::string_view, Value>> choices)
    {
        for (const auto& [name, choice] : choices) {
            if (value == name)
                return choice;
        }
        usageError(invocation,
            std::string{option.name} + " takes " + option.argument + ", not \"" + escapedText(value)
                + "\"");
    }

    void applyGlobal(Invocation& invocation, const OptionSpec& option, const std::string& value)
    {
        using Global = GlobalOptions;
        const std::string_view name = option.name;
        if (name == "--passphrase-file")
            invocation.global.passphraseFile = value;
        else if (name == "--progress")
            invocation.global.progress = choose<Global::Progress>(invocation, option, value,
                {{"auto", Global::Progress::Auto}, {"never", Global::Progress::Never},
                    {"always", Global::Progress::Always}});
        else if (name == "--output")
            invocation.global.output = choose<Global::Output>(invocation, option, value,
                {{"human", Global::Output::Human}, {"json", Global::Output::Json}});
        else if (name == "--trust-chain")
            invocation.global.trust = Global::Trust::TrustChain;
        else if (name == "--help")
            invocation.wish = Invocation::Wish::Help;
        else if (name == "--version" && invocation.wish == Invocation::Wish::Run)
            invocation.wish = Invocation::Wish::Version;
    }

    /// Reads options and operands one after the other.
    class Reader {
    public:
        Reader(std::span<const std::string> arguments, std::span<const CommandSpec> commands)
            : m_rest(arguments)
            , m_commands(commands)
        {
        }

        Invocation read()
        {
            while (!m_rest.empty()) {
                const std::string& word = m_rest.front();
                m_rest = m_rest.subspan(1);
                if (word == "--" && !m_optionsEnded)
                    m_optionsEnded = true;
                else if (m_optionsEnded || word.size() < 2 || word[0] != '-')
                    readWord(word);
                else if (word[1] == '-')
                    readLong(word);
                else
                    readShort(word);
            }
            return std::move(m_invocation);
        }

    private:
        void readWord(const std::string& word)
        {
            if (m_invocation.command) {
                m_invocation.operands.push_back(word);
                return;
            }
            for (const CommandSpec& command : m_commands) {
                if (word == command.name)
                    m_invocation.command = &command;
            }
            if (!m_invocation.command)
                usageError(m_invocation, "There is no command \"" + escapedText(word) + "\"");
            if (!m_invocation.command->run)
                throw CommandError(word, "This command is not available in this version.");
        }

        void readLong(const std::string& word)
        {
            const std::size_t equals = word.find('=');
            const OptionSpec& option = named(word.substr(0, equals));
            if (equals == std::string::npos) {
                apply(option, option.argument ? next(option) : std::string{});
            } else if (option.argument) {
                apply(option, word.substr(equals + 1));
            } else {
                usageError(m_invocation, std::string{option.name} + " takes no value");
            }
        }

        /// One letter or several: "-s", "-sq", "-f raw", "-fraw".
        void readShort(const std::string& word)
        {
            for (std::size_t i = 1; i < word.size(); ++i) {
                const OptionSpec& option = named(std::string{'-', word[i]});
                if (option.argument) {
                    apply(option, i + 1 < word.size() ? word.substr(i + 1) : next(option));
                    return;
                }
                apply(option, {});
            }
        }

        const OptionSpec& named(const std::string& name)
        {
            m_isGlobal = false;
            if (m_invocation.command) {
                if (const OptionSpec* option = findOption(m_invocation.command->options, name)) {
                    if (option->availability == OptionSpec::Availability::Later)
                        throw CommandError(m_invocation.command->name,
                            name + " is not available in this version.",
                            m_invocation.command->errorExit);
                    return *option;
                }
            }
            if (const OptionSpec* option = findOption(globalOptions, name)) {
                m_isGlobal = true;
                return *option;
            }
            usageError(m_invocation, "There is no option " + escapedText(name));
        }

        std::string next(const OptionSpec& option)
        {
            if (m_rest.empty())
                usageError(m_invocation,
                    std::string{option.name} + " needs a value (" + option.argument + ")");
            const std::string value = m_rest.front();
            m_rest = m_rest.subspan(1);
            return value;
        }

        void apply(const OptionSpec& option, const std::string& value)
        {
            if (m_isGlobal) {
                applyGlobal(m_invocation, option, value);
                return;
            }
            std::string& stored = m_invocation.options[option.name];
            stored = option.joins && !stored.empty() ? stored + "," + value : value;
        }

        std::span<const std::string> m_rest;
        std::span<const CommandSpec> m_commands;
        Invocation m_invocation;
        bool m_optionsEnded = false;
        bool m_isGlobal = false;
    };

    std::size_t countWords(std::string_view words)
    {
        return words.empty()
            ? 0
            : static_cast<std::size_t>(std::count(words.begin(), words.end(), ' ')) + 1;
    }

    void appendOptions(std::string& text, std::span<const OptionSpec> options)
    {
        for (const OptionSpec& option : options) {
            if (option.availability == OptionSpec::Availability::Later)
                continue;
            std::string name = "  ";
            name += option.name;
            if (option.alias)
                name += std::string{", "} + option.alias;
            if (option.argument)
                name += std::string{" "} + option.argument;
            if (option.operand)
                name += std::string{" "} + option.operand;
            name.resize(std::max<std::size_t>(name.size() + 2, 24), ' ');
            text += name + option.help + "\n";
        }
    }

} // namespace

std::optional<std::string> Invocation::value(std::string_view name) const
{
    const auto found = options.find(name);
    if (found == options.end())
        return {};
    return found->second;
}

Invocation parseArguments(
    std::span<const std::string> arguments, std::span<const CommandSpec> commands)
{
    Invocation invocation = Reader{arguments, commands}.read();
    if (invocation.wish != Invocation::Wish::Run)
        return invocation;
    if (!invocation.command)
        usageError(invocation, "A command is missing");
    std::string operands = invocation.command->operands;
    for (const OptionSpec& option : invocation.command->options) {
        if (option.operand && invocation.has(option.name))
            operands = std::string{option.operand} + " " + operands;
    }
    // An operand in brackets may be left out.
    const std::size_t most = countWords(operands);
    const std::size_t least
        = most - static_cast<std::size_t>(std::count(operands.begin(), operands.end(), '['));
    if (invocation.operands.size() < least || invocation.operands.size() > most)
        usageError(invocation,
            "Expected " + operands + ", got " + std::to_string(invocation.operands.size())
                + (invocation.operands.size() == 1 ? " file name" : " file names"));
    return invocation;
}

std::string helpText(std::span<const CommandSpec> commands)
{
    std::string text = "Usage: platter-cli [OPTIONS] COMMAND [OPTIONS] FILE...\n"
                       "Looks into virtual disk images: QCOW2, QCOW, VDI and raw.\n\nCommands:\n";
    for (const CommandSpec& command : commands) {
        if (!command.run)
            continue;
        std::string name = std::string{"  "} + command.name;
        name.resize(12, ' ');
        text += name + command.summary + "\n";
    }
    text += "\nOptions of all commands:\n";
    appendOptions(text, globalOptions);
    text += "\nplatter-cli COMMAND --help tells the options of one command.\n";
    return text;
}

std::string helpText(const CommandSpec& command)
{
    std::string text = std::string{"Usage: platter-cli "} + command.name
        + (command.options.empty() ? " " : " [OPTIONS] ") + command.operands + "\n"
        + command.summary + "\n";
    if (!command.options.empty()) {
        text += "\nOptions:\n";
        appendOptions(text, command.options);
    }
    text += "\nOptions of all commands:\n";
    appendOptions(text, globalOptions);
    return text;
}

std::uint64_t parseSize(std::string_view text, const char* option)
{
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string_view suffix{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    const std::string_view letters = "bkmgtpe";
    std::size_t power = 0;
    bool valid = problem == std::errc{} && suffix.size() <= 1;
    if (valid && !suffix.empty()) {
        const char letter = static_cast<char>(suffix[0] | 0x20);
        power = letters.find(letter);
        valid = power != std::string_view::npos;
    }
    if (!valid || (power > 0 && number > (~std::uint64_t{0} >> (10 * power))))
        throw CommandError(option,
            "\"" + escapedText(text)
                + "\" is not a size; write a number of bytes or one with k, M, G, T, P or E.");
    return number << (10 * power);
}

unsigned parseNumber(std::string_view text, unsigned least, unsigned most, const char* option)
{
    unsigned number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || number < least
        || number > most)
        throw CommandError(option,
            "\"" + escapedText(text) + "\" is not a whole number from " + std::to_string(least)
                + " to " + std::to_string(most) + ".");
    return number;
}

} // namespace platter::cli
