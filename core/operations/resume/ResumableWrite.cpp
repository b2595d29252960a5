// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/ResumableWrite.h"

#include "core/base/Error.h"
#include "core/io/FileLock.h"
#include "core/operations/NewFile.h"
#include "core/operations/NewImageFile.h"
#include "core/operations/resume/FlushUnlessStopped.h"
#include "core/operations/resume/PartFile.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    /// Of older checkpoints, the places that are looked at: reading one takes a disk's seek.
    constexpr std::size_t mostOldWitnesses = 256;

    /// Of a LUKS header with its key material.
    constexpr Bytes longestKeyArea{16 << 20};

    EditIo& ioOf(const ResumeOptions& options)
    {
        return options.io ? *options.io : EditIo::system();
    }

    /// One part file of a run: that of the image or of its external data file.
    struct Part {
        fs::path target;
        fs::path path;
        std::unique_ptr<NewFile> file;
        std::shared_ptr<PartLayer> layer;
    };

    /// What an earlier run has left, after everything that it says of itself was verified.
    struct Earlier {
        std::unique_ptr<part::Reader> journal;
        std::shared_ptr<ByteFile> journalFile;
    };

    bool fits(const std::vector<part::Witness>& witnesses, const std::vector<FoundPart>& parts,
        std::size_t stride)
    {
        std::array<std::byte, part::mostWitnessed> bytes{};
        for (std::size_t i = 0; i < witnesses.size(); i += stride) {
            const part::Witness& witness = witnesses[i];
            if (witness.file >= parts.size() || witness.length > bytes.size())
                return false;
            const auto there = std::span{bytes}.first(witness.length);
            if (parts[witness.file].file->read(witness.at, there) != there.size()
                || part::witnessHash(there) != witness.hash)
                return false;
        }
        return true;
    }

    /// Whether the part files can hold what the journal says, as far as can be told without reading
    /// all of them.
    bool bears(const part::Reader& journal, const std::vector<FoundPart>& parts)
    {
        const auto& checkpoints = journal.checkpoints();
        if (checkpoints.empty())
            return false;
        const part::CheckpointHead& last = checkpoints.back().head;
        const bool namesThese = part::imageOf(journal.head()) == part::nameOf(*parts[0].file)
            && part::dataOf(journal.head())
                == (parts.size() > 1 ? part::nameOf(*parts[1].file) : part::FileName{});
        if (!namesThese || parts[0].file->size() < last.imageLength
            || (parts.size() > 1 && parts[1].file->size() < last.dataLength)
            || !fits(journal.witnessesOf(checkpoints.back()), parts, 1))
            return false;
        std::vector<part::Witness> old;
        const std::size_t step = checkpoints.size() / mostOldWitnesses + 1;
        for (std::size_t i = 0; i + 1 < checkpoints.size(); i += step) {
            const auto more = journal.witnessesOf(checkpoints[i]);
            old.insert(old.end(), more.begin(), more.end());
        }
        return fits(old, parts, old.size() / mostOldWitnesses + 1);
    }

    /// One attempt to make the target.
    class Run {
    public:
        Run(const fs::path& target, const NewImage& image, const ConversionKey* key,
            const ResumeOptions& options, bool goesOn, const JobControl& job)
            : m_io(ioOf(options))
            , m_key(key)
            , m_image(image)
        {
            m_parts.push_back({target, partPathOf(target), nullptr, nullptr});
            if (!image.dataFileName.empty())
                m_parts.push_back(
                    {dataFilePath(image), partPathOf(dataFilePath(image)), nullptr, nullptr});
            for (const Part& part : m_parts)
                requireReplaceable(part.target);
            withTargetNames([&] { open(goesOn && key, job); });
            for (std::size_t i = 0; i < m_parts.size(); ++i)
                m_parts[i].layer
                    = std::make_shared<PartLayer>(m_io.layerOver(m_parts[i].file->shared()),
                        i == 0 ? part::Witness::File::Image : part::Witness::File::Data);
            if (m_parts.size() > 1)
                m_image.dataFile = m_parts[1].layer.get();
            if (m_earlier.journal)
                cutBack();
            if (key && m_isLasting)
                keepLog(options, job);
            else
                m_log = std::make_unique<RunLog>();
        }
        ~Run()
        {
            m_keeper.reset();
            for (Part& part : m_parts) {
                const std::shared_ptr<DiskFile> file = part.file->shared();
                part.file.reset(); // gives up its name, if it has to, before others may hold it
                letGo(*file); // which a flush may have open a while longer
            }
        }
        Run(const Run&) = delete;
        Run& operator=(const Run&) = delete;

        NewTarget target() { return {*m_parts[0].layer, m_parts[0].file->file(), m_image, *m_log}; }

        /// A stop is heeded until everything is on stable storage.
        void commit(const JobControl& job)
        {
            if (m_keeper)
                m_keeper->wait(job);
            // What is asked of a file is asked of its layer, so that tests see it.
            for (const Part& part : m_parts)
                flushUnlessStopped(part.layer, job);
            job.checkStop();
            if (m_parts.size() > 1)
                NewFile::commitTogether(*m_parts[1].file, *m_parts[0].file);
            else
                m_parts[0].file->commit();
            removeJournal();
        }

        /// The work has failed in a way that a later run may get over.
        void leave() noexcept
        {
            try {
                m_leaves = m_keeper && m_keeper->hasOne() && m_key->sourceIsSame();
            } catch (const Error&) {
                m_leaves = false;
            }
            if (!m_leaves)
                return;
            for (const Part& part : m_parts)
                part.file->setUncommitted(NewFile::Uncommitted::Keep);
        }
        /// Nothing of it will be of use.
        void drop()
        {
            for (const Part& part : m_parts)
                part.file->setUncommitted(NewFile::Uncommitted::Remove);
            removeJournal();
        }
        bool leaves() const { return m_leaves; }

        /// The error with the names that were asked for.
        [[noreturn]] void rethrow(const IoError& error) const
        {
            for (const Part& part : m_parts) {
                if (error.path() == part.file->file().name())
                    throw IoError(part.target.string(),
                        &part == &m_parts[0] ? "write the file" : "write the data file",
                        error.code(), error.hostOffset());
            }
            throw error;
        }

    private:
        /// The names of part files mean nothing to whoever asked for the target.
        void withTargetNames(const std::function<void()>& work) const
        {
            try {
                work();
            } catch (const IoError& error) {
                throw IoError(targetOf(error.path()), "create the file", error.code());
            } catch (const LockedError& error) {
                throw LockedError(targetOf(error.path()), error.what());
            }
        }
        std::string targetOf(const std::string& path) const
        {
            const auto part = std::find_if(m_parts.begin(), m_parts.end(),
                [&](const Part& one) { return one.path == path || one.target == path; });
            return (part == m_parts.end() ? m_parts[0] : *part).target.string();
        }

        void open(bool goesOn, const JobControl& job)
        {
            std::vector<FoundPart> found;
            for (const Part& part : m_parts)
                found.push_back(takePart(part.path));
            const auto are = [&](FoundPart::Kind kind) {
                return std::count_if(found.begin(), found.end(),
                    [kind](const FoundPart& part) { return part.kind == kind; });
            };
            m_isLasting = are(FoundPart::Kind::Foreign) == 0;
            const bool areAll
                = are(FoundPart::Kind::Ours) == static_cast<std::ptrdiff_t>(found.size());
            if (goesOn && areAll)
                m_earlier = readEarlier(found, job);
            if (m_earlier.journal) {
                for (std::size_t i = 0; i < m_parts.size(); ++i)
                    m_parts[i].file = std::make_unique<NewFile>(
                        m_parts[i].target, m_parts[i].path, std::move(found[i].file));
                for (const Part& part : m_parts)
                    part.file->setUncommitted(NewFile::Uncommitted::Keep); // unless drop()
                return;
            }
            for (std::size_t i = 0; i < m_parts.size(); ++i) {
                if (found[i].kind == FoundPart::Kind::Ours)
                    m_io.removeFile(m_parts[i].path);
            }
            if (m_isLasting)
                removePartJournal(m_parts[0].path, m_io);
            for (Part& part : m_parts) {
                std::shared_ptr<DiskFile> file;
                if (m_isLasting)
                    file = makePart(part.path, m_io);
                m_isLasting = file != nullptr;
                part.file = file
                    ? std::make_unique<NewFile>(part.target, part.path, std::move(file))
                    : std::make_unique<NewFile>(part.target);
            }
        }

        Earlier readEarlier(const std::vector<FoundPart>& found, const JobControl& job)
        {
            Earlier earlier;
            try {
                const auto journal = openPartJournal(m_parts[0].path);
                if (!journal)
                    return {};
                earlier.journalFile = m_io.layerOver(journal);
                earlier.journal = std::make_unique<part::Reader>(earlier.journalFile);
                if (earlier.journal->head().key != m_key->digest()
                    || !bears(*earlier.journal, found))
                    return {};
                useKeyOf(earlier.journal->head(), *found[0].file, job);
            } catch (const Error&) {
                return {}; // damaged, not to be read, or locked by another passphrase
            }
            return earlier;
        }

        /// Throws Error if the key of an earlier run cannot be had.
        void useKeyOf(const part::Head& head, const ByteFile& file, const JobControl& job)
        {
            if (!m_image.encryption || m_image.encryption->format != NewEncryption::Format::Luks)
                return;
            if (head.keyLength > longestKeyArea)
                throw Error("A key is never so long.");
            std::vector<std::byte> area(head.keyLength.value);
            if (area.empty() || file.read(head.keyAt, area) != area.size()
                || journal::sha256({area}) != head.keyDigest)
                throw Error("The part file has lost its key.");
            m_image.key
                = reopenKey(*m_image.encryption, std::move(area), JobControl{job.stop, {}, {}});
        }

        /// What was written behind the last checkpoint goes, as far as it lies behind the end.
        void cutBack()
        {
            const part::CheckpointHead& last = m_earlier.journal->checkpoints().back().head;
            const std::array lengths{last.imageLength, last.dataLength};
            for (std::size_t i = 0; i < m_parts.size(); ++i) {
                if (m_parts[i].layer->size() > lengths[i])
                    m_parts[i].layer->resize(lengths[i]);
            }
        }

        void keepLog(const ResumeOptions& options, const JobControl& job)
        {
            CheckpointKeeper::Files files;
            for (const Part& part : m_parts)
                files.parts.push_back(part.layer);
            files.journalPath = partJournalOf(m_parts[0].path);
            const part::FileName image = part::nameOf(m_parts[0].file->file());
            files.head.key = m_key->digest();
            files.head.imageDevice = image.device;
            files.head.imageInode = image.inode;
            files.head.imageBirth = image.birth;
            if (m_parts.size() > 1) {
                const part::FileName data = part::nameOf(m_parts[1].file->file());
                files.head.dataDevice = data.device;
                files.head.dataInode = data.inode;
                files.head.dataBirth = data.birth;
            }
            if (m_earlier.journal) {
                const auto& checkpoints = m_earlier.journal->checkpoints();
                files.journal.emplace(m_earlier.journalFile, checkpoints.back().end,
                    checkpoints.size(), checkpoints.back().head.checksum);
            }
            m_keeper = std::make_unique<CheckpointKeeper>(std::move(files), m_io);
            RunLog::Parts parts;
            parts.keeper = m_keeper.get();
            for (const Part& part : m_parts)
                parts.layers.push_back(part.layer);
            parts.earlier = m_earlier.journal.get();
            parts.key = m_key;
            parts.options = &options;
            parts.job = &job;
            m_log = std::make_unique<RunLog>(std::move(parts));
        }

        void removeJournal()
        {
            if (!m_isLasting)
                return;
            try {
                removePartJournal(m_parts[0].path, m_io);
            } catch (const IoError&) {
                // Without its file it is never believed.
            }
        }

        EditIo& m_io;
        const ConversionKey* m_key;
        NewImage m_image;
        std::vector<Part> m_parts; ///< the image's, then the data file's
        bool m_isLasting = false; ///< the part files have lasting names and are held
        bool m_leaves = false;
        Earlier m_earlier;
        std::unique_ptr<CheckpointKeeper> m_keeper;
        std::unique_ptr<RunLog> m_log;
    };

} // namespace

void writeResumable(const fs::path& target, const NewImage& image,
    const std::optional<ConversionKey>& key, const ResumeOptions& options,
    const std::function<void(const NewTarget&)>& write, const JobControl& job)
{
    if (!image.dataFileName.empty())
        requireLeadsToDataFile(target, image);
    for (bool goesOn = !options.restart;; goesOn = false) {
        Run run{target, image, key ? &*key : nullptr, options, goesOn, job};
        try {
            write(run.target());
            run.commit(job);
            return;
        } catch (const EarlierRunDiffers&) {
            run.drop();
        } catch (const Cancelled&) {
            run.leave();
            if (!run.leaves())
                run.drop();
            throw;
        } catch (const IoError& error) {
            run.leave();
            if (!run.leaves())
                run.drop();
            run.rethrow(error);
        } catch (...) {
            run.drop();
            throw;
        }
    }
}

} // namespace platter
