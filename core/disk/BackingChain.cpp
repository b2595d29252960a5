// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/BackingChain.h"

#include "core/base/Text.h"
#include "core/disk/ChainFindings.h"
#include "core/formats/Registry.h"
#include "core/formats/VdiIdentity.h"

#include <algorithm>
#include <set>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    /// Most files beside a VDI that are looked at for its parent. Platter's own limit, for folders
    /// of another kind.
    constexpr std::size_t mostNeighbours = 10'000;

    bool isSameFile(const ByteFile& a, const DiskFile& b)
    {
        const auto* disk = dynamic_cast<const DiskFile*>(&a);
        return disk && disk->identity() == b.identity();
    }

    OpenedImage openFile(const fs::path& path, const OpenOptions& options,
        const OpenPolicy* dataPolicy, const JobControl& job)
    {
        job.checkStop();
        OpenedImage opened;
        opened.path = path;
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        opened.file = file;
        opened.stamp = file->stamp();
        if (options.sharing == OpenOptions::Sharing::StandStill)
            opened.lock = FileLock::acquire(file, FileLock::Purpose::Read);
        opened.use = inspectUse(*file);

        const FormatEntry& format
            = options.format ? formatCalled(*options.format) : probeFormat(*file);
        opened.formatWasGuessed = !options.format;
        std::shared_ptr<Image> image = format.open(file);

        if (const auto named = image->externalDataFile(); named && dataPolicy) {
            std::filesystem::path dataPath;
            if (options.dataFile) {
                dataPath = *options.dataFile;
            } else {
                const ResolvedName resolved = resolveName(path, *named);
                dataPolicy->require(resolved);
                dataPath = resolved.path;
            }
            const auto data = DiskFile::open(dataPath, DiskFile::Access::ReadOnly);
            if (options.sharing == OpenOptions::Sharing::StandStill)
                opened.dataFileLock = FileLock::acquire(data, FileLock::Purpose::Read);
            image->attachDataFile(data);
        }
        if (image->encryption()) {
            if (options.passphrase)
                image->unlock(*options.passphrase, job);
            else if (options.keyOf && isSameFile(options.keyOf->file(), *file))
                image->unlockLike(*options.keyOf);
            else if (options.requirePassphrase)
                throw PassphraseError(
                    "The guest data is encrypted; a passphrase is needed (--passphrase-file).");
        }
        opened.image = std::move(image);
        return opened;
    }

    /// The file beside `image` whose creation UUID is `uuid`; nothing: there is none.
    std::optional<fs::path> findVdi(
        const fs::path& image, const std::string& uuid, const JobControl& job)
    {
        const fs::path folder = image.parent_path().empty() ? fs::path{"."} : image.parent_path();
        std::error_code error;
        std::size_t seen = 0;
        for (fs::directory_iterator
                 it{folder, fs::directory_options::skip_permission_denied, error},
             end;
             !error && it != end && seen < mostNeighbours; it.increment(error), ++seen) {
            job.checkStop();
            std::error_code ignored;
            if (!it->is_regular_file(ignored))
                continue;
            try {
                const auto file = DiskFile::open(it->path(), DiskFile::Access::ReadOnly);
                const auto identity = readVdiIdentity(*file);
                if (identity && identity->uuid == uuid)
                    return image.parent_path() / it->path().filename();
            } catch (const Error&) {
                continue; // a neighbour that cannot be read is not the parent
            }
        }
        return {};
    }

    /// Where the image below `upper` is to be found.
    ResolvedName resolveBelow(
        const OpenedImage& upper, const NamedFile& named, const JobControl& job)
    {
        if (named.role != NamedFile::Role::VdiParent)
            return resolveName(upper.path, named);
        ResolvedName result;
        result.named = named;
        if (const auto found = findVdi(upper.path, named.name, job))
            result.path = *found;
        else
            result.refusal = "no VDI file beside the image has this UUID";
        return result;
    }

    /// Whether a file carries no signature of a format.
    bool isUnmarked(const fs::path& path)
    {
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        return std::string_view{probeFormat(*file).id} == "raw";
    }

    /// Opens what `upper` rests on.
    OpenedImage openBelow(const ResolvedName& name, const OpenOptions& options,
        const OpenPolicy& policy, const JobControl& job)
    {
        policy.require(name);
        OpenOptions below = options;
        below.format = name.named.format;
        below.dataFile.reset();
        if (name.named.role == NamedFile::Role::VdiParent)
            below.format = "vdi";
        if (!below.format) {
            const auto file = DiskFile::open(name.path, DiskFile::Access::ReadOnly);
            const FormatEntry& probed = probeFormat(*file);
            if (std::string_view{probed.id} == "raw")
                throw FormatError("Backing file", "format", 0,
                    "the overlay does not say which format \"" + escapedText(name.named.name)
                        + "\" has, and raw is never guessed: a guest could have written the "
                          "signature of another format.");
            below.format = probed.id;
        }
        // One passphrase serves the layers that are encrypted.
        return openFile(name.path, below, &policy, job);
    }

    using Cause = ChainLink::Cause;

    void set(ChainLink& link, ChainLink::State state, const std::string& problem,
        Cause cause = Cause::Other)
    {
        link.state = state;
        link.problem = problem;
        link.cause = cause;
    }

    ChainLink standInLink(const NamedFile& named, const fs::path& path)
    {
        ChainLink link;
        link.name.named = named;
        link.name.path = path;
        link.isStandIn = true;
        return link;
    }

    ChainLink namedLink(ResolvedName name)
    {
        ChainLink link;
        link.name = std::move(name);
        const std::string& refusal = link.name.refusal;
        if (refusal.empty())
            return link;
        if (link.name.named.role == NamedFile::Role::VdiParent)
            set(link, ChainLink::State::Missing, refusal);
        else
            set(link, ChainLink::State::Refused, refusal,
                link.name.named.name.starts_with("json:")                 ? Cause::JsonName
                    : link.name.named.name.find(':') == std::string::npos ? Cause::Other
                                                                          : Cause::ProtocolName);
        return link;
    }

    /// Why a file that was not accepted as the format that its overlay stores is something else;
    /// empty: it is not.
    std::string otherFormatText(const ChainLink& link)
    {
        if (!link.name.named.format)
            return {};
        try {
            const auto file = DiskFile::open(link.name.path, DiskFile::Access::ReadOnly);
            const FormatEntry& probed = probeFormat(*file);
            if (probed.id == *link.name.named.format)
                return {};
            const bool plain = std::string_view{probed.id} == "raw";
            return "The overlay says that it is \"" + escapedText(*link.name.named.format)
                + "\", but the file has "
                + (plain ? "no signature of a known format."
                         : "the signature of \"" + std::string{probed.id} + "\".");
        } catch (const UnsupportedError& foreign) {
            return foreign.what();
        } catch (const Error&) {
            return {};
        }
    }

    /// Opens what a link leads to, if it may be opened; what is in the way becomes its state.
    void openLink(ChainLink& link, const std::vector<OpenedImage>& layers, const OpenPolicy& policy,
        const JobControl& job)
    {
        using State = ChainLink::State;
        OpenOptions options;
        options.sharing = OpenOptions::Sharing::Look;
        std::error_code ignored;
        try {
            policy.require(link.name);
            const fs::file_status status = fs::status(link.name.path, ignored);
            if (!fs::exists(status))
                return set(link, State::Missing, "There is no such file.");
            if (!link.name.named.format && link.name.named.role == NamedFile::Role::Backing
                && isUnmarked(link.name.path))
                return set(link, State::Broken,
                    "The overlay does not say which format this file has, the file has no "
                    "signature, and raw is never guessed: a guest could have written the "
                    "signature of another format.",
                    Cause::UnknownFormat);
            OpenedImage opened = openBelow(link.name, options, policy, job);
            for (const OpenedImage& layer : layers) {
                if (layer.file->identity() == opened.file->identity())
                    return set(link, State::Broken,
                        "\"" + escapedText(opened.path.string())
                            + "\" is already part of this chain: it would rest on itself.",
                        Cause::Loop);
            }
            if (layers.size() >= maximumChainLength)
                return set(link, State::Broken,
                    "The chain has more than " + std::to_string(maximumChainLength)
                        + " images; Platter follows no further.",
                    Cause::TooDeep);
            link.remarks = judgeLink(layers.back(), opened, link.name.named);
            link.opened = std::move(opened);
            set(link, State::Opened, {});
        } catch (const ConsentError& refused) {
            const fs::file_status status = fs::status(link.name.path, ignored);
            const bool openable
                = !fs::exists(status) || fs::is_regular_file(status) || fs::is_block_file(status);
            if (openable) {
                set(link, State::NeedsConsent, refused.what());
                link.leadsTo = fs::canonical(link.name.path, ignored);
            } else {
                set(link, State::Refused, refused.what(), Cause::NotAFile);
            }
        } catch (const IoError& error) {
            set(link, State::Broken, error.what(), Cause::Unreadable);
        } catch (const Error& error) {
            const std::string other = otherFormatText(link);
            set(link, State::Broken, other.empty() ? error.what() : other,
                other.empty() ? Cause::Other : Cause::OtherFormat);
        }
    }

    void requireNoLoop(const std::vector<OpenedImage>& layers, const OpenedImage& next)
    {
        for (const OpenedImage& layer : layers) {
            if (layer.file->identity() == next.file->identity())
                throw FormatError("Backing chain", "backing file name", 0,
                    "\"" + escapedText(next.path.string()) + "\" rests on itself.");
        }
        if (layers.size() >= maximumChainLength)
            throw FormatError("Backing chain", "backing file name", 0,
                "the chain has more than " + std::to_string(maximumChainLength) + " images.");
    }

} // namespace

