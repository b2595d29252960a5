// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/KeyMap.h"

#include <QCoreApplication>
#include <QSettings>

namespace platter::app::KeyMap {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(KeyMap)
    };

    QString settingOf(const QString& id)
    {
        return QStringLiteral("keys/") + id;
    }

} // namespace

QList<QKeySequence> keysOf(const QString& id, const QList<QKeySequence>& standard)
{
    const QVariant stored = QSettings().value(settingOf(id));
    if (!stored.isValid())
        return standard;
    const auto key = QKeySequence::fromString(stored.toString(), QKeySequence::PortableText);
    return key.isEmpty() || !refusal(key).isEmpty() ? QList<QKeySequence>() : QList{key};
}

void set(const QString& id, const std::optional<QKeySequence>& key)
{
    QSettings settings;
    if (key)
        settings.setValue(settingOf(id), key->toString(QKeySequence::PortableText));
    else
        settings.remove(settingOf(id));
}

void reset()
{
    QSettings().remove(QStringLiteral("keys"));
}

QString refusal(const QKeySequence& key)
{
    if (key.isEmpty())
        return {};
    const QKeyCombination first = key[0];
    const int code = first.key();
    const bool functionKey = code >= Qt::Key_F1 && code <= Qt::Key_F35;
    const auto modifiers = first.keyboardModifiers();
    if (!functionKey && !(modifiers & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)))
        return Words::tr("A key alone belongs to the page that has the focus. Add Ctrl or Alt.");
    if (code == Qt::Key_Tab || code == Qt::Key_Backtab)
        return Words::tr("The Tab key moves the focus.");
    return {};
}

} // namespace platter::app::KeyMap
