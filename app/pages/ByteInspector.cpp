// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ByteInspector.h"

#include "app/models/ByteValuesModel.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int leastTableWidth = 150; ///< pixels

} // namespace

ByteInspector::ByteInspector(QWidget* parent)
    : QWidget(parent)
    , m_name(new TextLabel(TextLabel::Rank::Heading))
    , m_value(new TextLabel(TextLabel::Rank::Body))
    , m_meaning(new TextLabel(TextLabel::Rank::Second))
    , m_verdict(new TextLabel(TextLabel::Rank::Body))
    , m_target(new ActionButton)
    , m_entry(new ActionButton)
    , m_guest(new ActionButton)
    , m_values(new ByteValuesModel(this))
{
    m_verdict->setToken(Token::ProblemText);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(gap, gap, gap, gap); // leaves the table its least width
    column->setSpacing(smallGap);
    for (TextLabel* label : {m_name, m_value, m_meaning, m_verdict}) {
        label->setWordWrap(true);
        column->addWidget(label);
    }
    for (ActionButton* button : {m_target, m_entry, m_guest}) {
        button->setLook(ActionButton::Look::Link);
        column->addWidget(button, 0, Qt::AlignLeft);
    }
    auto* table = new PlainTable(PlainTable::Height::FitsRows);
    table->setModel(m_values);
    table->setAccessibleName(tr("Values at the cursor"));
    // Long values are cut in the middle, where the panel is narrow; their tooltips have them whole.
    table->setMinimumWidth(leastTableWidth);
    for (const int each : {ByteValuesModel::LittleColumn, ByteValuesModel::BigColumn})
        table->horizontalHeader()->setSectionResizeMode(each, QHeaderView::Stretch);
    table->horizontalHeader()->setSectionResizeMode(
        ByteValuesModel::NameColumn, QHeaderView::ResizeToContents);
    column->addWidget(table);
    column->addStretch(1);
    connect(m_target, &ActionButton::clicked, this, [this] { emit hostWanted(m_targetAt->value); });
    connect(m_entry, &ActionButton::clicked, this, [this] { emit hostWanted(m_entryAt->value); });
    connect(m_guest, &ActionButton::clicked, this, [this] { emit guestWanted(m_guestAt->value); });
    setLabel(nullptr);
}

QString ByteInspector::nameOf(const HostLabel& label)
{
    QString name = label.structure.empty() ? hostUseText(label.use) : shownText(label.structure);
    if (label.isRest)
        return tr("%1, unused rest").arg(name);
    if (label.field)
        name = tr("%1, %2").arg(name, shownText(label.field->name));
    return name;
}

std::optional<HostOffset> ByteInspector::targetOf(const HostLabel& label)
{
    if (!label.field)
        return {};
    if (label.field->target)
        return label.field->target;
    if (label.field->display == Display::Position && label.field->number.value_or(0))
        return HostOffset{*label.field->number};
    return {};
}

void ByteInspector::setLabel(const HostLabel* label)
{
    m_targetAt = label ? targetOf(*label) : std::nullopt;
    m_entryAt = label && label->entry.value ? std::optional{label->entry} : std::nullopt;
    m_guestAt = label ? label->guest : std::nullopt;
    m_target->setVisible(m_targetAt.has_value());
    m_entry->setVisible(m_entryAt.has_value());
    m_guest->setVisible(m_guestAt.has_value());
    if (m_targetAt)
        m_target->setText(tr("Points at %1").arg(shownOffset(m_targetAt->value)));
    if (m_entryAt)
        m_entry->setText(tr("Named by the entry at %1").arg(shownOffset(m_entryAt->value)));
    if (m_guestAt)
        m_guest->setText(tr("Guest %1").arg(shownOffset(m_guestAt->value)));
    if (!label) {
        for (TextLabel* each : {m_name, m_value, m_meaning, m_verdict}) {
            each->clear();
            each->hide(); // an empty line has a height, too
        }
        return;
    }
    m_name->setText(nameOf(*label));
    m_value->setText(label->field ? shownText(label->field->value) : hostUseText(label->use));
    QString meaning = fieldText(label->field ? label->field->meaning : label->note);
    if (label->others)
        meaning += QLatin1Char(' ')
            + tr("%n further reference(s) lead here.", nullptr, static_cast<int>(label->others));
    m_meaning->setText(meaning);
    m_name->show();
    m_value->show();
    m_meaning->setVisible(!meaning.isEmpty());
    const std::string verdict = label->field ? label->field->verdict : std::string{};
    m_verdict->setText(fieldText(verdict));
    m_verdict->setVisible(!verdict.empty());
}

void ByteInspector::setBytes(std::vector<std::byte> bytes)
{
    m_values->setBytes(std::move(bytes));
}

} // namespace platter::app
