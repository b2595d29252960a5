// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QTimer>
#include <QWidget>

class QPlainTextEdit;

namespace platter::app {

class ActionButton;
class IconLabel;
class TextLabel;

/// The window while there is no image to show: loading, not recognised, or an error.
class StatePage final : public QWidget {
    Q_OBJECT

public:
    StatePage(ImageDocument& document, QAction& tryAgain, QAction& open, QWidget* parent = nullptr);

private:
    void refresh();
    void showUnknown();
    void showFailed();

    ImageDocument& m_document;
    QAction& m_tryAgain;
    QAction& m_open;
    QTimer m_delay; ///< nothing moves before it, so that quick work does not flicker
    IconLabel* m_icon;
    TextLabel* m_title;
    TextLabel* m_text;
    QPlainTextEdit* m_bytes;
    ActionButton* m_raw;
    ActionButton* m_main;
    ActionButton* m_copy;
    ActionButton* m_other;
};

} // namespace platter::app
