// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/NewPassphraseDialog.h"

#include "app/window/Look.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

NewPassphraseDialog::NewPassphraseDialog(int images, QWidget* parent)
    : QDialog(parent)
    , m_first(new QLineEdit)
    , m_again(new QLineEdit)
    , m_problem(new TextLabel(TextLabel::Rank::Second))
{
    setWindowTitle(tr("Passphrase of the new image"));
    auto* heading = new TextLabel(
        TextLabel::Rank::Heading, tr("Choose a passphrase for %n new image(s)", nullptr, images));
    heading->setWordWrap(true);
    auto* intro = new TextLabel(TextLabel::Rank::Second,
        tr("The new image stays encrypted, with a key of its own. The passphrase may be that of "
           "the source or another one. It is stored nowhere: without it the data is lost."));
    intro->setWordWrap(true);
    for (QLineEdit* field : {m_first, m_again}) {
        field->setEchoMode(QLineEdit::Password);
        field->setMinimumHeight(30);
        connect(field, &QLineEdit::textChanged, this, &NewPassphraseDialog::judge);
    }
    m_first->setAccessibleName(tr("Passphrase"));
    m_first->setPlaceholderText(m_first->accessibleName());
    m_again->setAccessibleName(tr("The same passphrase again"));
    m_again->setPlaceholderText(m_again->accessibleName());
    auto* show = new QCheckBox(tr("&Show passphrase"));
    connect(show, &QCheckBox::toggled, this, [this](bool shown) {
        for (QLineEdit* field : {m_first, m_again})
            field->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
    });
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_use = buttons->addButton(tr("Convert"), QDialogButtonBox::AcceptRole);
    m_use->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_problem->setText(tr("Both have to be the same."));

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addSpacing(gap);
    column->addWidget(m_first);
    column->addWidget(m_again);
    column->addWidget(show);
    column->addWidget(m_problem);
    column->addSpacing(gap);
    fitButtons(*buttons);
    column->addWidget(buttons);
    setMinimumWidth(440);
    fitToText(*this);
    judge();
}

NewPassphraseDialog::~NewPassphraseDialog()
{
    m_first->clear();
    m_again->clear();
}

std::shared_ptr<const SecretBytes> NewPassphraseDialog::passphrase() const
{
    QByteArray typed = m_first->text().toUtf8();
    auto secret = std::make_shared<const SecretBytes>(
        std::as_bytes(std::span{typed.constData(), static_cast<std::size_t>(typed.size())}));
    typed.fill('\0');
    return secret;
}

void NewPassphraseDialog::judge()
{
    const bool same = m_first->text() == m_again->text();
    m_use->setEnabled(same && !m_first->text().isEmpty());
    // Said only when both are there: nobody types two at once. Its place stays.
    m_problem->setToken(
        !same && !m_again->text().isEmpty() ? Token::ProblemText : Token::TextSecond);
}

} // namespace platter::app
