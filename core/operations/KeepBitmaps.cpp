// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/KeepBitmaps.h"

#include "core/base/Text.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::size_t mostNamed = 3; ///< names in a sentence

    std::string countedNames(
        const Image& source, const std::vector<std::size_t>& bitmaps, const std::string& what)
    {
        std::string text
            = std::to_string(bitmaps.size()) + " " + what + (bitmaps.size() == 1 ? " (" : "s (");
        for (std::size_t i = 0; i < std::min(bitmaps.size(), mostNamed); ++i)
            text
                += (i == 0 ? "\"" : ", \"") + escapedText(source.bitmaps()[bitmaps[i]].name) + "\"";
        return text + (bitmaps.size() > mostNamed ? ", …)" : ")");
    }

} // namespace

std::vector<std::size_t> bitmapsToKeep(
    const Image& source, const ConvertOptions& options, const JobControl& job)
{
    std::vector<std::size_t> kept;
    if (options.format != "qcow2" || options.image.version == 2U)
        return kept;
    const JobControl quiet{job.stop, {}, job.hold};
    for (std::size_t i = 0; i < source.bitmaps().size(); ++i) {
        if (!source.bitmaps()[i].consistent)
            continue;
        try {
            source.scanBitmap(
                i, [](const Extent&) {}, quiet);
            kept.push_back(i);
        } catch (const FormatError&) {
            continue; // one whose table is damaged
        }
    }
    return kept;
}

void handOverBitmaps(const Image& source, std::span<const std::size_t> bitmaps,
    const std::function<void(NewBitmap)>& add, const JobControl& job)
{
    for (const std::size_t index : bitmaps) {
        const BitmapInfo& info = source.bitmaps().at(index);
        NewBitmap bitmap;
        bitmap.name = info.name;
        bitmap.granularity = info.granularity;
        bitmap.autoLoad = info.autoLoad;
        bitmap.scan = [&source, index, quiet = JobControl{job.stop, {}, job.hold}](
                          const NewBitmap::DirtySink& sink) {
            source.scanBitmap(
                index, [&](const Extent& dirty) { sink(dirty.start, dirty.length); }, quiet);
        };
        add(std::move(bitmap));
    }
}

std::vector<std::string> lostBitmaps(const Image& source, std::span<const std::size_t> kept)
{
    std::vector<std::size_t> sound;
    std::vector<std::size_t> stale;
    for (std::size_t i = 0; i < source.bitmaps().size(); ++i) {
        if (std::find(kept.begin(), kept.end(), i) == kept.end())
            (source.bitmaps()[i].consistent ? sound : stale).push_back(i);
    }
    std::vector<std::string> lost;
    if (!sound.empty())
        lost.push_back(countedNames(source, sound, "bitmap"));
    if (!stale.empty())
        lost.push_back(countedNames(source, stale, "stale bitmap"));
    return lost;
}

} // namespace platter
