// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"

#include <QTest>

using namespace platter;

class TestText : public QObject {
    Q_OBJECT
private slots:
    void sizes_data()
    {
        QTest::addColumn<quint64>("bytes");
        QTest::addColumn<QString>("text");
        QTest::addRow("nothing") << quint64{0} << "0 B";
        QTest::addRow("below the first unit") << quint64{999} << "999 B";
        QTest::addRow("1000 bytes are shown in KiB, as qemu-img does")
            << quint64{1000} << "0.977 KiB";
        QTest::addRow("a whole KiB") << quint64{4096} << "4 KiB";
        QTest::addRow("three digits") << quint64{1428160512} << "1.33 GiB";
        QTest::addRow("the largest value") << ~quint64{0} << "16 EiB";
    }
    void sizes()
    {
        QFETCH(const quint64, bytes);
        QFETCH(const QString, text);
        QCOMPARE(QString::fromStdString(sizeText(Bytes{bytes})), text);
    }

    void escapes_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("shown");
        QTest::addRow("plain text stays") << QByteArray("snap 1") << QByteArray("snap 1");
        QTest::addRow("accents stay") << QByteArray("h\xc3\xa9") << QByteArray("h\xc3\xa9");
        QTest::addRow("a terminal code is disarmed")
            << QByteArray("\x1b[31m") << QByteArray("\\x1b[31m");
        QTest::addRow("a line feed is disarmed") << QByteArray("a\nb") << QByteArray("a\\x0ab");
        QTest::addRow("a bidirectional override is disarmed")
            << QByteArray("\xe2\x80\xaet") << QByteArray("\\u{202e}t");
        QTest::addRow("a C1 control is disarmed")
            << QByteArray("\xc2\x9b") << QByteArray("\\u{9b}");
        QTest::addRow("bytes that are not UTF-8 appear as numbers")
            << QByteArray("\xff\xc0\x80") << QByteArray("\\xff\\xc0\\x80");
        QTest::addRow("a surrogate is not UTF-8")
            << QByteArray("\xed\xa0\x80") << QByteArray("\\xed\\xa0\\x80");
        QTest::addRow("text that looks like an escape is told apart")
            << QByteArray("\\x1b") << QByteArray("\\\\x1b");
    }
    void escapes()
    {
        QFETCH(const QByteArray, raw);
        QFETCH(const QByteArray, shown);
        QCOMPARE(QByteArray::fromStdString(escapedText(raw.toStdString())), shown);
    }

    void groupsHexadecimalDigits()
    {
        QCOMPARE(groupedHexText(0x140000000), std::string("0x1_4000_0000"));
        QCOMPARE(groupedHexText(0x50000), std::string("0x5_0000"));
        QCOMPARE(hexText(0), std::string("0x0"));
    }
};

QTEST_APPLESS_MAIN(TestText)
#include "tst_text.moc"
