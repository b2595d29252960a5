// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace platter::tests;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot read " + path.toStdString());
    return file.readAll();
}

void writeFile(const QString& path, const QByteArray& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot write " + path.toStdString());
}

const QStringList writes{"write -P 7 0 300k", "write -P 8 1M 1M", "write -z 3M 128k"};

void makeEncrypted(const QString& format, const QString& options, const QString& passphrase)
{
    qemuImg({"create", "-q", "--object", "secret,id=key,data=" + passphrase, "-f", format, "-o",
        "encrypt.key-secret=key," + options, "x", "4M"});
    qemuIo("driver=" + format + ",encrypt.key-secret=key,file.filename=x", writes,
        {"--object", "secret,id=key,data=" + passphrase, "--image-opts"});
}

QByteArray plainContent()
{
    return QByteArray(300 << 10, 7) + QByteArray(724 << 10, 0) + QByteArray(1 << 20, 8)
        + QByteArray(2 << 20, 0);
}

} // namespace

class TestCliContent : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir::setCurrent(m_folder->path()));
    }
    void cleanup()
    {
        QDir::setCurrent("/");
        m_folder.reset();
    }

    void convertsLikeQemu_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("options");
        QTest::addRow("QCOW2") << "qcow2"
                               << "";
        QTest::addRow("QCOW2 version 2, small clusters") << "qcow2"
                                                         << "compat=0.10,cluster_size=512";
        QTest::addRow("QCOW2 with extended L2 entries") << "qcow2"
                                                        << "extended_l2=on";
        QTest::addRow("QCOW2 with a data file") << "qcow2"
                                                << "data_file=data.bin";
        QTest::addRow("QCOW") << "qcow"
                              << "";
        QTest::addRow("VDI") << "vdi"
                             << "";
        QTest::addRow("fixed VDI") << "vdi"
                                   << "static=on";
        QTest::addRow("raw") << "raw"
                             << "";
    }
    void convertsLikeQemu()
    {
        QFETCH(const QString, format);
        QFETCH(const QString, options);
        QStringList create{"create", "-q", "-f", format};
        if (!options.isEmpty())
            create << "-o" << options;
        qemuImg(create + QStringList{"x", "5M"});
        qemuIo("x", writes, {"-f", format});
        qemuImg({"convert", "-f", format, "-O", "raw", "x", "theirs"});
        const Finished finished = platterCli({"convert", "-f", format, "-O", "raw", "x", "ours"});
        QCOMPARE(finished.errors, QByteArray{});
        QCOMPARE(finished.exitCode, 0);
        QVERIFY(contentOf("ours") == contentOf("theirs"));
        QVERIFY(contentOf("ours").size() == 5 << 20);
        QCOMPARE(platterCli({"compare", "x", "ours"}).exitCode, 0);
        const QStringList left = QDir{}.entryList(QDir::Files | QDir::Hidden);
        QVERIFY2(left.size() == (options.startsWith("data") ? 4 : 3), qPrintable(left.join(' ')));
    }

    void convertsSnapshots()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "5M"});
        for (int i = 1; i <= 5; ++i) {
            qemuIo("x", {QString("write -P %1 %2k 200k").arg(i).arg(i * 100)});
            qemuImg({"snapshot", "-c", QString("state %1").arg(i), "x"});
        }
        qemuIo("x", {"write -P 99 0 5M"});
        for (int i = 1; i <= 5; ++i) {
            const QString name = QString("state %1").arg(i);
            qemuImg({"convert", "-O", "raw", "-l", name, "x", "theirs"});
            QCOMPARE(
                platterCli({"convert", "--overwrite", "-O", "raw", "-l", name, "x", "ours"}).errors,
                QByteArray{});
            QVERIFY(contentOf("ours") == contentOf("theirs"));
        }
    }

    void convertsWithAllOptionsAlike()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "5M"});
        qemuIo("x", writes);
        qemuImg({"convert", "-O", "raw", "x", "theirs"});
        for (const QStringList& options : {QStringList{"-m", "1"}, {"-m", "8"}, {"-S", "0"},
                 {"-S", "4k"}, {"-S", "1M"}, {"-q", "-p"}, {"-U"}}) {
            const Finished finished = platterCli(QStringList{"convert", "--overwrite", "-O", "raw"}
                + options + QStringList{"x", "y"});
            QCOMPARE(finished.exitCode, 0);
            QVERIFY(contentOf("y") == contentOf("theirs"));
        }
    }

    void passphrases_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("options");
        QTest::addRow("LUKS") << "qcow2"
                              << "encrypt.format=luks,encrypt.iter-time=100";
        QTest::addRow("AES in QCOW2") << "qcow2"
                                      << "encrypt.format=aes";
        QTest::addRow("AES in QCOW") << "qcow"
                                     << "encrypt.format=aes";
    }
    void passphrases()
    {
        QFETCH(const QString, format);
        QFETCH(const QString, options);
        makeEncrypted(format, options, "sesame");
        writeFile("bare", "sesame");
        writeFile("line", "sesame\n");
        for (const QString file : {"bare", "line"}) {
            const Finished finished = platterCli(
                {"convert", "--overwrite", "--passphrase-file", file, "-O", "raw", "x", "y"});
            QCOMPARE(finished.exitCode, 0);
            QCOMPARE(finished.errors.count('\n'), 1);
            QVERIFY(finished.errors.contains("the encryption"));
            QVERIFY(contentOf("y") == plainContent());
        }
        const Finished fromInput = platterCli(
            {"--passphrase-file=-", "convert", "-q", "--overwrite", "-O", "raw", "x", "y"}, {},
            "sesame\n");
        QCOMPARE(fromInput.errors, QByteArray{});
        QVERIFY(contentOf("y") == plainContent());
        QCOMPARE(platterCli({"compare", "--passphrase-file=line", "x", "y"}).exitCode, 0);

        const Finished without = platterCli({"convert", "-O", "raw", "x", "none"});
        QCOMPARE(without.exitCode, 1);
        QCOMPARE(without.errors.count('\n'), 1);
        QVERIFY(!QFile::exists("none"));
        QCOMPARE(platterCli({"compare", "x", "y"}).exitCode, 2);
    }

    void wrongPassphrases()
    {
        makeEncrypted("qcow2", "encrypt.format=luks,encrypt.iter-time=100", "sesame");
        for (const QByteArray wrong : {"open", "sesame\n\n", "sesame\r\n", ""}) {
            writeFile("key", wrong);
            const Finished finished
                = platterCli({"convert", "--passphrase-file", "key", "-O", "raw", "x", "y"});
            QCOMPARE(finished.exitCode, 1);
            QCOMPARE(finished.errors.count('\n'), 1);
            QVERIFY(!QFile::exists("y"));
        }
    }

    void comparesLikeQemu_data()
    {
        QTest::addColumn<QStringList>("first"); // format, size, writes
        QTest::addColumn<QStringList>("second");
        QTest::addRow("two empty images") << QStringList{"qcow2", "4M"} << QStringList{"raw", "4M"};
        QTest::addRow("the same content in two formats") << QStringList{
            "qcow2", "4M", "write -P 1 1M 1M"} << QStringList{"vdi", "4M", "write -P 1 1M 1M"};
        QTest::addRow("another byte") << QStringList{"qcow2", "4M", "write -P 1 1M 1M"}
                                      << QStringList{"qcow", "4M", "write -P 1 1M 1023k"};
        QTest::addRow("a difference at the very end")
            << QStringList{"raw", "4M"} << QStringList{"raw", "4M", "write -P 1 4194303 1"};
        QTest::addRow("a longer image of zeros") << QStringList{"raw", "4M", "write -P 1 0 64k"}
                                                 << QStringList{"qcow2", "6M", "write -P 1 0 64k"};
        QTest::addRow("a longer image with content")
            << QStringList{"raw", "4M"} << QStringList{"qcow2", "6M", "write -P 1 5M 64k"};
        QTest::addRow("zeros that are stored and zeros that are not")
            << QStringList{"qcow2", "4M", "write -P 0 0 1M"} << QStringList{"qcow2", "4M"};
    }
    void comparesLikeQemu()
    {
        QFETCH(const QStringList, first);
        QFETCH(const QStringList, second);
        const auto make = [](const QString& name, const QStringList& how) {
            qemuImg({"create", "-q", "-f", how[0], name, how[1]});
            if (how.size() > 2)
                qemuIo(name, how.mid(2), {"-f", how[0]});
        };
        make("a", first);
        make("b", second);
        for (const QStringList& files : {QStringList{"a", "b"}, QStringList{"b", "a"}}) {
            for (const QStringList& mode : {QStringList{}, QStringList{"-s"}, QStringList{"-q"}}) {
                const bool inOrder = files[0] == "a";
                const QStringList formats{
                    "-f", (inOrder ? first : second)[0], "-F", (inOrder ? second : first)[0]};
                const QStringList arguments = QStringList{"compare"} + mode + formats + files;
                const Finished qemus = run("qemu-img", arguments);
                const Finished ours = platterCli(arguments);
                QCOMPARE(ours.errors, QByteArray{});
                QCOMPARE(ours.exitCode, qemus.exitCode);
                // Where it differs strictly qemu-img also sees how far it asked the file system.
                if (!mode.contains("-s"))
                    QCOMPARE(ours.output, qemus.output);
            }
        }
    }

    /// What both lead to needs no reading, but a table may say that it reads as zeros.
    void comparesImagesThatShareAFile_data()
    {
        QTest::addColumn<QStringList>("changes"); // of the copy
        QTest::addColumn<int>("exitCode");
        QTest::addRow("the same entries") << QStringList{} << 0;
        QTest::addRow("zeros that keep their place") << QStringList{"write -z 1M 64k"} << 1;
        QTest::addRow("stored zeros, seen by both") << QStringList{"write -P 0 1M 64k"} << 0;
    }
    void comparesImagesThatShareAFile()
    {
        QFETCH(const QStringList, changes);
        QFETCH(const int, exitCode);
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "data_file=data", "x", "4M"});
        qemuIo("x", {"write -P 1 0 3M"});
        QVERIFY(QFile::copy("x", "y"));
        if (!changes.isEmpty())
            qemuIo("y", changes);
        for (const QStringList& files : {QStringList{"x", "y"}, QStringList{"y", "x"}}) {
            const QStringList arguments
                = QStringList{"compare", "-f", "qcow2", "-F", "qcow2"} + files;
            const Finished qemus = run("qemu-img", arguments);
            QCOMPARE(qemus.exitCode, exitCode);
            const Finished ours = platterCli(arguments);
            QCOMPARE(ours.errors, QByteArray{});
            QCOMPARE(ours.exitCode, exitCode);
            QCOMPARE(ours.output, qemus.output);
        }
    }

    void comparesAnOverlayWithItsBase()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "base", "4M"});
        qemuIo("base", {"write -P 1 0 3M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "qcow2", "x"});
        const QStringList arguments{"compare", "x", "base"};
        QCOMPARE(platterCli(arguments).exitCode, 0);
        qemuIo("x", {"write -P 2 2500k 1k"});
        const Finished ours = platterCli(arguments);
        QCOMPARE(ours.exitCode, 1);
        QCOMPARE(ours.output, run("qemu-img", arguments).output);
    }

    void aDamagedEntryIsNoContent()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "4M"});
        qemuIo("x", {"write -P 1 0 1M"});
        QFile file{"x"};
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(0x40000 + 8 * 3 + 6));
        QCOMPARE(file.write("\x02"), 1); // an offset inside a cluster
        file.close();
        const Finished converted = platterCli({"convert", "-O", "raw", "x", "y"});
        QCOMPARE(converted.exitCode, 1);
        QCOMPARE(converted.errors.count('\n'), 1);
        QCOMPARE(QDir{}.entryList(QDir::Files | QDir::Hidden), QStringList{"x"});
        const Finished compared = platterCli({"compare", "x", "x"});
        QVERIFY(compared.exitCode > 1);
        QCOMPARE(compared.errors.count('\n'), 1);
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliContent)
#include "tst_clicontent.moc"
