// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/CrashStates.h"

#include "core/edit/Journal.h"
#include "core/edit/Undo.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>

namespace platter::tests {

namespace {

    namespace fs = std::filesystem;
    using Kind = DiskEvent::Kind;
    using Content = std::vector<std::byte>;
    using Files = std::map<fs::path, Content>;

    constexpr std::size_t sector = 512;
    constexpr std::size_t mostInFull = 10;
    constexpr unsigned samples = 2000;

    void put(const fs::path& path, const Content& content)
    {
        // Into the same inode: that is how a journal knows its image.
        const auto file = fs::exists(path) ? DiskFile::open(path, DiskFile::Access::ReadWrite)
                                           : DiskFile::create(path);
        file->resize(Bytes{content.size()});
        file->write(HostOffset{0}, content);
    }

    void setTime(const fs::path& path, std::int64_t nanoseconds)
    {
        const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        const timespec times[2]{time, time};
        if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
            throw std::runtime_error("cannot set the time of " + path.string());
    }

    /// The image and everything of its folder that is a journal.
    Files filesOf(const fs::path& image)
    {
        Files files;
        for (const auto& entry : fs::directory_iterator{image.parent_path()}) {
            if (entry.path() == image
                || entry.path().filename().string().find(".platter-undo-") != std::string::npos)
                files.emplace(entry.path(), bytesOf(entry.path()));
        }
        return files;
    }

    void replaceFiles(const fs::path& image, const Files& wanted)
    {
        for (const auto& [path, content] : filesOf(image)) {
            if (!wanted.contains(path))
                fs::remove(path);
        }
        for (const auto& [path, content] : wanted)
            put(path, content);
    }

    /// Does to `files` what the event did to the disk; of a write, the first `most` bytes.
    void apply(const DiskEvent& event, Files& files, std::size_t most = ~std::size_t{0})
    {
        const auto grownTo = [&](std::uint64_t size) -> Content& {
            Content& content = files[event.path];
            content.resize(std::max<std::size_t>(content.size(), size));
            return content;
        };
        const auto at = static_cast<std::ptrdiff_t>(event.at.value);
        switch (event.kind) {
        case Kind::Write: {
            const std::size_t count = std::min(most, event.data.size());
            Content& content = grownTo(count ? event.at.value + count : 0);
            std::copy_n(event.data.begin(), count, content.begin() + at);
            break;
        }
        case Kind::Resize: files[event.path].resize(event.length.value); break;
        case Kind::Punch: {
            Content& content = files[event.path];
            const std::size_t end
                = std::min<std::size_t>(content.size(), (event.at + event.length).value);
            if (event.at.value < end)
                std::fill(content.begin() + at, content.begin() + static_cast<std::ptrdiff_t>(end),
                    std::byte{0});
            break;
        }
        case Kind::Flush:
        case Kind::Make:
        case Kind::SyncFolder:
        case Kind::Remove: break; // names are dealt with apart
        }
    }

    /// What a crash after the first `cut` events may have left: sure events, and open ones.
    struct Cut {
        std::vector<const DiskEvent*> sure;
        std::vector<const DiskEvent*> open;
        Cut(const std::vector<DiskEvent>& events, std::size_t cut)
        {
            for (std::size_t i = 0; i < cut; ++i) {
                const DiskEvent& event = events[i];
                if (event.kind == Kind::Flush || event.kind == Kind::SyncFolder)
                    continue;
                bool isSure = false;
                for (std::size_t later = i + 1; later < cut; ++later)
                    isSure = isSure || settles(events[later], event);
                (isSure ? sure : open).push_back(&event);
            }
        }
        static bool settles(const DiskEvent& flush, const DiskEvent& event)
        {
            const bool isName = event.kind == Kind::Make || event.kind == Kind::Remove;
            if (isName)
                return flush.kind == Kind::SyncFolder && flush.path == event.path.parent_path();
            return flush.kind == Kind::Flush && flush.path == event.path;
        }
    };

