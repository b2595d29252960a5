// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/clustermap/ClusterMapPainter.h"
#include "widgets/clustermap/ClusterStrip.h"

#include <QAccessible>
#include <QImage>
#include <QPainter>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <set>

using namespace platter;
using Range = ClusterMapGeometry::Range;

namespace {

constexpr quint64 unit = 65536;
constexpr std::size_t data = 0;
constexpr std::size_t problem = 1;

/// A disk of which chosen units hold data or a problem; the rest is empty.
class FakeSource final : public ClusterMapSource {
public:
    explicit FakeSource(quint64 units)
        : m_units(units)
    {
    }
    std::set<quint64> dataUnits;
    std::set<quint64> problemUnits;
    quint64 readUpTo = ~quint64{0};

    quint64 size() const override { return m_units * ::unit; }
    quint64 unit() const override { return ::unit; }
    CellShares shares(quint64 from, quint64 length) const override
    {
        CellShares result;
        result.known = from + length <= readUpTo;
        const quint64 first = from / ::unit;
        const quint64 behind = (from + length + ::unit - 1) / ::unit;
        const auto within = [&](const std::set<quint64>& units) {
            return std::distance(units.lower_bound(first), units.lower_bound(behind));
        };
        const auto share = [&](auto count) {
            return static_cast<quint8>(count == 0
                    ? 0
                    : std::max<quint64>(1, static_cast<quint64>(count) * 255 / (behind - first)));
        };
        result.of[data] = share(within(dataUnits));
        result.of[problem] = share(within(problemUnits));
        result.problem = result.of[problem] != 0;
        return result;
    }

private:
    quint64 m_units;
};

ClusterMapLook plainLook()
{
    ClusterMapLook look;
    look.kinds = {Token::MapData, Token::MapProblem};
    look.problem = problem;
    return look;
}

ClusterMapGeometry whole(quint64 units, QSize area)
{
    ClusterMapGeometry geometry;
    geometry.size = units * unit;
    geometry.unit = unit;
    geometry.resize(area);
    return geometry;
}

QImage painted(
    const ClusterMapGeometry& geometry, const ClusterMapSource& source, const ClusterMapLook& look)
{
    QImage picture{geometry.area, QImage::Format_RGB32};
    picture.fill(Qt::magenta);
    QPainter painter{&picture};
    paintCells(painter, geometry, source, look);
    return picture;
}

void turnWheel(QWidget& widget, QPoint at, int angle)
{
    QWheelEvent event{QPointF{at}, widget.mapToGlobal(QPointF{at}), {}, {0, angle}, Qt::NoButton,
        Qt::NoModifier, Qt::NoScrollPhase, false};
    QApplication::sendEvent(&widget, &event);
}

} // namespace

class TestClusterMap final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void showsEverythingAtFirst_data();
    void showsEverythingAtFirst();
    void cellsAndPixelsAgree();
    void zoomKeepsThePlaceUnderThePointer_data();
    void zoomKeepsThePlaceUnderThePointer();
    void zoomGoesFromAllToOneUnitWithoutGap();
    void scrollingStaysInside();
    void bringsAPlaceIntoView();

    void paintsTheKindOfEachCell();
    void leavesOutHiddenKinds();
    void hatchesWhatIsNotRead();
    void marksAProblemHoweverSmall();
    void paintsMoreOfAKindMoreStrongly();

    void choosesByMouse();
    void choosesByKeys();
    void keepsWhatIsChosenOverZoom();
    void zoomsByWheelAndDoubleClick();
    void zoomsByKeys();
    void pansByDragging();
    void tellsWhatIsUnderThePointer();
    void tabLeaves();
    void keepsItsPlaceWhenTheDataChanges();

    void regionsShowEverythingOnce_data();
    void regionsShowEverythingOnce();
    void regionsZoomWithoutMovingThePlace();
    void regionsAreOutlined();
    void layoutsKeepTheMiddle_data();
    void layoutsKeepTheMiddle();
    void visibleRangesAreWhatIsSeen();
    void motionEndsWhereItShould();
    void motionFollowsTheSetting();
    void asksForExtentsViewAndLayout();
    void screenReadersSeeATable();
    void screenReadersSeeTheStrip();

    void stripAsksTheMapToMove();
    void stripTicksProblems();

