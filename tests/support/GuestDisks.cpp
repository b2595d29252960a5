// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/GuestDisks.h"

#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QStandardPaths>

#include <stdexcept>

namespace platter::tests {

namespace {

    constexpr qint64 mebibyte = 1 << 20;
    constexpr qint64 written = 256 << 10; ///< bytes that are written at once
    constexpr int stages = 3;

    QString toolPath(const QString& name)
    {
        const QString found = QStandardPaths::findExecutable(name);
        return found.isEmpty()
            ? QStandardPaths::findExecutable(name, {"/usr/sbin", "/sbin", "/usr/local/sbin"})
            : found;
    }

    void must(const QString& tool, const QStringList& arguments, const QByteArray& input = {})
    {
        const Finished finished = run(toolPath(tool), arguments, {}, input);
        if (finished.exitCode != 0)
            throw std::runtime_error((tool + ' ' + arguments.join(' ') + ": "
                + QString::fromUtf8(finished.errors + finished.output))
                                         .toStdString());
    }

    QByteArray someBytes(QRandomGenerator& random, qint64 length)
    {
        QByteArray bytes(length, '\0');
        // Every other file is text, as on a real disk.
        if (random.bounded(2) == 0) {
            const QByteArray words = "the quick brown fox jumps over a lazy dog "
                + QByteArray::number(random.generate()) + "\n";
            for (qint64 at = 0; at < length; ++at)
                bytes[at] = words[at % words.size()];
        } else {
            for (qint64 at = 0; at < length; ++at)
                bytes[at] = static_cast<char>(random.generate());
        }
        return bytes;
    }

