// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ConversionDraft.h"

#include "app/document/ImageDocument.h"
#include "app/text/CoreText.h"
#include "core/formats/Registry.h"

#include <QCoreApplication>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ConversionDraft)
    };

    constexpr Bytes usualCluster{64 << 10};
    constexpr Bytes leastExtended{16 << 10}; ///< cluster size that extended L2 entries need

    using Sources = std::vector<ConversionSource>;

    bool isQcow2(const ConversionChoice& choice)
    {
        return choice.format == "qcow2";
    }

    bool asksForOldVersion(const ConversionChoice& choice)
    {
        return choice.image.version == 2U;
    }

    bool haveSnapshots(const Sources& sources)
    {
        return std::any_of(sources.begin(), sources.end(),
            [](const ConversionSource& source) { return !source.image->snapshots().empty(); });
    }

    /// The clusters that the new images will have, the smallest if they differ.
    Bytes leastCluster(const ConversionChoice& choice, const Sources& sources)
    {
        if (choice.image.clusterSize)
            return *choice.image.clusterSize;
        std::optional<Bytes> least;
        for (const ConversionSource& source : sources) {
            const Bytes own = source.image->formatId() == "qcow2"
                ? source.image->clusterSize().value_or(usualCluster)
                : usualCluster;
            least = least ? std::min(*least, own) : own;
        }
        return least.value_or(usualCluster);
    }

    QString onlyQcow2()
    {
        return Words::tr("Only QCOW2 images have this.");
    }

    QString needsNewVersion()
    {
        return Words::tr("Needs version 3.");
    }

    QString whyNotCompressed(const ConversionChoice& choice)
    {
        if (isQcow2(choice) || choice.format == "qcow")
            return {};
        return Words::tr("The format %1 cannot hold compressed data.")
            .arg(formatTitle(choice.format));
    }

    bool compresses(const ConversionChoice& choice)
    {
        return choice.image.compress && whyNotCompressed(choice).isEmpty();
    }

    QString whyNoState(const Sources& sources)
    {
        if (sources.size() != 1)
            return Words::tr("Can be chosen for one image at a time.");
        return sources.front().image->snapshots().empty()
            ? Words::tr("This image has no snapshots.")
            : QString();
    }

    bool takesSnapshotState(const ConversionChoice& choice, const Sources& sources)
    {
        return choice.snapshot && whyNoState(sources).isEmpty();
    }

    QString whyNoBacking(const ConversionChoice& choice, const Sources& sources)
    {
        if (!isQcow2(choice) && choice.format != "qcow")
            return Words::tr("An image of the format %1 cannot name a backing file.")
                .arg(formatTitle(choice.format));
        if (sources.size() != 1)
            return Words::tr("Can be chosen for one image at a time.");
        return sources.front().below.empty() ? Words::tr("This image rests on no other file.")
                                             : QString();
    }

    bool keepsBacking(const ConversionChoice& choice, const Sources& sources)
    {
        return choice.keepLayer && whyNoBacking(choice, sources).isEmpty()
            && *choice.keepLayer < sources.front().below.size();
    }

    QString whyNoSnapshots(const ConversionChoice& choice, const Sources& sources)
    {
        if (!haveSnapshots(sources))
            return Words::tr("There are no snapshots to keep.");
        if (!isQcow2(choice))
            return Words::tr("The format %1 cannot hold snapshots.")
                .arg(formatTitle(choice.format));
        if (takesSnapshotState(choice, sources))
            return Words::tr("The disk of one snapshot was chosen.");
        return {};
    }

    QString whyNoBitmaps(const ConversionChoice& choice, const Sources& sources)
    {
        const bool some = std::any_of(sources.begin(), sources.end(),
            [](const ConversionSource& source) { return !source.image->bitmaps().empty(); });
        if (!some)
            return Words::tr("There are no bitmaps to keep.");
        if (!isQcow2(choice))
            return Words::tr("The format %1 cannot hold bitmaps.").arg(formatTitle(choice.format));
        if (asksForOldVersion(choice))
            return needsNewVersion();
        if (takesSnapshotState(choice, sources))
            return Words::tr("The disk of one snapshot was chosen.");
        return {};
    }

    QString whyNoPreallocation(const ConversionChoice& choice, const Sources& sources)
    {
        if (choice.format == "vdi")
            return Words::tr("A VDI image can have a fixed size instead.");
        if (!isQcow2(choice))
            return onlyQcow2();
        if (compresses(choice))
            return Words::tr("Compressed data takes only the space that it needs.");
        if (keepsBacking(choice, sources))
            return Words::tr("It would hide the backing file that is kept.");
        if (choice.keepSnapshots && whyNoSnapshots(choice, sources).isEmpty())
            return Words::tr("Not together with snapshots that are kept.");
        return {};
    }

    QString whyNotExtended(const ConversionChoice& choice, const Sources& sources)
    {
        if (asksForOldVersion(choice))
            return needsNewVersion();
        return leastCluster(choice, sources) < leastExtended
            ? Words::tr("Needs clusters of at least %1.").arg(shownSize(leastExtended))
            : QString();
    }

    QString whyNotEncrypted(const ConversionChoice& choice, const Sources& sources)
    {
        const auto has = [&](const char* method) {
            return std::any_of(sources.begin(), sources.end(), [&](const ConversionSource& source) {
                return encryptionOf(choice, source) == method;
            });
        };
        if (!has("luks") && !has("aes"))
            return Words::tr("There is no encryption to keep.");
        if (!isQcow2(choice) && choice.format != "qcow")
            return Words::tr("The format %1 cannot be encrypted.").arg(formatTitle(choice.format));
        if (compresses(choice))
            return Words::tr("Compressed data cannot be encrypted.");
        if (!isQcow2(choice) && has("luks"))
            return Words::tr("QCOW images have an old, weak method only, and not LUKS.");
        return {};
    }

} // namespace