private:
    std::shared_ptr<FakeSource> m_source;
    std::unique_ptr<ClusterMap> map(quint64 units = 1'000'000);
};

void TestClusterMap::initTestCase()
{
    Theme::show(Theme::Shade::Light);
}

std::unique_ptr<ClusterMap> TestClusterMap::map(quint64 units)
{
    m_source = std::make_shared<FakeSource>(units);
    auto result = std::make_unique<ClusterMap>();
    result->resize(400, 300);
    result->setLook(plainLook());
    result->setSource(m_source, ClusterMap::View::Whole);
    result->show();
    if (!QTest::qWaitForWindowActive(result.get()))
        return nullptr;
    result->setFocus();
    return result;
}

void TestClusterMap::showsEverythingAtFirst_data()
{
    QTest::addColumn<quint64>("units");
    QTest::addColumn<QSize>("area");
    QTest::addRow("one unit") << quint64{1} << QSize(400, 300);
    QTest::addRow("fewer units than cells") << quint64{100} << QSize(400, 300);
    QTest::addRow("one unit more than cells of the usual size") << quint64{1201} << QSize(400, 300);
    QTest::addRow("10^9 units") << quint64{1'000'000'000} << QSize(1600, 1000);
    QTest::addRow("an area smaller than a cell") << quint64{5000} << QSize(3, 3);
    QTest::addRow("2^63 bytes") << (quint64{1} << 63) / unit << QSize(900, 600);
}

void TestClusterMap::showsEverythingAtFirst()
{
    QFETCH(const quint64, units);
    QFETCH(const QSize, area);
    const ClusterMapGeometry geometry = whole(units, area);
    QVERIFY(geometry.isWhole());
    QCOMPARE(geometry.zoom(), 0.0);
    QCOMPARE(geometry.bytesPerCell % unit, quint64{0});
    QVERIFY(geometry.side >= 4);
    // The last cell is in view and not behind the end.
    const QRect last = geometry.rectOf(geometry.size - 1);
    QVERIFY(!last.isEmpty());
}

void TestClusterMap::cellsAndPixelsAgree()
{
    ClusterMapGeometry geometry = whole(1'000'000, {400, 300});
    geometry.zoomBy(50, 300'000 * unit, {200, 150});
    const Range view = geometry.visible();
    quint64 at = view.from;
    while (at < view.from + view.length) {
        const QRect rect = geometry.rectOf(at);
        const auto cell = geometry.cellAt(rect.center());
        QVERIFY(cell);
        QCOMPARE(*cell, geometry.cellOf(at));
        QCOMPARE(cell->from, at);
        at += cell->length;
    }
    QVERIFY(!geometry.cellAt({-1, 5}));
    QVERIFY(!geometry.cellAt({5, 300}));
    QVERIFY(geometry.rectOf(view.from + view.length).isEmpty());
}

void TestClusterMap::zoomKeepsThePlaceUnderThePointer_data()
{
    QTest::addColumn<QPoint>("pointer");
    QTest::addColumn<double>("factor");
    QTest::addRow("in, in the middle") << QPoint(200, 150) << 1.41;
    QTest::addRow("in by much") << QPoint(333, 222) << 5000.0;
    QTest::addRow("in until a cell is one unit") << QPoint(120, 90) << 1e7;
    QTest::addRow("in at the top left corner") << QPoint(0, 0) << 8.0;
}

void TestClusterMap::zoomKeepsThePlaceUnderThePointer()
{
    QFETCH(const QPoint, pointer);
    QFETCH(const double, factor);
    ClusterMapGeometry geometry = whole(1'000'000, {400, 300});
    const quint64 place = geometry.cellAt(pointer)->from;
    geometry.zoomBy(factor, place, pointer);
    const QRect rect = geometry.rectOf(place);
    QVERIFY(!rect.isEmpty());
    // The cell grid moves by whole cells, so the place can be a cell beside.
    QVERIFY(std::abs(rect.center().y() - pointer.y()) <= geometry.side * 3 / 2);
    QVERIFY(std::abs(rect.center().x() - pointer.x()) <= geometry.side * 3 / 2);
}

void TestClusterMap::zoomGoesFromAllToOneUnitWithoutGap()
{
    ClusterMapGeometry geometry = whole(1'000'000, {400, 300});
    const quint64 place = 500'000 * unit;
    quint64 before = geometry.visible().length;
    for (int i = 1; i <= 100; ++i) {
        geometry.setZoom(i / 100.0, place, {200, 150});
        const quint64 now = geometry.visible().length;
        QVERIFY(now <= before + before / 10); // rounding to whole cells
        QVERIFY2(now * 3 > before, qPrintable(QString::number(i)));
        before = now;
    }
    QCOMPARE(geometry.bytesPerCell, unit);
    QCOMPARE(geometry.side, ClusterMapGeometry::largestSide);
    QCOMPARE(geometry.zoom(), 1.0);
    geometry.setZoom(0, place, {});
    QVERIFY(geometry.isWhole());
}

void TestClusterMap::scrollingStaysInside()
{
    ClusterMapGeometry geometry = whole(1'000'000, {400, 300});
    geometry.zoomBy(100, 0, {});
    geometry.scrollBy(-5);
    QCOMPARE(geometry.first, quint64{0});
    geometry.scrollBy(1'000'000'000);
    QCOMPARE(geometry.visible().from + geometry.visible().length, geometry.size);
    geometry.scrollTo(~quint64{0});
    QCOMPARE(geometry.visible().from + geometry.visible().length, geometry.size);
    QCOMPARE(geometry.first % geometry.bytesPerCell, quint64{0});
}

void TestClusterMap::bringsAPlaceIntoView()
{
    ClusterMapGeometry geometry = whole(1'000'000, {400, 300});
    geometry.zoomBy(1000, 0, {});
    for (const quint64 place : {geometry.size - 1, quint64{0}, geometry.size / 2, unit * 777}) {
        geometry.ensureVisible(place);
        QVERIFY(!geometry.rectOf(place).isEmpty());
    }
}

void TestClusterMap::paintsTheKindOfEachCell()
{
    FakeSource source{100};
    source.dataUnits = {0, 7, 99};
    const ClusterMapGeometry geometry = whole(100, {400, 300});
    QCOMPARE(geometry.bytesPerCell, unit);
    const QImage picture = painted(geometry, source, plainLook());
    for (quint64 i = 0; i < 100; ++i)
        QCOMPARE(picture.pixelColor(geometry.rectOf(i * unit).center()),
            Theme::color(source.dataUnits.contains(i) ? Token::MapData : Token::MapFree));
}

void TestClusterMap::leavesOutHiddenKinds()
{
    FakeSource source{100};
    source.dataUnits = {7};
    source.problemUnits = {8};
    ClusterMapLook look = plainLook();
    look.hidden = {true, true};
    const ClusterMapGeometry geometry = whole(100, {400, 300});
    const QImage picture = painted(geometry, source, look);
    for (quint64 i : {7U, 8U})
        QCOMPARE(
            picture.pixelColor(geometry.rectOf(i * unit).center()), Theme::color(Token::MapFree));
}

void TestClusterMap::hatchesWhatIsNotRead()
{
    FakeSource source{100};
    source.dataUnits = {99};
    source.readUpTo = 50 * unit;
    const ClusterMapGeometry geometry = whole(100, {400, 300});
    const QImage picture = painted(geometry, source, plainLook());
    std::set<QRgb> colours;
    const QRect cell = geometry.rectOf(99 * unit);
    for (int y = cell.top(); y <= cell.bottom(); ++y) {
        for (int x = cell.left(); x <= cell.right(); ++x)
            colours.insert(picture.pixel(x, y));
    }
    QVERIFY(colours.size() >= 2); // lines on a ground
    QVERIFY(!colours.contains(Theme::color(Token::MapData).rgb()));
    QVERIFY(!colours.contains(Theme::color(Token::MapFree).rgb()));
}

void TestClusterMap::marksAProblemHoweverSmall()
{
    FakeSource source{100'000'000};
    for (quint64 i = 0; i < 5000; ++i)
        source.dataUnits.insert(50'000'000 + i);
    source.problemUnits = {50'000'001};
    const ClusterMapGeometry geometry = whole(100'000'000, {400, 300});
    const QImage picture = painted(geometry, source, plainLook());
    QRect marker;
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            if (picture.pixelColor(x, y) == Theme::color(Token::MapProblem))
                marker |= QRect{x, y, 1, 1};
        }
    }
    QVERIFY(marker.width() >= 9);
    QVERIFY(marker.height() >= 9);
    QVERIFY(marker.contains(geometry.rectOf(50'000'001 * unit).center()));
    const int crossed = qRed(picture.pixel(marker.center()));
    QVERIFY(crossed > Theme::color(Token::MapProblem).red());
}

void TestClusterMap::paintsMoreOfAKindMoreStrongly()
{
    const ClusterMapLook look = plainLook();
    const ClusterMapColors colors{look};
    const QColor ground = Theme::color(Token::MapFree);
    int before = 0;
    for (const quint8 share : std::initializer_list<quint8>{1, 64, 128, 255}) {
        CellShares shares;
        shares.known = true;
        shares.of[data] = share;
        const int away = ground.red() - qRed(colors.of(shares));
        QVERIFY(away > before);
        before = away;
    }
    QCOMPARE(ground.red() - before, Theme::color(Token::MapData).red());
}

void TestClusterMap::choosesByMouse()
{
    const auto widget = map(100);
    QVERIFY(widget);
    QSignalSpy chosen{widget.get(), &ClusterMap::cellsChosen};
    const auto& geometry = widget->mapGeometry();
    QTest::mouseClick(widget.get(), Qt::LeftButton, {}, geometry.rectOf(5 * unit).center());
    QCOMPARE(widget->chosen(), (Range{5 * unit, unit}));
    QTest::mouseClick(
        widget.get(), Qt::LeftButton, Qt::ShiftModifier, geometry.rectOf(2 * unit).center());
    QCOMPARE(widget->chosen(), (Range{2 * unit, 4 * unit}));
    QCOMPARE(chosen.count(), 2);
    QCOMPARE(chosen.last().at(0).value<quint64>(), 2 * unit);
    QCOMPARE(chosen.last().at(1).value<quint64>(), 4 * unit);
}

void TestClusterMap::choosesByKeys()
{
    const auto widget = map(100);
    QVERIFY(widget);
    const quint64 row = static_cast<quint64>(widget->mapGeometry().columns()) * unit;
    const auto press = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(widget.get(), key, modifiers);
        return widget->chosen();
    };
    QCOMPARE(press(Qt::Key_Right), (Range{0, unit})); // the first key shows where the keys are
    QCOMPARE(press(Qt::Key_Right), (Range{unit, unit}));
    QCOMPARE(press(Qt::Key_Down), (Range{unit + row, unit}));
    QCOMPARE(press(Qt::Key_Left), (Range{row, unit}));
    QCOMPARE(press(Qt::Key_Up), (Range{0, unit}));
    QCOMPARE(press(Qt::Key_Left), (Range{0, unit}));
    QCOMPARE(press(Qt::Key_Right, Qt::ShiftModifier), (Range{0, 2 * unit}));
    QCOMPARE(press(Qt::Key_End), (Range{99 * unit, unit}));
    QCOMPARE(press(Qt::Key_Right), (Range{99 * unit, unit}));
    QCOMPARE(press(Qt::Key_Home), (Range{0, unit}));
    const quint64 page = row * static_cast<quint64>(widget->mapGeometry().rows() - 1);
    QCOMPARE(press(Qt::Key_PageDown), (Range{page, unit}));
    QCOMPARE(press(Qt::Key_PageDown), (Range{99 * unit, unit}));
    QCOMPARE(press(Qt::Key_PageUp), (Range{99 * unit - page, unit}));
    QCOMPARE(press(Qt::Key_PageUp), (Range{0, unit}));
}

