// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/SalvageImage.h"

#include "core/disk/VirtualDisk.h"
#include "core/operations/Convert.h"
#include "core/operations/NewImageFile.h"

namespace platter {

SalvageResult salvage(const SalvagePlan& plan, const std::filesystem::path& source,
    const std::filesystem::path& target, const JobControl& job)
{
    std::error_code ignored;
    if (std::filesystem::equivalent(source, target, ignored))
        throw Error("The new image would replace the damaged file; choose another name for it.");
    OpenedImage opened;
    opened.path = source;
    opened.image = plan.image;
    opened.file = DiskFile::open(source, DiskFile::Access::ReadOnly);
    opened.stamp = opened.file->stamp();
    BackingChain chain;
    chain.layers.push_back(std::move(opened));
    const VirtualDisk disk{std::move(chain)};
    ConvertOptions options;
    options.format = "qcow2";
    options.image.size = plan.image->virtualSize();
    options.image.clusterSize = plan.image->clusterSize();
    SalvageResult result;
    result.diskSize = options.image.size;
    writeNewImage(target, options.image, [&](DiskFile& file, const NewImage& image) {
        options.image = image;
        file.beginStoringEarly();
        writeImage(disk, file, options, job);
        result.fileLength = file.size();
    });
    return result;
}

} // namespace platter
