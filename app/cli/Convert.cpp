// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/Conversion.h"

#include <iostream>

namespace platter::cli {

namespace {

    constexpr unsigned mostThreads = 256; // Platter's own limit

    std::string targetFormat(const Invocation& invocation)
    {
        const auto format = invocation.value("-O");
        if (!format)
            throw CommandError(
                "convert", "The format to write is missing: add -O qcow2, qcow, vdi or raw.");
        formatCalled(*format); // throws with the names that there are
        return *format;
    }

    /// One line on standard error about what the target will not have.
    void warnOfLosses(const std::string& source, const std::vector<std::string>& lost)
    {
        if (lost.empty())
            return;
        std::string list;
        for (std::size_t i = 0; i < lost.size(); ++i)
            list += (i == 0 ? "" : i + 1 == lost.size() ? " and " : ", ") + lost[i];
        std::cerr << "platter-cli: " << escapedText(source)
                  << ": The new image will not have what the source has: " << list << ".\n";
    }

    void tell(const std::vector<ConversionRemark>& remarks)
    {
        for (const ConversionRemark& remark : remarks)
            std::cerr << "platter-cli: " << escapedText(remark.file.string()) << ": " << remark.text
                      << "\n";
    }

    ConversionRequest requested(const Invocation& invocation)
    {
        ConversionRequest request;
        request.source = invocation.operands[0];
        request.target = invocation.operands[1];
        ConvertOptions& options = request.options;
        options.format = targetFormat(invocation);
        options.image = newImageOptions(invocation, options.format);
        if (const auto size = invocation.value("-S"))
            options.sparseBlock = Bytes{parseSize(*size, "-S")};
        if (const auto threads = invocation.value("-m"))
            options.threads = parseNumber(*threads, 1, mostThreads, "-m");
        if (const auto base = invocation.value("-B"))
            options.image.backingName = *base;
        if (const auto format = invocation.value("-F"))
            options.image.backingFormat = *format;
        request.open = openOptions(invocation, Content::GuestData);
        request.policy = openPolicy(invocation, invocation.operands[0]);
        request.snapshot = invocation.value("-l");
        request.overwrite = invocation.has("--overwrite");
        request.keepSnapshots = invocation.has("--keep-snapshots");
        request.eachSnapshot = invocation.has("--all-snapshots");
        request.keepBitmaps = !invocation.has("--no-bitmaps");
        request.decrypt = invocation.has("--decrypt");
        request.targetPassphrase = targetPassphrase(invocation);
        return request;
    }

} // namespace

int convert(const Invocation& invocation, Session& session)
{
    try {
        ConversionRequest request = requested(invocation);
        ProgressLine progress{progressWish(invocation), session.stop};
        const Conversion conversion{std::move(request), progress.job()};
        const bool tells = !invocation.has("-q");
        if (tells) {
            tell(conversion.remarks());
            warnOfLosses(invocation.operands[0], conversion.losses());
        }
        const std::vector<ConversionRemark> remarks = conversion.run(progress.job());
        if (tells)
            tell(remarks);
    } catch (const ConversionRefused& refusal) {
        throw CommandError(
            refusal.subject().empty() ? "convert" : refusal.subject(), refusal.what());
    }
    return 0;
}

} // namespace platter::cli