void TestClusterMap::keepsWhatIsChosenOverZoom()
{
    const auto widget = map();
    QVERIFY(widget);
    QTest::mouseClick(widget.get(), Qt::LeftButton, {}, QPoint(205, 155));
    const Range before = widget->chosen();
    QVERIFY(before.length > unit);
    widget->setZoom(1);
    QCOMPARE(widget->chosen(), before);
    QVERIFY(!widget->mapGeometry().rectOf(before.from).isEmpty());
}

void TestClusterMap::zoomsByWheelAndDoubleClick()
{
    const auto widget = map();
    QVERIFY(widget);
    const quint64 all = widget->mapGeometry().visible().length;
    const QPoint pointer{205, 155};
    const quint64 place = widget->mapGeometry().cellAt(pointer)->from;
    QSignalSpy moved{widget.get(), &ClusterMap::viewChanged};
    turnWheel(*widget, pointer, 240);
    const quint64 nearer = widget->mapGeometry().visible().length;
    QVERIFY(nearer < all * 6 / 10 && nearer > all * 4 / 10);
    QVERIFY(moved.count() > 0);
    QTest::mouseDClick(widget.get(), Qt::LeftButton, {}, pointer);
    QVERIFY(widget->mapGeometry().visible().length < nearer / 4);
    QVERIFY(!widget->mapGeometry().rectOf(place).isEmpty());
    for (int i = 0; i < 40; ++i)
        turnWheel(*widget, pointer, -240);
    QVERIFY(widget->mapGeometry().isWhole());
}

