// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Opening.h"

#include "app/cli/CommandError.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace platter::cli {

namespace {

    /// Platter's own limit: nobody types more, and a wrong file name should not fill the memory.
    constexpr std::size_t longestPassphrase = 64 * 1024;

    SecretBytes readPassphrase(const std::string& path)
    {
        const bool standardInput = path == "-";
        const std::string name = standardInput ? "standard input" : path;
        const auto fail = [&](const char* action) {
            throw IoError(name, action, std::error_code{errno, std::generic_category()});
        };
        const int descriptor
            = standardInput ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
            fail("open the passphrase file");
        struct Closer {
            int descriptor;
            ~Closer()
            {
                if (descriptor != STDIN_FILENO)
                    ::close(descriptor);
            }
        };
        const Closer closer{descriptor};
        SecretBytes read{longestPassphrase + 1};
        std::size_t length = 0;
        while (length < read.size()) {
            const auto room = read.span().subspan(length);
            const ssize_t count = ::read(descriptor, room.data(), room.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                fail("read the passphrase");
            if (count == 0)
                break;
            length += static_cast<std::size_t>(count);
        }
        if (length > longestPassphrase)
            throw CommandError(name, "A passphrase of more than 64 KiB is not accepted.");
        // Editors and echo end a file with a line break, which nobody means as part of the
        // passphrase. Legacy AES accepts every passphrase, so trying both ways is impossible.
        if (length > 0 && read.span()[length - 1] == std::byte{'\n'})
            --length;
        return SecretBytes{std::span<const std::byte>{read.span()}.first(length)};
    }

} // namespace

OpenOptions openOptions(const Invocation& invocation, Content content, const char* formatOption)
{
    OpenOptions options;
    options.format = invocation.value(formatOption);
    if (invocation.has("-U"))
        options.sharing = OpenOptions::Sharing::Look;
    if (content == Content::GuestData) {
        options.requirePassphrase = true;
        if (invocation.global.passphraseFile) {
            const SecretBytes read = readPassphrase(*invocation.global.passphraseFile);
            options.passphrase.emplace(reinterpret_cast<const char*>(read.data()), read.size());
        }
    }
    return options;
}

std::shared_ptr<const SecretBytes> targetPassphrase(const Invocation& invocation)
{
    const auto file = invocation.value("--target-passphrase-file");
    if (!file)
        return nullptr;
    if (*file == "-" && invocation.global.passphraseFile == "-")
        throw CommandError("--target-passphrase-file",
            "Only one passphrase can come from standard input; leave this option out if both are "
            "the same.");
    return std::make_shared<SecretBytes>(readPassphrase(*file));
}

std::shared_ptr<const SecretBytes> anyPassphrase(const Invocation& invocation)
{
    if (auto own = targetPassphrase(invocation))
        return own;
    if (!invocation.global.passphraseFile)
        return nullptr;
    return std::make_shared<SecretBytes>(readPassphrase(*invocation.global.passphraseFile));
}

OpenPolicy openPolicy(const Invocation& invocation, const std::string& file)
{
    return invocation.global.trust == GlobalOptions::Trust::TrustChain
        ? OpenPolicy::trustPlainPaths()
        : OpenPolicy::besideImage(file);
}

GlobalOptions::Progress progressWish(const Invocation& invocation)
{
    return invocation.has("-p") ? GlobalOptions::Progress::Always : invocation.global.progress;
}

} // namespace platter::cli
