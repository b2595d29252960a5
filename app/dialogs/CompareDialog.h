// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/DiskComparison.h"

#include <QDialog>

class QProgressBar;

namespace platter::app {

class ActionButton;
class TextLabel;

/// Compares the image of a window with another one and says whether the guest reads the same.
class CompareDialog final : public QDialog {
    Q_OBJECT

public:
    CompareDialog(
        ImageDocument& document, const std::filesystem::path& other, QWidget* parent = nullptr);

    DiskComparison& comparison() { return m_comparison; }

private:
    void refresh();
    void showPlace();

    ImageDocument& m_document;
    DiskComparison m_comparison;
    TextLabel* m_message;
    QProgressBar* m_bar;
    ActionButton* m_act; ///< what stands in the way
    ActionButton* m_stop;
    ActionButton* m_again;
    ActionButton* m_show;
    ActionButton* m_copy;
};

} // namespace platter::app
