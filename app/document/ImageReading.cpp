// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageReading.h"

#include "app/document/ChainReading.h"
#include "core/formats/Registry.h"

#include <chrono>
#include <thread>

#include <unistd.h>

namespace platter::app {

namespace {

    constexpr std::size_t shownFirstBytes = 64;

    DiskFile::Stamp stampIfThere(const std::filesystem::path& path)
    {
        try {
            return DiskFile::stampOf(path);
        } catch (const IoError&) {
            return {}; // opening it says why
        }
    }

    ReadImage readOnce(const std::filesystem::path& path, const OpenOptions& options,
        const std::set<std::filesystem::path>& agreed, const JobControl& job)
    {
        ReadImage loaded;
        if (!options.format) {
            const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
            if (std::string_view{probeFormat(*file).id} == "raw") {
                loaded.unknown = true;
                loaded.firstBytes.resize(shownFirstBytes);
                loaded.firstBytes.resize(file->read(HostOffset{0}, loaded.firstBytes));
                loaded.facts.fileLength = file->size();
                return loaded;
            }
        }
        loaded.opened = openImage(path, options, job);
        if (const auto data = loaded.opened.image->externalDataFile();
            data && (options.dataFile || agreed.contains(resolveName(path, *data).path))) {
            try {
                loaded.opened = openImageWithData(path, options, OpenPolicy::agreed(agreed), job);
            } catch (const Error& error) {
                loaded.dataProblem = error.what(); // shown without its data
            }
        }
        if (const auto data = attachedDataFile(loaded.opened))
            loaded.dataFileState = data->stamp();
        const Image& image = *loaded.opened.image;
        loaded.facts.fileLength = image.file().size();
        loaded.facts.onDisk = image.file().allocatedBytes();
        loaded.facts.quickLook = image.quickLook();
        loaded.facts.structures = image.describe();
        loaded.facts.writable = ::access(path.c_str(), W_OK) == 0;
        return loaded;
    }

} // namespace

ReadImage readImage(const std::filesystem::path& path, OpenOptions options,
    const std::set<std::filesystem::path>& agreed, const JobControl& job)
{
    constexpr int mostTries = 4;
    constexpr std::chrono::milliseconds pause{40};
    for (int tries = mostTries;; --tries) {
        const DiskFile::Stamp before = stampIfThere(path);
        try {
            ReadImage loaded = readOnce(path, options, agreed, job);
            if (!loaded.opened.file)
                return loaded;
            loaded.facts.mixed = loaded.opened.file->stamp() != loaded.opened.stamp;
            if (!loaded.facts.mixed || tries == 1)
                return loaded;
            if (options.passphrase) {
                // Once is enough: trying a passphrase takes seconds, in which the file changes
                // again.
                options.keyOf = loaded.opened.image;
                options.passphrase.reset();
                options.requirePassphrase = false;
            }
        } catch (const FormatError&) {
            if (tries == 1 || stampIfThere(path) == before)
                throw; // not because it was half written
        }
        job.checkStop();
        std::this_thread::sleep_for(pause);
    }
}

} // namespace platter::app
