// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ActionSet.h"

#include "app/session/KeyMap.h"
#include "app/window/ActionButton.h"

#include <algorithm>

namespace platter::app {

ActionSet::ActionSet(QWidget& window)
    : QObject(&window)
    , m_window(window)
{
}

QAction* ActionSet::add(ActionSpec spec)
{
    auto* action = new QAction(spec.text, this);
    action->setObjectName(spec.id);
    action->setShortcuts(KeyMap::keysOf(spec.id, spec.keys));
    action->setCheckable(spec.isOn != nullptr);
    connect(action, &QAction::triggered, this, [this, run = spec.run] {
        run();
        refresh();
    });
    m_window.addAction(action);
    m_entries.push_back({std::move(spec), action});
    return action;
}

QAction* ActionSet::find(const QString& id) const
{
    const auto entry = std::find_if(m_entries.begin(), m_entries.end(),
        [&](const Entry& candidate) { return candidate.spec.id == id; });
    Q_ASSERT(entry != m_entries.end());
    return entry->action;
}

void ActionSet::refresh()
{
    refreshThose({});
}

void ActionSet::refreshThose(const QString& beginning)
{
    for (const Entry& entry : m_entries) {
        if (!entry.spec.id.startsWith(beginning))
            continue;
        allow(*entry.action, entry.spec.whyNot ? entry.spec.whyNot() : QString());
        if (entry.spec.isOn)
            entry.action->setChecked(entry.spec.isOn());
    }
}

void ActionSet::readKeys()
{
    for (const Entry& entry : m_entries) {
        const auto keys = KeyMap::keysOf(entry.spec.id, entry.spec.keys);
        if (entry.action->shortcuts() != keys)
            entry.action->setShortcuts(keys);
    }
}

QString plainText(const QAction& action)
{
    QString text = action.text();
    text.replace(QStringLiteral("&&"), QStringLiteral("\x01"));
    text.remove(QLatin1Char('&'));
    return text.replace(QLatin1Char('\x01'), QLatin1Char('&'));
}

} // namespace platter::app
