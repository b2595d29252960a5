// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/Look.h"
#include "core/operations/Find.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLineEdit;

namespace platter::app {

class ActionButton;

/// The line of the Hex page in which people say what to look for. Hidden until it is asked for.
class FindBar final : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Bytes, Text, WideText };

    explicit FindBar(QWidget* parent = nullptr);

    void open(); ///< shows the line and puts the cursor into it
    void searchOn(FindDirection direction); ///< with what stands in the line
    void setRunning(int permille);
    void setResult(const QString& words);

signals:
    void wanted(const platter::FindPattern& pattern, platter::FindDirection direction);
    void stopped();
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    FindPattern pattern() const;

    QComboBox* m_kind;
    QLineEdit* m_line;
    QCheckBox* m_case;
    ActionButton* m_previous;
    ActionButton* m_next;
    ActionButton* m_stop;
    TextLabel* m_result;
};

} // namespace platter::app
