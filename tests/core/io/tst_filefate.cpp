// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/FileFate.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace platter;

namespace {

const char* nameOf(FileFate fate)
{
    switch (fate) {
    case FileFate::Same: return "same";
    case FileFate::Changed: return "changed";
    case FileFate::Shorter: return "shorter";
    case FileFate::Replaced: return "replaced";
    case FileFate::Gone: return "gone";
    case FileFate::Unreachable: return "unreachable";
    }
    return "";
}

} // namespace

class TestFileFate final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void seesWhatBecameOfAFile_data();
    void seesWhatBecameOfAFile();
    void believesTheSystemsErrors_data();
    void believesTheSystemsErrors();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestFileFate::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (const char* name : {"image", "other"}) {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(1000, 'a'));
    }
}

void TestFileFate::seesWhatBecameOfAFile_data()
{
    using Act = std::function<bool()>;
    QTest::addColumn<Act>("act");
    QTest::addColumn<QByteArray>("expected");
    const auto open = [this](QFile& file) {
        file.setFileName(path("image"));
        return file.open(QIODevice::ReadWrite);
    };
    const auto row = [](const char* what, const Act& act, const char* expected) {
        QTest::addRow("%s", what) << act << QByteArray(expected);
    };
    row(
        "nothing happened", [] { return true; }, "same");
    row(
        "it was only read",
        [=] {
            QFile file;
            return open(file) && file.readAll().size() == 1000;
        },
        "same");
    row(
        "one byte was overwritten",
        [=] {
            QFile file;
            return open(file) && file.write("b") == 1;
        },
        "changed");
    row(
        "it grew", [this] { return QFile::resize(path("image"), 2000); }, "changed");
    row(
        "it was cut", [this] { return QFile::resize(path("image"), 999); }, "shorter");
    row(
        "another file took its name",
        [this] {
            return ::rename(QFile::encodeName(path("other")).constData(),
                       QFile::encodeName(path("image")).constData())
                == 0;
        },
        "replaced");
    row(
        "it was deleted", [this] { return QFile::remove(path("image")); }, "gone");
    row(
        "it was moved", [this] { return QFile::rename(path("image"), path("moved")); }, "gone");
}

void TestFileFate::seesWhatBecameOfAFile()
{
    QFETCH(const std::function<bool()>, act);
    QFETCH(const QByteArray, expected);
    const std::filesystem::path name{path("image").toStdString()};
    const auto file = DiskFile::open(name, DiskFile::Access::ReadOnly);
    const DiskFile::Stamp then = file->stamp();
    QTest::qSleep(20); // another tick of the file system's clock
    QVERIFY(act());
    QCOMPARE(QByteArray(nameOf(lookAt(*file, name, then).fate)), expected);
}

void TestFileFate::believesTheSystemsErrors_data()
{
    QTest::addColumn<int>("openFile");
    QTest::addColumn<int>("name");
    QTest::addColumn<QByteArray>("expected");
    QTest::addRow("both answer") << 0 << 0 << QByteArray("same");
    QTest::addRow("the medium fails") << EIO << EIO << QByteArray("unreachable");
    QTest::addRow("the server forgot the file") << ESTALE << ESTALE << QByteArray("unreachable");
    QTest::addRow("the program behind the file system died")
        << 0 << ENOTCONN << QByteArray("unreachable");
    QTest::addRow("its folder is gone") << 0 << ENOTDIR << QByteArray("gone");
    QTest::addRow("its name is gone") << 0 << ENOENT << QByteArray("gone");
}

void TestFileFate::believesTheSystemsErrors()
{
    QFETCH(const int, openFile);
    QFETCH(const int, name);
    QFETCH(const QByteArray, expected);
    const DiskFile::Stamp stamp{{1, 2}, 3_KiB, 4, 5};
    const auto answer = [&](int error) {
        return error == 0 ? StampAnswer{stamp}
                          : StampAnswer{std::error_code{error, std::generic_category()}};
    };
    const FileLook look = judgeFate(stamp, answer(openFile), answer(name));
    QCOMPARE(QByteArray(nameOf(look.fate)), expected);
    QCOMPARE(look.problem.empty(), expected != "unreachable");
}

QTEST_GUILESS_MAIN(TestFileFate)
#include "tst_filefate.moc"
