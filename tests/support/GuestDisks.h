// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace platter::tests {

/// A disk with a partition table and a file system, and how it came into a qcow2 image.
struct GuestDiskSpec {
    enum class FileSystem { Ext4, Fat, Ntfs };
    enum class Partitions { Mbr, Gpt };
    enum class History {
        Converted, ///< written in one go, without zeros
        Grown, ///< written as the file system filled, in pieces that go back and forth
    };
    FileSystem fileSystem = FileSystem::Ext4;
    Partitions partitions = Partitions::Mbr;
    int mebibytes = 40;
    QString clusterSize = QStringLiteral("65536");
    History history = History::Converted;
    int snapshots = 0; ///< made between the steps of a grown one, at most 2

    QString name() const;
};

/// The programs that making such disks takes and that are not there.
QStringList missingDiskTools();

/// Makes the image `path`; temporary files go to `folder`. Throws std::runtime_error.
void makeGuestDisk(const GuestDiskSpec& spec, const QString& path, const QString& folder);

} // namespace platter::tests
