// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/Style.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QSettings>
#include <QStyleOptionButton>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cmath>

using namespace platter;
using Theme::Shade;

Q_DECLARE_METATYPE(platter::Token)
Q_DECLARE_METATYPE(platter::Theme::Shade)

namespace {

using Triple = std::array<double, 3>;

Triple linear(const QColor& colour)
{
    const auto channel = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return {channel(colour.redF()), channel(colour.greenF()), channel(colour.blueF())};
}

/// Contrast as WCAG 2 defines it.
double contrast(const QColor& a, const QColor& b)
{
    const auto luminance = [](const QColor& colour) {
        const Triple rgb = linear(colour);
        return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    };
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

/// What somebody sees, as a matrix over linear red, green and blue. The three kinds of blindness
/// are those of Machado, Oliveira and Fernandes (2009) at full severity.
struct Eye {
    const char* name;
    std::array<Triple, 3> matrix;
};

constexpr std::array eyes{
    Eye{"normal eyes", {Triple{1, 0, 0}, Triple{0, 1, 0}, Triple{0, 0, 1}}},
    Eye{"red-blind eyes",
        {Triple{0.152286, 1.052583, -0.204868}, Triple{0.114503, 0.786281, 0.099216},
            Triple{-0.003882, -0.048116, 1.051998}}},
    Eye{"green-blind eyes",
        {Triple{0.367322, 0.860646, -0.227968}, Triple{0.280085, 0.672501, 0.047413},
            Triple{-0.011820, 0.042940, 0.968881}}},
    Eye{"blue-blind eyes",
        {Triple{1.255528, -0.076749, -0.178779}, Triple{-0.078411, 0.930809, 0.147602},
            Triple{0.004733, 0.691367, 0.303900}}},
};

/// CIE L*a*b* under D65.
Triple lab(const QColor& colour, const Eye& eye)
{
    const Triple rgb = linear(colour);
    Triple seen{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column)
            seen[row] += eye.matrix[row][column] * rgb[column];
        seen[row] = std::clamp(seen[row], 0.0, 1.0);
    }
    const double x = (0.4124564 * seen[0] + 0.3575761 * seen[1] + 0.1804375 * seen[2]) / 0.95047;
    const double y = 0.2126729 * seen[0] + 0.7151522 * seen[1] + 0.0721750 * seen[2];
    const double z = (0.0193339 * seen[0] + 0.1191920 * seen[1] + 0.9503041 * seen[2]) / 1.08883;
    const auto curve = [](double value) {
        return value > 216.0 / 24389 ? std::cbrt(value) : (24389.0 / 27 * value + 16) / 116;
    };
    return {116 * curve(y) - 16, 500 * (curve(x) - curve(y)), 200 * (curve(y) - curve(z))};
}

double distance(const QColor& a, const QColor& b, const Eye& eye)
{
    const Triple first = lab(a, eye);
    const Triple second = lab(b, eye);
    return std::hypot(first[0] - second[0], first[1] - second[1], first[2] - second[2]);
}

constexpr std::array mapTokens{Token::MapFree, Token::MapData, Token::MapZero, Token::MapCompressed,
    Token::MapSnapshot, Token::MapBacking, Token::MapMetadata, Token::MapLeaked, Token::MapProblem};

} // namespace

class TestTheme final : public QObject {
    Q_OBJECT

private slots:
    void textIsReadable_data();
    void textIsReadable();
    void edgesAreSeen_data();
    void edgesAreSeen();
    void mapKindsAreToldApart_data();
    void mapKindsAreToldApart();
    void moreContrastDrawsFramesAsText();
    void paletteFollowsTheShade();
    void followsTheDesktopUnlessToldOtherwise();
    void emptyCheckBoxIsSeen_data();
    void emptyCheckBoxIsSeen();
};

