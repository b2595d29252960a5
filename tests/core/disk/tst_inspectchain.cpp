// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/ChainFindings.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace platter;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

namespace fs = std::filesystem;
using State = ChainLink::State;
using Cause = ChainLink::Cause;

OpenedImage look(const QString& path)
{
    OpenOptions options;
    options.sharing = OpenOptions::Sharing::Look;
    return openImage(path.toStdString(), options, {});
}

QStringList remarks(const ChainLink& link)
{
    QStringList ids;
    for (const Finding& remark : link.remarks)
        ids << QString::fromLatin1(remark.kind->id);
    return ids;
}

void touch(const QString& path, std::int64_t seconds)
{
    const timespec times[2]{{seconds, 0}, {seconds, 0}};
    QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, 0), 0);
}

} // namespace

class TestInspectChain final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void saysWhyALinkCannotBeUsed_data();
    void saysWhyALinkCannotBeUsed();
    void stopsAtALoop();
    void remarksOnWhatDoesNotFit_data();
    void remarksOnWhatDoesNotFit();
    void judgesVdiParentsByBothUuids();
    void looksAtAStandIn();
    void everyRemarkHasAllItsWords();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    void overlay(const QString& base, const QString& format);
    ChainLink link() const
    {
        return inspectChain(look(path("top.qcow2")), OpenPolicy::trustPlainPaths(), {}).at(0);
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestInspectChain::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qemuImg({"create", "-f", "raw", path("base.raw"), "1M"});
    qemuImg({"create", "-f", "qcow2", path("base.qcow2"), "1M"});
    qemuImg({"create", "-f", "qcow2", path("top.qcow2"), "1M"});
}

void TestInspectChain::overlay(const QString& base, const QString& format)
{
    qemuImg({"rebase", "-u", "-b", base, "-F", format.isEmpty() ? QString("qcow2") : format,
        path("top.qcow2")});
    if (!format.isEmpty())
        return;
    // Images of old programs do not store the format: the header extension becomes an unknown one.
    QFile file(path("top.qcow2"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qsizetype at = file.readAll().indexOf(QByteArray("\xe2\x79\x2a\xca"));
    QVERIFY(at > 0);
    file.seek(at);
    file.write("\1\2\3\4", 4);
}

void TestInspectChain::saysWhyALinkCannotBeUsed_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("format");
    QTest::addColumn<State>("state");
    QTest::addColumn<Cause>("cause");
    const auto row
        = [](const char* what, const char* name, const char* format, State state, Cause cause) {
              QTest::addRow("%s", what) << QString(name) << QString(format) << state << cause;
          };
    row("there is no such file", "nowhere.raw", "raw", State::Missing, Cause::Other);
    row("a name that describes drivers", "json:{\"driver\":\"null-co\"}", "raw", State::Refused,
        Cause::JsonName);
    row("a name with a protocol", "nbd://localhost/x", "raw", State::Refused, Cause::ProtocolName);
    row("a folder", ".", "raw", State::Refused, Cause::NotAFile);
    row("a character device", "/dev/zero", "raw", State::Refused, Cause::NotAFile);
    row("a raw file where QCOW2 is stored", "base.raw", "qcow2", State::Broken, Cause::OtherFormat);
    row("another image where VDI is stored", "base.qcow2", "vdi", State::Broken,
        Cause::OtherFormat);
    row("a format that Platter does not know", "base.raw", "vmdk", State::Broken,
        Cause::OtherFormat);
    row("the image itself", "top.qcow2", "qcow2", State::Broken, Cause::Loop);
}

void TestInspectChain::saysWhyALinkCannotBeUsed()
{
    QFETCH(const QString, name);
    QFETCH(const QString, format);
    QFETCH(const State, state);
    QFETCH(const Cause, cause);
    overlay(name, format);
    const ChainLink result = link();
    QVERIFY2(result.state == state, result.problem.c_str());
    QVERIFY2(result.cause == cause, result.problem.c_str());
    QVERIFY(!result.problem.empty());
}

void TestInspectChain::stopsAtALoop()
{
    overlay("base.qcow2", "qcow2");
    qemuImg({"rebase", "-u", "-b", "top.qcow2", "-F", "qcow2", path("base.qcow2")});
    const auto links = inspectChain(look(path("top.qcow2")), OpenPolicy::trustPlainPaths(), {});
    QCOMPARE(links.size(), std::size_t{2});
    QVERIFY(links[0].state == State::Opened);
    QVERIFY(links[1].cause == Cause::Loop);
}

void TestInspectChain::remarksOnWhatDoesNotFit_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("format");
    QTest::addColumn<qint64>("baseTime");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char* what, const char* base, const char* format, qint64 time,
                         const QStringList& expected) {
        QTest::addRow("%s", what) << QString(base) << QString(format) << time << expected;
    };
    row("an older base of the same size", "base.raw", "raw", 1000, {});
    row("a base changed after the overlay", "base.raw", "raw", 3000, {"chain.base.newer"});
    row("a shorter base", "short.raw", "raw", 1000, {"chain.base.shorter"});
    row("a longer base", "long.raw", "raw", 1000, {"chain.base.longer"});
    row("a QCOW2 file used as raw", "hidden.raw", "raw", 1000, {"chain.base.signature"});
    row("a base whose format is not stored", "base.qcow2", "", 1000, {"chain.base.format-guessed"});
}

