// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/BackingChain.h"

#include "core/base/Text.h"
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

    OpenedImage openFile(const fs::path& path, const OpenOptions& options,
        const OpenPolicy* dataPolicy, const JobControl& job)
    {
        job.checkStop();
        OpenedImage opened;
        opened.path = path;
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        opened.file = file;
        if (options.sharing == OpenOptions::Sharing::StandStill)
            opened.lock = FileLock::acquire(file, FileLock::Purpose::Read);
        opened.use = inspectUse(*file);

        const FormatEntry& format
            = options.format ? formatCalled(*options.format) : probeFormat(*file);
        opened.formatWasGuessed = !options.format;
        std::shared_ptr<Image> image = format.open(file);

        if (const auto named = image->externalDataFile(); named && dataPolicy) {
            const ResolvedName resolved = resolveName(path, *named);
            dataPolicy->require(resolved);
            const auto data = DiskFile::open(resolved.path, DiskFile::Access::ReadOnly);
            if (options.sharing == OpenOptions::Sharing::StandStill)
                opened.dataFileLock = FileLock::acquire(data, FileLock::Purpose::Read);
            image->attachDataFile(data);
        }
        if (image->encryption()) {
            if (options.passphrase)
                image->unlock(*options.passphrase, job);
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

    /// Opens what `upper` rests on.
    OpenedImage openBelow(const ResolvedName& name, const OpenOptions& options,
        const OpenPolicy& policy, const JobControl& job)
    {
        policy.require(name);
        OpenOptions below = options;
        below.format = name.named.format;
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

std::vector<ChainLink> inspectChain(
    const OpenedImage& top, const OpenPolicy& policy, const JobControl& job)
{
    std::vector<ChainLink> links;
    std::vector<OpenedImage> layers{top};
    OpenOptions options;
    options.sharing = OpenOptions::Sharing::Look;
    for (;;) {
        const auto named = layers.back().image->backingFile();
        if (!named)
            return links;
        ChainLink link;
        link.name = resolveBelow(layers.back(), *named, job);
        const auto state = [&](ChainLink::State is, const std::string& problem) {
            link.state = is;
            link.problem = problem;
        };
        if (!link.name.refusal.empty()) {
            const bool missing = named->role == NamedFile::Role::VdiParent;
            state(
                missing ? ChainLink::State::Missing : ChainLink::State::Refused, link.name.refusal);
        } else {
            std::error_code error;
            try {
                policy.require(link.name);
                if (!fs::exists(link.name.path, error)) {
                    state(ChainLink::State::Missing, "There is no such file.");
                } else {
                    OpenedImage opened = openBelow(link.name, options, policy, job);
                    requireNoLoop(layers, opened);
                    link.opened = opened;
                    state(ChainLink::State::Opened, {});
                    layers.push_back(std::move(opened));
                }
            } catch (const ConsentError& refused) {
                state(ChainLink::State::NeedsConsent, refused.what());
            } catch (const Error& broken) {
                state(ChainLink::State::Broken, broken.what());
            }
        }
        links.push_back(link);
        if (link.state != ChainLink::State::Opened)
            return links;
    }
}

} // namespace platter
