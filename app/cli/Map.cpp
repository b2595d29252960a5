// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Text.h"
#include "core/operations/GuestMap.h"

#include <array>
#include <cstdio>

#include <unistd.h>

namespace platter::cli {

namespace {

    constexpr std::size_t columnWidth = 16;

    /// As C's %#llx writes it: zero has no 0x.
    std::string columnText(std::uint64_t value)
    {
        std::array<char, 24> text{};
        std::snprintf(text.data(), text.size(), "%#llx", static_cast<unsigned long long>(value));
        return text.data();
    }

    /// Writes a JSON array one object a line, in the exact layout of qemu-img map.
    class LineList {
    public:
        explicit LineList(StandardOutput& out)
            : m_out(out)
        {
        }
        /// Starts the next object.
        StandardOutput& next()
        {
            m_out << (m_isFirst ? "[{ " : ",\n{ ");
            m_isFirst = false;
            return m_out;
        }
        void end() { m_out << (m_isFirst ? "[]\n" : "]\n"); }

    private:
        StandardOutput& m_out;
        bool m_isFirst = true;
    };

    void mapHost(const Image& image, GlobalOptions::Output output, StandardOutput& out,
        const JobControl& job)
    {
        if (output == GlobalOptions::Output::Json) {
            LineList list{out};
            image.scanHost(
                [&](const HostRange& range) {
                    list.next() << "\"start\": " << range.start.value
                                << ", \"length\": " << range.length.value << ", \"use\": \""
                                << hostUseName(range.use) << "\"";
                    if (range.guest)
                        out << ", \"guest\": " << range.guest->value;
                    out << "}";
                },
                job);
            list.end();
            return;
        }
        out.padded("Offset", columnWidth).padded("Length", columnWidth).padded("Use", 20);
        out << "Guest offset\n";
        image.scanHost(
            [&](const HostRange& range) {
                out.padded(columnText(range.start.value), columnWidth);
                out.padded(columnText(range.length.value), columnWidth);
                if (range.guest)
                    out.padded(hostUseName(range.use), 20) << columnText(range.guest->value);
                else
                    out << hostUseName(range.use);
                out << "\n";
            },
            job);
    }

    void mapGuestAsJson(const VirtualDisk& disk, StandardOutput& out, const JobControl& job)
    {
        const auto word = [](bool value) -> std::string_view { return value ? "true" : "false"; };
        LineList list{out};
        guestMap(
            disk, GuestOffset{0}, disk.size(),
            [&](const GuestMapEntry& entry) {
                list.next() << "\"start\": " << entry.start.value
                            << ", \"length\": " << entry.length.value
                            << ", \"depth\": " << entry.depth
                            << ", \"present\": " << word(entry.present)
                            << ", \"zero\": " << word(entry.zero)
                            << ", \"data\": " << word(entry.data);
                if (entry.offset)
                    out << ", \"offset\": " << entry.offset->value;
                out << "}";
            },
            job);
        list.end();
    }

    /// Columns as qemu-img's, which gives up at data without a place in a file; Platter names them.
    void mapGuestAsTable(const VirtualDisk& disk, StandardOutput& out, const JobControl& job)
    {
        out.padded("Offset", columnWidth).padded("Length", columnWidth);
        out.padded("Mapped to", columnWidth) << "File\n";
        const auto& layers = disk.chain().layers;
        guestMap(
            disk, GuestOffset{0}, disk.size(),
            [&](const GuestMapEntry& entry) {
                if (!entry.data || entry.zero)
                    return;
                const Image& image = *layers.at(entry.depth).image;
                out.padded(columnText(entry.start.value), columnWidth);
                out.padded(columnText(entry.length.value), columnWidth);
                if (entry.offset)
                    out.padded(columnText(entry.offset->value), columnWidth);
                else
                    out.padded(entry.compressed ? "compressed" : "encrypted", columnWidth);
                out << escapedText(image.guestDataFile().name()) << "\n";
            },
            job);
    }

    void mapGuest(const VirtualDisk& disk, GlobalOptions::Output output, StandardOutput& out,
        const JobControl& job)
    {
        if (output == GlobalOptions::Output::Json)
            mapGuestAsJson(disk, out, job);
        else
            mapGuestAsTable(disk, out, job);
    }

} // namespace

int map(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands.front();
    // Lines of the map and a progress line on one terminal would destroy each other.
    const bool sharesTerminal
        = invocation.global.progress == GlobalOptions::Progress::Auto && isatty(STDOUT_FILENO) == 1;
    ProgressLine progress{
        sharesTerminal ? GlobalOptions::Progress::Never : invocation.global.progress, session.stop};
    const OpenOptions options = openOptions(invocation, Content::StructureOnly);
    if (invocation.has("--host")) {
        const OpenedImage opened = openImage(file, options, progress.job());
        mapHost(*opened.image, invocation.global.output, session.out, progress.job());
        return 0;
    }
    BackingChain chain = openChain(file, options, openPolicy(invocation, file), progress.job());
    std::optional<std::size_t> snapshot;
    if (const auto name = invocation.value("-l"))
        snapshot = findSnapshot(*chain.layers.front().image, *name);
    mapGuest(VirtualDisk{std::move(chain), snapshot}, invocation.global.output, session.out,
        progress.job());
    return 0;
}

} // namespace platter::cli
