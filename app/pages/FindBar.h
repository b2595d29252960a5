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

/// The line in which people say what to look for on a page: bytes and texts in a file, or words on
/// the page itself. Hidden until it is asked for.
class FindBar final : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Bytes, Text, WideText };

    enum class Of { Bytes, Words };

    explicit FindBar(Of of = Of::Bytes, QWidget* parent = nullptr);

    void open(); ///< shows the line and puts the cursor into it
    void searchOn(FindDirection direction); ///< with what stands in the line
    /// Shows how far the search is, and that it can be stopped. @param figures  "1.2 GiB of 40 GiB"
    void setRunning(int permille, const QString& figures);
    void setResult(const QString& words);

signals:
    void wanted(const platter::FindPattern& pattern, platter::FindDirection direction);
    void wordsWanted(const QString& words, platter::FindDirection direction); ///< of Of::Words
    void stopped();
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    FindPattern pattern() const;

    Of m_of;
    QComboBox* m_kind;
    QLineEdit* m_line;
    QCheckBox* m_case;
    ActionButton* m_previous;
    ActionButton* m_next;
    ActionButton* m_stop;
    TextLabel* m_result;
};

} // namespace platter::app
