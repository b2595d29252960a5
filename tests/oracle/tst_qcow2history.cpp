// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

/// Where each stretch of the disk lies, from the JSON of a map. Which stored stretches are holes of
/// the file is left out: QEMU asks the file system once an extent and rounds, Platter asks exactly.
QStringList places(const QJsonArray& map)
{
    struct Place {
        qint64 start, end;
        int depth;
        bool present;
        std::optional<qint64> offset;
    };
    std::vector<Place> joined;
    for (const QJsonValue& value : map) {
        const QJsonObject entry = value.toObject();
        Place place{
            entry["start"].toInteger(), 0, entry["depth"].toInt(), entry["present"].toBool(), {}};
        place.end = place.start + entry["length"].toInteger();
        if (entry.contains("offset"))
            place.offset = entry["offset"].toInteger();
        if (!joined.empty()) {
            Place& last = joined.back();
            const bool goesOn = last.end == place.start && last.depth == place.depth
                && last.present == place.present
                && last.offset.has_value() == place.offset.has_value()
                && (!last.offset || *last.offset - last.start == *place.offset - place.start);
            if (goesOn) {
                last.end = place.end;
                continue;
            }
        }
        joined.push_back(place);
    }
    QStringList result;
    for (const Place& place : joined) {
        result << QString("%1-%2 depth %3 %4 at %5")
                      .arg(place.start)
                      .arg(place.end)
                      .arg(place.depth)
                      .arg(place.present ? "present" : "absent")
                      .arg(place.offset ? QString::number(*place.offset) : "no place");
    }
    return result;
}

/// A random life of an image: options, then writes, discards, zeros, snapshots and resizes.
class History {
public:
    History(quint32 seed, const QString& folder)
        : m_random(seed)
        , m_folder(folder)
        , m_image(folder + "/history.qcow2")
    {
        static const QStringList clusters{"512", "4k", "16k", "64k", "256k"};
        QString options = "cluster_size=" + pick(clusters);
        m_version2 = chance(20);
        if (m_version2) {
            options += ",compat=0.10";
        } else {
            options += ",refcount_bits=" + pick({"8", "16", "16", "32", "64"});
            if (chance(30) && !options.contains("=512") && !options.contains("=4k"))
                options += ",extended_l2=on";
            if (chance(40))
                options += ",compression_type=zstd";
            if (chance(30))
                options += ",lazy_refcounts=on";
        }
        m_clusterBytes = options.contains("=512") ? 512
            : options.contains("=4k")             ? 4096
            : options.contains("=16k")            ? 16384
            : options.contains("=64k")            ? 65536
                                                  : 262144;
        m_size = (2 + random(6)) * 1048576 + random(4) * 512;
        if (chance(40)) {
            const QString base = folder + "/base." + (chance(50) ? "raw" : "qcow2");
            const QString format = base.endsWith("raw") ? "raw" : "qcow2";
            qemuImg(
                {"create", "-q", "-f", format, base, QString::number((1 + random(8)) * 1048576)});
            qemuIo(base, {"write -P 99 0 700k", "write -P 98 900k 100k"}, {"-f", format});
            qemuImg({"create", "-q", "-f", "qcow2", "-o", options, "-b", base, "-F", format,
                m_image, QString::number(m_size)});
        } else {
            qemuImg(
                {"create", "-q", "-f", "qcow2", "-o", options, m_image, QString::number(m_size)});
        }
        m_told = options;
    }

    const QString& image() const { return m_image; }
    QString told() const { return m_told; }

    void step()
    {
        switch (random(10)) {
        case 0:
            if (m_snapshots < 6) {
                act("snapshot", {"snapshot", "-c", QString("s%1").arg(m_snapshots++), m_image});
                return;
            }
            break;
        case 1:
            if (m_snapshots > 1 && chance(40)) {
                act("apply", {"snapshot", "-a", QString("s%1").arg(random(m_snapshots)), m_image});
                return;
            }
            break;
        case 2:
            if (!(m_version2 && m_snapshots)) {
                m_size += random(3) * 1048576 + random(3) * 512;
                act("resize", {"resize", "-q", m_image, QString::number(m_size)});
                return;
            }
            break;
        default: break;
        }
        QStringList commands;
        for (quint64 i = 0; i < 1 + random(5); ++i) {
            quint64 at = random(m_size / 512) * 512;
            quint64 length = qMin(m_size - at, (1 + random(300)) * 512);
            static const QStringList kinds{"write -P %1", "write -P %1", "write -z", "write -z -u",
                "discard", "write -c -P %1"};
            QString kind = pick(kinds);
            if (kind.contains("-c")) {
                at = at / m_clusterBytes * m_clusterBytes;
                length = m_clusterBytes;
                if (at + length > m_size)
                    continue;
            }
            if (kind.contains("%1"))
                kind = kind.arg(random(256));
            commands << QString("%1 %2 %3").arg(kind).arg(at).arg(length);
        }
        m_told += "; " + commands.join(", ");
        // A snapshot that was rolled back to may have made the disk smaller: such writes fail and
        // change nothing.
        QStringList arguments;
        for (const QString& command : commands)
            arguments << "-c" << command;
        run("qemu-io", arguments + QStringList{m_image});
    }

