// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/JudgeBase.h"

#include "core/disk/VirtualDisk.h"
#include "core/formats/Registry.h"
#include "core/formats/VdiIdentity.h"
#include "core/operations/DiskIdentity.h"
#include "core/operations/FindOverlays.h"
#include "core/operations/SamplePlaces.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace platter {

namespace {

    namespace fs = std::filesystem;
    using Weight = EvidenceWeight;

    constexpr EvidenceKind isOverlay{"file.overlay", Weight::Excludes,
        PLATTER_TEXT("Evidence",
            "It is part of this chain already: an image cannot rest on "
            "itself.")};
    constexpr EvidenceKind restsOnOverlay{"file.loop", Weight::Excludes,
        PLATTER_TEXT("Evidence",
            "It rests on an image of this chain itself: both would rest on "
            "each other.")};
    constexpr EvidenceKind cannotOpen{
        "file.unreadable", Weight::Excludes, PLATTER_TEXT("Evidence", "It cannot be opened: %1")};
    constexpr EvidenceKind formatSame{"format.same", Weight::For,
        PLATTER_TEXT("Evidence", "It has the format that the image stores, %1.")};
    constexpr EvidenceKind formatOther{"format.other", Weight::Excludes,
        PLATTER_TEXT("Evidence", "The image stores the format %1, but this is %2.")};
    constexpr EvidenceKind formatHidden{"format.signature", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "The image stores the format raw, but this begins like %1: the guest would see tables "
            "instead of a disk.")};
    constexpr EvidenceKind formatOpen{"format.open", Weight::Neutral,
        PLATTER_TEXT(
            "Evidence", "The image does not store a format; by its signature this is %1.")};
    constexpr EvidenceKind sizeSame{"size.same", Weight::For,
        PLATTER_TEXT("Evidence", "Its disk is as large as that of the image, %1.")};
    constexpr EvidenceKind sizeShorter{"size.shorter", Weight::Against,
        PLATTER_TEXT("Evidence",
            "Its disk has %1, that of the image %2: right only if the image was enlarged.")};
    constexpr EvidenceKind sizeLonger{"size.longer", Weight::Against,
        PLATTER_TEXT("Evidence",
            "Its disk has %1, that of the image only %2: right only if one of them was resized.")};
    constexpr EvidenceKind nameSame{"name.same", Weight::For,
        PLATTER_TEXT("Evidence", "It has the file name that the image stores.")};
    constexpr EvidenceKind timeLater{"time.later", Weight::Against,
        PLATTER_TEXT("Evidence",
            "It was changed after the image. That can come from copying; if its content changed, "
            "the two no longer fit.")};
    constexpr EvidenceKind uuidSame{"uuid.same", Weight::StronglyFor,
        PLATTER_TEXT("Evidence", "It has the UUID that the image names as its parent, %1.")};
    constexpr EvidenceKind uuidOther{"uuid.other", Weight::Excludes,
        PLATTER_TEXT("Evidence", "The image names the parent %1, but this one's UUID is %2.")};
    constexpr EvidenceKind uuidModified{"uuid.modified", Weight::Against,
        PLATTER_TEXT("Evidence",
            "It was written since the image was made: its modification UUID "
            "is %1, not %2.")};
    constexpr EvidenceKind ownBase{"content.own-base", Weight::Neutral,
        PLATTER_TEXT("Evidence",
            "It rests on another file itself, which was not opened: only what it holds itself was "
            "compared.")};
    constexpr EvidenceKind locked{"content.locked", Weight::Neutral,
        PLATTER_TEXT("Evidence",
            "Content could not be compared: one of the two is encrypted and "
            "locked.")};
    constexpr EvidenceKind identitySame{"content.identity-same", Weight::StronglyFor,
        PLATTER_TEXT("Evidence", "The %1 at guest offset %2 has the same identifier in both, %3.")};
    constexpr EvidenceKind identityOther{"content.identity-other", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "The %1 at guest offset %2 has the identifier %3 in the image and %4 here. That fits "
            "only if it was made anew in the machine.")};
    constexpr EvidenceKind identityMissing{"content.identity-missing", Weight::Against,
        PLATTER_TEXT("Evidence",
            "The image has a %1 at guest offset %2, this has none there. That fits only if it was "
            "made in the machine.")};
    constexpr EvidenceKind blocksShared{"content.blocks-shared", Weight::StronglyFor,
        PLATTER_TEXT("Evidence",
            "%1 of %2 clusters compared hold sectors that are byte for byte the same at the same "
            "place, as in clusters that were copied up to be changed in part.")};
    constexpr EvidenceKind blocksFew{"content.blocks-few", Weight::For,
        PLATTER_TEXT("Evidence",
            "%1 of %2 clusters compared hold sectors that are the same at the same place: too few "
            "to tell.")};
    constexpr EvidenceKind blocksOther{"content.blocks-other", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "Of %1 clusters compared, none holds a sector that is the same at the same place.")};
    constexpr EvidenceKind blocksNone{"content.nothing-to-compare", Weight::Neutral,
        PLATTER_TEXT("Evidence",
            "Content says nothing: there is no place where both hold data to compare.")};

    constexpr std::uint64_t sector = 512;
    constexpr std::size_t mostSamples = 256;
    /// From so many clusters on, their agreement or disagreement means something.
    constexpr std::size_t tellingClusters = 8;
    constexpr std::uint64_t comparedAtOnce = 64 * 1024;
    /// Files of a folder that are judged. Platter's own limit: each costs some reading.
    constexpr std::size_t mostCandidates = 200;

    /// The bytes that one image holds itself, not counting what lies below it.
    class OwnDisk {
    public:
        explicit OwnDisk(const std::shared_ptr<const Image>& image)
            : m_image(image)
            , m_state(image, &image->activeState())
            , m_disk(image, m_state)
        {
        }

        Bytes size() const { return m_state->size(); }
        const GuestMapping& state() const { return *m_state; }

        /// false: a part lies outside, below, or cannot be read.
        bool read(GuestOffset at, std::span<std::byte> buffer) const
        {
            const std::uint64_t end = at.value + buffer.size();
            if (at.value > size().value || buffer.size() > size().value - at.value)
                return false;
            try {
                for (std::uint64_t place = at.value; place < end;) {
                    const Extent extent = m_state->extentAt(GuestOffset{place}, Bytes{end - place});
                    if (extent.kind == ExtentKind::Damaged
                        || (extent.kind == ExtentKind::Unallocated && m_image->backingFile()))
                        return false;
                    place = extent.end().value;
                }
                m_disk.read(at, buffer);
            } catch (const Error&) {
                return false; // an unreadable place is a place of which nothing is known
            }
            return true;
        }

        KnownBytes known() const
        {
            return [this](GuestOffset at, std::span<std::byte> buffer) { return read(at, buffer); };
        }

    private:
        std::shared_ptr<const Image> m_image;
        std::shared_ptr<const GuestMapping> m_state;
        VirtualDisk m_disk;
    };

    /// Whether 512 bytes could be equal by chance: all of them are one value.
    bool isTrivial(std::span<const std::byte> bytes)
    {
        return std::all_of(
            bytes.begin(), bytes.end(), [&](std::byte byte) { return byte == bytes.front(); });
    }

    struct Agreement {
        std::size_t compared = 0; ///< clusters with content in both
        std::size_t sharing = 0; ///< of these, with an equal sector
    };

    Agreement compareSamples(
        const OwnDisk& overlay, const OwnDisk& candidate, Bytes cluster, const JobControl& job)
    {
        Agreement agreement;
        const Bytes length{std::min(cluster.value, comparedAtOnce)};
        std::vector<std::byte> above(length.value);
        std::vector<std::byte> below(length.value);
        const std::vector<GuestOffset> places = samplePlaces(
            overlay.state(), cluster, mostSamples,
            [](ExtentKind kind) {
                return kind == ExtentKind::Data || kind == ExtentKind::Compressed;
            },
            job);
        for (std::size_t i = 0; i < places.size(); ++i) {
            job.step({i, places.size()});
            if (!overlay.read(places[i], above) || !candidate.read(places[i], below))
                continue;
            bool contentAbove = false;
            bool contentBelow = false;
            bool same = false;
            for (std::uint64_t at = 0; at + sector <= length.value; at += sector) {
                const auto a = std::span<const std::byte>{above}.subspan(at, sector);
                const auto b = std::span<const std::byte>{below}.subspan(at, sector);
                const bool tellsAbove = !isTrivial(a);
                contentAbove = contentAbove || tellsAbove;
                contentBelow = contentBelow || !isTrivial(b);
                same = same || (tellsAbove && std::equal(a.begin(), a.end(), b.begin()));
            }
            agreement.compared += contentAbove && contentBelow ? 1 : 0;
            agreement.sharing += same ? 1 : 0;
        }
        return agreement;
    }

    /// Collects what speaks for and against one candidate.
    class Judge {
    public:
        Judge(const std::vector<OpenedImage>& above, const NamedFile& named,
            BaseJudgement& judgement, const JobControl& job)
            : m_above(above)
            , m_overlay(above.back())
            , m_named(named)
            , m_judgement(judgement)
            , m_job(job)
        {
        }

        void run()
        {
            const auto file = DiskFile::open(m_judgement.path, DiskFile::Access::ReadOnly);
            if (isInChain(file->identity()))
                return add(isOverlay);
            m_judgement.formatId = probeFormat(*file).id;
            if (!judgeFormat())
                return;
            OpenOptions options;
            options.sharing = OpenOptions::Sharing::Look;
            options.format = m_named.format.value_or(m_judgement.formatId);
            const OpenedImage candidate = openImage(m_judgement.path, options, m_job);
            m_judgement.virtualSize = candidate.image->virtualSize();
            if (namesTheChain(*candidate.image))
                return add(restsOnOverlay);
            judgeIdentity(candidate);
            judgeFacts(candidate);
            judgeContent(candidate);
        }

        void add(const EvidenceKind& kind, std::vector<std::string> arguments = {})
        {
            m_judgement.evidence.push_back({&kind, std::move(arguments)});
        }

    private:
        bool isInChain(const DiskFile::Identity& identity) const
        {
            return std::any_of(m_above.begin(), m_above.end(),
                [&](const OpenedImage& layer) { return layer.file->identity() == identity; });
        }

        bool namesTheChain(const Image& candidate) const
        {
            const auto named = candidate.backingFile();
            if (!named || named->role == NamedFile::Role::VdiParent)
                return false;
            const ResolvedName name = resolveName(m_judgement.path, *named);
            try {
                return name.refusal.empty() && isInChain(DiskFile::stampOf(name.path).identity);
            } catch (const IoError&) {
                return false; // what it names is not there
            }
        }

        /// @returns whether it makes sense to go on.
        bool judgeFormat()
        {
            const std::string& found = m_judgement.formatId;
            if (!m_named.format) {
                add(formatOpen, {found});
                return true;
            }
            if (found == *m_named.format) {
                add(formatSame, {found});
                return true;
            }
            if (*m_named.format == "raw") {
                add(formatHidden, {found});
                return true;
            }
            add(formatOther, {escapedText(*m_named.format), found});
            return false;
        }

        void judgeIdentity(const OpenedImage& candidate)
        {
            if (m_named.role != NamedFile::Role::VdiParent)
                return;
            const auto child = readVdiIdentity(*m_overlay.file);
            const auto parent = readVdiIdentity(*candidate.file);
            if (!child || !parent)
                return;
            if (child->linkUuid != parent->uuid)
                return add(uuidOther, {child->linkUuid, parent->uuid});
            add(uuidSame, {parent->uuid});
            if (child->parentModificationUuid != parent->modificationUuid)
                add(uuidModified, {parent->modificationUuid, child->parentModificationUuid});
        }

        void judgeFacts(const OpenedImage& candidate)
        {
            const Bytes above = m_overlay.image->virtualSize();
            const Bytes below = candidate.image->virtualSize();
            if (above == below)
                add(sizeSame, {sizeText(above)});
            else
                add(below < above ? sizeShorter : sizeLonger, {sizeText(below), sizeText(above)});
            if (m_named.role == NamedFile::Role::Backing
                && m_judgement.path.filename() == fs::path{m_named.name}.filename())
                add(nameSame);
            if (candidate.file->stamp().contentChanged > m_overlay.file->stamp().contentChanged)
                add(timeLater);
        }

        void judgeContent(const OpenedImage& candidate)
        {
            const auto isLocked = [](const Image& image) {
                const auto encryption = image.encryption();
                return encryption && encryption->locked;
            };
            if (isLocked(*m_overlay.image) || isLocked(*candidate.image))
                return add(locked);
            const OwnDisk above{m_overlay.image};
            const OwnDisk below{candidate.image};
            if (candidate.image->backingFile())
                add(ownBase);
            judgeStructures(above, below);
            const Bytes cluster = m_overlay.image->clusterSize().value_or(Bytes{comparedAtOnce});
            const Agreement agreement = compareSamples(above, below, cluster, m_job);
            const std::string compared = std::to_string(agreement.compared);
            if (agreement.sharing >= tellingClusters
                || (agreement.sharing > 1 && agreement.sharing * 4 >= agreement.compared))
                add(blocksShared, {std::to_string(agreement.sharing), compared});
            else if (agreement.sharing > 0)
                add(blocksFew, {std::to_string(agreement.sharing), compared});
            else if (agreement.compared >= tellingClusters)
                add(blocksOther, {compared});
            else
                add(blocksNone);
        }

        /// Partition tables and file systems of which the overlay holds the identifier itself.
        void judgeStructures(const OwnDisk& above, const OwnDisk& below)
        {
            // Where file systems begin, one of the two must know.
            std::vector<GuestOffset> starts = partitionStarts(above.known(), above.size());
            const auto more = partitionStarts(below.known(), below.size());
            starts.insert(starts.end(), more.begin(), more.end());
            std::sort(starts.begin(), starts.end());
            starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
            for (const GuestOffset start : starts) {
                const auto here = identitiesAt(below.known(), start);
                for (const DiskIdentity& mine : identitiesAt(above.known(), start)) {
                    const auto other = std::find_if(here.begin(), here.end(),
                        [&](const DiskIdentity& one) { return one.kind == mine.kind; });
                    const std::string place = hexText(start.value);
                    if (other == here.end())
                        add(identityMissing, {mine.kind, place});
                    else if (other->id == mine.id)
                        add(identitySame, {mine.kind, place, mine.id});
                    else
                        add(identityOther, {mine.kind, place, mine.id, other->id});
                }
            }
        }

        const std::vector<OpenedImage>& m_above;
        const OpenedImage& m_overlay;
        const NamedFile& m_named;
        BaseJudgement& m_judgement;
        const JobControl& m_job;
    };

    BaseVerdict verdictOf(const std::vector<Evidence>& evidence)
    {
        const auto count = [&](Weight weight) {
            return std::count_if(evidence.begin(), evidence.end(),
                [&](const Evidence& one) { return one.kind->weight == weight; });
        };
        if (count(Weight::Excludes) > 0)
            return BaseVerdict::Impossible;
        const auto strongFor = count(Weight::StronglyFor);
        const auto strongAgainst = count(Weight::StronglyAgainst);
        if (strongAgainst > 0)
            return BaseVerdict::Doubtful;
        if (strongFor > 0)
            return BaseVerdict::Convincing;
        return count(Weight::Against) > 1 ? BaseVerdict::Doubtful : BaseVerdict::Possible;
    }

    /// Of two with the same verdict, that against which less is to be said.
    bool isBetter(const BaseJudgement& a, const BaseJudgement& b)
    {
        const auto rank = [](const BaseJudgement& one) {
            const auto count = [&](Weight weight) {
                return std::count_if(one.evidence.begin(), one.evidence.end(),
                    [&](const Evidence& evidence) { return evidence.kind->weight == weight; });
            };
            return std::tuple{one.verdict, count(Weight::StronglyFor),
                -count(Weight::StronglyAgainst), -count(Weight::Against), count(Weight::For)};
        };
        return rank(a) > rank(b);
    }

} // namespace

