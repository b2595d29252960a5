// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QRandomGenerator>
#include <QString>
#include <QStringList>

namespace platter::tests {

/// A random life of an image with snapshots, driven by qemu-img and qemu-io: writes of all kinds,
/// snapshots taken, rolled back to and deleted, the disk resized. The same seed, the same life.
class SnapshotHistory {
public:
    /// Makes the image in `folder`.
    SnapshotHistory(quint32 seed, const QString& folder);

    const QString& image() const { return m_image; }
    /// All that was done, for messages.
    const QString& told() const { return m_told; }
    /// The ids of the snapshots that are there, in the order of the file.
    const QStringList& ids() const { return m_ids; }
    /// The snapshot from which the disk went on to this one, or to now for an empty id, leaving out
    /// those that were deleted since; empty: none.
    QString parentOf(const QString& id) const { return m_parents.value(id); }

    void step();
    void takeSnapshot();
    void rollBackTo(const QString& id);
    void remove(const QString& id);
    void write();

private:
    quint64 random(quint64 below) { return m_random.bounded(static_cast<quint32>(below)); }
    bool chance(quint64 percent) { return random(100) < percent; }

    QRandomGenerator m_random;
    QString m_image;
    QString m_told;
    QStringList m_ids;
    QHash<QString, QString> m_parents; ///< of ids; the empty one is now
    quint64 m_nextId = 1;
    quint64 m_clusterBytes = 0;
    quint64 m_size = 0; ///< bytes; of the disk now, at least
};

} // namespace platter::tests