    /// Everything that both can say must be the same.
    void compare()
    {
        const VirtualDisk now = openDisk(m_image);
        m_size = now.size().value;
        QCOMPARE(guestHash(now), qemuHash({m_image}, m_folder));
        const Finished map
            = platterCli({"--trust-chain", "map", "--output=json", m_image}, m_folder);
        QCOMPARE(map.errors, QByteArray{});
        QCOMPARE(places(QJsonDocument::fromJson(map.output).array()),
            places(qemuJson({"map", m_image}).array()));
        const Image& image = *now.chain().layers[0].image;
        const CheckReport report = image.check({}, {});
        const QJsonObject told = qemuJson({"check", m_image}).object();
        const auto number
            = [&](const char* key) { return static_cast<quint64>(told.value(key).toDouble()); };
        QCOMPARE(report.corruptions, number("corruptions"));
        QCOMPARE(report.leaks, number("leaks"));
        QCOMPARE(report.checkErrors, number("check-errors"));
        QCOMPARE(report.imageEnd->value, number("image-end-offset"));
        if (report.corruptions + report.leaks + report.checkErrors == 0) {
            for (const Finding& finding : report.findings)
                QVERIFY2(finding.kind->severity == Severity::Note, describe(finding).c_str());
        }
        QCOMPARE(report.allocatedClusters, number("allocated-clusters"));
        QCOMPARE(report.fragmentedClusters, number("fragmented-clusters"));
        QCOMPARE(report.compressedClusters, number("compressed-clusters"));
        for (std::size_t i = 0; i < image.snapshots().size(); ++i) {
            const VirtualDisk snapshot = openDisk(m_image, {}, i);
            if (snapshot.size() != now.size())
                continue; // qemu-img convert -l would give it the active size
            QCOMPARE(guestHash(snapshot),
                qemuHash({"-l", "snapshot.id=" + QString::fromStdString(image.snapshots()[i].id),
                             m_image},
                    m_folder));
        }
    }

private:
    void act(const char* name, const QStringList& arguments)
    {
        m_told += QString("; %1 %2").arg(name, arguments.last());
        run("qemu-img", arguments);
    }
    quint64 random(quint64 below) { return m_random.bounded(static_cast<quint32>(below)); }
    bool chance(int percent) { return random(100) < static_cast<quint64>(percent); }
    QString pick(const QStringList& from)
    {
        return from[static_cast<qsizetype>(random(static_cast<quint64>(from.size())))];
    }

    QRandomGenerator m_random;
    QString m_folder;
    QString m_image;
    QString m_told;
    quint64 m_size = 0;
    quint64 m_clusterBytes = 0;
    quint64 m_snapshots = 0;
    bool m_version2 = false;
};

} // namespace

/// Random histories, each step compared with qemu-img. PLATTER_SEED repeats one; otherwise fixed
/// seeds run, and then new ones until a minute is over.
class TestQcow2History : public QObject {
    Q_OBJECT
private slots:
    void everyStepReadsLikeQemu()
    {
        QElapsedTimer clock;
        clock.start();
        const bool repeated = qEnvironmentVariableIsSet("PLATTER_SEED");
        const quint32 start = repeated ? qEnvironmentVariable("PLATTER_SEED").toUInt() : 1;
        quint32 fresh = QRandomGenerator::global()->generate();
        for (quint32 i = 0; i < (repeated ? 1U : 8U) || (!repeated && clock.elapsed() < 40'000);
             ++i) {
            const quint32 seed = i < 8 ? start + i : fresh++;
            QTemporaryDir folder;
            History history{seed, folder.path()};
            for (int step = 0; step < 8; ++step) {
                history.step();
                history.compare();
                if (QTest::currentTestFailed()) {
                    qWarning("PLATTER_SEED=%u repeats this history: %s", seed,
                        qPrintable(history.told()));
                    return;
                }
            }
        }
        qInfo("seeds 1 to 8 and from %u on", fresh);
    }
};

QTEST_APPLESS_MAIN(TestQcow2History)
#include "tst_qcow2history.moc"