    class Explorer {
    public:
        Explorer(const fs::path& image, const std::vector<std::byte>& original,
            const EditUnderTest& edit, const StateCheck& check)
            : m_image(fs::canonical(image))
            , m_original(original)
            , m_edit(edit)
            , m_check(check)
            , m_before(filesOf(m_image))
            , m_timeBefore(DiskFile::stampOf(m_image).contentChanged)
        {
        }

        CrashCount crashes()
        {
            ScriptedIo io;
            m_edit(m_image, io);
            m_timeAfter = DiskFile::stampOf(m_image).contentChanged;
            m_count.calls = io.events().size();
            for (std::size_t cut = 0; cut <= io.events().size(); ++cut)
                explore(Cut{io.events(), cut},
                    "after " + std::to_string(cut) + " of " + std::to_string(io.events().size())
                        + " calls, ");
            end();
            return m_count;
        }

        CrashCount errors()
        {
            using Failure = ScriptedIo::Failure;
            for (const auto kind : {Failure::Kind::Input, Failure::Kind::NoSpace,
                     Failure::Kind::ShortWrite, Failure::Kind::Flush}) {
                for (const auto lasting : {Failure::Lasting::Once, Failure::Lasting::FromThenOn}) {
                    for (std::size_t call = 0; runFailing({call, kind, lasting}); ++call) { }
                }
            }
            end();
            return m_count;
        }

    private:
        void begin()
        {
            replaceFiles(m_image, m_before);
            setTime(m_image, m_timeBefore);
        }
        void end() { replaceFiles(m_image, {{m_image, m_original}}); }

        /// @returns whether the edit made so many calls
        bool runFailing(const ScriptedIo::Failure& failure)
        {
            begin();
            ScriptedIo io{{}, failure};
            const std::string words = "when call " + std::to_string(failure.call) + " fails in way "
                + std::to_string(static_cast<int>(failure.kind))
                + (failure.lasting == ScriptedIo::Failure::Lasting::Once ? "" : " for good");
            bool threw = false;
            try {
                m_edit(m_image, io);
            } catch (const Error&) {
                threw = true;
            }
            m_count.calls = std::max(m_count.calls, failure.call);
            if (io.failed()) {
                ++m_count.states;
                // A journal that means nothing any more may stay without anybody being told.
                if (!threw && io.failed() != Kind::Remove)
                    fail(words, "the error was not told");
                settleAndCompare(words);
            }
            return failure.call <= io.events().size();
        }

        void explore(const Cut& cut, const std::string& words)
        {
            Files base = m_before;
            for (const DiskEvent* event : cut.sure)
                apply(*event, base);
            const std::size_t open = cut.open.size();
            const auto look
                = [&](const std::vector<bool>& reached, std::size_t torn, std::size_t tornAt) {
                      Files files = base;
                      std::set<fs::path> unborn;
                      std::set<fs::path> gone;
                      std::size_t count = 0;
                      for (std::size_t i = 0; i < open; ++i) {
                          const DiskEvent& event = *cut.open[i];
                          count += reached[i] ? 1U : 0U;
                          if (event.kind == Kind::Make && !reached[i])
                              unborn.insert(event.path);
                          if (event.kind == Kind::Remove && reached[i])
                              gone.insert(event.path);
                          if (reached[i])
                              apply(event, files, i == torn ? tornAt : ~std::size_t{0});
                      }
                      // A file whose name is new may have the name before it has content.
                      for (const DiskEvent* event : cut.sure) {
                          if (event->kind == Kind::Make)
                              files.try_emplace(event->path);
                          if (event->kind == Kind::Remove)
                              gone.insert(event->path);
                      }
                      for (std::size_t i = 0; i < open; ++i) {
                          if (cut.open[i]->kind == Kind::Make && reached[i])
                              files.try_emplace(cut.open[i]->path);
                      }
                      for (const fs::path& path : unborn)
                          files.erase(path);
                      for (const fs::path& path : gone)
                          files.erase(path);
                      visit(files,
                          words + std::to_string(count) + " of " + std::to_string(open)
                              + " unsynced reached the disk"
                              + (torn < open ? ", one torn at " + std::to_string(tornAt) : ""));
                  };
            eachSubset(open, [&](const std::vector<bool>& reached) { look(reached, open, 0); });
            for (std::size_t torn = 0; torn < open; ++torn) {
                const std::size_t size = cut.open[torn]->data.size();
                for (std::size_t at = sector; at < size; at += nextTear(at, size)) {
                    std::vector<bool> all(open, true);
                    look(all, torn, at);
                    std::vector<bool> only(open, false);
                    for (std::size_t i = 0; i < open; ++i)
                        only[i] = i == torn || cut.open[i]->kind == Kind::Make;
                    look(only, torn, at);
                }
            }
        }

