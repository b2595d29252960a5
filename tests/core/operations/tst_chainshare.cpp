// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ChainShare.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using platter::tests::openDisk;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;

class TestChainShare final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void addsUpWhatQemuMaps();
    void countsCompressedInGuestBytes();
    void saysNowhereBehindAShorterBase();
    void stopsWhenTold();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

void TestChainShare::initTestCase()
{
    qemuImg({"create", "-f", "raw", path("base.raw"), "4M"});
    qemuIo(path("base.raw"), {"write -P 1 0 1M"}, {"-f", "raw"});
    qemuImg({"create", "-f", "qcow2", "-b", "base.raw", "-F", "raw", path("middle.qcow2"), "8M"});
    qemuIo(path("middle.qcow2"), {"write -P 2 512k 1M", "write -z 3M 256k", "write -P 3 5M 64k"});
    qemuImg({"create", "-f", "qcow2", "-b", "middle.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuIo(path("top.qcow2"), {"write -P 4 1M 128k", "write -P 5 7M 192k"});
}

void TestChainShare::addsUpWhatQemuMaps()
{
    const ChainShare share = shareOfLayers(openDisk(path("top.qcow2")), {}, {});
    QCOMPARE(share.layers.size(), std::size_t{3});
    std::vector<qint64> data(3);
    const auto map = qemuJson({"map", "--output=json", path("top.qcow2")}).array();
    for (const auto& value : map) {
        const QJsonObject entry = value.toObject();
        if (entry["data"].toBool())
            data[static_cast<std::size_t>(entry["depth"].toInt())] += entry["length"].toInteger();
    }
    for (std::size_t layer = 0; layer < 3; ++layer)
        QCOMPARE(static_cast<qint64>(share.layers[layer].data().value), data[layer]);
    QCOMPARE(share.layers[0].stored, 320_KiB);
    QCOMPARE(share.layers[1].zeros, 256_KiB);
    QCOMPARE(share.examined, share.size);
    Bytes all = share.nowhere;
    for (const LayerShare& layer : share.layers)
        all += layer.data() + layer.zeros + layer.damaged;
    QCOMPARE(all, 8_MiB);
}

void TestChainShare::countsCompressedInGuestBytes()
{
    qemuImg({"convert", "-c", "-O", "qcow2", path("top.qcow2"), path("packed.qcow2")});
    const ChainShare share = shareOfLayers(openDisk(path("packed.qcow2")), {}, {});
    const ChainShare whole = shareOfLayers(openDisk(path("top.qcow2")), {}, {});
    QCOMPARE(share.layers[0].compressed, whole.data());
    QCOMPARE(share.layers[0].stored, Bytes{});
}

void TestChainShare::saysNowhereBehindAShorterBase()
{
    qemuImg({"create", "-f", "qcow2", "-b", "base.raw", "-F", "raw", path("long.qcow2"), "16M"});
    const ChainShare share = shareOfLayers(openDisk(path("long.qcow2")), {}, {});
    QCOMPARE(share.nowhere, 12_MiB);
    QCOMPARE(share.layers[1].stored + share.layers[1].zeros, 4_MiB);
}

void TestChainShare::stopsWhenTold()
{
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(
        Cancelled, shareOfLayers(openDisk(path("top.qcow2")), {}, {stop.get_token(), {}}));
}

QTEST_GUILESS_MAIN(TestChainShare)
#include "tst_chainshare.moc"