void TestInspectChain::remarksOnWhatDoesNotFit()
{
    QFETCH(const QString, base);
    QFETCH(const QString, format);
    QFETCH(const qint64, baseTime);
    QFETCH(const QStringList, expected);
    qemuImg({"create", "-f", "raw", path("short.raw"), "512k"});
    qemuImg({"create", "-f", "raw", path("long.raw"), "2M"});
    QVERIFY(QFile::copy(path("base.qcow2"), path("hidden.raw")));
    QFile::resize(path("hidden.raw"), 1 << 20);
    overlay(base, format);
    touch(path("top.qcow2"), 2000);
    touch(path(base), baseTime);
    const ChainLink result = link();
    QVERIFY2(result.state == State::Opened, result.problem.c_str());
    QCOMPARE(remarks(result), expected);
}

void TestInspectChain::judgesVdiParentsByBothUuids()
{
    // Places of the fields: image type 0x4c, UUIDs from 0x188 on, 16 bytes each.
    const auto patch = [&](const QString& name, qint64 at, const QByteArray& bytes) {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(at);
        file.write(bytes);
    };
    qemuImg({"create", "-f", "vdi", path("parent.vdi"), "2M"});
    QVERIFY(QFile::copy(path("parent.vdi"), path("child.vdi")));
    patch("parent.vdi", 0x188, QByteArray(16, 'p'));
    patch("parent.vdi", 0x198, QByteArray(16, 'm'));
    patch("child.vdi", 0x4c, QByteArray("\4\0\0\0", 4));
    patch("child.vdi", 0x1a8, QByteArray(16, 'p'));
    patch("child.vdi", 0x1b8, QByteArray(16, 'm'));
    touch(path("parent.vdi"), 1000);
    const auto inspect = [&](const ChainStandIns& standIns = {}) {
        return inspectChain(look(path("child.vdi")), OpenPolicy::trustPlainPaths(), {}, standIns)
            .at(0);
    };
    QVERIFY2(inspect().state == State::Opened, inspect().problem.c_str());
    QCOMPARE(remarks(inspect()), QStringList{});
    patch("child.vdi", 0x1b8, QByteArray(16, 'o'));
    QCOMPARE(remarks(inspect()), QStringList{"chain.parent.modified"});
    patch("child.vdi", 0x1a8, QByteArray(16, 'x'));
    QVERIFY(inspect().state == State::Missing);
    const fs::path child{path("child.vdi").toStdString()};
    QCOMPARE(remarks(inspect({{child, path("parent.vdi").toStdString()}})),
        QStringList{"chain.parent.uuid"});
}

void TestInspectChain::looksAtAStandIn()
{
    overlay("moved.raw", "raw");
    QVERIFY(link().state == State::Missing);
    const fs::path top{path("top.qcow2").toStdString()};
    const fs::path standIn{path("base.raw").toStdString()};
    const auto inspect = [&](const OpenPolicy& policy) {
        return inspectChain(look(path("top.qcow2")), policy, {}, {{top, standIn}}).at(0);
    };
    const ChainLink found = inspect(OpenPolicy::agreed({standIn}));
    QVERIFY2(found.state == State::Opened, found.problem.c_str());
    QVERIFY(found.isStandIn);
    QCOMPARE(found.name.named.name, std::string("moved.raw"));
    QVERIFY(inspect(OpenPolicy::nothing()).state == State::NeedsConsent);
}

void TestInspectChain::everyRemarkHasAllItsWords()
{
    for (const FindingKind* kind :
        {&baseNewer, &baseShorter, &baseLonger, &baseFormatGuessed, &baseOtherSignature, &baseInUse,
            &baseIsDevice, &baseLocked, &parentOtherUuid, &parentModified}) {
        for (const char* words : {kind->text, kind->meaning, kind->guestSees, kind->causes})
            QVERIFY2(QByteArray(words).endsWith('.'), kind->id);
    }
}

QTEST_GUILESS_MAIN(TestInspectChain)
#include "tst_inspectchain.moc"
