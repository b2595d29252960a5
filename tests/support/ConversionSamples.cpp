// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ConversionSamples.h"

#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QThread>

#include <stdexcept>

namespace platter::tests {

namespace {

    using Preallocation = NewImage::Preallocation;

    SampleConversion sample(const char* name, const char* source, const char* format)
    {
        SampleConversion made{name, {}};
        made.request.source = source;
        made.request.target = "out";
        made.request.overwrite = true;
        made.request.policy = OpenPolicy::trustPlainPaths();
        made.request.options.format = format;
        if (std::string{source} == "mixed.raw")
            made.request.open.format = "raw";
        return made;
    }

    /// Noise, zeros and text, so that there are clusters of every kind.
    QByteArray mixedData(int mebibytes, quint32 seed)
    {
        QRandomGenerator random{seed};
        QByteArray data;
        while (data.size() < mebibytes << 20) {
            QByteArray part(random.bounded(1, 24) * 12'345, '\0');
            switch (random.bounded(4)) {
            case 0: break;
            case 1: part.fill(static_cast<char>(random.bounded(1, 256))); break;
            case 2:
                for (char& byte : part)
                    byte = static_cast<char>(random.bounded(256));
                break;
            default:
                for (char& byte : part)
                    byte = "etaoin shrdlu"[random.bounded(13)];
            }
            data += part;
        }
        data.truncate(mebibytes << 20);
        return data;
    }

    void write(const char* file, const QByteArray& bytes)
    {
        QFile out{QString::fromLatin1(file)};
        if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size())
            throw std::runtime_error("cannot write a sample");
    }

} // namespace

void makeSampleSources(int mebibytes)
{
    QByteArray data = mixedData(mebibytes, 1);
    write("mixed.raw", data + QByteArray(mebibytes << 19, '\0') + data.left(777'216));
    write("memory.raw", mixedData(1, 2));
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "mixed.raw", "states.qcow2"});
    qemuImg({"convert", "--object", "secret,id=s,data=sesame", "-f", "raw", "-O", "qcow2", "-o",
        "encrypt.format=aes,encrypt.key-secret=s", "mixed.raw", "aes.qcow2"});
    const QString end = QString::number(mebibytes - 1) + "M";
    qemuImg({"bitmap", "--add", "-g", "64k", "states.qcow2", "one"});
    qemuImg({"snapshot", "-c", "first", "states.qcow2"});
    qemuIo("states.qcow2", {"write -P 5 1M 300k", "write -s memory.raw " + end + " 700k"});
    qemuImg({"snapshot", "-c", "second", "states.qcow2"});
    qemuImg({"bitmap", "--add", "states.qcow2", "two"});
    qemuIo("states.qcow2", {"write -P 6 0 2M", "discard 3M 500k", "write -z 4M 1M"});
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "-c", "mixed.raw", "base.qcow2"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "over.qcow2"});
    qemuIo("over.qcow2",
        {"write -s memory.raw 1M 1M", "write -P 7 2100k 1M", "write -z 3500k 1M",
            "write -P 8 " + end + " 512k"});
    QThread::msleep(150); // what has just been changed is not gone on with
}