void TestTheme::textIsReadable_data()
{
    QTest::addColumn<Token>("text");
    QTest::addColumn<Token>("ground");
    QTest::addRow("text on the window") << Token::Text << Token::Window;
    QTest::addRow("text on a surface") << Token::Text << Token::Surface;
    QTest::addRow("text on a note") << Token::Text << Token::NoteGround;
    QTest::addRow("second text on the window") << Token::TextSecond << Token::Window;
    QTest::addRow("second text on a surface") << Token::TextSecond << Token::Surface;
    QTest::addRow("second text on a note") << Token::TextSecond << Token::NoteGround;
    QTest::addRow("link on the window") << Token::Link << Token::Window;
    QTest::addRow("link on a surface") << Token::Link << Token::Surface;
    QTest::addRow("good news on their ground") << Token::GoodText << Token::GoodGround;
    QTest::addRow("good news on a surface") << Token::GoodText << Token::Surface;
    QTest::addRow("a warning on its ground") << Token::WarningText << Token::WarningGround;
    QTest::addRow("a warning on a surface") << Token::WarningText << Token::Surface;
    QTest::addRow("a problem on its ground") << Token::ProblemText << Token::ProblemGround;
    QTest::addRow("a problem on a surface") << Token::ProblemText << Token::Surface;
    QTest::addRow("text on field tint 1") << Token::Text << Token::FieldTint1;
    QTest::addRow("text on field tint 2") << Token::Text << Token::FieldTint2;
    QTest::addRow("text on field tint 3") << Token::Text << Token::FieldTint3;
    QTest::addRow("text on field tint 4") << Token::Text << Token::FieldTint4;
}

void TestTheme::textIsReadable()
{
    QFETCH(const Token, text);
    QFETCH(const Token, ground);
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const double found = contrast(Theme::color(text, shade), Theme::color(ground, shade));
        QVERIFY2(found >= 4.5, qPrintable(QString::number(found)));
    }
    for (const Token filled : {Token::Accent, Token::Destructive}) {
        QVERIFY(contrast(Qt::white, Theme::color(filled, Shade::Light)) >= 4.5);
        QVERIFY(contrast(Qt::white, Theme::color(filled, Shade::Dark)) >= 4.5);
    }
    // With more contrast, as WCAG's enhanced level demands.
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const double found = contrast(Theme::color(text, shade, Theme::Contrast::More),
            Theme::color(ground, shade, Theme::Contrast::More));
        QVERIFY2(found >= 7, qPrintable(QString::number(found)));
    }
}

void TestTheme::edgesAreSeen_data()
{
    QTest::addColumn<Token>("edge");
    QTest::addColumn<Token>("ground");
    QTest::addRow("a control on the window") << Token::ControlEdge << Token::Window;
    QTest::addRow("a control on a surface") << Token::ControlEdge << Token::Surface;
    QTest::addRow("the focus ring on the window") << Token::Link << Token::Window;
    QTest::addRow("the focus ring on a surface") << Token::Link << Token::Surface;
    QTest::addRow("the focus ring on a note") << Token::Link << Token::NoteGround;
    QTest::addRow("a problem marker on empty cells") << Token::MapProblem << Token::MapFree;
    QTest::addRow("the cross of a problem marker") << Token::Surface << Token::MapProblem;
}

void TestTheme::edgesAreSeen()
{
    QFETCH(const Token, edge);
    QFETCH(const Token, ground);
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const double found = contrast(Theme::color(edge, shade), Theme::color(ground, shade));
        QVERIFY2(found >= 3, qPrintable(QString::number(found)));
        const double more = contrast(Theme::color(edge, shade, Theme::Contrast::More),
            Theme::color(ground, shade, Theme::Contrast::More));
        QVERIFY2(more >= 3, qPrintable(QString::number(more)));
    }
}

