// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/VerifyConversion.h"

#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/ContentHash.h"
#include "core/operations/DiskStates.h"
#include "core/operations/KeepBitmaps.h"

namespace platter {

namespace {

    [[noreturn]] void fail(const std::string& what)
    {
        throw VerificationError(what);
    }

    /// For as long as somebody else keeps the file.
    template <class File>
    std::shared_ptr<const File> borrowed(const File& file)
    {
        return {std::shared_ptr<const void>{}, &file};
    }

    void requireNames(const Image& made, const NewImage& wanted)
    {
        const auto backing = made.backingFile();
        const auto data = made.externalDataFile();
        if ((backing ? backing->name : "") != wanted.backingName
            || (backing && backing->format.value_or(wanted.backingFormat) != wanted.backingFormat))
            fail("The new image does not name its backing file as it should.");
        if ((data ? data->name : "") != wanted.dataFileName)
            fail("The new image does not name its data file as it should.");
        if (made.encryption().has_value() != wanted.encryption.has_value())
            fail("The new image is not encrypted as it should be.");
    }

    /// The new image over the layers of `source` that it keeps.
    BackingChain chainOf(const DiskFile& file, const BackingChain& source,
        const ConvertOptions& options, const JobControl& job)
    {
        BackingChain chain;
        OpenedImage& opened = chain.layers.emplace_back();
        opened.path = file.name();
        opened.file = borrowed(file);
        opened.stamp = file.stamp();
        try {
            std::shared_ptr<Image> image = formatCalled(options.format).open(opened.file);
            requireNames(*image, options.image);
            if (options.image.dataFile)
                image->attachDataFile(borrowed<ByteFile>(*options.image.dataFile));
            if (image->encryption()) {
                const auto& secret = options.image.encryption->passphrase;
                if (!secret)
                    throw PassphraseError("its passphrase was not given.");
                const auto passphrase = secret->span();
                image->unlock(
                    {reinterpret_cast<const char*>(passphrase.data()), passphrase.size()}, job);
            }
            opened.image = std::move(image);
        } catch (const VerificationError&) {
            throw;
        } catch (const Error& error) {
            fail(std::string{"The new image cannot be opened again: "} + error.what());
        }
        for (std::size_t i = options.keepFrom.value_or(source.layers.size());
             i < source.layers.size(); ++i)
            chain.layers.push_back(source.layers[i]);
        return chain;
    }

    /// `state` is what sentences call it; empty: the disk as such.
    std::string hashOfCopy(ContentHasher& hasher, const VirtualDisk& disk, const VirtualDisk& made,
        const std::string& state, const JobControl& job)
    {
        const std::string of = state.empty() ? "" : " of " + state;
        try {
            return hasher.hashOfCopy(disk, made, job);
        } catch (const CopyError& error) {
            if (!error.at())
                fail("The new image cannot be read again" + of + ": " + error.what());
            throw VerificationError("The new image does not hold what the source holds" + of
                    + "; they differ first at guest offset " + hexText(error.at()->value) + ".",
                error.at());
        }
    }

    void requireSize(const VirtualDisk& made, Bytes wanted, const std::string& state)
    {
        if (made.size() != wanted)
            fail("The disk" + (state.empty() ? "" : " of " + state) + " has "
                + std::to_string(made.size().value) + " bytes in the new image, not "
                + std::to_string(wanted.value) + ".");
    }

    bool isSame(const SnapshotInfo& a, const SnapshotInfo& b)
    {
        return a.id == b.id && a.name == b.name && a.dateSeconds == b.dateSeconds
            && a.dateNanoseconds == b.dateNanoseconds
            && a.vmClockNanoseconds == b.vmClockNanoseconds && a.vmStateSize == b.vmStateSize;
    }

    /// The bitmaps of the present state.
    void requireBitmaps(const BackingChain& chain, const BackingChain& made,
        const ConvertOptions& options, const JobControl& job)
    {
        const Image& copy = *made.layers.front().image;
        std::optional<std::string> difference;
        try {
            difference = howBitmapsDiffer(*chain.layers.front().image, options.bitmaps, copy, job);
        } catch (const FormatError& error) {
            fail(std::string{"The bitmaps of the new image cannot be read again: "} + error.what());
        }
        if (difference)
            fail("The new image " + *difference + ".");
    }

