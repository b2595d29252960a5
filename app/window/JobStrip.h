// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QPointer>
#include <QTimer>
#include <QWidget>

class QProgressBar;
class QToolButton;

namespace platter::app {

class TextLabel;

/// What runs for this window, in the status bar: name, bar, cancel. Work under 300 ms is not shown.
class JobStrip final : public QWidget {
    Q_OBJECT

public:
    explicit JobStrip(ImageDocument& document, QWidget* parent = nullptr);

private:
    void watch(JobRunner* runner);
    void choose();

    ImageDocument& m_document;
    QPointer<JobRunner> m_shown;
    QTimer m_delay;
    TextLabel* m_text;
    QProgressBar* m_bar;
    QToolButton* m_cancel;
};

} // namespace platter::app
