// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/FindOverlays.h"

#include "core/disk/OpenPolicy.h"
#include "core/formats/Registry.h"
#include "core/formats/VdiIdentity.h"

#include <algorithm>
#include <optional>
#include <set>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    /// Folders inside folders that are entered. Platter's own limit.
    constexpr std::size_t maximumDepth = 64;

    /// What the header of one file says about other files.
    struct Node {
        fs::path path;
        DiskFile::Stamp stamp;
        std::string formatId;
        Bytes virtualSize{};
        std::string uuid; ///< VDI only
        struct Below {
            NamedFile named;
            std::optional<DiskFile::Identity> file; ///< where the name leads; VDI: nothing
        };
        std::vector<Below> below;
    };

    std::optional<DiskFile::Identity> identityOf(const fs::path& path)
    {
        try {
            return DiskFile::stampOf(path).identity;
        } catch (const IoError&) {
            return std::nullopt; // the file that it names is not there
        }
    }

    /// Nothing: a file that names no other one.
    std::optional<Node> readNode(const fs::path& path)
    {
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        const FormatEntry& format = probeFormat(*file);
        if (std::string_view{format.id} == "raw")
            return std::nullopt;
        Node node;
        node.path = path;
        node.stamp = file->stamp();
        node.formatId = format.id;
        if (const auto vdi = readVdiIdentity(*file))
            node.uuid = vdi->uuid;
        const auto image = format.open(file);
        node.virtualSize = image->virtualSize();
        for (const auto& named : {image->backingFile(), image->externalDataFile()}) {
            if (!named)
                continue;
            Node::Below below{*named, {}};
            const ResolvedName resolved = resolveName(path, *named);
            if (named->role != NamedFile::Role::VdiParent && resolved.refusal.empty())
                below.file = identityOf(resolved.path);
            node.below.push_back(std::move(below));
        }
        return node;
    }

    /// A file on which others may rest.
    struct Base {
        fs::path path;
        DiskFile::Stamp stamp;
        std::string uuid;
    };

    const Node::Below* linkTo(const Node& node, const Base& base)
    {
        const auto link
            = std::find_if(node.below.begin(), node.below.end(), [&](const Node::Below& below) {
                  return below.named.role == NamedFile::Role::VdiParent
                      ? !base.uuid.empty() && below.named.name == base.uuid
                      : below.file == base.stamp.identity;
              });
        return link == node.below.end() ? nullptr : &*link;
    }

    void collect(const std::vector<Node>& nodes, const Base& image, FoundOverlays& found,
        const JobControl& job)
    {
        std::vector<Base> level{image};
        std::set<DiskFile::Identity> seen{image.stamp.identity};
        for (std::size_t distance = 1; !level.empty(); ++distance) {
            std::vector<Base> next;
            for (const Base& base : level) {
                job.checkStop();
                for (const Node& node : nodes) {
                    const Node::Below* link = linkTo(node, base);
                    if (!link || !seen.insert(node.stamp.identity).second)
                        continue;
                    found.overlays.push_back({node.path, node.formatId, node.virtualSize,
                        link->named.role, link->named.name, base.path, distance,
                        base.stamp.contentChanged > node.stamp.contentChanged});
                    next.push_back({node.path, node.stamp, node.uuid});
                }
            }
            level = std::move(next);
        }
        std::sort(found.overlays.begin(), found.overlays.end(),
            [](const FoundOverlay& a, const FoundOverlay& b) {
                return a.distance != b.distance ? a.distance < b.distance : a.path < b.path;
            });
    }

} // namespace

std::vector<fs::path> listFiles(const std::vector<fs::path>& folders,
    const FindOverlaysOptions& options, FoundOverlays& found, const JobControl& job)
{
    std::vector<fs::path> files;
    std::set<DiskFile::Identity> entered;
    std::vector<std::pair<fs::path, std::size_t>> waiting;
    for (const fs::path& folder : folders)
        waiting.emplace_back(folder, 0);
    while (!waiting.empty()) {
        const auto [folder, depth] = waiting.back();
        waiting.pop_back();
        const auto identity = identityOf(folder);
        if (identity && !entered.insert(*identity).second)
            continue; // named twice, or below another named one
        std::error_code error;
        fs::directory_iterator entry{folder, error};
        if (error) {
            ++found.unreadable;
            continue;
        }
        ++found.folders;
        for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
            job.checkStop();
            std::error_code ignored;
            const fs::file_status status = entry->symlink_status(ignored);
            if (fs::is_directory(status)) {
                if (options.reach == FindOverlaysOptions::Reach::FoldersBelow
                    && depth < maximumDepth)
                    waiting.emplace_back(entry->path(), depth + 1);
            } else if (fs::is_regular_file(status)) {
                if (files.size() == options.maximumFiles) {
                    found.limitReached = true;
                    return files;
                }
                files.push_back(entry->path());
            }
        }
    }
    return files;
}

FoundOverlays findOverlays(const DiskFile& image, const fs::path& path,
    const std::vector<fs::path>& folders, const FindOverlaysOptions& options, const JobControl& job)
{
    FoundOverlays found;
    const std::vector<fs::path> files = listFiles(folders, options, found, job);
    std::vector<Node> nodes;
    for (const fs::path& file : files) {
        job.step({found.files, files.size()});
        ++found.files;
        try {
            if (auto node = readNode(file)) {
                ++found.images;
                nodes.push_back(std::move(*node));
            }
        } catch (const UnsupportedError&) {
            continue; // a format that Platter does not read
        } catch (const Error&) {
            ++found.unreadable;
        }
    }
    Base base{path, image.stamp(), {}};
    if (const auto vdi = readVdiIdentity(image))
        base.uuid = vdi->uuid;
    collect(nodes, base, found, job);
    return found;
}

} // namespace platter
