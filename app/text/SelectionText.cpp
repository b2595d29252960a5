// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/SelectionText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(SelectionText)
    };

} // namespace

QString shownSelection(const Selection& selection, const Image* image)
{
    QStringList parts;
    if (selection.host)
        parts << shownOffset(selection.host->value);
    if (!selection.structure.isEmpty())
        parts << (selection.field.isEmpty()
                ? selection.structure
                : QStringLiteral("%1, %2").arg(selection.structure, selection.field));
    if (image && selection.snapshot && *selection.snapshot < image->snapshots().size())
        parts << Words::tr("snapshot “%1”")
                     .arg(shownText(image->snapshots()[*selection.snapshot].name));
    if (image && selection.bitmap && *selection.bitmap < image->bitmaps().size())
        parts << Words::tr("bitmap “%1”").arg(shownText(image->bitmaps()[*selection.bitmap].name));
    QString text = parts.join(QStringLiteral(" · "));
    if (selection.guest) {
        const QString guest = Words::tr("guest %1").arg(shownOffset(selection.guest->value));
        text += text.isEmpty() ? guest : QStringLiteral(" → ") + guest;
    }
    return text;
}

QString plainOffset(const Selection& selection)
{
    if (!selection.host && !selection.guest)
        return {};
    return QStringLiteral("0x%1").arg(
        selection.host ? selection.host->value : selection.guest->value, 0, 16);
}

} // namespace platter::app