        /// Each sector of a short write; of a long one some.
        static std::size_t nextTear(std::size_t at, std::size_t size)
        {
            const std::size_t steps = size / sector;
            return steps <= 16 || at < 4 * sector ? sector
                                                  : std::max(sector, size / 16 / sector * sector);
        }

        static void eachSubset(
            std::size_t count, const std::function<void(const std::vector<bool>&)>& take)
        {
            std::vector<bool> reached(count);
            if (count <= mostInFull) {
                for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << count); ++bits) {
                    for (std::size_t i = 0; i < count; ++i)
                        reached[i] = (bits >> i & 1) != 0;
                    take(reached);
                }
                return;
            }
            std::mt19937_64 random{count};
            for (unsigned i = 0; i < samples; ++i) {
                for (std::size_t one = 0; one < count; ++one)
                    reached[one] = (random() & 1) != 0;
                take(reached);
            }
            take(std::vector<bool>(count, false));
            take(std::vector<bool>(count, true));
        }

        void visit(const Files& files, const std::string& words)
        {
            std::string key;
            for (const auto& [path, content] : files) {
                const journal::Digest digest = journal::sha256({content});
                key += path.string() + '\n';
                key.append(reinterpret_cast<const char*>(digest.data()), digest.size());
            }
            if (!m_seen.insert(key).second)
                return;
            ++m_count.states;
            replaceFiles(m_image, files);
            const bool untouched = files.at(m_image) == m_before.at(m_image);
            setTime(m_image, untouched ? m_timeBefore : m_timeAfter);
            settleAndCompare(words);
        }

        void settleAndCompare(const std::string& words)
        {
            try {
                m_check({m_image, words});
                // Everything that the journals offer; without one, nothing may have happened.
                while (!listEdits(m_image).empty())
                    takeBack(m_image, {});
            } catch (const std::exception& error) {
                fail(words, error.what());
            }
            if (bytesOf(m_image) != m_original)
                fail(words, "the image is not as it was");
        }

        [[noreturn]] static void fail(const std::string& words, const std::string& what)
        {
            throw std::runtime_error(words + ": " + what);
        }

        fs::path m_image;
        const std::vector<std::byte>& m_original;
        const EditUnderTest& m_edit;
        const StateCheck& m_check;
        Files m_before;
        std::int64_t m_timeBefore;
        std::int64_t m_timeAfter = 0;
        std::set<std::string> m_seen;
        CrashCount m_count;
    };

} // namespace

CrashCount everyCrashState(const fs::path& image, const std::vector<std::byte>& original,
    const EditUnderTest& edit, const StateCheck& check)
{
    return Explorer{image, original, edit, check}.crashes();
}

CrashCount everyIoError(const fs::path& image, const std::vector<std::byte>& original,
    const EditUnderTest& edit, const StateCheck& check)
{
    return Explorer{image, original, edit, check}.errors();
}

std::string folderInMemory()
{
    std::error_code missing;
    const fs::path memory{"/dev/shm"};
    const bool there = fs::is_directory(memory, missing);
    return ((there ? memory : fs::temp_directory_path()) / "platter-XXXXXX").string();
}

std::vector<std::byte> bytesOf(const fs::path& path)
{
    const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
    std::vector<std::byte> bytes(file->size().value);
    bytes.resize(file->read(HostOffset{0}, bytes));
    return bytes;
}

} // namespace platter::tests
