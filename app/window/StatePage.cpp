// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/StatePage.h"

#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <chrono>

namespace platter::app {

namespace {

    constexpr std::chrono::milliseconds quickWork{300};
    constexpr int contentWidth = 640;

    /// Sixteen bytes a line: offset, hexadecimal, characters.
    QString hexLines(const std::vector<std::byte>& bytes)
    {
        constexpr std::size_t perLine = 16;
        QStringList lines;
        for (std::size_t at = 0; at < bytes.size(); at += perLine) {
            QString hex;
            QString characters;
            for (std::size_t i = at; i < std::min(at + perLine, bytes.size()); ++i) {
                const auto value = std::to_integer<unsigned>(bytes[i]);
                hex += QStringLiteral("%1 ").arg(value, 2, 16, QLatin1Char('0'));
                characters += value >= 0x20 && value < 0x7f ? QChar(value) : QChar(u'.');
            }
            lines << QStringLiteral("%1  %2 %3")
                         .arg(at, 4, 16, QLatin1Char('0'))
                         .arg(hex, -static_cast<int>(3 * perLine))
                         .arg(characters);
        }
        return lines.join(QLatin1Char('\n'));
    }

} // namespace

StatePage::StatePage(ImageDocument& document, QAction& tryAgain, QAction& open, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_tryAgain(tryAgain)
    , m_open(open)
    , m_icon(new IconLabel(QStringLiteral("loader"), Token::TextSecond, 40))
    , m_title(new TextLabel(TextLabel::Rank::Title))
    , m_text(new TextLabel(TextLabel::Rank::Body))
    , m_bytes(new QPlainTextEdit)
    , m_raw(new ActionButton(tr("Open as raw")))
    , m_main(new ActionButton)
    , m_copy(new ActionButton(tr("Copy details")))
    , m_other(new ActionButton)
{
    m_title->setWordWrap(true);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_bytes->setReadOnly(true);
    m_bytes->setTabChangesFocus(true);
    m_bytes->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_bytes->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_bytes->setAccessibleName(tr("First bytes of the file"));
    m_raw->setLook(ActionButton::Look::Primary);
    m_main->setLook(ActionButton::Look::Primary);

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(gap);
    buttons->addWidget(m_main);
    buttons->addWidget(m_raw);
    buttons->addWidget(m_copy);
    buttons->addWidget(m_other);
    buttons->addStretch();

    auto* content = new QWidget;
    content->setMaximumWidth(contentWidth);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(hugeGap, hugeGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    column->addStretch(2);
    column->addWidget(m_icon);
    column->addSpacing(gap);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addWidget(m_bytes);
    column->addSpacing(gap);
    column->addLayout(buttons);
    column->addStretch(3);
    auto* middle = new QHBoxLayout(this);
    middle->addStretch(1);
    middle->addWidget(content, 100);
    middle->addStretch(1);

    connect(m_raw, &QPushButton::clicked, this,
        [this] { m_document.openAs(m_document.path(), "raw"); });
    connect(m_copy, &QPushButton::clicked, this,
        [this] { QApplication::clipboard()->setText(m_document.error().details); });
    m_delay.setSingleShot(true);
    m_delay.setInterval(quickWork);
    connect(&m_delay, &QTimer::timeout, this, [this] {
        m_icon->show();
        m_title->show();
    });
    connect(&document, &ImageDocument::stateChanged, this, &StatePage::refresh);
    refresh();
}

void StatePage::refresh()
{
    m_delay.stop();
    for (QWidget* part : std::initializer_list<QWidget*>{
             m_icon, m_title, m_text, m_bytes, m_raw, m_main, m_copy, m_other})
        part->hide();
    switch (m_document.state()) {
    case ImageDocument::State::Loading:
        m_icon->setIcon(QStringLiteral("loader"), Token::TextSecond);
        m_title->setText(tr("Reading %1").arg(m_document.name()));
        m_delay.start();
        break;
    case ImageDocument::State::Unknown: showUnknown(); break;
    case ImageDocument::State::Failed: showFailed(); break;
    case ImageDocument::State::Empty:
    case ImageDocument::State::Ready: break;
    }
}

void StatePage::showUnknown()
{
    m_icon->setIcon(QStringLiteral("file-question"), Token::TextSecond);
    m_title->setText(tr("No known signature. Open as raw?"));
    const bool empty = m_document.firstBytes().empty();
    m_text->setText(empty
            ? tr("%1 is empty. A raw image is a disk of this length, byte for byte.")
                  .arg(m_document.name())
            : tr("%1 (%2) does not begin like an image that Platter knows. A raw image has no "
                 "signature: its bytes are the disk. It begins with:")
                  .arg(m_document.name(), shownSize(m_document.facts().fileLength)));
    const QString lines = hexLines(m_document.firstBytes());
    m_bytes->setPlainText(lines);
    m_bytes->setFixedHeight(m_bytes->fontMetrics().lineSpacing()
            * (static_cast<int>(lines.count(QLatin1Char('\n'))) + 1)
        + hugeGap);
    m_other->setAction(&m_open);
    for (QWidget* part : std::initializer_list<QWidget*>{m_icon, m_title, m_text, m_raw, m_other})
        part->show();
    m_bytes->setVisible(!empty);
}

void StatePage::showFailed()
{
    const ErrorText& error = m_document.error();
    m_icon->setIcon(QStringLiteral("circle-alert"), Token::ProblemText);
    m_title->setText(tr("%1 was not opened").arg(m_document.name()));
    QString text = error.why;
    if (!error.now.isEmpty())
        text += QLatin1Char('\n') + error.now;
    m_text->setText(text);
    m_main->setAction(&m_tryAgain, tr("Try again"));
    m_other->setAction(&m_open);
    for (QWidget* part :
        std::initializer_list<QWidget*>{m_icon, m_title, m_text, m_main, m_copy, m_other})
        part->show();
}

} // namespace platter::app
