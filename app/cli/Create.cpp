// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/formats/Registry.h"
#include "core/operations/Convert.h"

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

    /// The size of the disk in the backing file, which is named as the new image will name it.
    Bytes sizeOfBacking(const Invocation& invocation, const std::string& target,
        const NewImage& image, const JobControl& job)
    {
        NamedFile named;
        named.name = image.backingName;
        const ResolvedName resolved = resolveName(target, named);
        if (!resolved.refusal.empty())
            throw CommandError(image.backingName, resolved.refusal);
        OpenOptions options = openOptions(invocation, Content::StructureOnly);
        options.format = image.backingFormat;
        const OpenedImage below = openImage(resolved.path, options, job);
        requireNotBelow(invocation, below, target, job);
        return below.image->virtualSize();
    }

} // namespace

int create(const Invocation& invocation, Session& session)
{
    const std::string& target = invocation.operands[0];
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
    if (!image.backingName.empty()) {
        const Bytes below = sizeOfBacking(invocation, target, image, progress.job());
        if (isEmpty)
            image.size = below;
    } else if (isEmpty) {
        throw CommandError(target, "The size of the disk is missing.");
    }
    requireFreeName(invocation, target);
    try {
        createImage(target, format, image, progress.job());
    } catch (const UnsupportedError& error) {
        throw CommandError(target, error.what());
    }
    return 0;
}

} // namespace platter::cli
