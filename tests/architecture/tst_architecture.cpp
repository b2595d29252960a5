// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/Rules.h"

#include <QFile>
#include <QTest>

#include <algorithm>

using namespace platter::tests;

namespace {

/// A small tree that keeps every rule.
std::vector<SourceFile> goodTree()
{
    const std::string licence = "// SPDX-License-Identifier: GPL-3.0-or-later\n";
    const std::string listLicence = "# SPDX-License-Identifier: GPL-3.0-or-later\n";
    return {
        {"CMakeLists.txt",
            listLicence
                + "foreach(folder core/base core/formats core/formats/vdi core/formats/qcow2)\n"
                  "add_subdirectory(core/operations)\nadd_subdirectory(widgets)\n"
                  "add_subdirectory(app)\nadd_subdirectory(app/cli)\nadd_subdirectory(tests)\n"},
        {"core/base/Units.h", licence},
        {"core/base/CMakeLists.txt", listLicence + "target_sources(c PRIVATE\n  Units.h\n)\n"},
        {"core/formats/Image.h", licence + "#include \"core/base/Units.h\"\n#include <vector>\n"},
        {"core/formats/Registry.cpp", licence + "#include \"core/formats/vdi/Vdi.h\"\n"},
        {"core/formats/CMakeLists.txt", listLicence + "x(Image.h Registry.cpp)\n"},
        {"core/formats/vdi/Vdi.h", licence + "#include \"core/formats/Image.h\"\n"},
        {"core/formats/vdi/CMakeLists.txt", listLicence + "x(Vdi.h)\n"},
        {"core/operations/Check.h", licence + "#include \"core/formats/Image.h\"\n"},
        {"core/operations/CMakeLists.txt", listLicence + "x(Check.h)\n"},
        {"widgets/Strip.h", licence + "#include <QWidget>\n#include \"core/base/Units.h\"\n"},
        {"widgets/CMakeLists.txt", listLicence + "x(Strip.h)\n"},
        {"app/Page.h", licence + "#include \"widgets/Strip.h\"\n"},
        {"app/CMakeLists.txt", listLicence + "x(Page.h)\n"},
        {"app/cli/Main.cpp", licence + "#include \"core/formats/Image.h\"\n"},
        {"app/cli/CMakeLists.txt", listLicence + "x(Main.cpp)\n"},
        {"tests/tst_one.cpp", licence + "#include <QTest>\n#include \"tst_one.moc\"\n"},
        {"tests/CMakeLists.txt", listLicence + "platter_test(tst_one LAYER core)\n"},
        {"dev", "#!/bin/bash\n" + listLicence},
    };
}

/// Prints each violation on a line of its own: a message of QFAIL would be cut.
QByteArray told(const std::vector<Violation>& found)
{
    for (const auto& violation : found)
        qWarning(
            "%s: %s: %s", violation.rule.c_str(), violation.place.c_str(), violation.text.c_str());
    return QByteArray::number(static_cast<int>(found.size())) + " places break a rule";
}

std::vector<LinkedTarget> linkedTargets()
{
    QFile file{QStringLiteral(PLATTER_LINKS)};
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s is missing: CMake writes it", PLATTER_LINKS);
    std::vector<LinkedTarget> targets;
    for (const auto& line : file.readAll().split('\n')) {
        const auto parts = line.split('|');
        if (parts.size() != 3)
            continue;
        LinkedTarget target{parts[0].toStdString(), parts[1].toStdString(), {}};
        for (const auto& library : parts[2].split(';'))
            target.libraries.push_back(library.toStdString());
        targets.push_back(target);
    }
    return targets;
}

} // namespace

/// Layers, licences, lists of sources: what a reader may rely on holds in the tree, and each rule
/// is able to fail.
class TestArchitecture : public QObject {
    Q_OBJECT
private slots:
    void sources_keep_the_rules();
    void targets_keep_the_rules();
    void the_good_tree_is_good();
    void rules_catch_data();
    void rules_catch();
    void link_rules_catch_data();
    void link_rules_catch();
    void a_long_file_is_reported();
};

void TestArchitecture::sources_keep_the_rules()
{
    const auto tree = readTree(PLATTER_SOURCE);
    QVERIFY2(tree.size() > 100, "the tree was not found");
    for (const auto& file : longFiles(tree))
        qInfo("worth a look: %s", file.c_str());
    const auto found = violations(tree);
    if (!found.empty())
        QFAIL(told(found).constData());
}

void TestArchitecture::targets_keep_the_rules()
{
    const auto targets = linkedTargets();
    for (const std::string name : {"platter_core", "platter-cli", "platter_app"}) {
        const bool there = std::any_of(targets.begin(), targets.end(),
            [&](const LinkedTarget& target) { return target.name == name; });
        QVERIFY2(there, name.c_str());
    }
    const auto found = violations(targets);
    if (!found.empty())
        QFAIL(told(found).constData());
}

void TestArchitecture::the_good_tree_is_good()
{
    const auto found = violations(goodTree());
    if (!found.empty())
        QFAIL(told(found).constData());
}