void TestClusterMap::zoomsByKeys()
{
    const auto widget = map();
    QVERIFY(widget);
    const quint64 all = widget->mapGeometry().visible().length;
    QTest::keyClick(widget.get(), Qt::Key_Plus);
    const quint64 nearer = widget->mapGeometry().visible().length;
    QVERIFY(nearer < all);
    QTest::keyClick(widget.get(), Qt::Key_Return);
    QVERIFY(widget->mapGeometry().visible().length < nearer / 4);
    QTest::keyClick(widget.get(), Qt::Key_Backspace);
    QTest::keyClick(widget.get(), Qt::Key_Minus);
    QVERIFY(widget->mapGeometry().isWhole());
    QTest::keyClick(widget.get(), Qt::Key_Plus);
    QTest::keyClick(widget.get(), Qt::Key_0);
    QVERIFY(widget->mapGeometry().isWhole());
}

void TestClusterMap::pansByDragging()
{
    const auto widget = map();
    QVERIFY(widget);
    widget->setZoom(0.5);
    const auto& geometry = widget->mapGeometry();
    const quint64 before = geometry.first;
    const quint64 row = static_cast<quint64>(geometry.columns()) * geometry.bytesPerCell;
    QTest::mousePress(widget.get(), Qt::LeftButton, {}, QPoint(200, 200));
    QTest::mouseMove(widget.get(), QPoint(200, 200 - 3 * geometry.side));
    // QTest's move carries no buttons offscreen; the event is sent as the system would.
    QMouseEvent drag{QEvent::MouseMove, QPointF(200, 200 - 3 * geometry.side),
        widget->mapToGlobal(QPointF(200, 200 - 3 * geometry.side)), Qt::NoButton, Qt::LeftButton,
        Qt::NoModifier};
    QApplication::sendEvent(widget.get(), &drag);
    QCOMPARE(geometry.first, before + 3 * row);
    QTest::mouseRelease(widget.get(), Qt::LeftButton, {}, QPoint(200, 200 - 3 * geometry.side));
    QCOMPARE(widget->chosen(), Range{}); // a drag is not a click
}

