// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ConversionDraft.h"
#include "core/base/Error.h"
#include "core/disk/BackingChain.h"
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "core/operations/Conversion.h"
#include "tests/support/Qemu.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <functional>

using namespace platter;
using namespace platter::app;
using platter::tests::platterCli;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

using Option = ConversionOption;
using Preallocation = NewImage::Preallocation;

/// Why the core does not make such an image; empty: it does.
std::string refusal(const std::string& format, const NewImage& image)
{
    const FormatEntry& entry = formatCalled(format);
    if (!entry.makeWriter)
        return {};
    try {
        MemoryFile file(std::vector<std::byte>{});
        entry.makeWriter(file, image);
    } catch (const UnsupportedError& error) {
        return error.what();
    }
    return {};
}

} // namespace

/// What may be chosen of a conversion, against what the core and the command line can do.
class TestConversionDraft final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void whatIsLeftOfAChoiceCanBeMade_data();
    void whatIsLeftOfAChoiceCanBeMade();
    void whatIsRuledOutIsRefusedByTheCore();
    void whatAFormatLacksTheCommandLineRefuses_data();
    void whatAFormatLacksTheCommandLineRefuses();
    void aChoiceComesBackWhenNothingIsAgainstIt();
    void oneImageAtATime();
    void snapshotsBackingAndPreallocation();
    void losesWhatTheCommandLineWarnsOf_data();
    void losesWhatTheCommandLineWarnsOf();
    void staysEncryptedWhereTheFormatCan_data();
    void staysEncryptedWhereTheFormatCan();
    void namesTheBackingFileFromItsFolder_data();
    void namesTheBackingFileFromItsFolder();

private:
    ConversionSource source(const QString& name) const;
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

void TestConversionDraft::initTestCase()
{
    qemuImg({"create", "-f", "qcow2", path("plain.qcow2"), "64M"});
    qemuImg(
        {"create", "-f", "qcow2", "-o", "compat=0.10,cluster_size=4k", path("old.qcow2"), "64M"});
    qemuImg({"create", "-f", "qcow2", "-o", "extended_l2=on,refcount_bits=32,lazy_refcounts=on",
        path("new.qcow2"), "64M"});
    qemuImg({"create", "-f", "qcow2", path("states.qcow2"), "64M"});
    qemuIo(path("states.qcow2"), {"write -P 1 0 1M"});
    qemuImg({"snapshot", "-c", "clean", path("states.qcow2")});
    qemuImg({"snapshot", "-c", "later", path("states.qcow2")});
    qemuImg({"bitmap", "--add", path("states.qcow2"), "backup"});
    qemuImg({"create", "-f", "raw", path("plain.raw"), "64M"});
    qemuImg({"create", "-f", "vdi", path("plain.vdi"), "64M"});
    qemuImg({"create", "-f", "qcow2", "-b", "plain.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=aes,encrypt.key-secret=key", path("aes.qcow2"), "16M"});
    qemuImg({"create", "-u", "-f", "qcow2", "-b", "locked.qcow2", "-F", "qcow2",
        path("above.qcow2"), "16M"});
    QFile key(path("key"));
    QVERIFY(key.open(QIODevice::WriteOnly));
    key.write("horse");
}

ConversionSource TestConversionDraft::source(const QString& name) const
{
    OpenOptions options;
    options.sharing = OpenOptions::Sharing::Look;
    const BackingChain chain = openChain(
        path(name).toStdString(), options, OpenPolicy::besideImage(path(name).toStdString()), {});
    ConversionSource source;
    source.path = chain.layers[0].path;
    source.image = chain.layers[0].image;
    for (std::size_t i = 1; i < chain.layers.size(); ++i) {
        const auto encryption = chain.layers[i].image->encryption();
        source.below.push_back({chain.layers[i].path, chain.layers[i].image->formatId(),
            encryption ? encryption->format : std::string{}});
    }
    return source;
}

