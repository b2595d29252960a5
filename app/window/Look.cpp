// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/Look.h"

#include <QAbstractButton>
#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QEvent>
#include <QFile>
#include <QIconEngine>
#include <QLayout>
#include <QPainter>
#include <QPainterPath>
#include <QSvgRenderer>

/// In the global namespace, as the macro demands.
static void initResources()
{
    Q_INIT_RESOURCE(platter);
}

namespace platter::app {

namespace {

    constexpr int cornerRadius = 4;

    /// Draws a line icon in the present colour of its token, at any scale.
    class LineIconEngine final : public QIconEngine {
    public:
        LineIconEngine(const QString& name, Token token)
            : m_name(name)
            , m_token(token)
        {
            QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
            if (file.open(QIODevice::ReadOnly))
                m_drawing = file.readAll();
            Q_ASSERT(!m_drawing.isEmpty());
        }

        void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
        {
            const QColor tint = color(mode == QIcon::Disabled ? Token::TextSecond : m_token);
            QByteArray drawing = m_drawing;
            drawing.replace("currentColor", tint.name().toLatin1());
            QSvgRenderer renderer(drawing);
            renderer.render(painter, rect);
        }

        QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
        {
            QPixmap picture(size);
            picture.fill(Qt::transparent);
            QPainter painter(&picture);
            paint(&painter, {QPoint(), size}, mode, state);
            return picture;
        }

        QIconEngine* clone() const override { return new LineIconEngine(m_name, m_token); }

    private:
        QString m_name;
        Token m_token;
        QByteArray m_drawing;
    };

    void settleLayouts(QWidget& widget)
    {
        for (QObject* child : widget.children()) {
            if (child->isWidgetType())
                settleLayouts(*static_cast<QWidget*>(child));
        }
        if (widget.layout())
            widget.layout()->activate(); // and tells the layout around it
    }

    qreal scaleOf(TextLabel::Rank rank)
    {
        switch (rank) {
        case TextLabel::Rank::Title: return 1.7;
        case TextLabel::Rank::Number: return 1.5;
        case TextLabel::Rank::Heading:
        case TextLabel::Rank::Body:
        case TextLabel::Rank::Second: return 1.0;
        }
        return 1.0;
    }

} // namespace

void loadResources()
{
    initResources();
}

QColor color(Token token)
{
    return Theme::color(token);
}

Token spaceToken(SpaceKind kind)
{
    switch (kind) {
    case SpaceKind::Data: return Token::MapData;
    case SpaceKind::OnlyInSnapshots:
    case SpaceKind::MachineState: return Token::MapSnapshot;
    case SpaceKind::Compressed: return Token::MapCompressed;
    case SpaceKind::KeptForZeros: return Token::MapZero;
    case SpaceKind::Metadata: return Token::MapMetadata;
    case SpaceKind::Leaked: return Token::MapLeaked;
    case SpaceKind::Problem: return Token::MapProblem;
    case SpaceKind::Free: return Token::MapFree;
    }
    return Token::MapProblem;
}

HealthLook healthLook(Health health)
{
    switch (health) {
    case Health::Clean: return {QStringLiteral("shield-check"), Token::GoodText, Token::GoodGround};
    case Health::Leaks:
    case Health::Suspicious:
    case Health::NotExamined:
        return {QStringLiteral("triangle-alert"), Token::WarningText, Token::WarningGround};
    case Health::Damaged:
        return {QStringLiteral("shield-alert"), Token::ProblemText, Token::ProblemGround};
    case Health::Checking: return {QStringLiteral("loader"), Token::Text, Token::NoteGround};
    case Health::NotChecked:
    case Health::NothingToCheck: break;
    }
    return {QStringLiteral("circle-check"), Token::Text, Token::NoteGround};
}

QIcon lineIcon(const QString& name, Token token)
{
    return QIcon(new LineIconEngine(name, token));
}

TextLabel::TextLabel(Rank rank, QWidget* parent)
    : TextLabel(rank, QString(), parent)
{
}

TextLabel::TextLabel(Rank rank, const QString& text, QWidget* parent)
    : QLabel(parent)
    , m_token(rank == Rank::Second ? Token::TextSecond : Token::Text)
{
    setTextFormat(Qt::PlainText);
    setText(text);
    QFont shown = font();
    shown.setPointSizeF(shown.pointSizeF() * scaleOf(rank));
    if (rank == Rank::Title || rank == Rank::Heading)
        shown.setWeight(QFont::DemiBold);
    setFont(shown);
    applyColor();
}

void TextLabel::setToken(Token token)
{
    m_token = token;
    applyColor();
}

void TextLabel::setElide(Qt::TextElideMode mode)
{
    m_elide = mode;
    setProperty("elides", mode != Qt::ElideNone);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    update();
}

void TextLabel::paintEvent(QPaintEvent* event)
{
    if (m_elide == Qt::ElideNone) {
        QLabel::paintEvent(event);
        return;
    }
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    const QRect room = contentsRect();
    painter.drawText(room, static_cast<int>(alignment()) | Qt::TextSingleLine,
        fontMetrics().elidedText(text(), m_elide, room.width()));
}

void TextLabel::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange && !m_applying)
        applyColor();
    QLabel::changeEvent(event);
}

