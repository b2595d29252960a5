// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/LuksLayout.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "tests/core/crypto/LuksVolume.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>

#include <cstring>
#include <functional>

using namespace platter;
using namespace platter::tests;

using Volume = std::vector<std::byte>;
using Change = std::function<void(Volume&)>;
Q_DECLARE_METATYPE(Change)

namespace {

std::span<std::byte> slotBytes(Volume& volume, std::size_t slot)
{
    return std::span{volume}.subspan(
        (luks::headerLength + luks::slotLength * slot).value, luks::slotLength.value);
}

/// Sets a number of the header, the structure being given by its table.
template <auto Member, class Value>
Change setHeader(Value value)
{
    return [value](Volume& volume) {
        luks::Header header = parse(std::span<const std::byte>{volume}, luks::headerTable, {});
        header.*Member = value;
        write(header, luks::headerTable, std::span{volume});
    };
}

template <auto Member>
Change setHeaderText(const char* text)
{
    return [text](Volume& volume) {
        luks::Header header = parse(std::span<const std::byte>{volume}, luks::headerTable, {});
        auto& field = header.*Member;
        field.fill(std::byte{0});
        const auto bytes = std::as_bytes(std::span{text, std::strlen(text)});
        std::copy_n(bytes.begin(), std::min(bytes.size(), field.size()), field.begin());
        write(header, luks::headerTable, std::span{volume});
    };
}

template <auto Member>
Change setSlot(std::size_t slot, std::uint32_t value)
{
    return [slot, value](Volume& volume) {
        const auto bytes = slotBytes(volume, slot);
        luks::Slot parsed = parse(std::span<const std::byte>{bytes}, luks::slotTable, {});
        parsed.*Member = value;
        write(parsed, luks::slotTable, bytes);
    };
}

Change cutTo(std::size_t size)
{
    return [size](Volume& volume) { volume.resize(size); };
}

std::string fieldRejectedBy(const Volume& volume)
{
    const MemoryFile file{volume};
    try {
        readLuksHeader(file, {}, file.size());
    } catch (const FormatError& error) {
        return error.field();
    } catch (const UnsupportedError& error) {
        return error.feature();
    }
    return "nothing";
}

constexpr qint64 guestMiB = 1 << 20;

} // namespace

