// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"
#include "widgets/theme/Theme.h"

#include <QFrame>
#include <QIcon>
#include <QLabel>

class QDialogButtonBox;
class QPainter;

namespace platter::app {

/// Distances of the layout in pixels.
inline constexpr int smallGap = 4;
inline constexpr int gap = 8;
inline constexpr int wideGap = 16;
inline constexpr int hugeGap = 24;
inline constexpr int iconSize = 18;

/// Makes the pictures of resources/ available; call once before the first window.
void loadResources();

/// A colour of the present theme.
QColor color(Token token);

/// The colour and pattern of a part of the file, as the map paints it.
Token spaceToken(SpaceKind kind);

/// Icon and colours of a state of health; never a colour alone.
struct HealthLook {
    QString icon;
    Token text = Token::Text;
    Token ground = Token::NoteGround;
};
HealthLook healthLook(Health health);

/// A line icon of resources/icons, in the colour of a token; follows the theme.
QIcon lineIcon(const QString& name, Token token = Token::Text);

/// A label that shows plain text only, in one of a few ranks.
class TextLabel final : public QLabel {
    Q_OBJECT

public:
    enum class Rank { Title, Heading, Number, Body, Second };

    explicit TextLabel(Rank rank, QWidget* parent = nullptr);
    TextLabel(Rank rank, const QString& text, QWidget* parent = nullptr);
    /// Shows the text in another colour than that of its rank.
    void setToken(Token token);
    /// Takes whatever width there is and shortens the text with an ellipsis; the whole stands in
    /// the tooltip, which is up to the caller.
    void setElide(Qt::TextElideMode mode);

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void applyColor();
    Token m_token;
    bool m_applying = false;
    Qt::TextElideMode m_elide = Qt::ElideNone;
};

/// Makes a window high enough for its wrapped texts, which layouts of windows do not ask.
void fitToText(QWidget& window);

/// Gives the buttons of a dialog the height of all others.
void fitButtons(const QDialogButtonBox& box);

/// What a scroll area shows: as wide and high as the area, but never so low that a wrapped text
/// would be cut.
class ScrolledContent final : public QWidget {
    Q_OBJECT

public:
    enum class Height {
        Wanted, ///< what its parts like best
        Least, ///< what they need: tables and pictures in it shrink before the page scrolls
    };
    explicit ScrolledContent(Height height, QWidget* parent = nullptr);

    /// Lays out anew at once what has changed. By itself that takes a round of events for each
    /// widget around the one that has changed, and each shows another state.
    void settle();

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

private:
    Height m_height;
};

/// A frame with the ground of one token and, if asked, an edge.
class GroundFrame : public QFrame {
    Q_OBJECT

public:
    enum class Edge { Line, None };
    explicit GroundFrame(Token ground, Edge edge, QWidget* parent = nullptr);
    void setGround(Token ground);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Token m_ground;
    Edge m_edge;
};

/// An icon of resources/icons as a widget.
class IconLabel final : public QWidget {
    Q_OBJECT

public:
    IconLabel(const QString& name, Token token, int size, QWidget* parent = nullptr);
    void setIcon(const QString& name, Token token);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QIcon m_icon;
};

} // namespace platter::app
