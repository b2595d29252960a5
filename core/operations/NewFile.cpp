// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/NewFile.h"

#include "core/io/FileLock.h"

#include <cerrno>
#include <optional>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr unsigned mostAttempts = 100; // for a name that is free
    constexpr std::size_t longestStem = 200; // with the rest below the 255 bytes of a file name

    /// A file that has lost its name to another, and gets it back unless it is discarded.
    class SetAside {
    public:
        /// `beside` gives folder and beginning of the name that it has meanwhile.
        SetAside(fs::path name, const fs::path& beside)
            : m_name(std::move(name))
            , m_meanwhile(beside.string() + ".old")
        {
            if (::rename(m_name.c_str(), m_meanwhile.c_str()) != 0)
                throw IoError(m_name.string(), "set the former file aside",
                    std::error_code{errno, std::generic_category()});
        }
        ~SetAside()
        {
            if (!m_discarded)
                ::rename(m_meanwhile.c_str(), m_name.c_str());
        }
        SetAside(const SetAside&) = delete;
        SetAside& operator=(const SetAside&) = delete;

        void discard()
        {
            m_discarded = true;
            ::unlink(m_meanwhile.c_str());
        }

    private:
        fs::path m_name;
        fs::path m_meanwhile;
        bool m_discarded = false;
    };

} // namespace

fs::path linksResolved(const fs::path& target)
{
    std::error_code missing;
    const fs::path real = fs::canonical(target, missing);
    return missing ? target : real;
}

void syncFolder(const fs::path& folder)
{
    const std::string name = folder.empty() ? "." : folder.string();
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Some file systems cannot sync a folder (EINVAL); then the name is as durable as it can
    // be.
    if (descriptor >= 0) {
        const bool failed = ::fsync(descriptor) != 0 && errno != EINVAL;
        const int reason = errno;
        ::close(descriptor);
        if (failed)
            throw IoError(name, "make the new file name durable",
                std::error_code{reason, std::generic_category()});
    }
}

void requireReplaceable(const fs::path& target)
{
    std::error_code ignored;
    const fs::file_status status = fs::status(target, ignored);
    if (!fs::exists(status))
        return;
    if (!fs::is_regular_file(status))
        throw UnsupportedError(
            "target-kind", "The target exists and is no regular file; choose another name.");
    const auto existing = DiskFile::open(target, DiskFile::Access::ReadOnly);
    const FileUse use = inspectUse(*existing);
    if (use.mayBeWritten || use.writingForbidden || use.readingForbidden)
        throw LockedError(target.string(),
            "The target exists and another program has it in use; choose another name or end "
            "that program.");
}

NewFile::NewFile(const fs::path& target, fs::path temporary, std::shared_ptr<DiskFile> file)
    : m_target(linksResolved(target))
    , m_temporary(std::move(temporary))
    , m_file(std::move(file))
{
    m_file->beginStoringEarly();
}

NewFile::NewFile(const fs::path& target)
    : m_target(linksResolved(target))
{
    requireReplaceable(m_target);
    const std::string stem = m_target.filename().string().substr(0, longestStem);
    for (unsigned attempt = 0;; ++attempt) {
        m_temporary = m_target.parent_path()
            / ("." + stem + ".platter-" + std::to_string(::getpid()) + "-"
                + std::to_string(attempt));
        try {
            m_file = DiskFile::create(m_temporary);
            m_file->beginStoringEarly();
            return;
        } catch (const IoError& error) {
            if (error.code() != std::errc::file_exists || attempt >= mostAttempts)
                throw IoError(target.string(), "create the file", error.code());
        }
    }
}

NewFile::~NewFile()
{
    if (!m_committed && m_uncommitted == Uncommitted::Remove)
        ::unlink(m_temporary.c_str());
}

void NewFile::commit()
{
    m_file->flush();
    takeName();
}

void NewFile::commitTogether(NewFile& data, NewFile& image)
{
    data.m_file->flush();
    image.m_file->flush();
    std::error_code ignored;
    std::optional<SetAside> formerImage;
    std::optional<SetAside> formerData;
    // Anything but a file has taken the name meanwhile, and keeps it.
    if (fs::is_regular_file(data.m_target, ignored)) {
        if (fs::is_regular_file(image.m_target, ignored))
            formerImage.emplace(image.m_target, image.m_temporary);
        formerData.emplace(data.m_target, data.m_temporary);
    }
    data.takeName();
    try {
        image.takeName();
    } catch (...) {
        ::unlink(data.m_target.c_str());
        throw;
    }
    if (formerImage)
        formerImage->discard();
    if (formerData)
        formerData->discard();
}

void NewFile::takeName()
{
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        throw IoError(m_target.string(), "give the finished file its name",
            std::error_code{errno, std::generic_category()});
    m_committed = true;
    syncFolder(m_target.parent_path());
}

void writeNewFile(const std::filesystem::path& target, const std::function<void(DiskFile&)>& write)
{
    NewFile newFile{target};
    try {
        write(newFile.file());
        newFile.commit();
    } catch (const IoError& error) {
        // The temporary name means nothing to whoever asked for the target.
        if (error.path() != newFile.file().name())
            throw;
        throw IoError(target.string(), "write the file", error.code(), error.hostOffset());
    }
}

} // namespace platter