void TestTheme::moreContrastDrawsFramesAsText()
{
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const auto more
            = [&](Token token) { return Theme::color(token, shade, Theme::Contrast::More); };
        for (const Token frame : {Token::ControlEdge, Token::Divider, Token::TextSecond})
            QCOMPARE(more(frame), Theme::color(Token::Text, shade));
        QCOMPARE(more(Token::MapData), Theme::color(Token::MapData, shade));
        QVERIFY(contrast(Qt::white, more(Token::Accent)) >= 6.5);
        Theme::show(shade, Theme::Contrast::More);
        QCOMPARE(Theme::contrast(), Theme::Contrast::More);
        QCOMPARE(QApplication::palette().color(QPalette::Mid), more(Token::Text));
        Theme::show(shade);
        QCOMPARE(Theme::contrast(), Theme::Contrast::Normal);
    }
}

void TestTheme::mapKindsAreToldApart_data()
{
    QTest::addColumn<int>("eye");
    QTest::addColumn<Shade>("shade");
    for (std::size_t i = 0; i < eyes.size(); ++i) {
        QTest::addRow("%s, light", eyes[i].name) << static_cast<int>(i) << Shade::Light;
        QTest::addRow("%s, dark", eyes[i].name) << static_cast<int>(i) << Shade::Dark;
    }
}

void TestTheme::mapKindsAreToldApart()
{
    QFETCH(const int, eye);
    QFETCH(const Shade, shade);
    for (std::size_t a = 0; a < mapTokens.size(); ++a) {
        for (std::size_t b = a + 1; b < mapTokens.size(); ++b) {
            const double found = distance(Theme::color(mapTokens[a], shade),
                Theme::color(mapTokens[b], shade), eyes[static_cast<std::size_t>(eye)]);
            QVERIFY2(found >= 24,
                qPrintable(
                    QStringLiteral("kinds %1 and %2 are %3 apart").arg(a).arg(b).arg(found)));
        }
    }
}

void TestTheme::paletteFollowsTheShade()
{
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        Theme::show(shade);
        QCOMPARE(Theme::shade(), shade);
        QCOMPARE(
            QApplication::palette().color(QPalette::Window), Theme::color(Token::Window, shade));
        QCOMPARE(Theme::color(Token::Text), Theme::color(Token::Text, shade));
    }
}

void TestTheme::followsTheDesktopUnlessToldOtherwise()
{
    QTemporaryDir folder;
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
    Theme::choose(Theme::Choice::System);
    Theme::setSystemShade(Shade::Dark);
    QCOMPARE(Theme::shade(), Shade::Dark);
    Theme::setSystemShade(Shade::Light);
    QCOMPARE(Theme::shade(), Shade::Light);
    Theme::choose(Theme::Choice::Dark);
    Theme::setSystemShade(Shade::Light);
    QCOMPARE(Theme::shade(), Shade::Dark);
    Theme::choose(Theme::Motion::Reduced);
    QCOMPARE(Theme::motionTime(150), 0);
    Theme::choose(Theme::Motion::Full);
    QCOMPARE(Theme::motionTime(150), 150);
    Theme::chooseSystemStyle(true);
    QVERIFY(!qobject_cast<Style*>(QApplication::style()));
    Theme::chooseSystemStyle(false);
    QVERIFY(qobject_cast<Style*>(QApplication::style()));
}

void TestTheme::emptyCheckBoxIsSeen_data()
{
    QTest::addColumn<Shade>("shade");
    QTest::addRow("light") << Shade::Light;
    QTest::addRow("dark") << Shade::Dark;
}

void TestTheme::emptyCheckBoxIsSeen()
{
    QFETCH(const Shade, shade);
    Theme::show(shade);
    const Style style;
    QImage picture{16, 16, QImage::Format_RGB32};
    picture.fill(Theme::color(Token::Window));
    QPainter painter{&picture};
    QStyleOptionButton option;
    option.rect = picture.rect();
    option.state = QStyle::State_Enabled | QStyle::State_Off;
    style.drawPrimitive(QStyle::PE_IndicatorCheckBox, &option, &painter, nullptr);
    painter.end();
    const double found = contrast(picture.pixelColor(8, 0), Theme::color(Token::Window));
    QVERIFY2(found >= 3, qPrintable(QString::number(found)));
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
