// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/JobPassphraseDialog.h"

#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/RecentImages.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

JobPassphraseDialog::JobPassphraseDialog(const QueuedJob& job, QWidget* parent)
    : QDialog(parent)
    , m_field(new QLineEdit)
{
    const QString file = shownPath(fromQtPath(job.subject()).filename());
    setWindowTitle(tr("Passphrase of %1").arg(file));
    auto* heading = new TextLabel(TextLabel::Rank::Heading, job.title());
    heading->setWordWrap(true);
    QString words
        = tr("“%1” is encrypted. The passphrase is used for this job and is not stored.").arg(file);
    if (job.task().passphraseLocksResult())
        words += QLatin1Char(' ') + tr("The new image will have the same passphrase.");
    auto* intro = new TextLabel(TextLabel::Rank::Second, words);
    intro->setWordWrap(true);
    m_field->setEchoMode(QLineEdit::Password);
    m_field->setAccessibleName(tr("Passphrase"));
    m_field->setPlaceholderText(tr("Passphrase"));
    m_field->setMinimumHeight(30);
    auto* show = new QCheckBox(tr("&Show passphrase"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton* start = buttons->addButton(tr("Start"), QDialogButtonBox::AcceptRole);
    start->setDefault(true);
    start->setEnabled(false);
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addSpacing(gap);
    column->addWidget(m_field);
    column->addWidget(show);
    column->addSpacing(gap);
    fitButtons(*buttons);
    column->addWidget(buttons);
    setMinimumWidth(440);
    fitToText(*this);

    connect(show, &QCheckBox::toggled, this, [this](bool shown) {
        m_field->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
    });
    connect(m_field, &QLineEdit::textChanged, this,
        [start](const QString& text) { start->setEnabled(!text.isEmpty()); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

JobPassphraseDialog::~JobPassphraseDialog()
{
    m_field->clear();
}

QByteArray JobPassphraseDialog::passphrase() const
{
    return m_field->text().toUtf8();
}

} // namespace platter::app