void TestClusterMap::tellsWhatIsUnderThePointer()
{
    const auto widget = map(100);
    QVERIFY(widget);
    QSignalSpy hovered{widget.get(), &ClusterMap::cellHovered};
    QSignalSpy left{widget.get(), &ClusterMap::hoverLeft};
    QTest::mouseMove(widget.get(), widget->mapGeometry().rectOf(42 * unit).center());
    QTRY_COMPARE(hovered.count(), 1);
    QCOMPARE(hovered.first().at(0).value<quint64>(), 42 * unit);
    QCOMPARE(hovered.first().at(1).value<quint64>(), unit);
    QEvent leave{QEvent::Leave};
    QApplication::sendEvent(widget.get(), &leave);
    QCOMPARE(left.count(), 1);
}

void TestClusterMap::tabLeaves()
{
    QWidget window;
    auto* first = new ClusterMap(&window);
    auto* second = new ClusterMap(&window);
    first->setSource(std::make_shared<FakeSource>(100), ClusterMap::View::Whole);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    first->setFocus();
    QTest::keyClick(first, Qt::Key_Tab);
    QVERIFY(second->hasFocus());
}

void TestClusterMap::keepsItsPlaceWhenTheDataChanges()
{
    const auto widget = map();
    QVERIFY(widget);
    widget->setZoom(0.7);
    QTest::mouseClick(widget.get(), Qt::LeftButton, {}, QPoint(55, 55));
    const Range view = widget->mapGeometry().visible();
    const Range chosen = widget->chosen();
    widget->setSource(std::make_shared<FakeSource>(1'000'000), ClusterMap::View::Keep);
    QCOMPARE(widget->mapGeometry().visible(), view);
    QCOMPARE(widget->chosen(), chosen);
    widget->setSource(std::make_shared<FakeSource>(500), ClusterMap::View::Keep);
    QVERIFY(widget->mapGeometry().isWhole());
    QCOMPARE(widget->chosen(), Range{});
}

