// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Opening.h"

#include "app/cli/CommandError.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace platter::cli {

namespace {

    /// Platter's own limit: nobody types more, and a wrong file name should not fill the memory.
    constexpr std::size_t longestPassphrase = 64 * 1024;

    std::string readPassphrase(const std::string& path)
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
        std::string passphrase;
        std::array<char, 4096> part{};
        for (;;) {
            const ssize_t count = ::read(descriptor, part.data(), part.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                fail("read the passphrase");
            if (count == 0)
                break;
            passphrase.append(part.data(), static_cast<std::size_t>(count));
            if (passphrase.size() > longestPassphrase)
                throw CommandError(name, "A passphrase of more than 64 KiB is not accepted.");
        }
        // Editors and echo end a file with a line break, which nobody means as part of the
        // passphrase. Legacy AES accepts every passphrase, so trying both ways is impossible.
        if (!passphrase.empty() && passphrase.back() == '\n')
            passphrase.pop_back();
        return passphrase;
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
        if (invocation.global.passphraseFile)
            options.passphrase = readPassphrase(*invocation.global.passphraseFile);
    }
    return options;
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
