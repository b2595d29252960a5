// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/NewImageFile.h"

#include "core/disk/OpenPolicy.h"
#include "core/io/MemoryFile.h"
#include "core/operations/NewFile.h"

#include <optional>

namespace platter {

namespace fs = std::filesystem;

fs::path dataFilePath(const NewImage& image)
{
    return fs::path{image.dataFileName};
}

void requireLeadsToDataFile(const fs::path& target, const NewImage& image)
{
    const fs::path dataFile = dataFilePath(image);
    NamedFile named;
    named.role = NamedFile::Role::Data;
    named.name = image.dataFileName;
    const ResolvedName resolved = resolveName(target, named);
    if (!resolved.refusal.empty())
        throw Error("The data file cannot have this name: " + resolved.refusal + ".");
    std::error_code ignored;
    const auto place = [&](const fs::path& path) {
        return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
    };
    if (place(dataFile) == place(target))
        throw Error("The data file would be the image itself; choose another name for one.");
    if (fs::exists(resolved.path, ignored) && place(resolved.path) != place(dataFile))
        throw Error("A file beside the new image has the name of the data file and would be "
                    "taken for it; choose another name.");
}

void writeNewImage(const fs::path& target, const NewImage& image,
    const std::function<void(DiskFile& file, const NewImage& image)>& write)
{
    if (image.dataFileName.empty()) {
        writeNewFile(target, [&](DiskFile& file) { write(file, image); });
        return;
    }
    const fs::path dataTarget = dataFilePath(image);
    requireLeadsToDataFile(target, image);
    NewFile imageFile{target};
    NewFile dataFile{dataTarget};
    NewImage complete = image;
    complete.dataFile = &dataFile.file();
    try {
        write(imageFile.file(), complete);
        NewFile::commitTogether(dataFile, imageFile);
    } catch (const IoError& error) {
        // The temporary names mean nothing to whoever asked for the targets.
        if (error.path() == imageFile.file().name())
            throw IoError(target.string(), "write the file", error.code(), error.hostOffset());
        if (error.path() == dataFile.file().name())
            throw IoError(
                dataTarget.string(), "write the data file", error.code(), error.hostOffset());
        throw;
    }
}

void prepareKey(
    NewImage& image, const JobControl& job, const std::function<void(ByteFile& scratch)>& tryWriter)
{
    if (!image.encryption || image.key)
        return;
    MemoryFile scratch{std::vector<std::byte>{}};
    tryWriter(scratch);
    image.key = makeKey(*image.encryption, JobControl{job.stop, {}, job.hold});
}

} // namespace platter
