// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ImageLayouts.h"

#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>

#include <stdexcept>

namespace platter::tests {

const std::vector<ImageLayout>& imageLayouts()
{
    using enum ImageLayout::Extra;
    static const QStringList luks{"--object", "secret,id=key,data=words", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10"};
    static const std::vector<ImageLayout> layouts{
        {"version 3, clusters of 64 KiB", {}},
        {"clusters of 512 bytes", {"-o", "cluster_size=512"}},
        {"clusters of 4 KiB", {"-o", "cluster_size=4k"}},
        {"clusters of 2 MiB", {"-o", "cluster_size=2M"}},
        {"refcounts of 1 bit", {"-o", "refcount_bits=1"}},
        {"refcounts of 64 bits", {"-o", "refcount_bits=64"}},
        {"extended L2 entries", {"-o", "extended_l2=on"}},
        {"snapshots", {}, Snapshots},
        {"compressed clusters", {"-o", "compression_type=zstd"}, Compressed},
        {"LUKS", luks, Nothing, true},
        {"an external data file", {"-o", "data_file=FOLDER/data.raw"}},
        {"a backing file", {}, Backing},
        {"a persistent bitmap", {}, Bitmap},
        {"version 2", {"-o", "compat=0.10"}, Nothing, false, true},
        {"version 2, clusters of 512 bytes", {"-o", "compat=0.10,cluster_size=512"}, Nothing, false,
            true},
        {"version 2, clusters of 2 MiB", {"-o", "compat=0.10,cluster_size=2M"}, Nothing, false,
            true},
        {"version 2 with snapshots", {"-o", "compat=0.10"}, Snapshots, false, true},
        {"version 2, compressed", {"-o", "compat=0.10"}, Compressed, false, true},
        {"version 2 with a backing file", {"-o", "compat=0.10"}, Backing, false, true},
        {"version 2 with a very long backing name", {"-o", "compat=0.10"}, LongBackingName, false,
            true},
    };
    return layouts;
}

QString makeImage(const ImageLayout& layout, const QString& folder)
{
    using Extra = ImageLayout::Extra;
    const QString image = folder + "/image.qcow2";
    QStringList arguments{"create", "-q", "-f", "qcow2"};
    for (QString option : layout.createOptions)
        arguments << option.replace("FOLDER", folder);
    if (layout.extra == Extra::Backing || layout.extra == Extra::LongBackingName) {
        QString name = "base.raw";
        // A name that reaches far past the first sector, by a way that leads nowhere else.
        if (layout.extra == Extra::LongBackingName)
            name = QString("./").repeated(480) + name;
        qemuImg({"create", "-q", "-f", "raw", folder + "/base.raw", "1M"});
        arguments << "-b" << name << "-F"
                  << "raw";
    }
    qemuImg(arguments << image << "1M", folder);
    if (layout.encrypted) {
        const QStringList source = encryptedSource(image, "qcow2", "words");
        QStringList io = source.mid(0, 2);
        io << "--image-opts";
        qemuIo(source.last(), {"write -P 17 64k 100k"}, io);
        return image;
    }
    if (layout.extra == Extra::Compressed) {
        const QString plain = folder + "/plain.raw";
        QFile file{plain};
        if (!file.open(QIODevice::WriteOnly))
            throw std::runtime_error("cannot write " + plain.toStdString());
        for (int i = 0; i < 1 << 14; ++i)
            file.write(QByteArray(64, static_cast<char>(i / 3)));
        file.close();
        QString options;
        for (const QString& option : layout.createOptions) {
            if (option != "-o")
                options = option;
        }
        qemuImg({"convert", "-f", "raw", "-c", "-O", "qcow2", "-o", options, plain, image});
        return image;
    }
    qemuIo(image, {"write -P 1 0 64k", "write -P 2 300k 70k"}, {"-f", "qcow2"});
    if (layout.extra == Extra::Snapshots) {
        qemuImg({"snapshot", "-c", "first", image});
        qemuIo(image, {"write -P 3 320k 200k"}, {"-f", "qcow2"});
        qemuImg({"snapshot", "-c", "second", image});
        qemuIo(image, {"write -P 4 0 200k"}, {"-f", "qcow2"});
    }
    if (layout.extra == Extra::Bitmap) {
        qemuImg({"bitmap", "--add", "-f", "qcow2", image, "changes"});
        qemuIo(image, {"write -P 5 100k 10k"}, {"-f", "qcow2"});
    }
    return image;
}

} // namespace platter::tests