    /// Files that are added in each stage, as folder/name -> bytes.
    QStringList makeFiles(const QString& folder, int stage, qint64 budget)
    {
        QRandomGenerator random(static_cast<quint32>(77 + stage));
        QStringList names;
        for (qint64 used = 0; used < budget;) {
            const qint64 length = std::min<qint64>(
                budget - used, 1000 + random.bounded(random.bounded(5) == 0 ? 1'500'000 : 90'000));
            const QString name
                = QStringLiteral("s%1n%2.bin").arg(stage).arg(names.size(), 3, 10, QChar('0'));
            QFile file(folder + '/' + name);
            if (!file.open(QIODevice::WriteOnly))
                throw std::runtime_error("cannot write a file of a guest disk");
            file.write(someBytes(random, length));
            names << name;
            used += length + 4096;
        }
        return names;
    }

    void makeFileSystem(const GuestDiskSpec& spec, const QString& part)
    {
        switch (spec.fileSystem) {
        case GuestDiskSpec::FileSystem::Ext4:
            must("mkfs.ext4", {"-q", "-F", "-E", "lazy_itable_init=1", part});
            break;
        case GuestDiskSpec::FileSystem::Fat: must("mkfs.fat", {part}); break;
        case GuestDiskSpec::FileSystem::Ntfs: must("mkntfs", {"-q", "-F", "-Q", part}); break;
        }
    }

    void addFiles(const GuestDiskSpec& spec, const QString& part, const QString& folder,
        const QStringList& names, int stage)
    {
        const QString below = QStringLiteral("stage%1").arg(stage);
        switch (spec.fileSystem) {
        case GuestDiskSpec::FileSystem::Ext4: {
            QByteArray commands = "mkdir " + below.toUtf8() + "\n";
            for (const QString& name : names)
                commands += "write " + (folder + '/' + name).toUtf8() + " " + below.toUtf8() + "/"
                    + name.toUtf8() + "\n";
            must("debugfs", {"-w", "-f", "-", part}, commands);
            break;
        }
        case GuestDiskSpec::FileSystem::Fat: {
            must("mmd", {"-i", part, "::" + below});
            QStringList arguments{"-i", part};
            for (const QString& name : names)
                arguments << folder + '/' + name;
            must("mcopy", arguments + QStringList{"::" + below});
            break;
        }
        case GuestDiskSpec::FileSystem::Ntfs:
            for (const QString& name : names)
                must("ntfscp", {"-f", "-q", part, folder + '/' + name, name});
            break;
        }
    }

    void makeDisk(const GuestDiskSpec& spec, const QString& part, const QString& disk)
    {
        QFile::remove(disk);
        QFile file(disk);
        if (!file.open(QIODevice::WriteOnly) || !file.resize(spec.mebibytes * mebibyte))
            throw std::runtime_error("cannot make a guest disk");
        file.close();
        const bool isGpt = spec.partitions == GuestDiskSpec::Partitions::Gpt;
        const QByteArray script = isGpt
            ? QByteArray("label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\n"
                         "start=2048, size=")
                + QByteArray::number((spec.mebibytes - 2) * 2048)
                + ", uuid=66666666-2222-3333-4444-555555555555\n"
            : QByteArray("label: dos\nlabel-id: 0x12345678\nstart=2048, size=")
                + QByteArray::number((spec.mebibytes - 2) * 2048) + "\n";
        must("sfdisk", {"-q", disk}, script);
        must("dd",
            {"if=" + part, "of=" + disk, "bs=1M", "seek=1", "conv=notrunc,sparse", "status=none"});
    }

    /// Writes what differs between two disks into the image, in pieces.
    void writeDifference(const QString& before, const QString& after, const QString& image,
        const QString& folder, QRandomGenerator& random)
    {
        QFile old(before);
        QFile now(after);
        const bool hasOld = !before.isEmpty() && old.open(QIODevice::ReadOnly);
        if (!now.open(QIODevice::ReadOnly))
            throw std::runtime_error("cannot read a guest disk");
        QStringList commands;
        for (qint64 at = 0; at < now.size(); at += written) {
            now.seek(at);
            const QByteArray wanted = now.read(written);
            QByteArray there(wanted.size(), '\0');
            if (hasOld) {
                old.seek(at);
                there = old.read(written);
            }
            if (wanted == there)
                continue;
            const QString piece = QStringLiteral("%1/piece%2").arg(folder).arg(at);
            QFile file(piece);
            if (!file.open(QIODevice::WriteOnly) || file.write(wanted) != wanted.size())
                throw std::runtime_error("cannot write a piece of a guest disk");
            const QString command
                = QStringLiteral("write -s %1 %2 %3").arg(piece).arg(at).arg(wanted.size());
            // A guest's cache writes most things upwards, and some late.
            if (random.bounded(8) == 0 && !commands.isEmpty())
                commands.insert(commands.size() - 1, command);
            else
                commands << command;
        }
        for (qsizetype first = 0; first < commands.size(); first += 200)
            qemuIo(image, commands.mid(first, 200));
        for (const QString& name : QDir(folder).entryList({"piece*"}))
            QFile::remove(folder + '/' + name);
    }

} // namespace

QString GuestDiskSpec::name() const
{
    const char* const system = fileSystem == FileSystem::Ext4 ? "ext4"
        : fileSystem == FileSystem::Fat                       ? "fat"
                                                              : "ntfs";
    return QStringLiteral("%1 on %2, %3 MiB, clusters of %4, %5, %6 snapshots")
        .arg(system, partitions == Partitions::Gpt ? "GPT" : "MBR")
        .arg(mebibytes)
        .arg(clusterSize, history == History::Grown ? "grown" : "converted")
        .arg(snapshots);
}

QStringList missingDiskTools()
{
    QStringList missing;
    for (const char* name :
        {"mkfs.ext4", "debugfs", "mkfs.fat", "mcopy", "mmd", "mkntfs", "ntfscp", "sfdisk", "dd"}) {
        if (toolPath(name).isEmpty())
            missing << name;
    }
    return missing;
}

void makeGuestDisk(const GuestDiskSpec& spec, const QString& path, const QString& folder)
{
    const QString part = folder + "/part.raw";
    const QString disk = folder + "/disk.raw";
    const QString former = folder + "/former.raw";
    QRandomGenerator random(4711);
    QFile::remove(part);
    QFile file(part);
    if (!file.open(QIODevice::WriteOnly) || !file.resize((spec.mebibytes - 2) * mebibyte))
        throw std::runtime_error("cannot make a partition");
    file.close();
    makeFileSystem(spec, part);
    if (spec.history == GuestDiskSpec::History::Grown)
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=" + spec.clusterSize, path,
            QString::number(spec.mebibytes) + "M"});
    const qint64 budget = std::min<qint64>(spec.mebibytes * mebibyte / 8, 12 * mebibyte);
    for (int stage = 0; stage < stages; ++stage) {
        const QStringList names = makeFiles(folder, stage, budget);
        addFiles(spec, part, folder, names, stage);
        for (const QString& name : names)
            QFile::remove(folder + '/' + name);
        if (spec.history == GuestDiskSpec::History::Converted)
            continue;
        makeDisk(spec, part, disk);
        writeDifference(stage == 0 ? QString{} : former, disk, path, folder, random);
        QFile::remove(former);
        QFile::rename(disk, former);
        if (stage < spec.snapshots)
            qemuImg({"snapshot", "-c", QStringLiteral("stage %1").arg(stage), path});
    }
    if (spec.history == GuestDiskSpec::History::Converted) {
        makeDisk(spec, part, disk);
        qemuImg({"convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=" + spec.clusterSize,
            disk, path});
    }
    for (const QString& name : {part, disk, former})
        QFile::remove(name);
}

} // namespace platter::tests
