// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexView.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QClipboard>
#include <QImage>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <cstring>

using namespace platter;

namespace {

/// Bytes that count upwards, of any size; may keep them back for a while.
class FakeSource final : public HexSource {
public:
    explicit FakeSource(quint64 size)
        : m_size(size)
    {
    }
    bool ready = true;
    quint64 asked = 0;

    quint64 size() const override { return m_size; }
    bool tryRead(quint64 offset, std::span<std::byte> into) override
    {
        ++asked;
        for (std::size_t i = 0; i < into.size(); ++i)
            into[i] = static_cast<std::byte>(offset + i);
        return ready;
    }

private:
    quint64 m_size;
};

} // namespace

class TestHexView final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void bytesAndPixelsAgree_data();
    void bytesAndPixelsAgree();
    void fitsItsWidth();
    void selectsByMouse();
    void selectsByKeys();
    void goesToTheEndOfAHugeFile();
    void copiesWhatIsSelected();
    void showsASelectionWithoutTelling();
    void paintsMarksInTheirTint();
    void drawsAgainWhenBytesArrive();
    void readsOnlyWhatIsVisible();
    void tellsTheByteUnderThePointer();
    void nothingHappensWithoutBytes();

private:
    std::shared_ptr<FakeSource> m_source;
    std::unique_ptr<HexView> view(quint64 size);
};

void TestHexView::initTestCase()
{
    Theme::show(Theme::Shade::Light);
}

std::unique_ptr<HexView> TestHexView::view(quint64 size)
{
    m_source = std::make_shared<FakeSource>(size);
    auto result = std::make_unique<HexView>();
    result->setSource(m_source);
    result->resize(result->sizeHint().width() + 40, 300);
    result->show();
    if (!QTest::qWaitForWindowActive(result.get()))
        return nullptr;
    result->setFocus();
    return result;
}

void TestHexView::bytesAndPixelsAgree_data()
{
    QTest::addColumn<quint64>("size");
    QTest::addColumn<quint64>("firstRow");
    QTest::addRow("the start of a small file") << quint64{100} << quint64{0};
    QTest::addRow("the end of 2^63 bytes") << (quint64{1} << 63) << (quint64{1} << 59) - 4;
}

void TestHexView::bytesAndPixelsAgree()
{
    QFETCH(const quint64, size);
    QFETCH(const quint64, firstRow);
    HexGeometry geometry;
    geometry.size = size;
    geometry.firstRow = firstRow;
    geometry.offsetDigits = HexGeometry::offsetDigitsFor(size);
    for (quint64 at = firstRow * 16; at < std::min(size, firstRow * 16 + 64); ++at) {
        QCOMPARE(geometry.offsetAt(geometry.hexRect(at).center()), std::optional{at});
        QCOMPARE(geometry.offsetAt(geometry.textRect(at).center()), std::optional{at});
    }
    QVERIFY(!geometry.offsetAt({0, 5})); // the offset column
}

void TestHexView::fitsItsWidth()
{
    for (const int width : {1000, 500, 330}) {
        HexGeometry geometry;
        geometry.bytesPerRow = HexGeometry::bytesPerRowFor(
            width, geometry.charWidth, geometry.margin, geometry.offsetDigits);
        QVERIFY(geometry.bytesPerRow == 4 || geometry.width() <= width);
    }
    QCOMPARE(HexGeometry::bytesPerRowFor(1000, 8, 8, 9), 16);
    QCOMPARE(HexGeometry::bytesPerRowFor(450, 8, 8, 9), 8);
    QCOMPARE(HexGeometry::offsetDigitsFor(100), 9);
    QCOMPARE(HexGeometry::offsetDigitsFor((quint64{1} << 32) + 1), 14);
}

void TestHexView::selectsByMouse()
{
    const auto widget = view(4096);
    QVERIFY(widget);
    QSignalSpy selected{widget.get(), &HexView::selectionChanged};
    const auto& geometry = widget->geometryOfBytes();
    QTest::mouseClick(widget->viewport(), Qt::LeftButton, {}, geometry.hexRect(20).center());
    QCOMPARE(widget->selectionStart(), quint64{20});
    QCOMPARE(widget->selectionLength(), quint64{1});
    QTest::mouseClick(
        widget->viewport(), Qt::LeftButton, Qt::ShiftModifier, geometry.textRect(3).center());
    QCOMPARE(widget->selectionStart(), quint64{3});
    QCOMPARE(widget->selectionLength(), quint64{18});
    QCOMPARE(selected.last().at(0).value<quint64>(), quint64{3});
    QCOMPARE(selected.last().at(1).value<quint64>(), quint64{18});
}

