// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/PresetBar.h"

#include "app/window/ActionButton.h"
#include "app/window/ChoiceChip.h"
#include "app/window/FlowLayout.h"
#include "app/window/Look.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace platter::app {

PresetBar::PresetBar(QWidget* parent)
    : QWidget(parent)
    , m_row(new FlowLayout)
    , m_keep(new ActionButton(tr("Keep as preset…")))
    , m_forget(new ActionButton(tr("Forget preset")))
    , m_asking(new QWidget)
    , m_name(new QLineEdit)
    , m_problem(new TextLabel(TextLabel::Rank::Second))
{
    m_keep->setLook(ActionButton::Look::Link);
    m_forget->setLook(ActionButton::Look::Link);
    m_name->setPlaceholderText(tr("Name of the preset"));
    m_name->setAccessibleName(tr("Name of the preset"));
    m_name->setMaximumWidth(260);
    m_problem->setToken(Token::ProblemText);
    m_problem->setWordWrap(true);
    auto* save = new ActionButton(tr("Keep"));
    auto* cancel = new ActionButton(tr("Cancel"));
    auto* asking = new QHBoxLayout(m_asking);
    asking->setContentsMargins(0, 0, 0, 0);
    asking->setSpacing(gap);
    asking->addWidget(m_name);
    asking->addWidget(save);
    asking->addWidget(cancel);
    asking->addWidget(m_problem, 1);
    asking->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    column->addLayout(m_row);
    column->addWidget(m_asking);
    m_asking->hide();

    connect(m_keep, &ActionButton::clicked, this, &PresetBar::askName);
    connect(m_forget, &ActionButton::clicked, this, [this] {
        if (const auto* held = ConversionPresets::matching(m_presets, m_choice);
            held && held->isOwn)
            ConversionPresets::forget(held->name);
        build();
    });
    connect(save, &ActionButton::clicked, this, &PresetBar::keep);
    connect(m_name, &QLineEdit::returnPressed, this, &PresetBar::keep);
    connect(cancel, &ActionButton::clicked, this, [this] {
        m_asking->hide();
        m_keep->setFocus();
    });
    build();
}

void PresetBar::build()
{
    m_presets = ConversionPresets::all();
    while (QLayoutItem* item = m_row->takeAt(0))
        delete item;
    for (ChoiceChip* chip : m_chips)
        delete chip;
    m_chips.clear();
    for (std::size_t i = 0; i < m_presets.size(); ++i) {
        auto* chip = new ChoiceChip(m_presets[i].name);
        chip->setAccessibleName(tr("Preset: %1").arg(m_presets[i].name));
        connect(chip, &ChoiceChip::clicked, this, [this, i] {
            emit chosen(ConversionPresets::applied(m_presets[i], m_choice));
            refresh(); // a click on the one that holds changes nothing
        });
        m_row->addWidget(chip);
        m_chips.push_back(chip);
    }
    m_row->addWidget(m_keep);
    m_row->addWidget(m_forget);
    refresh();
}

void PresetBar::show(const ConversionChoice& choice)
{
    m_choice = choice;
    refresh();
}

void PresetBar::refresh()
{
    const ConversionPreset* held = ConversionPresets::matching(m_presets, m_choice);
    for (std::size_t i = 0; i < m_chips.size(); ++i)
        m_chips[i]->setChecked(held == &m_presets[i]);
    m_keep->setVisible(!held);
    m_forget->setVisible(held && held->isOwn);
    if (held)
        m_asking->hide();
}

void PresetBar::askName()
{
    m_problem->clear();
    m_name->clear();
    m_asking->show();
    m_name->setFocus();
}

void PresetBar::keep()
{
    const QString why = ConversionPresets::keep(m_name->text(), m_choice);
    m_problem->setText(why);
    if (why.isEmpty())
        build();
}

} // namespace platter::app
