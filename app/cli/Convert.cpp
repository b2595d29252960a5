// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/ConvertStates.h"

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

    /// The layer of the source that is kept below the new image.
    std::size_t keptLayer(
        const BackingChain& chain, const NewImage& image, const std::string& target)
    {
        NamedFile named;
        named.name = image.backingName;
        const ResolvedName resolved = resolveName(target, named);
        std::error_code ignored;
        for (std::size_t i = 1; i < chain.layers.size(); ++i) {
            if (std::filesystem::equivalent(chain.layers[i].path, resolved.path, ignored))
                return i;
        }
        throw CommandError(image.backingName,
            "Nothing was written. The file is not in the backing chain of the source, so the new "
            "image would show other data. Name a file of the chain, as it is seen from the folder "
            "of "
            "the new image, or leave -B out.");
    }

    void requireEncryptionWord(
        const Invocation& invocation, const Image& source, const std::string& format)
    {
        if (!source.encryption() || invocation.has("--decrypt"))
            return;
        if (format == "qcow2" || format == "qcow" || invocation.has("-c"))
            throw CommandError(invocation.operands[0],
                "Nothing was written. The source is encrypted, and this version writes images that "
                "are not. Add --decrypt to have its data stored in the clear.");
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

    /// One line on standard error if opening has already met damage: tables that the file has lost
    /// read as zeros, so that a conversion of them succeeds.
    void warnOfDamage(const std::string& source, const Image& image)
    {
        std::vector<Finding> damage = image.quickLook().findings;
        std::erase_if(damage,
            [](const Finding& finding) { return finding.kind->severity != Severity::Corruption; });
        if (damage.empty())
            return;
        std::cerr << "platter-cli: " << escapedText(source)
                  << ": The source is damaged, and the new image may lack data; see platter-cli "
                     "check. "
                  << (damage.size() == 1 ? "What was met: " : "The first that was met: ")
                  << describe(damage.front()) << "\n";
    }

} // namespace

int convert(const Invocation& invocation, Session& session)
{
    const std::string& source = invocation.operands[0];
    const std::string& target = invocation.operands[1];
    ConvertOptions options;
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
    if (!options.image.backingFormat.empty()) // throws with the names that there are
        options.image.backingFormat = formatCalled(options.image.backingFormat).id;

    ProgressLine progress{progressWish(invocation), session.stop};
    BackingChain chain = openChain(source, openOptions(invocation, Content::GuestData),
        openPolicy(invocation, source), progress.job());
    const Image& image = *chain.layers.front().image;
    std::optional<std::size_t> snapshot;
    if (const auto name = invocation.value("-l"))
        snapshot = findSnapshot(image, *name);
    requireEncryptionWord(invocation, image, options.format);
    keepWhatSourceHas(options.image, options.format, image);
    if (!options.image.backingName.empty()) {
        options.keepFrom = keptLayer(chain, options.image, target);
        if (options.image.backingFormat.empty())
            options.image.backingFormat = chain.layers[*options.keepFrom].image->formatId();
    }
    const bool keepSnapshots = invocation.has("--keep-snapshots");
    if (keepSnapshots && snapshot)
        throw CommandError("convert", "Only one of -l and --keep-snapshots can be given.");
    const std::vector<std::string> lost
        = whatConversionLoses(image, keepSnapshots || snapshot.has_value());
    const VirtualDisk disk{chain, snapshot};
    requireNotItself(disk, target);
    requireFreeName(invocation, target);
    if (!invocation.has("-q")) {
        for (const OpenedImage& layer : chain.layers)
            warnOfDamage(layer.path.string(), *layer.image);
        warnOfLosses(source, lost);
    }
    try {
        if (keepSnapshots)
            convertWithSnapshots(chain, target, options, progress.job());
        else
            convert(disk, target, options, progress.job());
    } catch (const UnsupportedError& error) {
        if (error.feature() != "target-kind" && error.feature() != "new-image")
            throw;
        throw CommandError(target, error.what());
    }
    return 0;
}

} // namespace platter::cli
