// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/JournalShelf.h"

#include "core/base/Text.h"
#include "core/edit/EditErrors.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <string_view>
#include <tuple>

#include <sys/stat.h>
#include <unistd.h>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr std::string_view suffix = ".platter-undo-";
    constexpr std::size_t longestStem = 200; // with the rest below the 255 bytes of a file name
    constexpr unsigned mostAttempts = 1000; // for a name that is free
    constexpr std::uint64_t firstBytes = 64 * 1024; // of the image, hashed into the header

    std::string stemOf(const fs::path& image)
    {
        return "." + image.filename().string().substr(0, longestStem) + std::string{suffix};
    }

    std::string stemInStateFolder(const DiskFile& file)
    {
        return std::to_string(file.identity().device) + "-" + std::to_string(file.identity().inode)
            + std::string{suffix};
    }

    bool mayBeTrusted(const fs::path& path, uid_t ownerOfImage)
    {
        // Elsewhere than in one's own folders anybody can lay a file beside an image: undo would
        // write that one's bytes.
        struct stat status { };
        return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)
            && (status.st_uid == ::geteuid() || status.st_uid == ownerOfImage
                || status.st_uid == 0);
    }

    bool isOf(const journal::Header& header, const DiskFile& file)
    {
        if (header.inode != file.identity().inode)
            return false;
        // Device numbers change from one start of a system to the next; the time of birth does not.
        const auto birth = file.birthTime();
        if (header.birth != 0 && birth)
            return header.birth == static_cast<std::uint64_t>(*birth);
        return header.device == file.identity().device;
    }

    std::optional<ShelvedJournal> read(
        const fs::path& path, const DiskFile& image, const std::string& stem)
    {
        ShelvedJournal found;
        found.path = path;
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        found.size = file->size();
        try {
            found.header = journal::readHeader(*file);
        } catch (const FormatError& error) {
            // Whose it is can only be told by its name now.
            found.damage = error.what();
            found.state = journal::readState(*file, std::nullopt);
            const std::string name = path.filename().string();
            if (name.compare(0, stem.size(), stem) == 0)
                return found;
            return std::nullopt;
        }
        if (!isOf(found.header, image))
            return std::nullopt;
        found.state = journal::readState(*file, found.header.id);
        return found;
    }

    void search(const fs::path& folder, const DiskFile& image, const std::string& stem,
        std::vector<ShelvedJournal>& found)
    {
        struct stat status { };
        if (::fstat(image.descriptor(), &status) != 0)
            return;
        std::error_code problem;
        for (fs::directory_iterator entry{folder, problem}, end; !problem && entry != end;
             entry.increment(problem)) {
            const std::string name = entry->path().filename().string();
            if (name.find(suffix) == std::string::npos
                || !mayBeTrusted(entry->path(), status.st_uid))
                continue;
            try {
                if (auto one = read(entry->path(), image, stem))
                    found.push_back(std::move(*one));
            } catch (const IoError&) {
                // Not readable for us, or gone meanwhile: not ours to use.
            }
        }
    }

    std::optional<NewJournal> makeIn(const fs::path& folder, const std::string& stem, EditIo& io)
    {
        for (unsigned attempt = 1; attempt <= mostAttempts; ++attempt) {
            const fs::path path = folder / (stem + std::to_string(attempt));
            try {
                return NewJournal{path, io.makeFile(path)};
            } catch (const IoError& error) {
                if (error.code() == std::errc::file_exists)
                    continue;
                if (error.code() == std::errc::permission_denied
                    || error.code() == std::errc::read_only_file_system
                    || error.code() == std::errc::operation_not_permitted)
                    return std::nullopt;
                throw;
            }
        }
        return std::nullopt;
    }

} // namespace

std::vector<ShelvedJournal> journalsOf(const DiskFile& file, const fs::path& image, EditIo& io)
{
    std::vector<ShelvedJournal> found;
    search(image.parent_path(), file, stemOf(image), found);
    if (const fs::path folder = io.stateFolder(); !folder.empty())
        search(folder, file, stemInStateFolder(file), found);
    std::sort(found.begin(), found.end(), [](const ShelvedJournal& a, const ShelvedJournal& b) {
        return std::tie(a.header.number, a.path) < std::tie(b.header.number, b.path);
    });
    return found;
}

NewJournal makeJournal(const DiskFile& file, const fs::path& image, EditIo& io)
{
    auto made = makeIn(image.parent_path(), stemOf(image), io);
    const fs::path folder = io.stateFolder();
    if (!made && !folder.empty()) {
        std::error_code ignored;
        fs::create_directories(folder, ignored);
        made = makeIn(folder, stemInStateFolder(file), io);
    }
    if (!made)
        throw EditRefused(EditRefused::Reason::NoRoomForJournal,
            "Nothing was written. The undo journal could be made neither in "
                + escapedText(image.parent_path().string()) + " nor in "
                + (folder.empty() ? "a state folder (XDG_STATE_HOME, HOME)"
                                  : escapedText(folder.string()))
                + "; make one of them writable.");
    struct stat status { };
    if (::fstat(file.descriptor(), &status) == 0)
        ::fchmod(made->file->descriptor(), (status.st_mode & 0666) | S_IRUSR | S_IWUSR);
    return *made;
}

journal::Header headerFor(const DiskFile& file, const fs::path& image)
{
    journal::Header header;
    std::random_device random;
    for (std::byte& one : header.id)
        one = static_cast<std::byte>(random());
    header.made = journal::now();
    const DiskFile::Stamp stamp = file.stamp();
    header.device = stamp.identity.device;
    header.inode = stamp.identity.inode;
    header.birth = static_cast<std::uint64_t>(file.birthTime().value_or(0));
    header.oldLength = stamp.length;
    header.newLength = stamp.length;
    header.oldChanged = static_cast<std::uint64_t>(stamp.contentChanged);
    std::vector<std::byte> start(std::min(firstBytes, stamp.length.value));
    start.resize(file.read(HostOffset{0}, start));
    header.firstLength = Bytes{start.size()};
    header.firstHash = journal::sha256({start});
    journal::putText(header.name, image.filename().string());
    return header;
}

} // namespace platter
