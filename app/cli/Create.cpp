// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/formats/Registry.h"
#include "core/operations/CreateSeries.h"
#include "core/operations/NewImageFile.h"

namespace platter::cli {

namespace {

    /// Throws if the new image would take the place of a file that it rests on.
    void requireNotBelow(const Invocation& invocation, const OpenedImage& below,
        const std::string& target, const JobControl& job)
    {
        std::error_code ignored;
        const auto isTarget = [&](const OpenedImage& layer) {
            return std::filesystem::equivalent(layer.path, target, ignored)
                || (layer.image->externalDataFile()
                    && std::filesystem::equivalent(
                        resolveName(layer.path, *layer.image->externalDataFile()).path, target,
                        ignored));
        };
        bool found = isTarget(below);
        for (const ChainLink& link :
            inspectChain(below, openPolicy(invocation, below.path.string()), job))
            found = found || (link.opened && isTarget(*link.opened));
        if (found)
            throw CommandError(target,
                "Nothing was written. The new image would rest on the file that it replaces; "
                "choose another name.");
    }

    constexpr unsigned mostImages = 100'000; // Platter's own limit

    ResolvedName resolvedBacking(const NewImage& image, const std::string& target)
    {
        NamedFile named;
        named.name = image.backingName;
        return resolveName(target, named);
    }

    /// The size of the disk in the backing file, which is named as the new image will name it.
    Bytes sizeOfBacking(const Invocation& invocation, const std::string& target,
        const NewImage& image, const JobControl& job)
    {
        const ResolvedName resolved = resolvedBacking(image, target);
        if (!resolved.refusal.empty())
            throw CommandError(image.backingName, resolved.refusal);
        OpenOptions options = openOptions(invocation, Content::StructureOnly);
        options.format = image.backingFormat;
        try {
            const OpenedImage below = openImage(resolved.path, options, job);
            requireNotBelow(invocation, below, target, job);
            if (!image.dataFileName.empty())
                requireNotBelow(invocation, below, dataFilePath(image).string(), job);
            return below.image->virtualSize();
        } catch (const FormatError& error) {
            throw CommandError(image.backingName, error.what());
        }
    }

    /// The files to be made: one, or as many as --count says.
    std::vector<std::string> wantedTargets(const Invocation& invocation)
    {
        const std::string& target = invocation.operands[0];
        const auto count = invocation.value("--count");
        if (!count)
            return {target};
        if (invocation.has("--overwrite"))
            throw CommandError(target,
                "Nothing was written. --count makes new files only: leave --overwrite out.");
        const unsigned number = parseNumber(*count, 1, mostImages, "--count");
        std::vector<std::string> targets;
        try {
            for (const auto& name : seriesNames(target, number))
                targets.push_back(name.string());
        } catch (const Error& error) {
            throw CommandError(target, error.what());
        }
        return targets;
    }

} // namespace

int create(const Invocation& invocation, Session& session)
{
    const std::vector<std::string> targets = wantedTargets(invocation);
    const std::string& target = targets.front();
    const std::string format = invocation.value("-f").value_or("raw");
    formatCalled(format); // throws with the names that there are
    NewImage image = newImageOptions(invocation, format);
    if (const auto base = invocation.value("-b"))
        image.backingName = *base;
    if (const auto base = invocation.value("-F"))
        image.backingFormat = *base;
    if (!image.backingName.empty() && format != "qcow2" && format != "qcow")
        throw CommandError(
            target, "An image of the format " + format + " cannot name a backing file.");
    if (!image.backingName.empty() && image.backingFormat.empty())
        throw CommandError(image.backingName,
            "Nothing was written. The format of the backing file is missing: add -F, because "
            "guessing "
            "it later would let the guest choose.");
    if (!image.backingFormat.empty())
        formatCalled(image.backingFormat);

    ProgressLine progress{progressWish(invocation), session.stop};
    const bool isEmpty = invocation.operands.size() < 2;
    if (!isEmpty)
        image.size = Bytes{parseSize(invocation.operands[1], "SIZE")};
    const bool checksBase = !image.backingName.empty() && !invocation.has("-u");
    if (isEmpty && !checksBase)
        throw CommandError(target, "The size of the disk is missing.");
    std::error_code ignored;
    if (!image.backingName.empty() && !checksBase
        && std::filesystem::equivalent(resolvedBacking(image, target).path, target, ignored))
        throw CommandError(target,
            "Nothing was written. The new image would rest on the file that it replaces; choose "
            "another name.");
    if (checksBase) {
        const Bytes below = sizeOfBacking(invocation, target, image, progress.job());
        if (isEmpty)
            image.size = below;
    }
    if (image.encryption) {
        image.encryption->passphrase = anyPassphrase(invocation);
        if (!image.encryption->passphrase)
            throw CommandError(target,
                "Nothing was written. The new image is to be encrypted, and there is no passphrase "
                "for it; give one with --passphrase-file.");
    } else if (invocation.has("--target-passphrase-file")) {
        throw CommandError(target,
            "Nothing was written. There is a passphrase for the new image, which will not be "
            "encrypted; add -o encrypt.format=luks, or leave the passphrase out.");
    }
    for (const std::string& one : targets)
        requireFreeName(invocation, one);
    if (!image.dataFileName.empty())
        requireFreeName(invocation, dataFilePath(image).string());
    try {
        if (invocation.has("--count"))
            createSeries({targets.begin(), targets.end()}, format, image, progress.job());
        else
            createImage(target, format, image, progress.job());
    } catch (const UnsupportedError& error) {
        throw CommandError(target, error.what());
    }
    return 0;
}

} // namespace platter::cli
