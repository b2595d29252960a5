// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/FindOverlays.h"

#include <QWidget>

class QCheckBox;
class QProgressBar;

namespace platter::app {

class ActionButton;
class OverlaysModel;
class PlainTable;
class TextLabel;

/// Looks through folders that the user names for images that rest on the one shown.
class OverlaysPanel final : public QWidget {
    Q_OBJECT

public:
    explicit OverlaysPanel(ImageDocument& document, QWidget* parent = nullptr);

    /// Looks through the folder, and those named since the window was opened once more.
    void lookIn(const QString& folder);
    void stop();

private:
    void chooseFolder();
    void start();
    void showFound(FoundOverlays found);
    void refresh();

    ImageDocument& m_document;
    JobRunner* m_runner;
    OverlaysModel* m_model;
    PlainTable* m_table;
    TextLabel* m_result;
    QCheckBox* m_below;
    ActionButton* m_choose;
    ActionButton* m_again;
    ActionButton* m_stop;
    QProgressBar* m_bar;
    std::vector<std::filesystem::path> m_folders; ///< named since the window was opened
};

} // namespace platter::app