void TestConversionDraft::whatIsLeftOfAChoiceCanBeMade_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"plain.qcow2", "old.qcow2", "new.qcow2", "states.qcow2", "plain.raw",
             "plain.vdi", "top.qcow2"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestConversionDraft::whatIsLeftOfAChoiceCanBeMade()
{
    QFETCH(QString, name);
    const std::vector<ConversionSource> sources{source(name)};
    int made = 0;
    ConversionChoice choice;
    const auto make = [&] {
        const ConversionChoice left = effectiveChoice(choice, sources);
        NewImage image = newImageFor(left, sources.front());
        if (left.keepLayer) {
            image.backingName = "base";
            image.backingFormat = "qcow2";
        }
        const std::string why = refusal(left.format, image);
        QVERIFY2(why.empty(), why.c_str());
        ++made;
    };
    // Every combination, as the digits of a number.
    int all = 1;
    for (int number = 0; number < all; ++number) {
        int rest = number;
        int count = 1;
        const auto pick = [&](auto values) {
            const int length = static_cast<int>(values.size());
            const auto chosen = values[static_cast<std::size_t>(rest % length)];
            rest /= length;
            count *= length;
            return chosen;
        };
        constexpr std::nullopt_t nothing = std::nullopt;
        choice.format = pick(std::vector<std::string>{"qcow2", "qcow", "vdi", "raw"});
        choice.image.compress = pick(std::array{false, true});
        choice.image.version = pick(std::vector<std::optional<unsigned>>{nothing, 2, 3});
        choice.image.clusterSize = pick(std::vector<std::optional<Bytes>>{
            nothing, Bytes{512}, Bytes{16 << 10}, Bytes{2 << 20}});
        choice.image.refcountBits = pick(std::vector<std::optional<unsigned>>{nothing, 1});
        choice.image.extendedL2 = pick(std::vector<std::optional<bool>>{nothing, true});
        choice.image.compression = pick(std::vector<std::optional<Compression>>{
            nothing, Compression::Deflate, Compression::Zstd});
        choice.image.preallocation = pick(std::array{Preallocation::Off, Preallocation::Metadata});
        choice.image.lazyRefcounts = pick(std::array{false, true});
        choice.image.fixed = pick(std::vector<std::optional<bool>>{nothing, true});
        choice.keepSnapshots = pick(std::array{false, true});
        choice.keepLayer = pick(std::vector<std::optional<std::size_t>>{nothing, 0});
        all = count;
        make();
        if (QTest::currentTestFailed())
            return;
    }
    QCOMPARE(made, 4 * 2 * 3 * 4 * 2 * 2 * 3 * 2 * 2 * 2 * 2 * 2);
}

/// An option that cannot be chosen would be refused if it were chosen all the same.
void TestConversionDraft::whatIsRuledOutIsRefusedByTheCore()
{
    const std::vector<ConversionSource> sources{source("plain.qcow2")};
    struct Row {
        Option option;
        std::function<void(NewImage&)> set;
    };
    const std::vector<Row> rows{
        {Option::RefcountBits, [](NewImage& image) { image.refcountBits = 1; }},
        {Option::ExtendedL2, [](NewImage& image) { image.extendedL2 = true; }},
        {Option::LazyRefcounts, [](NewImage& image) { image.lazyRefcounts = true; }},
        {Option::Preallocation,
            [](NewImage& image) { image.preallocation = Preallocation::Metadata; }},
        {Option::Fixed, [](NewImage& image) { image.fixed = true; }},
    };
    int ruledOut = 0;
    for (const bool compress : {false, true}) {
        for (const unsigned version : {2U, 3U}) {
            for (const unsigned cluster : {4096U, 65536U}) {
                ConversionChoice choice;
                choice.image.compress = compress;
                choice.image.version = version;
                choice.image.clusterSize = Bytes{cluster};
                for (const Row& row : rows) {
                    NewImage image = newImageFor(effectiveChoice(choice, sources), sources[0]);
                    row.set(image);
                    const bool isRuledOut = !whyNotChosen(row.option, choice, sources).isEmpty();
                    QCOMPARE(isRuledOut, !refusal("qcow2", image).empty());
                    ruledOut += isRuledOut ? 1 : 0;
                }
            }
        }
    }
    QVERIFY(ruledOut > 8);
}

void TestConversionDraft::whatAFormatLacksTheCommandLineRefuses_data()
{
    QTest::addColumn<int>("option");
    QTest::addColumn<QString>("words");
    const auto add = [](const char* name, Option option, const char* words) {
        QTest::newRow(name) << static_cast<int>(option) << QString::fromLatin1(words);
    };
    add("the cluster size", Option::ClusterSize, "-o cluster_size=8k");
    add("the version", Option::Version, "-o compat=0.10");
    add("the width of refcounts", Option::RefcountBits, "-o refcount_bits=8");
    add("extended L2 entries", Option::ExtendedL2, "-o extended_l2=on");
    add("lazy refcounts", Option::LazyRefcounts, "-o lazy_refcounts=on");
    add("the codec", Option::Codec, "-c -o compression_type=zstd");
    add("compression", Option::Compress, "-c");
    add("a fixed size", Option::Fixed, "-o static=on");
    add("a backing file", Option::KeepBacking, "-B plain.qcow2");
    add("snapshots", Option::KeepSnapshots, "--keep-snapshots");
}

