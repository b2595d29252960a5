// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/Rules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

namespace platter::tests {

namespace {

    /// What the files below a folder may include; the longest matching folder decides.
    struct LayerRule {
        const char* folder;
        std::vector<const char*> mayInclude; ///< folders from the root
        enum class Qt { Allowed, Forbidden } qt;
    };

    const std::vector<LayerRule>& layerRules()
    {
        using Qt = LayerRule::Qt;
        static const std::vector<LayerRule> rules{
            {"core", {"core/"}, Qt::Forbidden},
            {"core/base", {"core/base/"}, Qt::Forbidden},
            {"core/layout", {"core/base/", "core/layout/"}, Qt::Forbidden},
            {"core/jobs", {"core/base/", "core/jobs/"}, Qt::Forbidden},
            {"core/io", {"core/base/", "core/io/", "core/jobs/"}, Qt::Forbidden},
            {"core/codecs", {"core/base/", "core/codecs/"}, Qt::Forbidden},
            {"core/crypto",
                {"core/base/", "core/crypto/", "core/io/", "core/jobs/", "core/layout/"},
                Qt::Forbidden},
            {"core/edit",
                {"core/base/", "core/crypto/", "core/edit/", "core/io/", "core/jobs/",
                    "core/layout/"},
                Qt::Forbidden},
            {"widgets", {"core/", "widgets/"}, Qt::Allowed},
            {"app", {"core/", "widgets/", "app/"}, Qt::Allowed},
            {"app/cli", {"core/", "app/cli/"}, Qt::Forbidden},
            {"tests", {"core/", "widgets/", "app/", "tests/"}, Qt::Allowed},
        };
        return rules;
    }

    /// Calls that a layer does without, and why.
    struct BannedCall {
        const char* folder;
        const char* pattern;
        const char* reason;
    };

    constexpr std::array bannedCalls{
        BannedCall{"core/", R"(\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts)\()",
            "core never prints or logs"},
        BannedCall{"core/", R"(\bmmap\()",
            "metadata is read with pread: a mapped file that shrinks kills the program"},
        BannedCall{"widgets/", R"(\bprocessEvents\()", "no nested event handling"},
        BannedCall{"app/", R"(\bprocessEvents\()", "no nested event handling"},
        BannedCall{"app/", R"(\bQ(Table|Tree|List)Widget\b)",
            "lists show models; item widgets hold a copy of the data"},
    };

    bool startsWith(const std::string& text, const std::string& start)
    {
        return text.compare(0, start.size(), start) == 0;
    }

    bool endsWith(const std::string& text, const std::string& end)
    {
        return text.size() >= end.size()
            && text.compare(text.size() - end.size(), end.size(), end) == 0;
    }

    bool isCode(const std::string& path)
    {
        return endsWith(path, ".h") || endsWith(path, ".cpp");
    }

    std::string folderOf(const std::string& path)
    {
        const auto slash = path.rfind('/');
        return slash == std::string::npos ? std::string{} : path.substr(0, slash);
    }

    std::string nameOf(const std::string& path)
    {
        return path.substr(path.rfind('/') + 1);
    }

    std::vector<std::string> linesOf(const std::string& text)
    {
        std::vector<std::string> lines;
        std::istringstream stream{text};
        for (std::string line; std::getline(stream, line);)
            lines.push_back(line);
        return lines;
    }

    const LayerRule* layerOf(const std::string& path)
    {
        const LayerRule* found = nullptr;
        for (const auto& rule : layerRules()) {
            const bool inside = startsWith(path, std::string{rule.folder} + '/');
            if (inside
                && (!found || std::string{rule.folder}.size() > std::string{found->folder}.size()))
                found = &rule;
        }
        return found;
    }

    /// "qcow2" for core/formats/qcow2/Header.h; nothing for files directly in core/formats.
    std::optional<std::string> formatFolder(const std::string& path)
    {
        static const std::string formats = "core/formats/";
        if (!startsWith(path, formats))
            return std::nullopt;
        const auto slash = path.find('/', formats.size());
        if (slash == std::string::npos)
            return std::nullopt;
        return path.substr(formats.size(), slash - formats.size());
    }