void TestClusterMap::regionsShowEverythingOnce_data()
{
    showsEverythingAtFirst_data();
}

void TestClusterMap::regionsShowEverythingOnce()
{
    QFETCH(const quint64, units);
    QFETCH(const QSize, area);
    ClusterMapGeometry geometry = whole(units, area);
    geometry.setLayout(ClusterLayout::Regions);
    QVERIFY(geometry.isWhole());
    QCOMPARE(geometry.zoom(), 0.0);
    const auto ranges = geometry.visibleRanges();
    QCOMPARE(ranges, (std::vector<Range>{{0, geometry.size}}));
    if (area.width() > 100) { // pixels and cells agree
        QVERIFY(!geometry.rectOf(0).isEmpty());
        QVERIFY(!geometry.rectOf(geometry.size - 1).isEmpty());
        for (quint64 i = 0; i < 200; ++i) {
            const quint64 at = geometry.size / 200 * i;
            const auto cell = geometry.cellAt(geometry.rectOf(at).center());
            QVERIFY(cell);
            QCOMPARE(*cell, geometry.cellOf(at));
        }
    }
}

void TestClusterMap::regionsZoomWithoutMovingThePlace()
{
    ClusterMapGeometry geometry = whole(1'000'000'000, {1600, 1000});
    geometry.setLayout(ClusterLayout::Regions);
    const quint64 place = 654'321'987 * unit;
    QPoint pointer = geometry.rectOf(place).center();
    quint64 before = geometry.bytesPerCell;
    for (int step = 0; step < 60; ++step) {
        geometry.zoomBy(1.5, place, pointer);
        const QRect cell = geometry.rectOf(place);
        QVERIFY(!cell.isEmpty());
        QVERIFY((cell.center() - pointer).manhattanLength() <= geometry.side * 2);
        QVERIFY(before <= geometry.bytesPerCell * 4); // a level at a time
        before = geometry.bytesPerCell;
    }
    QCOMPARE(geometry.bytesPerCell, unit);
    QCOMPARE(geometry.zoom(), 1.0);
}

void TestClusterMap::regionsAreOutlined()
{
    ClusterMapGeometry geometry = whole(64, {400, 300});
    geometry.setLayout(ClusterLayout::Regions);
    const QRectF one = geometry.outlineOf({5 * unit, unit}).boundingRect();
    QVERIFY(one.contains(QRectF{geometry.rectOf(5 * unit)}.center()));
    QVERIFY(one.width() <= geometry.side + 2);
    const QRectF all = geometry.outlineOf({0, geometry.size}).boundingRect();
    QVERIFY(all.contains(QRectF{geometry.rectOf(63 * unit)}.center()));
}

void TestClusterMap::layoutsKeepTheMiddle_data()
{
    QTest::addColumn<double>("factor");
    QTest::addRow("near the whole") << 40.0;
    QTest::addRow("half way in") << 3000.0;
    QTest::addRow("single units") << 1e9;
}

void TestClusterMap::layoutsKeepTheMiddle()
{
    QFETCH(const double, factor);
    ClusterMapGeometry geometry = whole(10'000'000, {800, 600});
    geometry.zoomBy(factor, 7'000'000 * unit, {400, 300});
    geometry.centreOn(7'000'000 * unit);
    const quint64 middle = geometry.middle();
    geometry.setLayout(ClusterLayout::Regions);
    const QRect there = geometry.rectOf(middle);
    QVERIFY(!there.isEmpty());
    QVERIFY((there.center() - QPoint(400, 300)).manhattanLength() <= geometry.side * 2);
    geometry.setLayout(ClusterLayout::Rows);
    const QRect back = geometry.rectOf(middle);
    QVERIFY(!back.isEmpty());
    QVERIFY((back.center() - QPoint(400, 300)).manhattanLength() <= geometry.side * 3);
}

void TestClusterMap::visibleRangesAreWhatIsSeen()
{
    ClusterMapGeometry geometry = whole(100'000, {400, 300});
    geometry.setLayout(ClusterLayout::Regions);
    geometry.zoomBy(40, 77'777 * unit, {200, 150});
    std::set<quint64> seen;
    for (int y = 0; y < 300; ++y) {
        for (int x = 0; x < 400; ++x) {
            if (const auto cell = geometry.cellAt({x, y}))
                seen.insert(cell->from);
        }
    }
    std::set<quint64> told;
    for (const Range& range : geometry.visibleRanges()) {
        for (quint64 at = range.from; at < range.from + range.length; at += geometry.bytesPerCell)
            told.insert(at);
    }
    QVERIFY(seen.size() > 100);
    QCOMPARE(told, seen);
}

void TestClusterMap::motionEndsWhereItShould()
{
    const auto widget = map();
    QVERIFY(widget);
    const QRect place = widget->mapGeometry().rectOf(500'000 * unit);
    QTest::mouseDClick(widget.get(), Qt::LeftButton, {}, place.center());
    QTRY_VERIFY(widget->isQuiet());
    QImage moved = widget->grab().toImage();
    // The same view without having moved there.
    ClusterMap still;
    still.resize(widget->size());
    still.grab(); // brings the size in
    still.setLook(plainLook());
    still.setSource(m_source, ClusterMap::View::Whole);
    still.setZoom(widget->mapGeometry().zoom());
    still.scrollTo(widget->mapGeometry().first);
    QCOMPARE(still.mapGeometry().bytesPerCell, widget->mapGeometry().bytesPerCell);
    QCOMPARE(still.mapGeometry().first, widget->mapGeometry().first);
    still.grab();
    QTRY_VERIFY((still.grab(), still.isQuiet()));
    const QPoint inside = widget->mapGeometry().rectOf(widget->mapGeometry().middle()).center();
    QCOMPARE(moved.pixelColor(inside), still.grab().toImage().pixelColor(inside));
}

void TestClusterMap::motionFollowsTheSetting()
{
    const QTemporaryDir settings;
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    const auto widget = map();
    QVERIFY(widget);
    Theme::choose(Theme::Motion::Full);
    widget->zoomIn();
    QVERIFY(widget->isMoving());
    QTRY_VERIFY(!widget->isMoving());
    Theme::choose(Theme::Motion::Reduced);
    widget->zoomIn();
    QVERIFY(!widget->isMoving());
    Theme::choose(Theme::Motion::System);
}

void TestClusterMap::asksForExtentsViewAndLayout()
{
    const auto widget = map(100);
    QVERIFY(widget);
    QSignalSpy extent{widget.get(), &ClusterMap::extentRequested};
    QSignalSpy view{widget.get(), &ClusterMap::viewRequested};
    QSignalSpy layout{widget.get(), &ClusterMap::layoutRequested};
    QTest::mouseClick(
        widget.get(), Qt::LeftButton, {}, widget->mapGeometry().rectOf(5 * unit).center());
    QTest::keyClick(widget.get(), Qt::Key_BracketRight);
    QTest::keyClick(widget.get(), Qt::Key_BracketLeft);
    QCOMPARE(extent.count(), 2);
    QCOMPARE(extent.at(0).at(0).value<quint64>(), 5 * unit);
    QCOMPARE(extent.at(0).at(1).toInt(), 1);
    QCOMPARE(extent.at(1).at(1).toInt(), -1);
    QTest::keyClick(widget.get(), Qt::Key_G);
    QTest::keyClick(widget.get(), Qt::Key_V);
    QCOMPARE(view.count(), 1);
    QCOMPARE(layout.count(), 1);
    QTest::keyClick(widget.get(), Qt::Key_G, Qt::ControlModifier); // belongs to the window
    QCOMPARE(view.count(), 1);
}

void TestClusterMap::screenReadersSeeATable()
{
    const auto widget = map(100);
    QVERIFY(widget);
    widget->setDescriber([](quint64 from, quint64 length) {
        return QStringLiteral("%1 for %2").arg(from / unit).arg(length / unit);
    });
    for (const ClusterLayout layout : {ClusterLayout::Rows, ClusterLayout::Regions}) {
        widget->setMapLayout(layout);
        auto* const interface = QAccessible::queryAccessibleInterface(widget.get());
        QVERIFY(interface);
        QCOMPARE(interface->role(), QAccessible::Table);
        auto* const table = interface->tableInterface();
        QVERIFY(table);
        QVERIFY(table->rowCount() * table->columnCount() >= 100);
        std::set<QString> names;
        for (int i = 0; i < interface->childCount(); ++i) {
            auto* const cell = interface->child(i);
            if (!cell->isValid())
                continue;
            names.insert(cell->text(QAccessible::Name));
            QVERIFY(!cell->rect().isEmpty());
            QCOMPARE(interface->indexOfChild(cell), i);
        }
        QCOMPARE(names.size(), std::size_t{100});
        QVERIFY(names.contains(QStringLiteral("42 for 1")));
    }
    widget->choose({7 * unit, unit});
    auto* const table = QAccessible::queryAccessibleInterface(widget.get())->tableInterface();
    QCOMPARE(table->selectedCellCount(), 1);
    QCOMPARE(table->selectedCells().first()->text(QAccessible::Name), QStringLiteral("7 for 1"));
}

void TestClusterMap::screenReadersSeeTheStrip()
{
    ClusterStrip strip;
    strip.setSource(std::make_shared<FakeSource>(1000));
    strip.setVisibleRanges({{100 * unit, 200 * unit}});
    strip.setDescriber([](quint64 from, quint64 length) {
        return QStringLiteral("%1 for %2").arg(from / unit).arg(length / unit);
    });
    auto* const interface = QAccessible::queryAccessibleInterface(&strip);
    QVERIFY(interface);
    QCOMPARE(interface->text(QAccessible::Value), QStringLiteral("100 for 200"));
    auto* const value = interface->valueInterface();
    QVERIFY(value);
    QCOMPARE(value->currentValue().toDouble(), 200.0 * unit);
    QCOMPARE(value->maximumValue().toDouble(), 1000.0 * unit);
    QSignalSpy asked{&strip, &ClusterStrip::centreRequested};
    value->setCurrentValue(500.0 * unit);
    QCOMPARE(asked.last().first().value<quint64>(), 500 * unit);
}

void TestClusterMap::stripAsksTheMapToMove()
{
    ClusterStrip strip;
    strip.resize(400, strip.sizeHint().height());
    strip.setLook(plainLook());
    strip.setSource(std::make_shared<FakeSource>(1000));
    strip.setVisibleRanges({{0, 100 * unit}});
    strip.show();
    QVERIFY(QTest::qWaitForWindowExposed(&strip));
    QSignalSpy asked{&strip, &ClusterStrip::centreRequested};
    QTest::mouseClick(&strip, Qt::LeftButton, {}, QPoint(200, 10));
    QCOMPARE(asked.last().first().value<quint64>(), 500 * unit);
    QTest::keyClick(&strip, Qt::Key_Right);
    QCOMPARE(asked.last().first().value<quint64>(), 100 * unit);
    QTest::keyClick(&strip, Qt::Key_Left);
    QCOMPARE(asked.last().first().value<quint64>(), quint64{0});
}

void TestClusterMap::stripTicksProblems()
{
    ClusterStrip strip;
    strip.resize(400, strip.sizeHint().height());
    strip.setLook(plainLook());
    const auto source = std::make_shared<FakeSource>(1'000'000);
    source->problemUnits = {500'001};
    strip.setSource(source);
    // Workers look; the picture follows.
    QTRY_COMPARE(strip.grab().toImage().pixelColor(200, 1), Theme::color(Token::MapProblem));
    QVERIFY(strip.grab().toImage().pixelColor(100, 1) != Theme::color(Token::MapProblem));
}

QTEST_MAIN(TestClusterMap)
#include "tst_clustermap.moc"