class TestLuks : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        const auto add = [&](const char* options) {
            m_recipes.push_back({options, m_folder.filePath(QString::number(m_recipes.size()))});
        };
        add("cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=plain64,hash-alg=sha256");
        add("cipher-alg=aes-128,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256,"
            "hash-alg=sha1");
        add("cipher-alg=aes-192,cipher-mode=xts,ivgen-alg=plain,hash-alg=sha224");
        add("cipher-alg=serpent-256,cipher-mode=ctr,ivgen-alg=plain64,hash-alg=sha512");
        add("cipher-alg=twofish-192,cipher-mode=xts,ivgen-alg=essiv,ivgen-hash-alg=md5,"
            "hash-alg=ripemd160");
        add("cipher-alg=cast5-128,cipher-mode=cbc,ivgen-alg=plain64,hash-alg=md5");
        makeVolumes(m_recipes);
        m_plain = headOf(m_recipes.front().file);
    }

    void qemuAndPlatterAgree_data()
    {
        QTest::addColumn<int>("recipe");
        for (std::size_t i = 0; i < m_recipes.size(); ++i)
            QTest::addRow("%s", qPrintable(m_recipes[i].options)) << static_cast<int>(i);
    }
    void qemuAndPlatterAgree()
    {
        QFETCH(const int, recipe);
        compareWithQemu(m_recipes[static_cast<std::size_t>(recipe)]);
    }

    void namesAreThoseOfQemu_data() { qemuAndPlatterAgree_data(); }
    void namesAreThoseOfQemu()
    {
        QFETCH(const int, recipe);
        const QString path = m_recipes[static_cast<std::size_t>(recipe)].file;
        const QJsonObject expected
            = qemuJson({"info", path}).object()["format-specific"].toObject()["data"].toObject();
        const MemoryFile file{headOf(path)};
        const LuksHeader header = readLuksHeader(file, {}, file.size());
        const auto text = [](const std::string& value) { return QString::fromStdString(value); };
        QCOMPARE(text(header.cipherAlgorithm), expected["cipher-alg"].toString());
        QCOMPARE(text(header.cipherMode), expected["cipher-mode"].toString());
        QCOMPARE(text(header.ivGenerator), expected["ivgen-alg"].toString());
        QCOMPARE(text(header.ivHash), expected["ivgen-hash-alg"].toString());
        QCOMPARE(text(header.hash), expected["hash-alg"].toString());
        QCOMPARE(text(header.uuid), expected["uuid"].toString());
        QCOMPARE(header.payloadOffset.value,
            static_cast<quint64>(expected["payload-offset"].toInteger()));
        QCOMPARE(header.masterKeyIterations,
            static_cast<quint32>(expected["master-key-iters"].toInteger()));
        const QJsonArray expectedSlots = expected["slots"].toArray();
        QCOMPARE(expectedSlots.size(), static_cast<qsizetype>(header.keySlots.size()));
        for (qsizetype i = 0; i < expectedSlots.size(); ++i) {
            const LuksSlot& slot = header.keySlots[static_cast<std::size_t>(i)];
            const QJsonObject expectedSlot = expectedSlots[i].toObject();
            QCOMPARE(slot.active, expectedSlot["active"].toBool());
            QCOMPARE(
                slot.keyOffset.value, static_cast<quint64>(expectedSlot["key-offset"].toInteger()));
            if (slot.active) {
                QCOMPARE(slot.iterations, static_cast<quint32>(expectedSlot["iters"].toInteger()));
                QCOMPARE(slot.stripes, static_cast<quint32>(expectedSlot["stripes"].toInteger()));
            }
        }
    }

    void insideQcow2SectorsCountInTheFile()
    {
        const QString path = m_folder.filePath("disk.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", "--object", secret, "-o",
            "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100", path, "64M"});
        qemuIo("driver=qcow2,encrypt.format=luks,encrypt.key-secret=s,file.filename=" + path,
            {"write -P 0x11 9M 64k", "write -P 0x22 3M 64k"}, {"--object", secret, "--image-opts"});
        const auto file = DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly);
        const auto image = openQcow2(file);
        image->unlock(passphrase.toStdString(), {});
        QCOMPARE(image->encryption()->slot, std::optional{0U});
        for (const auto& [mebibyte, pattern] : {std::pair{9, 0x11}, std::pair{3, 0x22}}) {
            const Extent extent = image->activeState().extentAt(
                GuestOffset{static_cast<quint64>(mebibyte * guestMiB)}, 64_KiB);
            QCOMPARE(extent.kind, ExtentKind::Data);
            Volume bytes(extent.length.value);
            QCOMPARE(file->read(extent.host, bytes), bytes.size());
            image->cipher()->decrypt(extent.host.value / SectorCipher::sectorSize, bytes);
            QVERIFY(bytes == Volume(bytes.size(), std::byte(pattern)));
        }
    }

    void anotherReadingSharesTheKey()
    {
        const QString path = m_folder.filePath("again.qcow2");
        const QString other = m_folder.filePath("other.qcow2");
        for (const QString& name : {path, other})
            qemuImg({"create", "-q", "-f", "qcow2", "--object", secret, "-o",
                "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", name, "1M"});
        const auto open = [](const QString& name) {
            return openQcow2(DiskFile::open(name.toStdString(), DiskFile::Access::ReadOnly));
        };
        const auto first = open(path);
        const auto second = open(path);
        second->unlockLike(*first);
        QVERIFY(second->encryption()->locked); // there is no key yet
        first->unlock(passphrase.toStdString(), {});
        second->unlockLike(*first);
        QVERIFY(!second->encryption()->locked);
        QCOMPARE(second->cipher(), first->cipher());
        QCOMPARE(second->encryption()->slot, first->encryption()->slot);
        // The same passphrase, but another master key.
        const auto third = open(other);
        third->unlockLike(*first);
        QVERIFY(third->encryption()->locked);
    }

    void aWrongPassphraseIsRefused()
    {
        const MemoryFile file{m_plain};
        const LuksHeader header = readLuksHeader(file, {}, file.size());
        for (const char* wrong :
            {"", "P\u00e4ss phrase", "p\u00e4ss phrase ", "p\u00e4ss phrase\n"})
            QVERIFY_EXCEPTION_THROWN(unlockLuks(file, {}, header, wrong, {}), PassphraseError);
    }

    void eachPassphraseOpensItsSlot()
    {
        const QString path = m_folder.filePath("slots");
        QFile copy(path);
        QVERIFY(copy.open(QIODevice::WriteOnly));
        copy.write(
            reinterpret_cast<const char*>(m_plain.data()), static_cast<qint64>(m_plain.size()));
        copy.close();
        const QString options = "driver=luks,key-secret=s,file.filename=" + path;
        qemuImg({"amend", "-q", "--object", secret, "--object", "secret,id=n,data=second",
            "--image-opts", options, "-o", "state=active,new-secret=n,keyslot=5,iter-time=100"});
        qemuImg({"amend", "-q", "--object", secret, "--object", "secret,id=n,data=third",
            "--image-opts", options, "-o", "state=active,new-secret=n,keyslot=2,iter-time=100"});
        const auto slotOf = [&](const char* word) {
            const MemoryFile file{headOf(path)};
            return unlockLuks(file, {}, readLuksHeader(file, {}, file.size()), word, {}).slot;
        };
        QCOMPARE(slotOf("second"), 5U);
        QCOMPARE(slotOf("third"), 2U);
        QCOMPARE(slotOf("p\u00e4ss phrase"), 0U);
        qemuImg({"amend", "-q", "--object", secret, "--force", "--image-opts", options, "-o",
            "state=inactive,keyslot=5"});
        QVERIFY_EXCEPTION_THROWN(slotOf("second"), PassphraseError);
        QCOMPARE(slotOf("third"), 2U);
    }

    void refuses_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("reason");
        using luks::Header;
        using luks::Slot;
        const auto row = [](const char* name, const Change& change, const char* reason) {
            QTest::addRow("%s", name) << change << QString(reason);
        };
        row("another magic", setHeaderText<&Header::magic>("LUKS"), "magic");
        row("version 2", setHeader<&Header::version>(std::uint16_t{2}), "version");
        row("version 0", setHeader<&Header::version>(std::uint16_t{0}), "version");
        row("a cipher name without end",
            setHeaderText<&Header::cipherName>("aes-is-a-cipher-with-a-long-name"), "cipher-name");
        row("a cipher mode without end",
            setHeaderText<&Header::cipherMode>("xts-plain64-is-a-mode-and-a-half"), "cipher-mode");
        row("a hash name without end",
            setHeaderText<&Header::hashSpec>("sha256-is-a-hash-with-a-longname"), "hash-spec");
        row("an unknown cipher", setHeaderText<&Header::cipherName>("idea"), "luks-cipher");
        row("an empty cipher name", setHeaderText<&Header::cipherName>(""), "luks-cipher");
        row("a cipher mode without generator", setHeaderText<&Header::cipherMode>("xts"),
            "luks-cipher-mode");
        row("an unknown cipher mode", setHeaderText<&Header::cipherMode>("lrw-plain64"),
            "luks-cipher-mode");
        row("an empty cipher mode", setHeaderText<&Header::cipherMode>(""), "luks-cipher-mode");
        row("an unknown generator", setHeaderText<&Header::cipherMode>("xts-benbi"),
            "luks-iv-generator");
        row("essiv without hash", setHeaderText<&Header::cipherMode>("xts-essiv"), "luks-essiv");
        row("essiv with an unknown hash", setHeaderText<&Header::cipherMode>("xts-essiv:whirlpool"),
            "luks-essiv");
        row("essiv with a hash that is no key of the cipher",
            setHeaderText<&Header::cipherMode>("xts-essiv:sha512"), "luks-essiv");
        row("an unknown hash", setHeaderText<&Header::hashSpec>("whirlpool"), "luks-hash");
        row(
            "xts with a cipher of short blocks",
            [](Volume& volume) {
                setHeaderText<&Header::cipherName>("cast5")(volume);
                setHeader<&Header::keyBytes>(32U)(volume);
            },
            "luks-cipher-mode");
        row("a master key of no length", setHeader<&Header::keyBytes>(0U), "key-bytes");
        row("a master key of odd length", setHeader<&Header::keyBytes>(63U), "luks-cipher");
        row("a master key that fits no cipher", setHeader<&Header::keyBytes>(40U), "luks-cipher");
        row("a master key of 4 GiB", setHeader<&Header::keyBytes>(0xfffffffeU), "luks-cipher");
        row("no iterations for the digest", setHeader<&Header::digestIterations>(0U),
            "mk-digest-iter");
        row("a payload inside the header", setHeader<&Header::payloadOffset>(7U), "payload-offset");
        row("a payload inside key material", setHeader<&Header::payloadOffset>(100U),
            "key-material-offset");
        row("a slot in an unknown state", setSlot<&Slot::state>(3, 0xdeae), "active");
        row("an active slot without iterations", setSlot<&Slot::iterations>(0, 0), "iterations");
        row("key material inside the header", setSlot<&Slot::keyMaterialOffset>(0, 7),
            "key-material-offset");
        row("key material over that of another slot", setSlot<&Slot::keyMaterialOffset>(1, 8 + 499),
            "key-material-offset");
        row("key material over the payload", setSlot<&Slot::keyMaterialOffset>(7, 4040 - 499),
            "key-material-offset");
        row("key material far behind the end", setSlot<&Slot::keyMaterialOffset>(7, 0xffffffff),
            "key-material-offset");
        row("key material of an inactive slot is held to the same",
            setSlot<&Slot::keyMaterialOffset>(6, 8), "key-material-offset");
        row("another number of stripes", setSlot<&Slot::stripes>(0, 4001), "stripes");
        row("the most stripes of all", setSlot<&Slot::stripes>(7, 0xffffffff), "stripes");
        row("an empty file", cutTo(0), "magic");
        row("a file that ends inside the header", cutTo(110), "key-bytes");
        row("a file that ends inside the first slot", cutTo(210), "active");
        row("an area too short for the key material", cutTo(100'000), "key-material-offset");
    }
    void refuses()
    {
        QFETCH(const Change, change);
        QFETCH(const QString, reason);
        Volume volume = m_plain;
        QCOMPARE(fieldRejectedBy(volume), std::string("nothing"));
        change(volume);
        QCOMPARE(QString::fromStdString(fieldRejectedBy(volume)), reason);
    }

    void aFileThatEndsInsideTheLastSlotIsRefused()
    {
        Volume volume = m_plain;
        const Bytes areaLength{volume.size()};
        volume.resize(590);
        const MemoryFile file{volume};
        QVERIFY_EXCEPTION_THROWN(readLuksHeader(file, {}, areaLength), FormatError);
    }

    void aFileThatEndsInsideKeyMaterialIsRefused()
    {
        Volume volume = m_plain;
        const Bytes areaLength{volume.size()};
        volume.resize(100'000);
        const MemoryFile file{volume};
        const LuksHeader header = readLuksHeader(file, {}, areaLength);
        QVERIFY_EXCEPTION_THROWN(
            unlockLuks(file, {}, header, passphrase.toStdString(), {}), FormatError);
    }

    void describesEveryField()
    {
        const MemoryFile file{m_plain};
        const auto marks = describeLuks(file, {}, file.size());
        QCOMPARE(marks.size(), std::size_t{9 + 8});
        HostOffset next{};
        for (const StructureMark& structure : std::span{marks}.first(9)) {
            QCOMPARE(structure.at.value, next.value);
            for (const FieldMark& field : structure.fields) {
                QCOMPARE(field.at.value, next.value);
                QVERIFY2(field.verdict.empty(), field.verdict.c_str());
                next = field.at + field.length;
            }
        }
        QCOMPARE(next.value, quint64{592});
        QCOMPARE(marks[0].fields[2].value, std::string("aes"));
        // Behind them the key material, where the slots say.
        const std::uint64_t keyBytes = *marks[0].fields[6].number;
        for (std::size_t slot = 0; slot < 8; ++slot) {
            const StructureMark& material = marks[9 + slot];
            QCOMPARE(material.name, "Key material of slot " + std::to_string(slot));
            QCOMPARE(material.at.value, *marks[1 + slot].fields[3].number * 512);
            QCOMPARE(material.length.value, keyBytes * 4000);
        }
    }

    void describesWhatItRefuses_data() { refuses_data(); }
    void describesWhatItRefuses()
    {
        QFETCH(const Change, change);
        QFETCH(const QString, reason);
        Volume volume = m_plain;
        change(volume);
        const MemoryFile file{volume};
        std::string verdicts;
        std::size_t fields = 0;
        for (const StructureMark& structure : describeLuks(file, {}, file.size())) {
            fields += structure.fields.size();
            for (const FieldMark& field : structure.fields)
                verdicts += field.verdict.empty() ? "" : field.name + " ";
        }
        constexpr std::size_t allFields = 11 + 8 * 5;
        if (volume.size() < 592)
            QVERIFY(fields < allFields); // the end of the file is seen by what is missing
        else if (!reason.startsWith("luks-")) // what is unknown is not wrong
            QVERIFY2(verdicts.find(reason.toStdString()) != std::string::npos, verdicts.c_str());
    }

    void stretchingStopsWhenToldTo()
    {
        Volume volume = m_plain;
        setSlot<&luks::Slot::iterations>(0, 0xffffffff)(volume);
        const MemoryFile file{volume};
        const LuksHeader header = readLuksHeader(file, {}, file.size());
        std::stop_source source;
        int reports = 0;
        const JobControl job{source.get_token(), [&](const ProgressUpdate& update) {
                                 QVERIFY(update.done < update.total);
                                 if (++reports == 3)
                                     source.request_stop();
                             }};
        QVERIFY_EXCEPTION_THROWN(unlockLuks(file, {}, header, "x", job), Cancelled);
        QCOMPARE(reports, 3);
    }

private:
    QTemporaryDir m_folder;
    std::vector<LuksRecipe> m_recipes;
    Volume m_plain; ///< header and key material of the first recipe
};

QTEST_GUILESS_MAIN(TestLuks)
#include "tst_luks.moc"
