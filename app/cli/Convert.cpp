// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/ConvertToRaw.h"

namespace platter::cli {

namespace {

    constexpr unsigned mostThreads = 256; // Platter's own limit

    void requireRawTarget(const Invocation& invocation)
    {
        const auto format = invocation.value("-O");
        if (!format)
            throw CommandError(
                "convert", "The format to write is missing: this version writes -O raw.");
        if (*format != "raw")
            throw CommandError("convert",
                "Writing " + escapedText(*format)
                    + " is not available in this version; -O raw is.");
    }

} // namespace

int convert(const Invocation& invocation, Session& session)
{
    const std::string& source = invocation.operands[0];
    const std::string& target = invocation.operands[1];
    requireRawTarget(invocation);
    ConvertToRawOptions options;
    if (const auto size = invocation.value("-S"))
        options.sparseBlock = Bytes{parseSize(*size, "-S")};
    if (const auto threads = invocation.value("-m"))
        options.threads = parseNumber(*threads, 1, mostThreads, "-m");

    ProgressLine progress{progressWish(invocation), session.stop};
    BackingChain chain = openChain(source, openOptions(invocation, Content::GuestData),
        openPolicy(invocation, source), progress.job());
    std::optional<std::size_t> snapshot;
    if (const auto name = invocation.value("-l"))
        snapshot = findSnapshot(*chain.layers.front().image, *name);
    const VirtualDisk disk{std::move(chain), snapshot};
    try {
        convertToRaw(disk, target, options, progress.job());
    } catch (const UnsupportedError& error) {
        if (error.feature() != "target-kind")
            throw;
        throw CommandError(target, error.what());
    }
    return 0;
}

} // namespace platter::cli