std::string describe(const Evidence& evidence)
{
    return fillText(evidence.kind->text, evidence.arguments.data(), evidence.arguments.size());
}

void conclude(BaseJudgement& judgement)
{
    std::stable_sort(judgement.evidence.begin(), judgement.evidence.end(),
        [](const Evidence& a, const Evidence& b) {
            // Both ends of the scale weigh more than its middle.
            const auto weight = [](const Evidence& one) {
                switch (one.kind->weight) {
                case Weight::Excludes: return 0;
                case Weight::StronglyAgainst: return 1;
                case Weight::StronglyFor: return 2;
                case Weight::Against: return 3;
                case Weight::For: return 4;
                case Weight::Neutral: break;
                }
                return 5;
            };
            return weight(a) < weight(b);
        });
    judgement.verdict = verdictOf(judgement.evidence);
}

BaseJudgement judgeBase(
    const std::vector<OpenedImage>& above, const fs::path& candidate, const JobControl& job)
{
    BaseJudgement judgement;
    judgement.path = candidate;
    const auto named = above.back().image->backingFile();
    if (!named)
        throw Error("The image names no file that it rests on.");
    Judge judge{above, *named, judgement, job};
    try {
        judge.run();
    } catch (const Error& error) {
        judge.add(cannotOpen, {error.what()});
    }
    conclude(judgement);
    return judgement;
}

