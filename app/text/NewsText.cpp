// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/NewsText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QLocale>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(NewsText)
    };

    QString imageText(const FileLook& look, const QString& time)
    {
        switch (look.fate) {
        case FileFate::Same: break;
        case FileFate::Changed:
            return Words::tr("Changed by another program. What you see was read at %1.").arg(time);
        case FileFate::Shorter:
            return Words::tr(
                "Another program made the file shorter. What you see was read at %1; a "
                "part of it is gone.")
                .arg(time);
        case FileFate::Replaced:
            return Words::tr("Another file took its name. You see the old one, as of %1.")
                .arg(time);
        case FileFate::Gone:
            return Words::tr(
                "The file is no longer in its place: deleted, moved, or its medium was "
                "taken away. You see what it was at %1.")
                .arg(time);
        case FileFate::Unreachable:
            return Words::tr(
                "The system cannot reach the file any more (%1). What you see was read "
                "at %2.")
                .arg(shownText(look.problem), time);
        }
        return {};
    }

    QString linkText(const FileNews& news, const QString& time)
    {
        switch (news.look.fate) {
        case FileFate::Same: break;
        case FileFate::Changed:
            return Words::tr(
                "“%1”, which it rests on, was changed by another program. What you see "
                "was read at %2.")
                .arg(news.name, time);
        case FileFate::Shorter:
            return Words::tr("“%1”, which it rests on, was made shorter by another program.")
                .arg(news.name);
        case FileFate::Replaced:
            return Words::tr("Another file took the name of “%1”, which it rests on.")
                .arg(news.name);
        case FileFate::Gone:
            return Words::tr("“%1”, which it rests on, is no longer in its place.").arg(news.name);
        case FileFate::Unreachable:
            return Words::tr("The system cannot reach “%1”, which it rests on, any more (%2).")
                .arg(news.name, shownText(news.look.problem));
        }
        return {};
    }

} // namespace

QString newsText(const FileNews& news, const QDateTime& readAt)
{
    const QString time = QLocale().toString(readAt.time(), QStringLiteral("HH:mm:ss"));
    return news.isImage ? imageText(news.look, time) : linkText(news, time);
}

QString holdersText(const std::vector<FileHolder>& holders)
{
    QStringList names;
    for (const FileHolder& holder : holders)
        names << Words::tr("%1 (pid %2)").arg(shownText(holder.command)).arg(holder.pid);
    return names.join(QStringLiteral(", "));
}

} // namespace platter::app
