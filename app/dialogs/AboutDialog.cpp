// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/AboutDialog.h"

#include "app/window/Look.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QFile>
#include <QIcon>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

AboutDialog::AboutDialog(QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("About Platter"));
    auto* picture = new QLabel;
    picture->setPixmap(QIcon(QStringLiteral(":/platter.svg")).pixmap(64, 64));
    auto* heading = new TextLabel(TextLabel::Rank::Title,
        QStringLiteral("Platter %1").arg(QCoreApplication::applicationVersion()));
    auto* intro = new TextLabel(TextLabel::Rank::Body,
        tr("Opens a virtual disk image and shows what is inside it. Free software under the GNU "
           "General Public License, version 3 or later, without any warranty."));
    intro->setWordWrap(true);

    QString parts = tr("Made with:") + QStringLiteral("\n\n");
    const QList<QPair<QString, QString>> libraries{
        {QStringLiteral("Qt %1").arg(QString::fromLatin1(qVersion())), QStringLiteral("LGPL-3.0")},
        {QStringLiteral("zlib"), QStringLiteral("Zlib")},
        {QStringLiteral("libdeflate"), QStringLiteral("MIT")},
        {QStringLiteral("Zstandard"), QStringLiteral("BSD-3-Clause")},
        {QStringLiteral("OpenSSL"), QStringLiteral("Apache-2.0")},
        {QStringLiteral("Libgcrypt"), QStringLiteral("LGPL-2.1-or-later")},
        {QStringLiteral("Lucide icons"), QStringLiteral("ISC, MIT")},
    };
    for (const auto& [name, licence] : libraries)
        parts += QStringLiteral("%1: %2\n").arg(name, licence);
    QFile lucide(QStringLiteral(":/icons/LICENSE-lucide.txt"));
    if (lucide.open(QIODevice::ReadOnly))
        parts += QStringLiteral("\nLucide icons\n\n") + QString::fromUtf8(lucide.readAll());
    auto* licences = new QPlainTextEdit(parts);
    licences->setReadOnly(true);
    licences->setTabChangesFocus(true);
    licences->setAccessibleName(tr("Licences"));
    licences->setMinimumHeight(200);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(picture);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addSpacing(gap);
    column->addWidget(licences, 1);
    fitButtons(*buttons);
    column->addWidget(buttons);
    resize(520, 480);
    fitToText(*this);
}

} // namespace platter::app