    /// Tells of what follows each other as of one piece of work.
    class Sum {
    public:
        Sum(const JobControl& job, std::uint64_t total)
            : m_job(job)
            , m_total(total)
        {
        }
        /// For the next part of so many bytes.
        JobControl next(Bytes length)
        {
            const std::uint64_t before = m_done;
            m_done += length.value;
            return {m_job.stop,
                [this, before](const ProgressUpdate& update) {
                    if (m_job.report)
                        m_job.report({before + update.done, m_total});
                },
                m_job.hold};
        }

    private:
        const JobControl& m_job;
        std::uint64_t m_total; ///< bytes
        std::uint64_t m_done = 0;
    };

} // namespace

VerifiedState verifyImage(const VirtualDisk& disk, const DiskFile& file,
    const ConvertOptions& options, const JobControl& job)
{
    const VirtualDisk made{
        chainOf(file, disk.chain(), options, JobControl{job.stop, {}, job.hold})};
    const Bytes wanted = options.image.size.value ? options.image.size : disk.size();
    requireSize(made, wholeSectors(wanted), {});
    requireBitmaps(disk.chain(), made.chain(), options, job);
    ContentHasher hasher{options.threads, ContentHasher::Remember::Nothing};
    return {std::nullopt, {}, made.size(), hashOfCopy(hasher, disk, made, {}, job)};
}

std::vector<VerifiedState> verifyStates(const BackingChain& chain, const DiskFile& file,
    const ConvertOptions& options, const JobControl& job)
{
    const BackingChain made = chainOf(file, chain, options, JobControl{job.stop, {}, job.hold});
    const auto& source = chain.layers.front().image;
    const auto& target = made.layers.front().image;
    const std::vector<SnapshotInfo>& snapshots = source->snapshots();
    if (target->snapshots().size() != snapshots.size())
        fail("The new image has " + std::to_string(target->snapshots().size()) + " snapshots, not "
            + std::to_string(snapshots.size()) + ".");
    requireBitmaps(chain, made, options, job);
    DiskStates disks{chain};
    DiskStates copies{made};
    std::uint64_t total = 0;
    for (std::uint32_t state = 0; state < disks.count(); ++state)
        total += copies.sizeOf(state).value;
    Sum sum{job, total};
    ContentHasher hasher{options.threads, ContentHasher::Remember::LastState};
    std::vector<VerifiedState> verified;
    for (std::uint32_t state = 0; state < disks.count(); ++state) {
        const bool isPresent = disks.isPresent(state);
        const std::string name
            = isPresent ? "" : "snapshot \"" + escapedText(snapshots[state].name) + "\"";
        if (!isPresent && !isSame(snapshots[state], target->snapshots()[state]))
            fail("The new image does not tell of " + name + " what the source tells.");
        const auto disk = disks.disk(state);
        const auto copy = copies.disk(state);
        const Bytes wanted = isPresent ? source->virtualSize() : snapshots[state].diskSize;
        requireSize(*copy, wholeSectors(wanted), name);
        verified.push_back({isPresent ? std::nullopt : std::optional<std::size_t>{state}, {},
            copy->size(), hashOfCopy(hasher, *disk, *copy, name, sum.next(copy->size()))});
        if (isPresent || snapshots[state].vmStateSize.value == 0)
            continue;
        const VirtualDisk memory{source, source->vmState(state)};
        const VirtualDisk memoryCopy{target, target->vmState(state)};
        ContentHasher memoryHasher{options.threads, ContentHasher::Remember::Nothing};
        hashOfCopy(memoryHasher, memory, memoryCopy, "the saved memory of " + name,
            JobControl{job.stop, {}, job.hold});
    }
    return verified;
}

JobControl WriteAndVerify::writing()
{
    return {m_job.stop,
        [this](const ProgressUpdate& update) {
            m_written = update.total;
            if (m_job.report)
                m_job.report({update.done, 2 * update.total});
        },
        m_job.hold};
}

JobControl WriteAndVerify::verifying()
{
    return {m_job.stop,
        [this](const ProgressUpdate& update) {
            const std::uint64_t half = std::max<std::uint64_t>(m_written, 1);
            const double part = update.total == 0
                ? 0
                : static_cast<double>(update.done) / static_cast<double>(update.total);
            if (m_job.report)
                m_job.report({half + static_cast<std::uint64_t>(part * static_cast<double>(half)),
                    2 * half});
        },
        m_job.hold};
}

} // namespace platter
