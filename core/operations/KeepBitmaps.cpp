// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/KeepBitmaps.h"

#include "core/base/Endian.h"
#include "core/base/Text.h"
#include "core/crypto/Hash.h"
#include "core/operations/ContentTree.h"

#include <algorithm>
#include <array>

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

    /// Where bits are set, whatever pieces they are told in.
    class DirtySum {
    public:
        explicit DirtySum(Bytes disk)
            : m_disk(disk)
        {
        }
        void add(const Extent& dirty)
        {
            const std::uint64_t start = std::min(dirty.start.value, m_disk.value);
            const std::uint64_t end = std::min((dirty.start + dirty.length).value, m_disk.value);
            if (start == end)
                return;
            if (start != m_end) {
                endRun();
                m_start = start;
            }
            m_end = end;
        }
        ContentDigest finish()
        {
            endRun();
            ContentDigest sum;
            m_sum.finish(sum);
            return sum;
        }

    private:
        void endRun()
        {
            if (m_start == m_end)
                return;
            std::array<std::byte, 16> run;
            storeBig(run.data(), m_start);
            storeBig(run.data() + 8, m_end);
            m_sum.add(run);
            m_start = m_end;
        }

        Bytes m_disk;
        std::uint64_t m_start = 0; ///< of the run that is not ended
        std::uint64_t m_end = 0;
        DigestStream m_sum{HashAlgorithm::Sha256};
    };

    ContentDigest sumOf(const Image& image, std::size_t bitmap, Bytes disk, const JobControl& job)
    {
        DirtySum sum{disk};
        image.scanBitmap(
            bitmap, [&](const Extent& dirty) { sum.add(dirty); },
            JobControl{job.stop, {}, job.hold});
        return sum.finish();
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

std::optional<std::string> howBitmapsDiffer(const Image& source,
    std::span<const std::size_t> bitmaps, const Image& made, const JobControl& job)
{
    const std::vector<BitmapInfo>& there = made.bitmaps();
    if (there.size() != bitmaps.size())
        return "has " + std::to_string(there.size()) + " bitmaps, not "
            + std::to_string(bitmaps.size());
    for (std::size_t i = 0; i < bitmaps.size(); ++i) {
        const BitmapInfo& wanted = source.bitmaps().at(bitmaps[i]);
        const std::string name = "bitmap \"" + escapedText(wanted.name) + "\"";
        const auto found = std::find_if(there.begin(), there.end(),
            [&](const BitmapInfo& one) { return one.name == wanted.name; });
        if (found == there.end())
            return "does not have the " + name;
        if (found->granularity != wanted.granularity || found->autoLoad != wanted.autoLoad
            || !found->consistent)
            return "does not tell of the " + name + " what the source tells";
        const auto index = static_cast<std::size_t>(found - there.begin());
        const Bytes disk = made.virtualSize();
        if (sumOf(source, bitmaps[i], disk, job) != sumOf(made, index, disk, job))
            return "does not have the bits of the " + name;
    }
    return std::nullopt;
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