std::vector<BaseJudgement> judgeFolder(
    const std::vector<OpenedImage>& above, const fs::path& folder, const JobControl& job)
{
    std::vector<BaseJudgement> judgements;
    const auto named = above.back().image->backingFile();
    if (!named)
        throw Error("The image names no file that it rests on.");
    const Bytes size = above.back().image->virtualSize();
    const JobControl quiet{job.stop, nullptr};
    FoundOverlays counted;
    const std::vector<fs::path> files = listFiles({folder}, {}, counted, job);
    std::size_t seen = 0;
    for (const fs::path& file : files) {
        job.step({seen++, files.size()});
        if (judgements.size() == mostCandidates)
            break;
        try {
            const auto opened = DiskFile::open(file, DiskFile::Access::ReadOnly);
            const std::string_view probed = probeFormat(*opened).id;
            const bool known = opened->size() == size
                || (named->role == NamedFile::Role::Backing
                    && file.filename() == fs::path{named->name}.filename());
            if (named->format && probed != *named->format)
                continue;
            // Everything without a signature could be raw.
            if (probed == "raw" && !known)
                continue;
        } catch (const Error&) {
            continue; // what cannot be opened is no candidate
        }
        BaseJudgement judgement = judgeBase(above, file, quiet);
        if (judgement.verdict != BaseVerdict::Impossible)
            judgements.push_back(std::move(judgement));
    }
    std::stable_sort(judgements.begin(), judgements.end(), isBetter);
    return judgements;
}

} // namespace platter
