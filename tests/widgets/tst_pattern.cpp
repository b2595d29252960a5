// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapPainter.h"
#include "widgets/clustermap/ClusterStrip.h"
#include "widgets/theme/Pattern.h"

#include <QIcon>
#include <QImage>
#include <QPainter>
#include <QTest>

#include <set>

using namespace platter;

namespace {

const std::vector<Token> kinds{Token::MapZero, Token::MapCompressed, Token::MapSnapshot,
    Token::MapBacking, Token::MapMetadata, Token::MapLeaked, Token::MapProblem};

/// A disk of one kind.
class OneKind final : public ClusterMapSource {
public:
    quint64 size() const override { return 16; }
    quint64 unit() const override { return 1; }
    CellShares shares(quint64, quint64) const override
    {
        CellShares shares;
        shares.known = true;
        shares.of[0] = 255;
        return shares;
    }
};

std::set<QRgb> coloursIn(const QImage& picture, const QRect& area)
{
    std::set<QRgb> colours;
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x)
            colours.insert(picture.pixel(x, y));
    }
    return colours;
}

} // namespace

/// Under more contrast no kind is told by its colour alone.
class TestPattern final : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { Theme::show(Theme::Shade::Light); }
    void everyKindHasAPatternOfItsOwn();
    void linesStandOutFromTheirGround_data();
    void linesStandOutFromTheirGround();
    void theMapFollowsTheContrast();
    void legendsFollowTheContrast();
};

void TestPattern::everyKindHasAPatternOfItsOwn()
{
    std::set<QByteArray> pictures;
    for (const Token kind : kinds) {
        QByteArray inked;
        for (int y = 0; y < 24; ++y) {
            for (int x = 0; x < 24; ++x)
                inked += isInked(patternOf(kind), x, y) ? '#' : '.';
        }
        QVERIFY(inked.contains('#') && inked.contains('.'));
        pictures.insert(inked);
    }
    QCOMPARE(pictures.size(), kinds.size());
    QCOMPARE(patternOf(Token::MapData), Pattern::None); // the plain one
}

void TestPattern::linesStandOutFromTheirGround_data()
{
    QTest::addColumn<Theme::Shade>("shade");
    QTest::addRow("light") << Theme::Shade::Light;
    QTest::addRow("dark") << Theme::Shade::Dark;
}

void TestPattern::linesStandOutFromTheirGround()
{
    QFETCH(const Theme::Shade, shade);
    Theme::show(shade, Theme::Contrast::More);
    for (const Token kind : kinds) {
        const QRgb ground = Theme::color(kind).rgb();
        QVERIFY(std::abs(qGray(ground) - qGray(inkOver(ground))) >= 70);
    }
}

void TestPattern::theMapFollowsTheContrast()
{
    ClusterMapGeometry geometry;
    geometry.size = 16;
    geometry.area = {200, 200};
    geometry.showWhole();
    ClusterMapLook look;
    look.kinds = {Token::MapZero};
    const auto painted = [&] {
        QImage picture{geometry.area, QImage::Format_RGB32};
        QPainter painter{&picture};
        paintCells(painter, geometry, OneKind{}, look);
        return picture;
    };
    const QRect cell = geometry.rectOf(5);
    QVERIFY(cell.width() > 8);
    QCOMPARE(coloursIn(painted(), cell).size(), std::size_t{1});
    Theme::show(Theme::Shade::Light, Theme::Contrast::More);
    const auto colours = coloursIn(painted(), cell);
    QCOMPARE(colours,
        (std::set<QRgb>{
            Theme::color(Token::MapZero).rgb(), inkOver(Theme::color(Token::MapZero).rgb())}));
}

void TestPattern::legendsFollowTheContrast()
{
    QCOMPARE(kindSwatch(Token::MapZero).value<QColor>(), Theme::color(Token::MapZero));
    Theme::show(Theme::Shade::Light, Theme::Contrast::More);
    const QImage swatch = kindSwatch(Token::MapZero).value<QIcon>().pixmap(16).toImage();
    QVERIFY(coloursIn(swatch, swatch.rect()).size() == 2);
}

QTEST_MAIN(TestPattern)
#include "tst_pattern.moc"