void TestHexView::selectsByKeys()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    QCOMPARE(widget->geometryOfBytes().bytesPerRow, 16);
    const auto press = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(widget.get(), key, modifiers);
        return std::pair{widget->selectionStart(), widget->selectionLength()};
    };
    using Range = std::pair<quint64, quint64>;
    QCOMPARE(press(Qt::Key_Right), (Range{0, 1}));
    QCOMPARE(press(Qt::Key_Right), (Range{1, 1}));
    QCOMPARE(press(Qt::Key_Down), (Range{17, 1}));
    QCOMPARE(press(Qt::Key_Right, Qt::ShiftModifier), (Range{17, 2}));
    QCOMPARE(press(Qt::Key_End, Qt::ShiftModifier), (Range{17, 15}));
    QCOMPARE(press(Qt::Key_Home), (Range{16, 1}));
    QCOMPARE(press(Qt::Key_Up), (Range{0, 1}));
    QCOMPARE(press(Qt::Key_Up), (Range{0, 1}));
    QCOMPARE(press(Qt::Key_End, Qt::ControlModifier), (Range{999, 1}));
    QCOMPARE(press(Qt::Key_Down), (Range{999, 1}));
    QCOMPARE(press(Qt::Key_Right), (Range{999, 1}));
    QCOMPARE(press(Qt::Key_Home, Qt::ControlModifier), (Range{0, 1}));
}

void TestHexView::goesToTheEndOfAHugeFile()
{
    const quint64 size = (quint64{1} << 62) + 5;
    const auto widget = view(size);
    QVERIFY(widget);
    QTest::keyClick(widget.get(), Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(widget->selectionStart(), size - 1);
    const QRect last = widget->geometryOfBytes().hexRect(size - 1);
    QVERIFY(widget->viewport()->rect().contains(last.center()));
    widget->verticalScrollBar()->setValue(0);
    QCOMPARE(widget->geometryOfBytes().firstRow, quint64{0});
    widget->verticalScrollBar()->setValue(widget->verticalScrollBar()->maximum());
    QVERIFY(widget->geometryOfBytes().rowOf(size - 1) - widget->geometryOfBytes().firstRow
        < quint64{1} << 32);
}

void TestHexView::copiesWhatIsSelected()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    widget->showSelection(0x1e, 4);
    QTest::keySequence(widget.get(), QKeySequence::Copy);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("1e 1f 20 21"));
}

void TestHexView::showsASelectionWithoutTelling()
{
    const auto widget = view(100'000);
    QVERIFY(widget);
    QSignalSpy selected{widget.get(), &HexView::selectionChanged};
    widget->showSelection(90'000, 8);
    QCOMPARE(selected.count(), 0);
    QCOMPARE(widget->selectionStart(), quint64{90'000});
    QVERIFY(
        widget->viewport()->rect().contains(widget->geometryOfBytes().hexRect(90'000).center()));
    widget->showSelection(99'999, 50); // cut at the end
    QCOMPARE(widget->selectionLength(), quint64{1});
}

void TestHexView::paintsMarksInTheirTint()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    widget->setMarks({{4, 4, 1, QStringLiteral("version")}});
    const QImage picture = widget->viewport()->grab().toImage();
    const auto ground = [&](quint64 offset) {
        return picture.pixelColor(
            widget->geometryOfBytes().hexRect(offset).topLeft() + QPoint(1, 2));
    };
    QCOMPARE(ground(4), Theme::color(Token::FieldTint2));
    QCOMPARE(ground(7), Theme::color(Token::FieldTint2));
    QCOMPARE(ground(3), Theme::color(Token::Surface));
    QCOMPARE(ground(8), Theme::color(Token::Surface));
}

void TestHexView::drawsAgainWhenBytesArrive()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    m_source->ready = false;
    widget->dataArrived();
    const QImage before = widget->viewport()->grab().toImage();
    m_source->ready = true;
    widget->dataArrived();
    QVERIFY(widget->viewport()->grab().toImage() != before);
}

void TestHexView::readsOnlyWhatIsVisible()
{
    const auto widget = view(quint64{1} << 40);
    QVERIFY(widget);
    m_source->asked = 0;
    widget->viewport()->grab();
    QVERIFY(m_source->asked < 100);
}

void TestHexView::tellsTheByteUnderThePointer()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    QSignalSpy hovered{widget.get(), &HexView::byteHovered};
    QTest::mouseMove(widget->viewport(), widget->geometryOfBytes().hexRect(37).center());
    QTRY_VERIFY(!hovered.isEmpty());
    QCOMPARE(hovered.last().first().value<quint64>(), quint64{37});
}

void TestHexView::nothingHappensWithoutBytes()
{
    const auto widget = view(0);
    QVERIFY(widget);
    QTest::keyClick(widget.get(), Qt::Key_Right);
    QTest::keyClick(widget.get(), Qt::Key_End, Qt::ControlModifier);
    QTest::mouseClick(widget->viewport(), Qt::LeftButton, {}, QPoint(150, 10));
    QCOMPARE(widget->selectionLength(), quint64{0});
    widget->setSource(nullptr);
    widget->viewport()->grab();
}

QTEST_MAIN(TestHexView)
#include "tst_hexview.moc"
