// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QObject>
#include <QString>

#include <functional>
#include <vector>

class QAction;
class QWidget;

namespace platter::app {

/// One thing that a window can do.
struct ActionSpec {
    QString id; ///< "image.check": stable, never translated, the name in the settings
    QString text; ///< with its mnemonic
    QList<QKeySequence> keys{}; ///< the standard ones; the first is shown
    std::function<void()> run{};
    /// Why it cannot be done now, as a sentence; empty: it can. No function: always possible.
    std::function<QString()> whyNot{};
    std::function<bool()> isOn{}; ///< of an action with a check mark
};

/// Every action of a window, once: menus, buttons, keys and the palette all show these.
class ActionSet final : public QObject {
    Q_OBJECT

public:
    struct Entry {
        ActionSpec spec;
        QAction* action = nullptr;
    };

    /// Actions are added to `window`, so that their keys work wherever the focus is in it.
    explicit ActionSet(QWidget& window);

    QAction* add(ActionSpec spec);
    QAction* find(const QString& id) const; ///< one that was added
    const std::vector<Entry>& entries() const { return m_entries; }

    /// Asks each action why it cannot be done, and shows it.
    void refresh();
    /// The same for those alone whose ids begin so: "jobs.".
    void refreshThose(const QString& beginning);
    /// Takes the keys from the settings.
    void readKeys();

private:
    QWidget& m_window;
    std::vector<Entry> m_entries;
};

/// The text of an action without mnemonic and ellipsis marks for a key: as a list shows it.
QString plainText(const QAction& action);

} // namespace platter::app
