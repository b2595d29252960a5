// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/Theme.h"

#include "widgets/theme/Style.h"

#include <QApplication>
#include <QSettings>
#include <QStyle>

#include <array>
#include <optional>

namespace platter::Theme {

namespace {

    struct Pair {
        QRgb light;
        QRgb dark;
    };

    constexpr std::array pairs{
        Pair{0xffF5F6F8, 0xff1F2227}, // Window
        Pair{0xffFFFFFF, 0xff17191C}, // Surface
        Pair{0xff1B1F24, 0xffE8EAED}, // Text
        Pair{0xff545C67, 0xffA8B0BB}, // TextSecond
        Pair{0xff0B5CAB, 0xff7DB9F5}, // Link
        Pair{0xff0B5CAB, 0xff2472BD}, // Accent
        Pair{0xff17663A, 0xff72D39B}, // GoodText
        Pair{0xffE5F3EA, 0xff16301F}, // GoodGround
        Pair{0xff7A4600, 0xffF3C659}, // WarningText
        Pair{0xffFFF3D6, 0xff352A10}, // WarningGround
        Pair{0xffA8231A, 0xffFF9A8F}, // ProblemText
        Pair{0xffFCE9E7, 0xff3A1B18}, // ProblemGround
        Pair{0xffE6F0FA, 0xff152A3F}, // NoteGround
        Pair{0xff767E8A, 0xff7E8794}, // ControlEdge
        Pair{0xffD5D9DF, 0xff363B43}, // Divider
        Pair{0xffE7ECEE, 0xff252A31}, // MapFree
        Pair{0xff0F55A8, 0xff1385E7}, // MapData
        Pair{0xff99C7F5, 0xff215083}, // MapZero
        Pair{0xff049562, 0xff2FE188}, // MapCompressed
        Pair{0xffA06192, 0xffC29CCA}, // MapSnapshot
        Pair{0xffDCC274, 0xff615124}, // MapBacking
        Pair{0xff1E222A, 0xffE4E7EB}, // MapMetadata
        Pair{0xffE7970E, 0xffFFB41E}, // MapLeaked
        Pair{0xffB12011, 0xffF87444}, // MapProblem
        Pair{0xffB12011, 0xffB12011}, // Destructive
        Pair{0xffDCEBFA, 0xff1C3650}, // FieldTint1
        Pair{0xffE3F1DC, 0xff203A26}, // FieldTint2
        Pair{0xffFBE9D0, 0xff44331A}, // FieldTint3
        Pair{0xffEEE3F5, 0xff38284A}, // FieldTint4
    };
    static_assert(pairs.size() == static_cast<std::size_t>(Token::FieldTint4) + 1);

    /// What more contrast changes; every other token keeps its colour.
    constexpr Pair moreContrast(Token token)
    {
        switch (token) {
        case Token::TextSecond:
        case Token::ControlEdge:
        case Token::Divider: return {0xff1B1F24, 0xffE8EAED}; // as Text
        case Token::Window:
        case Token::GoodGround:
        case Token::WarningGround:
        case Token::ProblemGround: return {0xffFFFFFF, 0xff17191C}; // as Surface
        case Token::Link: return {0xff084684, 0xffA9D2FA};
        case Token::Accent: return {0xff084684, 0xff0B5CAB};
        case Token::GoodText: return {0xff0F4C2A, 0xff9BE6BA};
        case Token::WarningText: return {0xff5C3500, 0xffFFDC85};
        case Token::ProblemText: return {0xff86180F, 0xffFFC0B8};
        default: return pairs[static_cast<std::size_t>(token)];
        }
    }

    const QString choiceKey = QStringLiteral("view/theme");
    const QString contrastKey = QStringLiteral("view/moreContrast");
    const QString styleKey = QStringLiteral("view/systemStyle");
    const QString motionKey = QStringLiteral("view/motion");
    Shade shown = Shade::Light;
    Contrast shownContrast = Contrast::Normal;
    std::optional<Shade> preferred;

    Shade systemShade()
    {
        // Asked before Platter sets a palette of its own: what the platform gave the program.
        static const Shade atStart
            = QGuiApplication::palette().color(QPalette::Window).lightness() < 128 ? Shade::Dark
                                                                                   : Shade::Light;
        return preferred.value_or(atStart);
    }

