// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/SegmentSwitch.h"

#include "app/window/ChoiceChip.h"
#include "app/window/Look.h"

#include <QButtonGroup>
#include <QHBoxLayout>

namespace platter::app {

SegmentSwitch::SegmentSwitch(const QStringList& choices, QWidget* parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
{
    m_group->setExclusive(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(smallGap);
    for (const QString& choice : choices) {
        auto* segment = new ChoiceChip(choice);
        m_group->addButton(segment, static_cast<int>(m_group->buttons().size()));
        row->addWidget(segment);
    }
    setCurrent(0);
    connect(m_group, &QButtonGroup::idClicked, this, &SegmentSwitch::chosen);
}

int SegmentSwitch::current() const
{
    return m_group->checkedId();
}

void SegmentSwitch::setCurrent(int index)
{
    m_group->button(index)->setChecked(true);
}

} // namespace platter::app