void TestConversionDraft::whatAFormatLacksTheCommandLineRefuses()
{
    QFETCH(int, option);
    QFETCH(QString, words);
    const auto which = static_cast<Option>(option);
    const QString name = which == Option::KeepBacking ? QStringLiteral("top.qcow2")
                                                      : QStringLiteral("states.qcow2");
    const std::vector<ConversionSource> sources{source(name)};
    int refused = 0;
    for (const char* format : {"qcow2", "qcow", "vdi", "raw"}) {
        ConversionChoice choice;
        choice.format = format;
        choice.image.compress = which == Option::Codec;
        const bool isRuledOut = !whyNotChosen(which, choice, sources).isEmpty();
        const tests::Finished finished = platterCli(QStringList{"convert", "-q", "-O", format}
                + words.split(QLatin1Char(' ')) + QStringList{name, "new.img"},
            m_folder.path());
        QFile::remove(path("new.img"));
        QVERIFY2(isRuledOut == (finished.exitCode != 0),
            qPrintable(QString::fromLatin1(format) + QString::fromUtf8(finished.errors)));
        refused += isRuledOut ? 1 : 0;
    }
    QVERIFY(refused >= 1 && refused < 4);
}

void TestConversionDraft::aChoiceComesBackWhenNothingIsAgainstIt()
{
    const std::vector<ConversionSource> sources{source("plain.qcow2")};
    ConversionChoice choice;
    choice.image.extendedL2 = true;
    choice.image.version = 2;
    QVERIFY(!effectiveChoice(choice, sources).image.extendedL2);
    QVERIFY(
        whyNotChosen(Option::ExtendedL2, choice, sources).contains(QStringLiteral("version 3")));
    choice.image.version = 3;
    QCOMPARE(effectiveChoice(choice, sources).image.extendedL2, std::optional{true});
    choice.image.clusterSize = Bytes{4096};
    QVERIFY(whyNotChosen(Option::ExtendedL2, choice, sources).contains(QStringLiteral("16")));
    // The source decides about clusters that nobody has chosen.
    choice.image.clusterSize.reset();
    QVERIFY(!whyNotChosen(Option::ExtendedL2, choice, {source("old.qcow2")}).isEmpty());
    QVERIFY(whyNotChosen(Option::ExtendedL2, choice, {source("plain.vdi")}).isEmpty());
}

void TestConversionDraft::oneImageAtATime()
{
    ConversionChoice choice;
    choice.snapshot = "1";
    choice.keepLayer = 0;
    const std::vector<ConversionSource> one{source("states.qcow2")};
    QCOMPARE(effectiveChoice(choice, one).snapshot, choice.snapshot);
    const std::vector<ConversionSource> two{source("states.qcow2"), source("top.qcow2")};
    QVERIFY(!effectiveChoice(choice, two).snapshot);
    QVERIFY(!effectiveChoice(choice, two).keepLayer);
    QVERIFY(effectiveChoice(choice, two).keepBitmaps);
    QVERIFY(!effectiveChoice(choice, {source("plain.raw")}).keepBitmaps);
    QVERIFY(!effectiveChoice(choice, one).keepBitmaps); // they are of the present state
    QVERIFY(whyNotChosen(Option::State, choice, two).contains(QStringLiteral("one image")));
    // Kept where there are some.
    QVERIFY(effectiveChoice(choice, two).keepSnapshots);
    QVERIFY(!effectiveChoice(choice, {source("plain.raw")}).keepSnapshots);
}

void TestConversionDraft::snapshotsBackingAndPreallocation()
{
    ConversionChoice choice;
    choice.image.preallocation = Preallocation::Metadata;
    const std::vector<ConversionSource> states{source("states.qcow2")};
    QCOMPARE(effectiveChoice(choice, states).image.preallocation, Preallocation::Off);
    choice.keepSnapshots = false;
    QCOMPARE(effectiveChoice(choice, states).image.preallocation, Preallocation::Metadata);
    choice.keepSnapshots = true;
    choice.snapshot = "1";
    QVERIFY(!effectiveChoice(choice, states).keepSnapshots);
    QCOMPARE(effectiveChoice(choice, states).image.preallocation, Preallocation::Metadata);
    const std::vector<ConversionSource> overlay{source("top.qcow2")};
    choice.keepLayer = 0;
    QCOMPARE(effectiveChoice(choice, overlay).image.preallocation, Preallocation::Off);
    QCOMPARE(effectiveChoice(choice, overlay).keepLayer, std::optional<std::size_t>{0});
    choice.keepLayer = 7; // no such layer
    QVERIFY(!effectiveChoice(choice, overlay).keepLayer);
}

