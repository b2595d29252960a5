// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/ChainFindings.h"

#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/formats/VdiIdentity.h"

#include <array>
#include <ctime>

namespace platter {

namespace {

    /// "2026-11-12 08:15:02.250", in the zone of this computer.
    std::string timeText(std::int64_t nanoseconds)
    {
        const std::time_t seconds = nanoseconds / 1'000'000'000;
        std::tm parts{};
        if (!::localtime_r(&seconds, &parts))
            return "?";
        std::array<char, 64> text{};
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
        const auto milliseconds = static_cast<int>(nanoseconds / 1'000'000 % 1000);
        std::string fraction = std::to_string(1000 + milliseconds);
        fraction.front() = '.';
        return text.data() + fraction;
    }

    std::string userText(const FileUse& use)
    {
        std::string text;
        for (const FileHolder& holder : use.holders) {
            text += (text.empty() ? "" : ", ") + escapedText(holder.command) + " (pid "
                + std::to_string(holder.pid) + ")";
        }
        return text.empty() ? "the system does not say which" : text;
    }

    std::string bytesText(Bytes size)
    {
        return sizeText(size) + " (" + std::to_string(size.value) + " bytes)";
    }

} // namespace

std::vector<Finding> judgeLink(
    const OpenedImage& upper, const OpenedImage& lower, const NamedFile& named)
{
    std::vector<Finding> remarks;
    const auto add = [&](const FindingKind& kind, std::vector<std::string> arguments = {}) {
        remarks.push_back({&kind, {}, {}, {}, std::move(arguments)});
    };
    try {
        if (named.role == NamedFile::Role::VdiParent) {
            const auto child = readVdiIdentity(*upper.file);
            const auto parent = readVdiIdentity(*lower.file);
            if (child && parent && parent->uuid != child->linkUuid)
                add(parentOtherUuid, {parent->uuid, child->linkUuid});
            else if (child && parent && parent->modificationUuid != child->parentModificationUuid)
                add(parentModified, {parent->modificationUuid, child->parentModificationUuid});
        }
        const Bytes above = upper.image->virtualSize();
        const Bytes below = lower.image->virtualSize();
        if (below < above)
            add(baseShorter, {bytesText(below), bytesText(above)});
        else if (below > above)
            add(baseLonger, {bytesText(below), bytesText(above)});
        if (lower.file->isBlockDevice()) {
            add(baseIsDevice);
        } else {
            const auto upperChanged = upper.file->stamp().contentChanged;
            const auto lowerChanged = lower.file->stamp().contentChanged;
            if (lowerChanged > upperChanged && !upper.file->isBlockDevice())
                add(baseNewer, {timeText(lowerChanged), timeText(upperChanged)});
        }
        if (lower.use.mayBeWritten)
            add(baseInUse, {userText(lower.use)});
        if (!named.format)
            add(baseFormatGuessed, {lower.image->formatId()});
        const auto encryption = lower.image->encryption();
        if (encryption && encryption->locked)
            add(baseLocked);
        if (lower.image->formatId() == "raw") {
            const FormatEntry& probed = probeFormat(*lower.file);
            if (std::string_view{probed.id} != "raw")
                add(baseOtherSignature, {probed.id});
        }
    } catch (const Error&) {
        // The file stopped answering, or has the signature of a format that Platter does not read:
        // what was found until here is said.
    }
    return remarks;
}

} // namespace platter