    /// Why `path` may not include "included"; nothing: it may.
    std::optional<std::string> forbiddenInclude(
        const std::string& path, const std::string& included, const std::set<std::string>& known)
    {
        if (endsWith(included, ".moc"))
            return std::nullopt;
        if (!known.contains(included))
            return "names no file of the tree; includes start at the root";
        const auto* layer = layerOf(path);
        const bool allowed = !layer
            || std::any_of(layer->mayInclude.begin(), layer->mayInclude.end(),
                [&](const char* folder) { return startsWith(included, folder); });
        if (!allowed)
            return std::string{"lies outside of what "} + layer->folder + " may use";
        if (startsWith(path, "app/") && !startsWith(path, "app/cli/")
            && startsWith(included, "app/cli/"))
            return "belongs to the command line";
        const auto format = formatFolder(included);
        if (format && formatFolder(path) && formatFolder(path) != format)
            return "belongs to another format";
        if (format && startsWith(path, "core/operations/"))
            return "belongs to one format; operations talk to Image and VirtualDisk";
        return std::nullopt;
    }

    void checkIncludes(
        const SourceFile& file, const std::set<std::string>& known, std::vector<Violation>& found)
    {
        static const std::regex quoted{R"(^\s*#\s*include\s*"([^"]+)\")"};
        static const std::regex angled{R"(^\s*#\s*include\s*<([^>]+)>)"};
        const auto* layer = layerOf(file.path);
        const auto lines = linesOf(file.text);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const std::string place = file.path + ':' + std::to_string(i + 1);
            std::smatch match;
            if (std::regex_search(lines[i], match, quoted)) {
                if (const auto why = forbiddenInclude(file.path, match[1], known))
                    found.push_back({"include", place, '"' + match[1].str() + "\" " + *why});
            } else if (std::regex_search(lines[i], match, angled)) {
                const std::string name = match[1];
                const bool isQt = name.size() > 1 && name[0] == 'Q' && std::isalpha(name[1]);
                if (isQt && layer && layer->qt == LayerRule::Qt::Forbidden)
                    found.push_back({"include", place,
                        '<' + name + "> is of Qt, which " + layer->folder + " does without"});
            }
        }
    }

    void checkLicence(const SourceFile& file, std::vector<Violation>& found)
    {
        const auto lines = linesOf(file.text);
        const std::string licence = "SPDX-License-Identifier: GPL-3.0-or-later";
        const bool isScript = !lines.empty() && startsWith(lines[0], "#!");
        const std::size_t line = isScript ? 1 : 0;
        if (!isCode(file.path) && !isScript && nameOf(file.path) != "CMakeLists.txt"
            && !endsWith(file.path, ".cmake"))
            return;
        if (lines.size() <= line || lines[line].find(licence) == std::string::npos)
            found.push_back({"licence", file.path, "does not start with " + licence});
    }

    void checkListed(
        const SourceFile& file, const std::vector<SourceFile>& tree, std::vector<Violation>& found)
    {
        if (!endsWith(file.path, ".cpp"))
            return;
        const std::string list = folderOf(file.path) + "/CMakeLists.txt";
        const auto lists = std::find_if(tree.begin(), tree.end(),
            [&](const SourceFile& candidate) { return candidate.path == list; });
        const std::string name = nameOf(file.path);
        // A test program and a fuzz target have the name of their file.
        const std::string stem = name.substr(0, name.rfind('.'));
        const bool mayBeStem = startsWith(file.path, "tests/");
        const std::regex mention{
            "(^|[\\s(/])(" + name + (mayBeStem ? "|" + stem : std::string{}) + ")($|[\\s)])"};
        if (lists == tree.end() || !std::regex_search(lists->text, mention))
            found.push_back({"listed", file.path, "is not listed in " + list});
    }

    /// A folder that no list adds is neither built nor tested, and nobody notices.
    void checkReached(
        const SourceFile& list, const std::vector<SourceFile>& tree, std::vector<Violation>& found)
    {
        const std::string folder = folderOf(list.path);
        if (nameOf(list.path) != "CMakeLists.txt" || folder.empty())
            return;
        const bool reached = std::any_of(tree.begin(), tree.end(), [&](const SourceFile& above) {
            const std::string aboveFolder = folderOf(above.path);
            const std::string start = aboveFolder.empty() ? aboveFolder : aboveFolder + '/';
            if (nameOf(above.path) != "CMakeLists.txt" || above.path == list.path
                || !startsWith(folder, start))
                return false;
            const std::regex mention{"(add_subdirectory|foreach)\\(([^)]*\\s)?"
                + folder.substr(start.size()) + "[\\s)]"};
            return std::regex_search(above.text, mention);
        });
        if (!reached)
            found.push_back({"reached", list.path, "is added by no list above it"});
    }

    void checkWords(const SourceFile& file, std::vector<Violation>& found)
    {
        // The rules have to name what they forbid.
        if (startsWith(file.path, "tests/architecture/"))
            return;
        static const std::regex unfinished{R"(\b(TODO|FIXME|XXX|HACK)\b)"};
        static const std::regex workplace{
            R"(\b(issues?|milestones?)\b|\b(this|last|next|our) session\b|(^|[^.\w])/work/)",
            std::regex::icase};
        const auto lines = linesOf(file.text);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            std::smatch match;
            const std::string place = file.path + ':' + std::to_string(i + 1);
            if (std::regex_search(lines[i], match, unfinished))
                found.push_back({"word", place, "'" + match[0].str() + "' marks unfinished work"});
            else if (std::regex_search(lines[i], match, workplace))
                found.push_back({"word", place,
                    "'" + match[0].str() + "' speaks of how Platter is made, not of Platter"});
        }
    }