std::vector<SampleConversion> sampleConversions()
{
    std::vector<SampleConversion> samples;
    const auto add = [&](const char* name, const char* source, const char* format) -> auto&
    {
        samples.push_back(sample(name, source, format));
        return samples.back().request;
    };
    add("raw to qcow2", "mixed.raw", "qcow2");
    add("raw to qcow2, deflate", "mixed.raw", "qcow2").options.image.compress = true;
    auto& zstd = add("raw to qcow2, zstd", "mixed.raw", "qcow2").options.image;
    zstd.compress = true;
    zstd.compression = Compression::Zstd;
    zstd.clusterSize = Bytes{16 << 10};
    add("raw to qcow2, clusters of 512 bytes", "mixed.raw", "qcow2").options.image.clusterSize
        = Bytes{512};
    add("raw to qcow2, extended L2", "mixed.raw", "qcow2").options.image.extendedL2 = true;
    add("raw to qcow2, preallocated", "mixed.raw", "qcow2").options.image.preallocation
        = Preallocation::Metadata;
    add("raw to qcow2, written in full", "mixed.raw", "qcow2").options.image.preallocation
        = Preallocation::Full;
    auto& data = add("qcow2 to qcow2, data file", "states.qcow2", "qcow2");
    data.options.image.dataFileName = "out.data";
    data.snapshot = "first";
    auto& rawData = add("raw to qcow2, raw data file", "mixed.raw", "qcow2").options.image;
    rawData.dataFileName = "out.data";
    rawData.dataFileRaw = true;
    add("qcow2 to qcow2 with bitmaps", "states.qcow2", "qcow2").options.image.compress = true;
    add("qcow2 to qcow2 with snapshots", "states.qcow2", "qcow2").keepSnapshots = true;
    auto& states = add("qcow2 to qcow2 with snapshots, compressed", "states.qcow2", "qcow2");
    states.keepSnapshots = true;
    states.options.image.compress = true;
    states.options.image.clusterSize = Bytes{16 << 10};
    add("overlay to qcow2 above its base", "over.qcow2", "qcow2").options.image.backingName
        = "base.qcow2";
    add("overlay to qcow above its base", "over.qcow2", "qcow").options.image.backingName
        = "base.qcow2";
    add("overlay to qcow", "over.qcow2", "qcow");
    add("raw to qcow, compressed", "mixed.raw", "qcow").options.image.compress = true;
    auto& vdi = add("raw to vdi", "mixed.raw", "vdi").options.image;
    vdi.uuid.emplace().fill(std::byte{0x45}); // else it is random
    vdi.vdiOrigin.emplace().modificationUuid.fill(std::byte{0x46});
    vdi.vdiOrigin->uuid = *vdi.uuid;
    vdi.vdiOrigin->diskSize = Bytes{1}; // of another disk: the modification UUID is random
    add("snapshot to raw", "states.qcow2", "raw").snapshot = "second";
    add("raw to raw, stored in full", "mixed.raw", "raw").options.sparseBlock = Bytes{0};
    auto& aes = add("AES to qcow2, deflate", "aes.qcow2", "qcow2");
    aes.open.passphrase = "sesame";
    aes.decrypt = true;
    aes.options.image.compress = true;
    auto& toAes = add("raw to qcow2, AES", "mixed.raw", "qcow2");
    toAes.options.image.encryption.emplace().format = NewEncryption::Format::Aes;
    toAes.targetPassphrase = passphraseOf("sesame");
    return samples;
}

ConversionRequest luksConversion()
{
    ConversionRequest request = sample("", "mixed.raw", "qcow2").request;
    NewEncryption& encryption = request.options.image.encryption.emplace();
    encryption.format = NewEncryption::Format::Luks;
    encryption.iterationTime = std::chrono::milliseconds{1};
    request.targetPassphrase = passphraseOf("sesame");
    return request;
}

std::shared_ptr<const SecretBytes> passphraseOf(const std::string& text)
{
    return std::make_shared<SecretBytes>(std::as_bytes(std::span{text}));
}

QByteArray hashOfTarget(const ConversionRequest& request)
{
    QByteArray hash = fileHash("out");
    if (!request.options.image.dataFileName.empty())
        hash += fileHash("out.data");
    return hash;
}

void removeTarget()
{
    QFile::remove("out");
    QFile::remove("out.data");
}

QStringList leftovers()
{
    return QDir{}.entryList({".out*"}, QDir::Files | QDir::Hidden);
}

void requireGoodTarget(const ConversionRequest& request, const QString& word)
{
    const QString format = QString::fromStdString(request.options.format);
    if (request.open.passphrase || request.targetPassphrase) {
        const QStringList secret{"--object", "secret,id=s,data=" + word, "--image-opts"};
        const auto image = [](const QString& driver, const QString& path, bool isEncrypted) {
            return "driver=" + driver + ",file.filename=" + path
                + (isEncrypted ? ",encrypt.key-secret=s" : "");
        };
        const QString source = image(request.open.format ? "raw" : "qcow2",
            QString::fromStdString(request.source.string()), request.open.passphrase.has_value());
        const QString target = image(format, "out", request.targetPassphrase != nullptr);
        qemuImg(QStringList{"check", "-q"} + secret + QStringList{target});
        qemuImg(QStringList{"compare", "-q"} + secret + QStringList{source, target});
        return;
    }
    if (format == "qcow2")
        qemuImg({"check", "-q", "-f", format, "out"});
    QStringList source;
    if (request.snapshot) {
        qemuImg({"convert", "-O", "raw", "-l", QString::fromStdString(*request.snapshot),
            QString::fromStdString(request.source.string()), "expected.raw"});
        source = QStringList{"-f", "raw", "expected.raw"};
    } else {
        source = QStringList{"-f", request.open.format ? "raw" : "qcow2",
            QString::fromStdString(request.source.string())};
    }
    qemuImg(QStringList{"compare", "-q", "-F", format} + source + QStringList{"out"});
}

void runConversion(ConversionRequest request, const ResumeOptions& resume, unsigned threads)
{
    request.options.resume = resume;
    request.options.threads = threads;
    const Conversion conversion{std::move(request), {}};
    conversion.run({});
}

} // namespace platter::tests