std::string encryptionOf(const ConversionChoice& choice, const ConversionSource& source)
{
    if (const auto own = source.image->encryption())
        return own->format;
    const std::size_t end
        = std::min(choice.keepLayer.value_or(source.below.size()), source.below.size());
    for (std::size_t i = 0; i < end; ++i) {
        if (!source.below[i].encryption.empty())
            return source.below[i].encryption;
    }
    return {};
}

ConversionSource ConversionSource::of(const ImageDocument& document)
{
    ConversionSource source;
    source.path = std::filesystem::absolute(document.path());
    source.image = document.image();
    if (const auto chain = document.openedChain()) {
        for (std::size_t i = 1; i < chain->layers.size(); ++i) {
            const Image& image = *chain->layers[i].image;
            const auto encryption = image.encryption();
            source.below.push_back({std::filesystem::absolute(chain->layers[i].path),
                image.formatId(), encryption ? encryption->format : std::string{}});
        }
    }
    return source;
}

QString whyNotChosen(ConversionOption option, const ConversionChoice& choice,
    const std::vector<ConversionSource>& sources)
{
    switch (option) {
    case ConversionOption::Compress: return whyNotCompressed(choice);
    case ConversionOption::Level:
        return compresses(choice) ? QString() : Words::tr("Only for compressed data.");
    case ConversionOption::Codec:
        if (!isQcow2(choice))
            return onlyQcow2();
        if (!compresses(choice))
            return Words::tr("Only for compressed data.");
        return asksForOldVersion(choice) ? Words::tr("Version 2 knows zlib only.") : QString();
    case ConversionOption::ClusterSize:
    case ConversionOption::Version: return isQcow2(choice) ? QString() : onlyQcow2();
    case ConversionOption::RefcountBits:
    case ConversionOption::LazyRefcounts:
        return !isQcow2(choice)         ? onlyQcow2()
            : asksForOldVersion(choice) ? needsNewVersion()
                                        : QString();
    case ConversionOption::ExtendedL2:
        return isQcow2(choice) ? whyNotExtended(choice, sources) : onlyQcow2();
    case ConversionOption::Preallocation: return whyNoPreallocation(choice, sources);
    case ConversionOption::Fixed:
        return choice.format == "vdi" ? QString() : Words::tr("Only VDI images have this.");
    case ConversionOption::State: return whyNoState(sources);
    case ConversionOption::KeepSnapshots: return whyNoSnapshots(choice, sources);
    case ConversionOption::KeepBitmaps: return whyNoBitmaps(choice, sources);
    case ConversionOption::KeepBacking: return whyNoBacking(choice, sources);
    case ConversionOption::KeepEncryption: return whyNotEncrypted(choice, sources);
    }
    return {};
}