void TextLabel::applyColor()
{
    QPalette own = palette();
    if (own.color(QPalette::WindowText) == color(m_token))
        return;
    m_applying = true;
    own.setColor(QPalette::WindowText, color(m_token));
    setPalette(own);
    m_applying = false;
}

void fitToText(QWidget& window)
{
    QLayout& layout = *window.layout();
    layout.activate();
    const int width = std::max(window.width(), layout.totalMinimumSize().width());
    window.resize(width, std::max(window.height(), layout.totalHeightForWidth(width)));
}

void fitButtons(const QDialogButtonBox& box)
{
    constexpr int buttonHeight = 32; // as ActionButton has it
    for (QAbstractButton* button : box.buttons())
        button->setMinimumHeight(std::max(buttonHeight, button->fontMetrics().height() + gap));
}

ScrolledContent::ScrolledContent(Height height, QWidget* parent)
    : QWidget(parent)
    , m_height(height)
{
}

void ScrolledContent::settle()
{
    settleLayouts(*this);
    QEvent request{QEvent::LayoutRequest}; // what the scroll area waits for
    QCoreApplication::sendEvent(this, &request);
}

int ScrolledContent::heightForWidth(int width) const
{
    if (!layout())
        return -1;
    const int wanted = m_height == Height::Wanted ? layout()->totalHeightForWidth(width)
                                                  : layout()->totalMinimumHeightForWidth(width);
    // -1 where no part of it wraps.
    return std::max(wanted, layout()->totalMinimumSize().height());
}

GroundFrame::GroundFrame(Token ground, Edge edge, QWidget* parent)
    : QFrame(parent)
    , m_ground(ground)
    , m_edge(edge)
{
}

void GroundFrame::setGround(Token ground)
{
    m_ground = ground;
    update();
}

void GroundFrame::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    // With plain grounds only the edge is left to tell one frame from another.
    const bool edged = m_edge == Edge::Line
        || (Theme::contrast() == Theme::Contrast::More && m_ground != Token::Divider);
    painter.setPen(edged ? QPen(color(Token::Divider), 1) : QPen(Qt::NoPen));
    painter.setBrush(color(m_ground));
    painter.drawRoundedRect(
        QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), cornerRadius, cornerRadius);
}

IconLabel::IconLabel(const QString& name, Token token, int size, QWidget* parent)
    : QWidget(parent)
    , m_icon(lineIcon(name, token))
{
    setFixedSize(size, size);
}

void IconLabel::setIcon(const QString& name, Token token)
{
    m_icon = lineIcon(name, token);
    update();
}

void IconLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    m_icon.paint(&painter, rect());
}

} // namespace platter::app
