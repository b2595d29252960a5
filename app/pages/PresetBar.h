// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session/ConversionPresets.h"

#include <QWidget>

class QLineEdit;

namespace platter::app {

class ActionButton;
class ChoiceChip;
class FlowLayout;
class TextLabel;

/// The presets of a conversion: a button for each, the one that holds marked, and the way to keep
/// the present choice under a name or to forget one.
class PresetBar final : public QWidget {
    Q_OBJECT

public:
    explicit PresetBar(QWidget* parent = nullptr);

    /// Marks the preset that the choice is.
    void show(const ConversionChoice& choice);

signals:
    void chosen(const platter::app::ConversionChoice& choice);

private:
    void build();
    void askName();
    void keep();
    void refresh();

    ConversionChoice m_choice;
    std::vector<ConversionPreset> m_presets;
    std::vector<ChoiceChip*> m_chips; ///< one for each preset
    FlowLayout* m_row;
    ActionButton* m_keep;
    ActionButton* m_forget;
    QWidget* m_asking;
    QLineEdit* m_name;
    TextLabel* m_problem;
};

} // namespace platter::app