ConversionChoice effectiveChoice(
    const ConversionChoice& choice, const std::vector<ConversionSource>& sources)
{
    const auto may
        = [&](ConversionOption option) { return whyNotChosen(option, choice, sources).isEmpty(); };
    ConversionChoice left = choice;
    if (!may(ConversionOption::Compress))
        left.image.compress = false;
    if (!may(ConversionOption::Level))
        left.image.level = CompressionLevel::Default;
    if (!may(ConversionOption::Codec))
        left.image.compression.reset();
    if (!may(ConversionOption::ClusterSize))
        left.image.clusterSize.reset();
    if (!may(ConversionOption::Version))
        left.image.version.reset();
    if (!may(ConversionOption::RefcountBits))
        left.image.refcountBits.reset();
    if (!may(ConversionOption::ExtendedL2))
        left.image.extendedL2.reset();
    if (!may(ConversionOption::LazyRefcounts))
        left.image.lazyRefcounts.reset();
    if (!may(ConversionOption::Preallocation))
        left.image.preallocation = NewImage::Preallocation::Off;
    if (!may(ConversionOption::Fixed))
        left.image.fixed.reset();
    if (!may(ConversionOption::State))
        left.snapshot.reset();
    if (!may(ConversionOption::KeepSnapshots))
        left.keepSnapshots = false;
    if (!may(ConversionOption::KeepBitmaps))
        left.keepBitmaps = false;
    if (!keepsBacking(choice, sources))
        left.keepLayer.reset();
    if (!may(ConversionOption::KeepEncryption))
        left.keepEncryption = false;
    return left;
}

NewImage newImageFor(const ConversionChoice& choice, const ConversionSource& source)
{
    NewImage image = choice.image;
    keepWhatSourceHas(image, choice.format, *source.image);
    image.size = source.image->virtualSize();
    if (choice.snapshot) {
        for (const SnapshotInfo& snapshot : source.image->snapshots()) {
            if (snapshot.id == *choice.snapshot)
                image.size = snapshot.diskSize;
        }
    }
    return image;
}

ConvertOptions convertOptionsFor(const ConversionChoice& choice, const ConversionSource& source,
    const std::filesystem::path& folder)
{
    ConvertOptions options;
    options.format = choice.format;
    options.image = choice.image;
    if (choice.keepLayer) {
        const ConversionSource::Layer& kept = source.below[*choice.keepLayer];
        options.image.backingName = backingNameFor(folder, kept.path);
        options.image.backingFormat = kept.formatId;
        options.keepFrom = *choice.keepLayer + 1; // of the chain, which the image itself begins
    }
    return options;
}

QStringList lossesOf(
    const ConversionChoice& choice, const ConversionSource& source, int bitmapsLost)
{
    QStringList losses;
    const auto& snapshots = source.image->snapshots();
    if (!choice.keepSnapshots && !choice.snapshot && !snapshots.empty()) {
        losses << Words::tr("%n internal snapshot(s)", nullptr, static_cast<int>(snapshots.size()));
        const auto memories = std::count_if(snapshots.begin(), snapshots.end(),
            [](const SnapshotInfo& snapshot) { return snapshot.vmStateSize.value > 0; });
        if (memories > 0)
            losses << Words::tr("%n saved machine state(s)", nullptr, static_cast<int>(memories));
    }
    if (choice.snapshot) {
        const bool memory = std::any_of(
            snapshots.begin(), snapshots.end(), [&choice](const SnapshotInfo& snapshot) {
                return snapshot.id == *choice.snapshot && snapshot.vmStateSize.value > 0;
            });
        if (memory)
            losses << Words::tr("the saved machine state of this snapshot");
    }
    if (bitmapsLost > 0)
        losses << Words::tr("%n bitmap(s)", nullptr, bitmapsLost);
    if (!choice.keepEncryption && !encryptionOf(choice, source).empty())
        losses << Words::tr("the encryption: the data will be stored in the clear");
    return losses;
}

std::string backingNameFor(const std::filesystem::path& folder, const std::filesystem::path& file)
{
    const std::filesystem::path relative
        = file.lexically_normal().lexically_relative(folder.lexically_normal());
    const bool inside = !relative.empty() && *relative.begin() != "..";
    return inside ? relative.string() : file.string();
}

QString formatTitle(const std::string& id)
{
    for (const FormatEntry& entry : knownFormats()) {
        if (entry.id == id)
            return id == "raw" ? Words::tr("raw") : QString::fromLatin1(entry.name);
    }
    return shownText(id);
}

} // namespace platter::app
