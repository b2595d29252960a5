// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QKeySequenceEdit;
class QTableView;

namespace platter::app {

class ActionButton;
class ActionSet;
class JobQueue;
class KeysModel;
class RecentImages;
class TextLabel;

/// How Platter looks, what it remembers, how it works on jobs, and its keys. Every change holds at
/// once.
class SettingsDialog final : public QDialog {
    Q_OBJECT

public:
    SettingsDialog(
        const ActionSet& actions, RecentImages& recent, JobQueue& jobs, QWidget* parent = nullptr);

signals:
    void keysChanged();

private:
    QWidget* createLook();
    QWidget* createMemory(RecentImages& recent);
    QWidget* createJobs(JobQueue& jobs);
    QWidget* createKeys(const ActionSet& actions);
    void showKey();
    void judgeKey();
    void setKey();

    KeysModel* m_keys;
    QTableView* m_keyTable;
    QKeySequenceEdit* m_keyField;
    TextLabel* m_keyWords;
    ActionButton* m_keySet;
    ActionButton* m_keyReset;
};

} // namespace platter::app
