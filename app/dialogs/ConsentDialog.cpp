// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/ConsentDialog.h"

#include "app/text/CoreText.h"
#include "app/window/Look.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    QString roleText(NamedFile::Role role)
    {
        switch (role) {
        case NamedFile::Role::Backing: return ConsentDialog::tr("Backing file");
        case NamedFile::Role::Data: return ConsentDialog::tr("Data file");
        case NamedFile::Role::VdiParent: return ConsentDialog::tr("Parent image");
        }
        return {};
    }

} // namespace

ConsentDialog::ConsentDialog(const ImageDocument& document, QWidget* parent)
    : QDialog(parent)
    , m_further(new QCheckBox)
{
    setWindowTitle(tr("Open files named by %1").arg(document.name()));
    QStringList lines;
    int files = 0;
    for (const ChainLink& link : document.chain()) {
        if (link.state != ChainLink::State::NeedsConsent)
            continue;
        ++files;
        const std::filesystem::path whole
            = std::filesystem::absolute(link.name.path).lexically_normal();
        lines << QStringLiteral("%1:\n  %2").arg(roleText(link.name.named.role), shownPath(whole));
        // A symbolic link beside the image can lead to any place.
        if (!link.leadsTo.empty() && link.leadsTo != whole)
            lines << QStringLiteral("  %1").arg(
                tr("which leads to %1").arg(shownPath(link.leadsTo)));
    }
    auto* heading = new TextLabel(TextLabel::Rank::Heading,
        tr("%1 names %n other file(s)", nullptr, files).arg(document.name()));
    heading->setWordWrap(true);
    auto* intro = new TextLabel(TextLabel::Rank::Second,
        tr("They will be opened for reading only. Agree if you know them: an image from somebody "
           "else can name any file of this computer."));
    intro->setWordWrap(true);
    auto* paths = new QPlainTextEdit(lines.join(QLatin1Char('\n')));
    paths->setReadOnly(true);
    paths->setTabChangesFocus(true);
    paths->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    paths->setAccessibleName(tr("Files that would be opened"));
    paths->setFixedHeight(
        paths->fontMetrics().lineSpacing() * std::min(10, 2 * files + 1) + 2 * hugeGap);

    const QString folder
        = shownPath(document.path().parent_path().empty() ? std::filesystem::path{"."}
                                                          : document.path().parent_path());
    m_further->setText(tr("Also what these name in turn, if it lies in the image's &folder"));
    m_further->setToolTip(folder);
    m_further->setAccessibleName(
        tr("Also open what these files name, if it lies in %1").arg(folder));
    m_further->setChecked(true);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton* open = buttons->addButton(
        files == 1 ? tr("Open this file") : tr("Open these files"), QDialogButtonBox::AcceptRole);
    buttons->button(QDialogButtonBox::Cancel)->setText(tr("Do not open"));
    buttons->button(QDialogButtonBox::Cancel)->setDefault(true);
    open->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addSpacing(gap);
    column->addWidget(paths);
    column->addWidget(m_further);
    column->addSpacing(gap);
    fitButtons(*buttons);
    column->addWidget(buttons);
    // Large type and long words need more than the usual room.
    const QMargins margins = layout()->contentsMargins();
    const int wide
        = std::max(560, m_further->sizeHint().width() + margins.left() + margins.right());
    setMinimumSize(wide, layout()->totalHeightForWidth(wide));
}

ImageDocument::Consent ConsentDialog::consent() const
{
    return m_further->isChecked() ? ImageDocument::Consent::AlsoNamedBesideThem
                                  : ImageDocument::Consent::TheseFiles;
}

} // namespace platter::app
