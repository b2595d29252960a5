// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/JudgeDataFile.h"

#include "core/formats/Registry.h"
#include "core/operations/FindOverlays.h"
#include "core/operations/SamplePlaces.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace platter {

namespace {

    namespace fs = std::filesystem;
    using Weight = EvidenceWeight;

    constexpr EvidenceKind isTheImage{"data.image", Weight::Excludes,
        PLATTER_TEXT("Evidence", "It is the image itself, which holds no guest data.")};
    constexpr EvidenceKind cannotOpen{
        "data.unreadable", Weight::Excludes, PLATTER_TEXT("Evidence", "It cannot be read: %1")};
    constexpr EvidenceKind signature{"data.signature", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "It begins like an image of the format %1, but a data file holds the bytes of the disk "
            "as they are.")};
    constexpr EvidenceKind noSignature{"data.no-signature", Weight::For,
        PLATTER_TEXT("Evidence", "It has no signature of an image format, as a data file should.")};
    constexpr EvidenceKind sizeShort{"data.size.short", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "It has %1, but data of the image lie up to %2: what is missing would read as zeros.")};
    constexpr EvidenceKind sizeSame{"data.size.same", Weight::For,
        PLATTER_TEXT("Evidence", "It is as large as the disk of the image, %1.")};
    constexpr EvidenceKind sizeReaches{"data.size.reaches", Weight::For,
        PLATTER_TEXT(
            "Evidence", "It has %1 and so reaches as far as the data of the image do, up to %2.")};
    constexpr EvidenceKind sizeLonger{"data.size.longer", Weight::Against,
        PLATTER_TEXT("Evidence",
            "It has %1, the disk of the image only %2: right only if the image was made smaller.")};
    constexpr EvidenceKind nameSame{"data.name.same", Weight::For,
        PLATTER_TEXT("Evidence", "It has the file name that the image stores.")};
    constexpr EvidenceKind patternFits{"data.content.fits", Weight::StronglyFor,
        PLATTER_TEXT("Evidence",
            "It has content at %1 of %2 places where the image says that data lie, and is empty at "
            "%3 of %4 where it says that nothing does.")};
    constexpr EvidenceKind filled{"data.content.filled", Weight::For,
        PLATTER_TEXT("Evidence",
            "It has content at %1 of %2 places where the image says that data lie. Any full disk "
            "has that.")};
    constexpr EvidenceKind partlyFilled{"data.content.partly", Weight::Against,
        PLATTER_TEXT("Evidence",
            "It has content at only %1 of %2 places where the image says that data lie: right only "
            "if zeros were written there.")};
    constexpr EvidenceKind empty{"data.content.empty", Weight::StronglyAgainst,
        PLATTER_TEXT("Evidence",
            "It has content at only %1 of %2 places where the image says that data lie.")};
    constexpr EvidenceKind tooMuch{"data.content.elsewhere", Weight::Against,
        PLATTER_TEXT("Evidence",
            "It also has content where the image says that nothing lies, at %1 of %2 places.")};
    constexpr EvidenceKind nothingToCompare{"data.content.nothing-to-compare", Weight::Neutral,
        PLATTER_TEXT("Evidence",
            "Content says nothing: the image says of too few places that data lie there.")};

    constexpr std::size_t mostSamples = 256;
    /// From so many places on, their content or emptiness means something.
    constexpr std::size_t tellingPlaces = 8;
    constexpr std::uint64_t readAtOnce = 64 * 1024;
    /// Files of a folder that are judged. Platter's own limit: each costs some reading.
    constexpr std::size_t mostCandidates = 200;

    /// What the tables of an image demand of its data file.
    struct Demands {
        NamedFile named;
        Bytes disk{};
        Bytes end{}; ///< the file must reach so far
        std::uint64_t length = 0; ///< bytes that are looked at, at each place
        std::vector<HostOffset> stored; ///< in the data file: there should be content
        std::vector<HostOffset> bare; ///< there should be none
    };

    Demands demandsOf(const Image& image, const JobControl& job)
    {
        const auto named = image.externalDataFile();
        if (!named)
            throw Error("The image names no file that holds its data.");
        const JobControl quiet{job.stop, nullptr};
        const GuestMapping& state = image.activeState();
        const Bytes cluster = image.clusterSize().value_or(Bytes{readAtOnce});
        Demands demands;
        demands.named = *named;
        demands.disk = state.size();
        demands.length = std::min(cluster.value, readAtOnce);
        state.scan(
            GuestOffset{0}, state.size(),
            [&](const Extent& extent) {
                if (extent.kind == ExtentKind::Data)
                    demands.end = std::max(demands.end, Bytes{(extent.host + extent.length).value});
            },
            quiet);
        bool inPlace = true;
        for (const GuestOffset at : samplePlaces(
                 state, cluster, mostSamples,
                 [](ExtentKind kind) { return kind == ExtentKind::Data; }, job)) {
            const Extent extent = state.extentAt(at, Bytes{demands.length});
            if (extent.kind != ExtentKind::Data)
                continue;
            demands.stored.push_back(extent.host);
            inPlace = inPlace && extent.host.value == at.value;
        }
        // NOTE(spec): QEMU lets a guest cluster lie in the data file where it lies on the disk, so
        // that what is not allocated has a place there too. The format does not demand it.
        if (inPlace) {
            for (const GuestOffset at : samplePlaces(
                     state, cluster, mostSamples,
                     [](ExtentKind kind) { return kind == ExtentKind::Unallocated; }, job))
                demands.bare.push_back(HostOffset{at.value});
        }
        return demands;
    }

    /// At how many of the places a file has anything but zeros.
    std::size_t filledPlaces(const DiskFile& file, const std::vector<HostOffset>& places,
        std::uint64_t length, const JobControl& job)
    {
        std::vector<std::byte> buffer(length);
        std::size_t found = 0;
        for (std::size_t i = 0; i < places.size(); ++i) {
            job.step({i, places.size()});
            const std::size_t got = file.read(places[i], buffer);
            found += std::any_of(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got),
                [](std::byte byte) { return byte != std::byte{0}; });
        }
        return found;
    }

    class Judge {
    public:
        Judge(const OpenedImage& image, const Demands& demands, BaseJudgement& judgement)
            : m_image(image)
            , m_demands(demands)
            , m_judgement(judgement)
        {
        }

        void run(const JobControl& job)
        {
            const auto file = DiskFile::open(m_judgement.path, DiskFile::Access::ReadOnly);
            if (file->identity() == m_image.file->identity())
                return add(isTheImage);
            m_judgement.formatId = probeFormat(*file).id;
            m_judgement.virtualSize = file->size();
            if (m_judgement.formatId == "raw")
                add(noSignature);
            else
                add(signature, {m_judgement.formatId});
            if (m_judgement.path.filename() == fs::path{m_demands.named.name}.filename())
                add(nameSame);
            judgeSize(file->size());
            judgeContent(*file, job);
        }

        void add(const EvidenceKind& kind, std::vector<std::string> arguments = {})
        {
            m_judgement.evidence.push_back({&kind, std::move(arguments)});
        }

    private:
        void judgeSize(Bytes size)
        {
            if (size < m_demands.end)
                add(sizeShort, {sizeText(size), sizeText(m_demands.end)});
            else if (size == m_demands.disk)
                add(sizeSame, {sizeText(size)});
            else if (size > m_demands.disk)
                add(sizeLonger, {sizeText(size), sizeText(m_demands.disk)});
            else
                add(sizeReaches, {sizeText(size), sizeText(m_demands.end)});
        }

        void judgeContent(const DiskFile& file, const JobControl& job)
        {
            const auto text = [](std::size_t number) { return std::to_string(number); };
            const std::size_t stored = m_demands.stored.size();
            const std::size_t bare = m_demands.bare.size();
            if (stored < tellingPlaces)
                return add(nothingToCompare);
            const std::size_t full = filledPlaces(file, m_demands.stored, m_demands.length, job);
            const std::size_t more = filledPlaces(file, m_demands.bare, m_demands.length, job);
            const bool telling = bare >= tellingPlaces;
            if (full < stored / 4)
                add(empty, {text(full), text(stored)});
            else if (full < stored - stored / 4)
                add(partlyFilled, {text(full), text(stored)});
            else if (telling && more <= bare / 4)
                add(patternFits, {text(full), text(stored), text(bare - more), text(bare)});
            else
                add(filled, {text(full), text(stored)});
            if (telling && more > bare / 4)
                add(tooMuch, {text(more), text(bare)});
        }

        const OpenedImage& m_image;
        const Demands& m_demands;
        BaseJudgement& m_judgement;
    };

    BaseJudgement judge(const OpenedImage& image, const Demands& demands, const fs::path& candidate,
        const JobControl& job)
    {
        BaseJudgement judgement;
        judgement.path = candidate;
        Judge judge{image, demands, judgement};
        try {
            judge.run(job);
        } catch (const Error& error) {
            judge.add(cannotOpen, {error.what()});
        }
        conclude(judgement);
        return judgement;
    }

} // namespace

