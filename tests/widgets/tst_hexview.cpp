// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexView.h"
#include "widgets/theme/Theme.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QImage>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

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
    std::optional<HexZeros> zeros;

    quint64 size() const override { return m_size; }
    bool tryRead(quint64 offset, std::span<std::byte> into) override
    {
        ++asked;
        for (std::size_t i = 0; i < into.size(); ++i)
            into[i] = static_cast<std::byte>(offset + i);
        return ready;
    }

    std::optional<HexZeros> zerosAround(quint64 offset) const override
    {
        const bool inside = zeros && offset >= zeros->start && offset < zeros->end;
        return inside ? zeros : std::nullopt;
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
    void foldsZerosOfAnySize();
    void keysStepOverFoldedZeros();
    void goingIntoFoldedZerosOpensThem();
    void zerosThatAreKnownLaterDoNotHideWhatWasShown();
    void shortZerosStay();
    void wheelMovesByRowsInAHugeFile();
    void tellsARowToAScreenReader();

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

void TestHexView::foldsZerosOfAnySize()
{
    const quint64 size = quint64{1} << 63;
    const auto widget = view(size);
    QVERIFY(widget);
    m_source->zeros = HexZeros{40, size - 40}; // whole rows fold: 48 to size - 48
    widget->dataArrived();
    const auto& shown = widget->geometryOfBytes().shown;
    QCOMPARE(shown.size(), std::size_t{7}); // three rows, the fold, three rows
    QCOMPARE(shown[3].kind, HexRow::Kind::Zeros);
    QCOMPARE(shown[3].start, quint64{48});
    QCOMPARE(shown[3].end, size - 48);
    QCOMPARE(shown[6].end, size);
    QCOMPARE(widget->visibleRanges().size(), std::size_t{2});
    const QPoint below = widget->geometryOfBytes().hexRect(size - 1).center();
    QVERIFY(widget->viewport()->rect().contains(below));
    QTest::mouseClick(widget->viewport(), Qt::LeftButton, {}, below);
    QCOMPARE(widget->cursor(), size - 1);
}

void TestHexView::keysStepOverFoldedZeros()
{
    const auto widget = view(1 << 20);
    QVERIFY(widget);
    m_source->zeros = HexZeros{64, 1 << 19};
    widget->dataArrived();
    widget->showSelection(50, 1);
    QTest::keyClick(widget.get(), Qt::Key_Down);
    QCOMPARE(widget->cursor(), quint64{64}); // the folded row
    QTest::keyClick(widget.get(), Qt::Key_Down);
    QCOMPARE(widget->cursor(), quint64{1} << 19);
    QTest::keyClick(widget.get(), Qt::Key_Left);
    QCOMPARE(widget->cursor(), quint64{64});
    QTest::keyClick(widget.get(), Qt::Key_Right);
    QCOMPARE(widget->cursor(), quint64{1} << 19);
    QTest::keyClick(widget.get(), Qt::Key_Up);
    QSignalSpy activated{widget.get(), &HexView::activated};
    QTest::keyClick(widget.get(), Qt::Key_Return); // opens
    QCOMPARE(activated.count(), 0);
    QTest::keyClick(widget.get(), Qt::Key_Down);
    QCOMPARE(widget->cursor(), quint64{80});
    QTest::keyClick(widget.get(), Qt::Key_Return); // a byte
    QCOMPARE(activated.count(), 1);
}

void TestHexView::goingIntoFoldedZerosOpensThem()
{
    const auto widget = view(1 << 20);
    QVERIFY(widget);
    m_source->zeros = HexZeros{0, 1 << 20};
    widget->dataArrived();
    QCOMPARE(widget->geometryOfBytes().shown.size(), std::size_t{1});
    widget->showSelection(0x54321, 2);
    QCOMPARE(widget->selectionStart(), quint64{0x54321});
    QVERIFY(
        widget->viewport()->rect().contains(widget->geometryOfBytes().hexRect(0x54321).center()));
}

void TestHexView::zerosThatAreKnownLaterDoNotHideWhatWasShown()
{
    const auto widget = view(1 << 20);
    widget->showSelection(0x8000, 8);
    m_source->zeros = HexZeros{0x1000, 0x10000};
    widget->dataArrived();
    const HexGeometry& geometry = widget->geometryOfBytes();
    const int row = geometry.shownRowOf(0x8000);
    QVERIFY(row >= 0);
    QCOMPARE(static_cast<int>(geometry.shown[static_cast<std::size_t>(row)].kind),
        static_cast<int>(HexRow::Kind::Bytes));
    // The user's own cursor opens nothing by itself.
    const auto other = view(1 << 20);
    QTest::keyClick(other.get(), Qt::Key_Home, Qt::ControlModifier);
    m_source->zeros = HexZeros{0, 0x10000};
    other->dataArrived();
    QCOMPARE(static_cast<int>(other->geometryOfBytes().shown.front().kind),
        static_cast<int>(HexRow::Kind::Zeros));
}

void TestHexView::shortZerosStay()
{
    const auto widget = view(1 << 20);
    QVERIFY(widget);
    m_source->zeros = HexZeros{64, 64 + 1023};
    widget->dataArrived();
    for (const HexRow& row : widget->geometryOfBytes().shown)
        QCOMPARE(row.kind, HexRow::Kind::Bytes);
}

void TestHexView::wheelMovesByRowsInAHugeFile()
{
    const auto widget = view(quint64{1} << 62);
    QVERIFY(widget);
    const QPointF place{50, 50};
    QWheelEvent down{place, widget->viewport()->mapToGlobal(place), {}, {0, -120}, Qt::NoButton,
        Qt::NoModifier, Qt::NoScrollPhase, false};
    QApplication::sendEvent(widget->viewport(), &down);
    QCOMPARE(widget->geometryOfBytes().shown.front().start, quint64{48});
}

void TestHexView::tellsARowToAScreenReader()
{
    const auto widget = view(1000);
    QVERIFY(widget);
    widget->setMarks({{4, 4, 1, QStringLiteral("Header, version")}});
    widget->showSelection(4, 1);
    QAccessibleInterface* const accessible = QAccessible::queryAccessibleInterface(widget.get());
    QVERIFY(accessible);
    QCOMPARE(accessible->text(QAccessible::Value),
        QStringLiteral("0x0000_0000: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f; "
                       "Header, version"));
}

QTEST_MAIN(TestHexView)
#include "tst_hexview.moc"
