// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Measure.h"
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/formats/Registry.h"
#include "core/operations/KeepBitmaps.h"

namespace platter::cli {

namespace {

    constexpr unsigned mostThreads = 256; // Platter's own limit

    /// The layer that the new image would keep below itself: as if it stood beside the source.
    std::size_t layerCalled(
        const BackingChain& chain, const std::string& name, const std::string& source)
    {
        NamedFile named;
        named.name = name;
        const ResolvedName resolved = resolveName(source, named);
        std::error_code ignored;
        for (std::size_t i = 1; i < chain.layers.size(); ++i) {
            if (std::filesystem::equivalent(chain.layers[i].path, resolved.path, ignored))
                return i;
        }
        throw CommandError(name,
            "The file is not in the backing chain of the source. Name a file of the chain, as it "
            "is seen from the folder of the source.");
    }

    ConversionSize sizeOfNew(
        const Invocation& invocation, const std::string& size, const std::string& format)
    {
        NewImage image = newImageOptions(invocation, format);
        image.size = Bytes{parseSize(size, "--size")};
        return measureNewImage(format, image);
    }

    ConversionSize sizeOfConversion(
        const Invocation& invocation, const Session& session, const std::string& format)
    {
        const std::string& source = invocation.operands[0];
        ConvertOptions options;
        options.format = format;
        options.image = newImageOptions(invocation, format);
        if (const auto size = invocation.value("-S"))
            options.sparseBlock = Bytes{parseSize(*size, "-S")};
        if (const auto threads = invocation.value("-m"))
            options.threads = parseNumber(*threads, 1, mostThreads, "-m");
        MeasureOptions measure;
        if (invocation.has("--exact"))
            measure.reading = MeasureOptions::Reading::Everything;
        // qemu-img's own choices, where convert keeps what the source has.
        measure.asQemu = options.image;
        ProgressLine progress{progressWish(invocation), session.stop};
        BackingChain chain = openChain(source, openOptions(invocation, Content::GuestData),
            openPolicy(invocation, source), progress.job());
        const Image& image = *chain.layers.front().image;
        std::optional<std::size_t> snapshot;
        if (const auto name = invocation.value("-l"))
            snapshot = findSnapshot(image, *name);
        keepWhatSourceHas(options.image, format, image);
        if (!options.image.backingName.empty())
            options.keepFrom = layerCalled(chain, options.image.backingName, source);
        if (!snapshot && !invocation.has("--no-bitmaps"))
            options.bitmaps = bitmapsToKeep(image, options, progress.job());
        if (invocation.has("--keep-snapshots")) {
            if (snapshot)
                throw CommandError("measure", "Only one of -l and --keep-snapshots can be given.");
            return measureWithSnapshots(chain, options, measure, progress.job());
        }
        return measureConversion(
            VirtualDisk{std::move(chain), snapshot}, options, measure, progress.job());
    }

    void printRange(StandardOutput& out, const char* name, const SizeRange& range)
    {
        out << name;
        if (range.isExact())
            out << range.high.value << "\n";
        else
            out << "about " << range.expected.value << " (" << range.low.value << " to "
                << range.high.value << ")\n";
    }

    void print(StandardOutput& out, const ConversionSize& size)
    {
        out << "required size: " << size.required.value << "\n";
        out << "fully allocated size: " << size.fullyAllocated.value << "\n";
        if (size.bitmaps)
            out << "bitmaps size: " << size.bitmaps->value << "\n";
        printRange(out, "file length: ", size.fileLength);
        printRange(out, "bytes on disk: ", size.onDisk);
    }

    void printJson(StandardOutput& out, const ConversionSize& size)
    {
        PropertyObject answer{
            {"required", {size.required.value}}, {"fully-allocated", {size.fullyAllocated.value}}};
        if (size.bitmaps)
            answer.push_back({"bitmaps", {size.bitmaps->value}});
        answer.push_back({"exact", {size.fileLength.isExact() && size.onDisk.isExact()}});
        const auto add = [&](const std::string& name, const SizeRange& range) {
            answer.push_back({name, {range.expected.value}});
            answer.push_back({name + "-low", {range.low.value}});
            answer.push_back({name + "-high", {range.high.value}});
        };
        add("file-length", size.fileLength);
        add("bytes-on-disk", size.onDisk);
        std::string text;
        appendJson(text, {std::move(answer)});
        out << text << "\n";
    }

} // namespace

int measure(const Invocation& invocation, Session& session)
{
    const std::string format = invocation.value("-O").value_or("raw"); // qemu-img's choice
    formatCalled(format); // throws with the names that there are
    const auto newSize = invocation.value("--size");
    if (newSize && !invocation.operands.empty())
        throw CommandError("measure", "Only one of --size and FILE can be given.");
    if (!newSize && invocation.operands.empty())
        throw CommandError("measure", "A file or --size is missing.");
    ConversionSize size;
    try {
        size = newSize ? sizeOfNew(invocation, *newSize, format)
                       : sizeOfConversion(invocation, session, format);
    } catch (const UnsupportedError& error) {
        if (error.feature() != "new-image")
            throw;
        throw CommandError("measure", error.what());
    }
    if (invocation.global.output == GlobalOptions::Output::Json)
        printJson(session.out, size);
    else
        print(session.out, size);
    return 0;
}

} // namespace platter::cli
