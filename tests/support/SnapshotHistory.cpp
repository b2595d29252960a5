// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/SnapshotHistory.h"

#include "tests/support/Qemu.h"

namespace platter::tests {

SnapshotHistory::SnapshotHistory(quint32 seed, const QString& folder)
    : m_random(seed)
    , m_image(folder + "/snapshots.qcow2")
{
    const QList<quint64> sizes{512, 1024, 4096, 16384, 65536};
    m_clusterBytes = sizes[static_cast<qsizetype>(random(5))];
    m_size = (1 + random(4)) * 1048576 + random(4) * 512;
    QString options = QString("cluster_size=%1").arg(m_clusterBytes);
    if (m_clusterBytes >= 16384 && chance(40))
        options += ",extended_l2=on";
    QStringList create{"create", "-q", "-f", "qcow2", "-o", options};
    if (chance(30)) {
        const QString base = folder + "/base.raw";
        qemuImg({"create", "-q", "-f", "raw", base, "1M"});
        qemuIo(base, {"write -P 99 0 700k"}, {"-f", "raw"});
        create << "-b" << base << "-F"
               << "raw";
    }
    qemuImg(create << m_image << QString::number(m_size));
    m_told = options;
    write();
}

void SnapshotHistory::takeSnapshot()
{
    // Named by its id: "snapshot -d" finds names only.
    const QString id = QString::number(m_nextId);
    qemuImg({"snapshot", "-c", id, m_image});
    m_ids << id;
    m_parents[id] = m_parents.value({});
    m_parents[{}] = id;
    ++m_nextId;
    m_told += "; take " + id;
}

void SnapshotHistory::rollBackTo(const QString& id)
{
    qemuImg({"snapshot", "-a", id, m_image});
    m_parents[{}] = id;
    m_told += "; roll back to " + id;
}

void SnapshotHistory::remove(const QString& id)
{
    qemuImg({"snapshot", "-d", id, m_image});
    // QEMU gives the number of the last snapshot again once it is gone.
    if (m_ids.last() == id)
        m_nextId = m_ids.size() > 1 ? m_ids[m_ids.size() - 2].toULongLong() + 1 : 1;
    m_ids.removeOne(id);
    const QString parent = m_parents.take(id);
    for (QString& other : m_parents) {
        if (other == id)
            other = parent;
    }
    m_told += "; delete " + id;
}

void SnapshotHistory::step()
{
    const quint64 act = random(10);
    const auto any
        = [&] { return m_ids[static_cast<qsizetype>(random(static_cast<quint64>(m_ids.size())))]; };
    if (act == 0 && !m_ids.isEmpty()) {
        rollBackTo(any());
    } else if (act == 1 && m_ids.size() > 2) {
        remove(any());
    } else if (act == 2) {
        m_size += random(3) * 1048576 + random(3) * 512;
        run("qemu-img", {"resize", "-q", m_image, QString::number(m_size)});
        m_told += QString("; resize %1").arg(m_size);
    } else if (act < 6) {
        takeSnapshot();
    }
    write();
}

void SnapshotHistory::write()
{
    QStringList arguments;
    for (quint64 i = 0; i < 1 + random(5); ++i) {
        static const QStringList kinds{"write -P 7", "write -P 8", "write -P 9", "write -z",
            "write -z -u", "discard", "write -c -P 5", "write -c -P 6"};
        const QString kind = kinds[static_cast<qsizetype>(random(8))];
        quint64 at = random(m_size / 512) * 512;
        quint64 length = qMin(m_size - at, (1 + random(200)) * 512);
        if (kind.contains("-c")) {
            at = at / m_clusterBytes * m_clusterBytes;
            length = qMin<quint64>(m_clusterBytes * (1 + random(3)), m_size - at);
        }
        arguments << "-c" << QString("%1 %2 %3").arg(kind).arg(at).arg(length);
        m_told += "; " + arguments.last();
    }
    // Rolling back may have made the disk smaller: such writes fail and change nothing.
    run("qemu-io", arguments + QStringList{m_image});
}

} // namespace platter::tests
