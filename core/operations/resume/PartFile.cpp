// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/PartFile.h"

#include "core/base/Error.h"
#include "core/base/Text.h"
#include "core/edit/Journal.h"
#include "core/io/FileLock.h"
#include "core/operations/NewFile.h"

#include <sys/stat.h>
#include <unistd.h>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr std::size_t longestStem = 180; // with the rest below the 255 bytes of a file name
    constexpr unsigned mostAttempts = 100; // while others make and remove it

    [[noreturn]] void refuse(const fs::path& path)
    {
        throw LockedError(path.string(),
            "Another conversion is writing to this place; wait for it, or choose another name.");
    }

    enum class Owner { Nobody, We, Others };

    /// Whose file it is; links, and files with several names, count as those of others.
    Owner ownerOf(const fs::path& path, DiskFile::Identity* identity)
    {
        struct stat status { };
        if (::lstat(path.c_str(), &status) != 0)
            return errno == ENOENT || errno == ENOTDIR ? Owner::Nobody : Owner::Others;
        if (identity)
            *identity = {status.st_dev, status.st_ino};
        return S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && status.st_nlink == 1
            ? Owner::We
            : Owner::Others;
    }

} // namespace

fs::path partPathOf(const fs::path& target)
{
    const fs::path real = linksResolved(target);
    std::string stem = real.filename().string();
    if (stem.size() > longestStem) {
        const journal::Digest digest = journal::sha256({std::as_bytes(std::span{stem})});
        stem.resize(longestStem);
        for (std::size_t i = 0; i < 4; ++i)
            stem += hexText(std::to_integer<std::uint64_t>(digest[i]));
    }
    return real.parent_path() / ("." + stem + ".platter-part");
}

fs::path partJournalOf(const fs::path& part)
{
    return part.string() + ".journal";
}

FoundPart takePart(const fs::path& path)
{
    for (unsigned attempt = 0; attempt < mostAttempts; ++attempt) {
        DiskFile::Identity seen;
        const Owner owner = ownerOf(path, &seen);
        if (owner == Owner::Nobody)
            return {};
        if (owner == Owner::Others)
            return {FoundPart::Kind::Foreign, nullptr};
        std::shared_ptr<DiskFile> file;
        try {
            file = DiskFile::open(path, DiskFile::Access::ReadWrite);
        } catch (const IoError& error) {
            if (error.code() == std::errc::no_such_file_or_directory)
                continue;
            throw;
        }
        switch (holdAlone(*file)) {
        case Hold::Taken: refuse(path);
        case Hold::NotPossible: return {FoundPart::Kind::Foreign, nullptr};
        case Hold::Held: break;
        }
        // Whoever held it may have given it its name, or removed it, before it was let go.
        DiskFile::Identity now;
        if (ownerOf(path, &now) == Owner::We && now == file->identity() && seen == now)
            return {FoundPart::Kind::Ours, std::move(file)};
    }
    refuse(path);
}

std::shared_ptr<DiskFile> makePart(const fs::path& path, EditIo& io)
{
    std::shared_ptr<DiskFile> file;
    try {
        file = io.makeFile(path);
    } catch (const IoError& error) {
        if (error.code() == std::errc::file_exists)
            refuse(path);
        throw;
    }
    switch (holdAlone(*file)) {
    case Hold::Taken: refuse(path); // who holds it removes it: it has no journal
    case Hold::NotPossible: io.removeFile(path); return nullptr;
    case Hold::Held: break;
    }
    return file;
}

std::shared_ptr<DiskFile> openPartJournal(const fs::path& part)
{
    const fs::path path = partJournalOf(part);
    DiskFile::Identity seen;
    if (ownerOf(path, &seen) != Owner::We)
        return nullptr;
    auto file = DiskFile::open(path, DiskFile::Access::ReadWrite);
    return file->identity() == seen ? file : nullptr;
}

void removePartJournal(const fs::path& part, EditIo& io)
{
    const fs::path path = partJournalOf(part);
    if (ownerOf(path, nullptr) == Owner::We)
        io.removeFile(path);
}

std::optional<UnfinishedPart> unfinishedPart(const fs::path& target)
{
    const fs::path path = partPathOf(target);
    if (ownerOf(path, nullptr) != Owner::We || ownerOf(partJournalOf(path), nullptr) != Owner::We)
        return std::nullopt;
    try {
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        if (holdAlone(*file) != Hold::Held)
            return std::nullopt;
        return UnfinishedPart{path, file->allocatedBytes()};
    } catch (const Error&) {
        return std::nullopt;
    }
}

Bytes heldByPart(const fs::path& target)
{
    constexpr std::uint64_t blockUnit = 512; // of st_blocks
    const fs::path path = partPathOf(target);
    struct stat status { };
    if (ownerOf(path, nullptr) != Owner::We || ::lstat(path.c_str(), &status) != 0)
        return {};
    return Bytes{static_cast<std::uint64_t>(status.st_blocks)} * blockUnit;
}

void dropPart(const fs::path& target)
{
    const fs::path path = partPathOf(target);
    try {
        const FoundPart found = takePart(path);
        if (found.kind == FoundPart::Kind::Foreign)
            return;
        // The large one first: a journal without its file is never believed.
        if (found.kind == FoundPart::Kind::Ours)
            EditIo::system().removeFile(path);
        removePartJournal(path, EditIo::system());
    } catch (const LockedError&) {
        return;
    }
}

} // namespace platter