BaseJudgement judgeDataFile(
    const OpenedImage& image, const fs::path& candidate, const JobControl& job)
{
    return judge(image, demandsOf(*image.image, job), candidate, job);
}

std::vector<BaseJudgement> judgeDataFolder(
    const OpenedImage& image, const fs::path& folder, const JobControl& job)
{
    const Demands demands = demandsOf(*image.image, job);
    const JobControl quiet{job.stop, nullptr};
    FoundOverlays counted;
    const std::vector<fs::path> files = listFiles({folder}, {}, counted, job);
    std::vector<BaseJudgement> judgements;
    std::size_t seen = 0;
    for (const fs::path& file : files) {
        job.step({seen++, files.size()});
        if (judgements.size() == mostCandidates)
            break;
        std::error_code unreadable;
        const Bytes size{fs::file_size(file, unreadable)};
        const bool named = file.filename() == fs::path{demands.named.name}.filename();
        if (unreadable || (!named && (size < demands.end || size > demands.disk)))
            continue;
        BaseJudgement judgement = judge(image, demands, file, quiet);
        if (judgement.verdict != BaseVerdict::Impossible)
            judgements.push_back(std::move(judgement));
    }
    std::stable_sort(judgements.begin(), judgements.end(),
        [](const BaseJudgement& a, const BaseJudgement& b) { return a.verdict > b.verdict; });
    return judgements;
}

} // namespace platter
