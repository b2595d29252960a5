// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapColourBox.h"

#include "app/models/MapChoicesModel.h"
#include "app/text/MapAspectText.h"
#include "app/window/Look.h"
#include "app/window/SearchBox.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QStandardItemModel>

namespace platter::app {

namespace {

    using Colour = MapAspect::Colour;

    constexpr std::array colours{Colour::Kind, Colour::Snapshot, Colour::Refcount,
        Colour::Fragmentation, Colour::Bitmap, Colour::Changed};

} // namespace

MapColourBox::MapColourBox(QWidget* parent)
    : QWidget(parent)
    , m_colour(new QComboBox)
    , m_choice(new SearchBox)
    , m_choices(new MapChoicesModel(this))
{
    auto* label = new TextLabel(TextLabel::Rank::Second, tr("Colour by"));
    label->setBuddy(m_colour);
    m_colour->setAccessibleName(tr("Colour by"));
    m_colour->setMinimumHeight(28);
    m_choice->setMinimumHeight(28);
    m_choice->setMinimumContentsLength(6);
    m_choice->setRows(*m_choices);
    m_choice->setVisible(false);
    for (const Colour colour : colours)
        m_colour->addItem(mapColourTitle(colour), static_cast<int>(colour));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(gap);
    row->addWidget(label);
    row->addWidget(m_colour, 1);
    row->addWidget(m_choice, 1);
    connect(m_colour, &QComboBox::activated, this, [this] {
        fillChoices(static_cast<Colour>(m_colour->currentData().toInt()));
        emit chosen(current());
    });
    connect(m_choice, &QComboBox::activated, this, [this] { emit chosen(current()); });
}

void MapColourBox::setImage(std::shared_ptr<const Image> image, MapView view)
{
    m_image = std::move(image);
    auto* items = qobject_cast<QStandardItemModel*>(m_colour->model());
    for (int row = 0; row < m_colour->count(); ++row) {
        const auto colour = static_cast<Colour>(m_colour->itemData(row).toInt());
        const QString reason = m_image ? whyNoColour(colour, view, *m_image) : QString();
        items->item(row)->setEnabled(reason.isEmpty());
        items->item(row)->setToolTip(reason);
        items->item(row)->setData(reason, Qt::AccessibleDescriptionRole);
    }
}

void MapColourBox::fillChoices(Colour colour)
{
    m_choices->setChoices(m_image, colour);
    const QString name = colour == Colour::Bitmap ? tr("Bitmap") : tr("Snapshot");
    m_choice->setAccessibleName(name);
    m_choice->setVisible(m_choices->rowCount() > 0);
}

MapAspect MapColourBox::current() const
{
    MapAspect aspect;
    aspect.colour = static_cast<Colour>(m_colour->currentData().toInt());
    aspect.choice = m_choices->choiceOf(m_choice->currentIndex());
    return aspect;
}

void MapColourBox::setAspect(const MapAspect& aspect)
{
    m_colour->setCurrentIndex(m_colour->findData(static_cast<int>(aspect.colour)));
    fillChoices(aspect.colour);
    const int row = m_choices->rowOf(aspect.choice);
    if (row >= 0)
        m_choice->setCurrentIndex(row);
}

} // namespace platter::app