OpenedImage openImage(const fs::path& path, const OpenOptions& options, const JobControl& job)
{
    return openFile(path, options, nullptr, job);
}

OpenedImage openImageWithData(const fs::path& path, const OpenOptions& options,
    const OpenPolicy& policy, const JobControl& job)
{
    return openFile(path, options, &policy, job);
}

BackingChain openChain(const fs::path& path, const OpenOptions& options, const OpenPolicy& policy,
    const JobControl& job)
{
    BackingChain chain;
    chain.layers.push_back(openImageWithData(path, options, policy, job));
    while (const auto named = chain.layers.back().image->backingFile()) {
        const ResolvedName name = resolveBelow(chain.layers.back(), *named, job);
        OpenedImage next = openBelow(name, options, policy, job);
        requireNoLoop(chain.layers, next);
        chain.layers.push_back(std::move(next));
    }
    return chain;
}

std::vector<ChainLink> inspectChain(const OpenedImage& top, const OpenPolicy& policy,
    const JobControl& job, const ChainStandIns& standIns)
{
    std::vector<ChainLink> links;
    std::vector<OpenedImage> layers{top};
    while (const auto named = layers.back().image->backingFile()) {
        ChainLink link = standIns.contains(layers.back().path)
            ? standInLink(*named, standIns.at(layers.back().path))
            : namedLink(resolveBelow(layers.back(), *named, job));
        if (link.state == ChainLink::State::NeedsConsent)
            openLink(link, layers, policy, job);
        links.push_back(link);
        if (link.state != ChainLink::State::Opened)
            break;
        layers.push_back(*link.opened);
    }
    return links;
}

} // namespace platter
