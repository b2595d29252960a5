// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/operations/ContentHash.h"

namespace platter::cli {

namespace {

    constexpr unsigned mostThreads = 256; // Platter's own limit

    /// Prints what is known of each state as soon as it is.
    class HashList {
    public:
        HashList(StandardOutput& out, GlobalOptions::Output output, std::string file, bool isList)
            : m_out(out)
            , m_isJson(output == GlobalOptions::Output::Json)
            , m_file(std::move(file))
            , m_isList(isList)
        {
        }

        /// @param snapshot  nullptr: the present state
        void add(const std::string& hash, Bytes size, const SnapshotInfo* snapshot)
        {
            if (m_isJson) {
                addJson(hash, size, snapshot);
            } else {
                m_out << hash << "  ";
                if (!m_isList)
                    m_out << escapedText(m_file);
                else if (snapshot)
                    m_out << escapedText(snapshot->id) << " " << escapedText(snapshot->name);
                else
                    m_out << "now";
                m_out << "\n";
            }
            m_out.flush();
        }
        void end()
        {
            if (m_isJson && m_isList)
                m_out << (m_isFirst ? "[]\n" : "\n]\n");
        }

    private:
        void addJson(const std::string& hash, Bytes size, const SnapshotInfo* snapshot)
        {
            PropertyObject state{{"hash", {hash}}, {"virtual-size", {size.value}}};
            if (snapshot) {
                state.push_back({"id", {snapshot->id}});
                state.push_back({"name", {snapshot->name}});
            }
            std::string text;
            appendJson(text, {std::move(state)}, m_isList ? 1 : 0);
            if (m_isList)
                m_out << (m_isFirst ? "[\n    " : ",\n    ");
            m_out << text;
            if (!m_isList)
                m_out << "\n";
            m_isFirst = false;
        }

        StandardOutput& m_out;
        bool m_isJson;
        std::string m_file;
        bool m_isList;
        bool m_isFirst = true;
    };

} // namespace

int hash(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands[0];
    const bool all = invocation.has("--all");
    const auto name = invocation.value("-l");
    if (all && name)
        throw CommandError("hash", "Only one of -l and --all can be given.");
    unsigned threads = 0;
    if (const auto wanted = invocation.value("-m"))
        threads = parseNumber(*wanted, 1, mostThreads, "-m");
    ProgressLine progress{progressWish(invocation), session.stop};
    const BackingChain chain = openChain(file, openOptions(invocation, Content::GuestData),
        openPolicy(invocation, file), progress.job());
    const Image& image = *chain.layers.front().image;
    ContentHasher hasher{
        threads, all ? ContentHasher::Remember::LastState : ContentHasher::Remember::Nothing};
    HashList list{session.out, invocation.global.output, file, all};
    const auto add = [&](std::optional<std::size_t> snapshot) {
        const VirtualDisk disk{chain, snapshot};
        list.add(hasher.hash(disk, progress.job()), disk.size(),
            snapshot ? &image.snapshots()[*snapshot] : nullptr);
    };
    for (std::size_t i = 0; all && i < image.snapshots().size(); ++i)
        add(i);
    if (name)
        add(findSnapshot(image, *name));
    else
        add(std::nullopt);
    list.end();
    return 0;
}

} // namespace platter::cli