    /// The desktop's own style, known before Platter sets another.
    QString systemStyle()
    {
        static const QString atStart = QApplication::style()->name();
        return atStart;
    }

    template <class Value>
    Value stored(const QString& key, Value most)
    {
        const int value = QSettings().value(key, 0).toInt();
        return value > 0 && value <= static_cast<int>(most) ? static_cast<Value>(value) : Value{};
    }

} // namespace

QColor color(Token token, Shade shade, Contrast contrast)
{
    const Pair pair
        = contrast == Contrast::More ? moreContrast(token) : pairs[static_cast<std::size_t>(token)];
    return QColor::fromRgb(shade == Shade::Light ? pair.light : pair.dark);
}

QColor color(Token token)
{
    return color(token, shown, shownContrast);
}

Choice choice()
{
    return stored(choiceKey, Choice::Dark);
}

Shade shade()
{
    return shown;
}

Contrast contrast()
{
    return shownContrast;
}

void choose(Choice chosen)
{
    QSettings().setValue(choiceKey, static_cast<int>(chosen));
    apply();
}

void choose(Contrast chosen)
{
    QSettings().setValue(contrastKey, static_cast<int>(chosen));
    apply();
}

void chooseSystemStyle(bool wanted)
{
    QSettings().setValue(styleKey, wanted);
    apply();
}

bool usesSystemStyle()
{
    return QSettings().value(styleKey, false).toBool();
}

void choose(Motion chosen)
{
    QSettings().setValue(motionKey, static_cast<int>(chosen));
}

Motion motion()
{
    return stored(motionKey, Motion::Reduced);
}

int motionTime(int milliseconds)
{
    switch (motion()) {
    case Motion::Full: return milliseconds;
    case Motion::Reduced: return 0;
    case Motion::System: break;
    }
    return QApplication::isEffectEnabled(Qt::UI_General) ? milliseconds : 0;
}

void apply()
{
    const Shade system = systemShade();
    const QString desktop = systemStyle();
    if (usesSystemStyle()) {
        if (qobject_cast<Style*>(QApplication::style()))
            QApplication::setStyle(desktop);
    } else if (!qobject_cast<Style*>(QApplication::style())) {
        QApplication::setStyle(new Style);
    }
    const Contrast wanted = stored(contrastKey, Contrast::More);
    switch (choice()) {
    case Choice::System: show(system, wanted); break;
    case Choice::Light: show(Shade::Light, wanted); break;
    case Choice::Dark: show(Shade::Dark, wanted); break;
    }
}

void setSystemShade(Shade shade)
{
    preferred = shade;
    if (choice() == Choice::System)
        apply();
}

void show(Shade wanted, Contrast contrast)
{
    shown = wanted;
    shownContrast = contrast;
    QApplication::setPalette(palette(wanted, contrast));
}

QPalette palette(Shade wanted, Contrast contrast)
{
    const auto of = [&](Token token) { return color(token, wanted, contrast); };
    QPalette result;
    result.setColor(QPalette::Window, of(Token::Window));
    result.setColor(QPalette::WindowText, of(Token::Text));
    result.setColor(QPalette::Base, of(Token::Surface));
    result.setColor(QPalette::AlternateBase, of(Token::Window));
    result.setColor(QPalette::Text, of(Token::Text));
    result.setColor(QPalette::PlaceholderText, of(Token::TextSecond));
    result.setColor(QPalette::Button, of(Token::Window));
    result.setColor(QPalette::ButtonText, of(Token::Text));
    result.setColor(QPalette::BrightText, of(Token::ProblemText));
    result.setColor(QPalette::ToolTipBase, of(Token::Surface));
    result.setColor(QPalette::ToolTipText, of(Token::Text));
    result.setColor(QPalette::Highlight, of(Token::Accent));
    result.setColor(QPalette::HighlightedText, Qt::white);
    result.setColor(QPalette::Link, of(Token::Link));
    result.setColor(QPalette::LinkVisited, of(Token::Link));
    result.setColor(QPalette::Light, of(Token::Surface));
    result.setColor(QPalette::Midlight, of(Token::Divider));
    result.setColor(QPalette::Mid, of(Token::Divider));
    result.setColor(QPalette::Dark, of(Token::ControlEdge));
    result.setColor(QPalette::Shadow, of(Token::ControlEdge));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        result.setColor(QPalette::Disabled, role, of(Token::TextSecond));
    return result;
}

} // namespace platter::Theme
