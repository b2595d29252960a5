// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/PassphraseDialog.h"

#include "app/window/Look.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

PassphraseDialog::PassphraseDialog(ImageDocument& document, QWidget* parent)
    : QDialog(parent)
    , m_document(document)
    , m_field(new QLineEdit)
    , m_show(new QCheckBox(tr("&Show passphrase")))
    , m_message(new TextLabel(TextLabel::Rank::Body))
    , m_bar(new QProgressBar)
    , m_unlock(nullptr)
{
    setWindowTitle(tr("Unlock %1").arg(document.name()));
    auto* heading = new TextLabel(TextLabel::Rank::Heading, document.name());
    const auto encryption = document.image() ? document.image()->encryption() : std::nullopt;
    auto* intro = new TextLabel(TextLabel::Rank::Second,
        encryption && encryption->format == "luks"
            ? tr(
                "Its data is encrypted with LUKS. The passphrase is tried on every key slot and is "
                "not stored.")
            : tr("Its data is encrypted with the old AES method, which cannot tell a wrong "
                 "passphrase from a right one. It is not stored."));
    intro->setWordWrap(true);
    m_field->setEchoMode(QLineEdit::Password);
    m_field->setAccessibleName(tr("Passphrase"));
    m_field->setPlaceholderText(tr("Passphrase"));
    m_field->setMinimumHeight(30);
    m_show->setAccessibleName(tr("Show passphrase"));
    m_message->setWordWrap(true);
    m_message->hide();
    m_bar->setRange(0, 0);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(gap);
    m_bar->setAccessibleName(tr("Trying the passphrase"));
    m_bar->hide();

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_unlock = buttons->addButton(tr("Unlock"), QDialogButtonBox::AcceptRole);
    m_unlock->setDefault(true);
    m_unlock->setEnabled(false);
    // Never the default: while a passphrase is tried, the Return key must not give up.
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addSpacing(gap);
    column->addWidget(m_field);
    column->addWidget(m_show);
    column->addWidget(m_message);
    column->addWidget(m_bar);
    column->addSpacing(gap);
    fitButtons(*buttons);
    column->addWidget(buttons);
    setFixedWidth(440);
    fitHeight();

    connect(m_show, &QCheckBox::toggled, this, [this](bool shown) {
        m_field->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
    });
    connect(m_field, &QLineEdit::textChanged, this,
        [this](const QString& text) { m_unlock->setEnabled(!text.isEmpty()); });
    connect(m_field, &QLineEdit::returnPressed, this, &PassphraseDialog::tryIt);
    connect(buttons, &QDialogButtonBox::accepted, this, &PassphraseDialog::tryIt);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(&document, &ImageDocument::unlocked, this, &QDialog::accept);
    connect(&document, &ImageDocument::unlockFailed, this, [this](const ErrorText& error) {
        askAgain(error.kind == ErrorText::Kind::Passphrase
                ? tr("This passphrase opens no key slot. Check capital letters and the keyboard "
                     "layout, then try again.")
                : tr("The image was not unlocked. %1").arg(error.why));
    });
}

PassphraseDialog::~PassphraseDialog()
{
    m_field->clear();
}

void PassphraseDialog::tryIt()
{
    if (!m_unlock->isEnabled()) // empty, or one is being tried
        return;
    m_field->setEnabled(false);
    m_unlock->setEnabled(false);
    m_message->hide();
    m_bar->show();
    fitHeight();
    m_document.unlock(m_field->text().toUtf8());
}

void PassphraseDialog::askAgain(const QString& words)
{
    m_bar->hide();
    m_message->setToken(Token::ProblemText);
    m_message->setText(words);
    m_message->show();
    m_field->setEnabled(true);
    m_unlock->setEnabled(true);
    m_field->setFocus();
    m_field->selectAll();
    fitHeight();
}

void PassphraseDialog::fitHeight()
{
    // Wrapped labels ask for their height only once the width is known.
    layout()->activate();
    resize(width(), layout()->totalHeightForWidth(width()));
}

} // namespace platter::app
