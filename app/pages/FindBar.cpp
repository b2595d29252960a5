// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/FindBar.h"

#include "app/window/ActionButton.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>

namespace platter::app {

FindBar::FindBar(Of of, QWidget* parent)
    : QWidget(parent)
    , m_of(of)
    , m_kind(new QComboBox)
    , m_line(new QLineEdit)
    , m_case(new QCheckBox(tr("Match case")))
    , m_previous(new ActionButton(tr("Previous")))
    , m_next(new ActionButton(tr("Next")))
    , m_stop(new ActionButton(tr("Stop")))
    , m_result(new TextLabel(TextLabel::Rank::Second))
{
    m_kind->addItems({tr("Bytes"), tr("Text"), tr("UTF-16 text")});
    m_kind->setAccessibleName(tr("What to find"));
    m_line->setAccessibleName(tr("Find"));
    m_line->setClearButtonEnabled(true);
    m_stop->setAccessibleName(tr("Stop finding"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(hugeGap, smallGap, hugeGap, smallGap);
    row->setSpacing(gap);
    row->addWidget(m_kind);
    row->addWidget(m_line, 1);
    row->addWidget(m_case);
    row->addWidget(m_previous);
    row->addWidget(m_next);
    row->addWidget(m_stop);
    row->addWidget(m_result);
    const auto adapt = [this] {
        if (m_of == Of::Words) {
            m_kind->hide();
            m_case->hide();
            m_line->setPlaceholderText(tr("A name, a value, a word of what it means"));
            return;
        }
        const bool bytes = m_kind->currentIndex() == static_cast<int>(Kind::Bytes);
        m_case->setVisible(!bytes);
        m_line->setPlaceholderText(bytes ? tr("51 46 49 fb, ? for any digit") : QString());
    };
    connect(m_kind, &QComboBox::currentIndexChanged, this, adapt);
    connect(m_line, &QLineEdit::returnPressed, this, [this] { searchOn(FindDirection::Forward); });
    connect(m_next, &ActionButton::clicked, this, [this] { searchOn(FindDirection::Forward); });
    connect(
        m_previous, &ActionButton::clicked, this, [this] { searchOn(FindDirection::Backward); });
    connect(m_stop, &ActionButton::clicked, this, &FindBar::stopped);
    adapt();
    m_stop->hide();
    hide();
}

void FindBar::open()
{
    show();
    m_line->setFocus(Qt::ShortcutFocusReason);
    m_line->selectAll();
}

FindPattern FindBar::pattern() const
{
    const std::string text = m_line->text().toStdString();
    if (m_kind->currentIndex() == static_cast<int>(Kind::Bytes))
        return hexPattern(text);
    return textPattern(text,
        m_kind->currentIndex() == static_cast<int>(Kind::Text) ? TextEncoding::Utf8
                                                               : TextEncoding::Utf16LittleEndian,
        m_case->isChecked() ? LetterCase::Same : LetterCase::Any);
}

void FindBar::searchOn(FindDirection direction)
{
    if (m_line->text().isEmpty()) {
        open();
        return;
    }
    if (m_of == Of::Words) {
        m_result->clear();
        emit wordsWanted(m_line->text(), direction);
        return;
    }
    try {
        const FindPattern wantedPattern = pattern();
        m_result->clear();
        emit wanted(wantedPattern, direction);
    } catch (const Error& error) {
        m_result->setText(QString::fromUtf8(error.what()));
    }
}

void FindBar::setRunning(int permille, const QString& figures)
{
    m_stop->show();
    m_result->setText(tr("%1 · %2 %", "how far a search is: in figures, in per cent")
                          .arg(figures, QLocale().toString(permille / 10.0, 'f', 1)));
}

void FindBar::setResult(const QString& words)
{
    m_stop->hide();
    m_result->setText(words);
}

void FindBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Escape) {
        QWidget::keyPressEvent(event);
        return;
    }
    emit stopped();
    hide();
    emit closed();
}

} // namespace platter::app