void TestConversionDraft::losesWhatTheCommandLineWarnsOf_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("format");
    QTest::newRow("snapshots and a bitmap to raw") << "states.qcow2"
                                                   << "raw";
    QTest::newRow("snapshots and a bitmap that are kept") << "states.qcow2"
                                                          << "qcow2";
    QTest::newRow("the encryption") << "locked.qcow2"
                                    << "raw";
    QTest::newRow("nothing") << "plain.qcow2"
                             << "vdi";
}

void TestConversionDraft::losesWhatTheCommandLineWarnsOf()
{
    QFETCH(QString, name);
    QFETCH(QString, format);
    ConversionChoice choice;
    choice.format = format.toStdString();
    const ConversionSource of = source(name);
    choice = effectiveChoice(choice, {of});
    ConversionRequest request;
    request.source = of.path;
    request.open.passphrase = "horse";
    request.policy = OpenPolicy::besideImage(of.path);
    request.target = path("new.img").toStdString();
    request.options = convertOptionsFor(choice, of, m_folder.path().toStdString());
    request.keepSnapshots = choice.keepSnapshots;
    request.keepBitmaps = choice.keepBitmaps;
    request.decrypt = !choice.keepEncryption;
    const Conversion conversion{request, {}};
    const auto lostBitmaps = static_cast<int>(
        of.image->bitmaps().size() - conversion.request().options.bitmaps.size());
    QCOMPARE(lossesOf(choice, of, lostBitmaps).size(),
        static_cast<qsizetype>(conversion.losses().size()));
    if (name == QLatin1String("states.qcow2") && format == QLatin1String("raw"))
        QVERIFY(lossesOf(choice, of, lostBitmaps).front().startsWith(QStringLiteral("2 ")));
}

void TestConversionDraft::staysEncryptedWhereTheFormatCan_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("compress");
    for (const char* name : {"locked.qcow2", "aes.qcow2", "above.qcow2", "plain.qcow2"}) {
        for (const char* format : {"qcow2", "qcow", "vdi"}) {
            for (const bool compress : {false, true})
                QTest::addRow("%s to %s%s", name, format, compress ? ", compressed" : "")
                    << QString::fromLatin1(name) << QString::fromLatin1(format) << compress;
        }
    }
}

/// The command line refuses to drop an encryption that nobody said may go, and warns of one that
/// the format cannot have: the window keeps the first and tells of the second.
void TestConversionDraft::staysEncryptedWhereTheFormatCan()
{
    QFETCH(QString, name);
    QFETCH(QString, format);
    QFETCH(bool, compress);
    const ConversionSource of = source(name);
    ConversionChoice choice;
    choice.format = format.toStdString();
    choice.image.compress = compress;
    const ConversionChoice left = effectiveChoice(choice, {of});
    QCOMPARE(left.keepEncryption, whyNotChosen(Option::KeepEncryption, choice, {of}).isEmpty());
    const bool isLost = !lossesOf(left, of, 0).isEmpty();
    QCOMPARE(isLost, name != QLatin1String("plain.qcow2") && !left.keepEncryption);

    QStringList words{"convert", "--passphrase-file", "key", "-O", format};
    if (left.image.compress)
        words << "-c";
    if (!left.keepEncryption)
        words << "--decrypt";
    const tests::Finished finished
        = platterCli(words + QStringList{name, "new.img"}, m_folder.path());
    QVERIFY2(finished.exitCode == 0, finished.errors);
    QCOMPARE(finished.errors.contains("the encryption"), isLost);
    const QByteArray info = qemuImg({"info", "-f", format, path("new.img")});
    QCOMPARE(info.contains("encrypted: yes"), left.keepEncryption);
    QFile::remove(path("new.img"));
}

void TestConversionDraft::namesTheBackingFileFromItsFolder_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("name");
    QTest::newRow("beside the new image") << "/vm"
                                          << "/vm/base.qcow2"
                                          << "base.qcow2";
    QTest::newRow("in a folder below") << "/vm"
                                       << "/vm/bases/a.raw"
                                       << "bases/a.raw";
    QTest::newRow("elsewhere") << "/vm"
                               << "/bases/a.raw"
                               << "/bases/a.raw";
    QTest::newRow("in the folder above") << "/vm/new"
                                         << "/vm/a.raw"
                                         << "/vm/a.raw";
}

void TestConversionDraft::namesTheBackingFileFromItsFolder()
{
    QFETCH(QString, folder);
    QFETCH(QString, file);
    QFETCH(QString, name);
    QCOMPARE(
        QString::fromStdString(backingNameFor(folder.toStdString(), file.toStdString())), name);
}

QTEST_GUILESS_MAIN(TestConversionDraft)
#include "tst_conversiondraft.moc"