void TestArchitecture::rules_catch_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("rule");

    const auto row = [](const char* name, const char* path, const char* line, const char* rule) {
        QTest::addRow("%s", name) << QString(path) << QString(line) << QString(rule);
    };
    row("core includes Qt", "core/base/Units.h", "#include <QString>", "include");
    row("core includes Qt by its module", "core/base/Units.h", "#include <QtCore/QString>",
        "include");
    row("core includes a widget", "core/formats/Image.h", "#include \"widgets/Strip.h\"",
        "include");
    row("core includes the app", "core/operations/Check.h", "#include \"app/Page.h\"", "include");
    row("base includes a format", "core/base/Units.h", "#include \"core/formats/Image.h\"",
        "include");
    row("a format includes another", "core/formats/vdi/Vdi.h",
        "#include \"core/formats/qcow2/Header.h\"", "include");
    row("an operation includes a format", "core/operations/Check.h",
        "#include \"core/formats/vdi/Vdi.h\"", "include");
    row("a widget includes the app", "widgets/Strip.h", "#include \"app/Page.h\"", "include");
    row("the command line includes Qt", "app/cli/Main.cpp", "#include <QFile>", "include");
    row("the command line includes a widget", "app/cli/Main.cpp", "#include \"widgets/Strip.h\"",
        "include");
    row("the window includes the command line", "app/Page.h", "#include \"app/cli/Main.cpp\"",
        "include");
    row("an include does not start at the root", "core/formats/Image.h", "#include \"Registry.h\"",
        "include");
    row("an include with spaces is seen", "core/base/Units.h", "  #  include  <QString>",
        "include");
    row("the core prints", "core/base/Units.h", "void f() { std::cerr << 1; }", "call");
    row("the window handles events within events", "app/Page.h",
        "void f() { QCoreApplication::processEvents(); }", "call");
    row("the window has an item widget", "app/Page.h", "class QTreeWidget;", "call");
    row("unfinished work", "app/Page.h", "// TODO later", "word");
    row("a list speaks of how it was made", "app/CMakeLists.txt", "# see issue 3", "word");
    row("a source is not listed", "core/formats/Unlisted.cpp",
        "// SPDX-License-Identifier: GPL-3.0-or-later", "listed");
    row("a folder is not added", "tests/core/CMakeLists.txt",
        "# SPDX-License-Identifier: GPL-3.0-or-later", "reached");
    row("a source has no licence", "core/formats/Registry.h", "", "licence");
    row("a script names a folder of the machine", "dev", "cd /work/main", "word");
}

void TestArchitecture::rules_catch()
{
    QFETCH(const QString, path);
    QFETCH(const QString, line);
    QFETCH(const QString, rule);
    auto tree = goodTree();
    tree.push_back(
        {"core/formats/qcow2/Header.h", "// SPDX-License-Identifier: GPL-3.0-or-later\n"});
    tree.push_back({"core/formats/qcow2/CMakeLists.txt",
        "# SPDX-License-Identifier: GPL-3.0-or-later\nx(Header.h)\n"});
    const auto file = std::find_if(tree.begin(), tree.end(),
        [&](const SourceFile& candidate) { return candidate.path == path.toStdString(); });
    if (file == tree.end())
        tree.push_back({path.toStdString(), line.toStdString() + '\n'});
    else
        file->text += line.toStdString() + '\n';
    const auto found = violations(tree);
    if (found.size() != 1)
        QFAIL(told(found).constData());
    QCOMPARE(QString::fromStdString(found[0].rule), rule);
    QVERIFY(QString::fromStdString(found[0].place).startsWith(path));
}

void TestArchitecture::link_rules_catch_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("library");
    QTest::addColumn<bool>("allowed");
    QTest::addRow("the core links Qt") << "core"
                                       << "Qt6::Core" << false;
    QTest::addRow("a target below the core links Qt") << "core/io"
                                                      << "Qt6::Network" << false;
    QTest::addRow("the core links widgets") << "core"
                                            << "Platter::widgets" << false;
    QTest::addRow("widgets link the app") << "widgets"
                                          << "platter_app" << false;
    QTest::addRow("the command line links Qt") << "app/cli"
                                               << "Qt6::Core" << false;
    QTest::addRow("the command line links the app") << "app/cli"
                                                    << "Platter::app" << false;
    QTest::addRow("the core links a codec") << "core"
                                            << "ZLIB::ZLIB" << true;
    QTest::addRow("widgets link the core") << "widgets"
                                           << "Platter::core" << true;
    QTest::addRow("the app links widgets") << "app"
                                           << "Platter::widgets" << true;
    QTest::addRow("the command line links the core") << "app/cli"
                                                     << "Platter::core" << true;
}

void TestArchitecture::link_rules_catch()
{
    QFETCH(const QString, folder);
    QFETCH(const QString, library);
    QFETCH(const bool, allowed);
    const auto found = violations(
        std::vector{LinkedTarget{folder.toStdString(), "some_target", {library.toStdString()}}});
    QCOMPARE(found.empty(), allowed);
}

void TestArchitecture::a_long_file_is_reported()
{
    auto tree = goodTree();
    QVERIFY(longFiles(tree).empty());
    tree[1].text += std::string(601, '\n');
    QCOMPARE(longFiles(tree).size(), std::size_t{1});
}

QTEST_GUILESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