    void checkCalls(const SourceFile& file, std::vector<Violation>& found)
    {
        static const auto patterns = [] {
            std::vector<std::regex> compiled;
            for (const auto& call : bannedCalls)
                compiled.emplace_back(call.pattern);
            return compiled;
        }();
        if (!isCode(file.path))
            return;
        const auto lines = linesOf(file.text);
        for (std::size_t rule = 0; rule < bannedCalls.size(); ++rule) {
            // The command line prints: that is its work.
            if (!startsWith(file.path, bannedCalls[rule].folder))
                continue;
            for (std::size_t i = 0; i < lines.size(); ++i) {
                const std::string code = lines[i].substr(0, lines[i].find("//"));
                if (std::regex_search(code, patterns[rule]))
                    found.push_back({"call", file.path + ':' + std::to_string(i + 1),
                        bannedCalls[rule].reason});
            }
        }
    }

    bool names(const std::string& library, const std::string& part)
    {
        return library.find(part) != std::string::npos;
    }

} // namespace

std::vector<SourceFile> readTree(const std::string& root)
{
    namespace fs = std::filesystem;
    std::vector<SourceFile> tree;
    const auto add = [&](const fs::path& path) {
        std::ifstream stream{path, std::ios::binary};
        tree.push_back({fs::relative(path, root).generic_string(),
            std::string{std::istreambuf_iterator<char>{stream}, {}}});
    };
    const std::set<std::string> extensions{".h", ".cpp", ".txt", ".cmake", ".sh"};
    for (const char* folder : {"core", "widgets", "app", "tests", "cmake", "resources"}) {
        for (const auto& entry : fs::recursive_directory_iterator{fs::path{root} / folder}) {
            if (entry.is_regular_file() && extensions.contains(entry.path().extension().string()))
                add(entry.path());
        }
    }
    for (const char* file : {"CMakeLists.txt", "dev", ".ci/run"})
        add(fs::path{root} / file);
    return tree;
}

std::vector<Violation> violations(const std::vector<SourceFile>& tree)
{
    std::vector<Violation> found;
    std::set<std::string> known;
    for (const auto& file : tree)
        known.insert(file.path);
    for (const auto& file : tree) {
        checkLicence(file, found);
        checkWords(file, found);
        checkReached(file, tree, found);
        if (!isCode(file.path))
            continue;
        checkIncludes(file, known, found);
        checkListed(file, tree, found);
        checkCalls(file, found);
    }
    return found;
}

std::vector<Violation> violations(const std::vector<LinkedTarget>& targets)
{
    std::vector<Violation> found;
    for (const auto& target : targets) {
        const auto in = [&](const std::string& folder) {
            return target.folder == folder || startsWith(target.folder, folder + '/');
        };
        for (const auto& library : target.libraries) {
            const auto reject = [&](const std::string& why) {
                found.push_back({"link", target.folder + ": " + target.name, library + ' ' + why});
            };
            const bool isQt = names(library, "Qt6::") || names(library, "Qt::");
            const bool isWidgets
                = names(library, "Platter::widgets") || names(library, "platter_widgets");
            const bool isApp = names(library, "Platter::app") || names(library, "platter_app");
            const bool isCore = names(library, "Platter::core") || names(library, "platter_core");
            if (in("core") && (isQt || isWidgets || isApp))
                reject("is above the core");
            else if (in("app/cli") && (isQt || isWidgets || isApp))
                reject("is not for the command line, which links the core alone");
            else if (in("widgets") && isApp)
                reject("is above the widgets");
            if (in("core") && isCore && target.name == "platter_core")
                reject("is the core itself");
        }
    }
    return found;
}

std::vector<std::string> longFiles(const std::vector<SourceFile>& tree)
{
    std::vector<std::string> found;
    for (const auto& file : tree) {
        const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
        if (isCode(file.path) && lines > 600)
            found.push_back(file.path + " has " + std::to_string(lines) + " lines");
    }
    return found;
}

} // namespace platter::tests
