// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QStackedWidget>

class QProgressBar;
class QTreeView;

namespace platter::app {

class ActionButton;
class FindingsModel;
class HealthCard;
class TextLabel;

/// What a check found, grouped by kind, gravest first. Reads only.
class CheckPage final : public QStackedWidget {
    Q_OBJECT

public:
    CheckPage(ImageDocument& document, QAction& check, QWidget* parent = nullptr);

private:
    void refresh();
    void describeRow();

    ImageDocument& m_document;
    FindingsModel* m_model;
    QTreeView* m_tree;
    HealthCard* m_result;
    TextLabel* m_counts;
    TextLabel* m_detail;
    QProgressBar* m_bar;
    TextLabel* m_running;
    TextLabel* m_notChecked;
};

} // namespace platter::app
