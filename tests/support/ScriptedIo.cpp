// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ScriptedIo.h"

#include <csignal>

namespace platter::tests {

namespace {

    using Kind = DiskEvent::Kind;

    class Layer final : public ByteFile {
    public:
        Layer(std::shared_ptr<DiskFile> below, ScriptedIo& io)
            : m_below(std::move(below))
            , m_io(io)
        {
        }
        const std::string& name() const override { return m_below->name(); }
        Bytes size() const override { return m_below->size(); }
        std::size_t read(HostOffset at, std::span<std::byte> buffer) const override
        {
            return m_below->read(at, buffer);
        }
        FileRegion regionAt(HostOffset at) const override { return m_below->regionAt(at); }
        Bytes allocatedBytes() const override { return m_below->allocatedBytes(); }

        void write(HostOffset at, std::span<const std::byte> data) override
        {
            const bool half = m_io.begin(Kind::Write, name()) == ScriptedIo::Verdict::DoHalf;
            const auto part = data.first(half ? data.size() / 2 : data.size());
            m_below->write(at, part);
            m_io.done({Kind::Write, name(), at, {}, {part.begin(), part.end()}});
            if (half)
                throw IoError(name(), "write bytes", std::make_error_code(std::errc::io_error));
        }
        void resize(Bytes size) override
        {
            m_io.begin(Kind::Resize, name());
            m_below->resize(size);
            m_io.done({Kind::Resize, name(), {}, size, {}});
        }
        void punch(HostOffset at, Bytes length) override
        {
            m_io.begin(Kind::Punch, name());
            m_below->punch(at, length);
            m_io.done({Kind::Punch, name(), at, length, {}});
        }
        void flush() override
        {
            m_io.begin(Kind::Flush, name());
            m_below->flush();
            m_io.done({Kind::Flush, name(), {}, {}, {}});
        }

    private:
        std::shared_ptr<DiskFile> m_below;
        ScriptedIo& m_io;
    };

} // namespace

ScriptedIo::ScriptedIo(std::filesystem::path stateFolder, std::optional<Failure> failure)
    : m_stateFolder(std::move(stateFolder))
    , m_failure(failure)
{
}

ScriptedIo::Verdict ScriptedIo::begin(Kind kind, const std::string& name)
{
    const std::size_t call = m_calls++;
    if (!m_failure
        || (m_failure->lasting == Failure::Lasting::Once ? call != m_failure->call
                                                         : call < m_failure->call))
        return Verdict::Do;
    const bool needsRoom = kind == Kind::Write || kind == Kind::Resize || kind == Kind::Make;
    const bool isFlush = kind == Kind::Flush || kind == Kind::SyncFolder;
    bool fails = true;
    auto reason = std::errc::io_error;
    switch (m_failure->kind) {
    case Failure::Kind::Input: break;
    case Failure::Kind::NoSpace:
        fails = needsRoom;
        reason = std::errc::no_space_on_device;
        break;
    case Failure::Kind::ShortWrite:
        if (kind != Kind::Write)
            return Verdict::Do;
        m_failed = m_failed.value_or(kind);
        return Verdict::DoHalf;
    case Failure::Kind::Flush: fails = isFlush; break;
    case Failure::Kind::Kill: ::raise(SIGKILL); break;
    }
    if (!fails)
        return Verdict::Do;
    m_failed = m_failed.value_or(kind);
    throw IoError(name, "do as the test wishes", std::make_error_code(reason));
}

void ScriptedIo::done(DiskEvent event)
{
    m_events.push_back(std::move(event));
}

std::shared_ptr<ByteFile> ScriptedIo::layerOver(std::shared_ptr<DiskFile> file)
{
    return std::make_shared<Layer>(std::move(file), *this);
}

std::shared_ptr<DiskFile> ScriptedIo::makeFile(const std::filesystem::path& path)
{
    begin(Kind::Make, path.string());
    auto file = EditIo::makeFile(path);
    done({Kind::Make, path, {}, {}, {}});
    return file;
}

void ScriptedIo::syncFolder(const std::filesystem::path& folder)
{
    begin(Kind::SyncFolder, folder.string());
    EditIo::syncFolder(folder);
    done({Kind::SyncFolder, folder, {}, {}, {}});
}

void ScriptedIo::removeFile(const std::filesystem::path& path)
{
    begin(Kind::Remove, path.string());
    EditIo::removeFile(path);
    done({Kind::Remove, path, {}, {}, {}});
}

} // namespace platter::tests
