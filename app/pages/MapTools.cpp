// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapTools.h"

#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/SegmentSwitch.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>
#include <cmath>

namespace platter::app {

namespace {

    constexpr int zoomSteps = 1000;
    constexpr int toolHeight = 32; ///< pixels, as ActionButton has it

} // namespace

MapTools::MapTools(QWidget* parent)
    : QWidget(parent)
    , m_groups(new QBoxLayout(QBoxLayout::LeftToRight, this))
    , m_view(new SegmentSwitch({tr("Guest"), tr("File")}))
    , m_layout(new SegmentSwitch({tr("Rows"), tr("Regions")}))
    , m_zoom(new QSlider(Qt::Horizontal))
    , m_goTo(new QLineEdit)
    , m_menu(new QMenu(this))
{
    m_view->setToolTip(tr("Guest: what the virtual machine sees. File: what each part of the "
                          "image file is for. (G)"));
    m_layout->setToolTip(tr("Rows: by address, like text. Regions: neighbours stay neighbours. "
                            "(V)"));
    m_zoom->setRange(0, zoomSteps);
    m_zoom->setMinimumWidth(60);
    m_zoom->setMaximumWidth(140);
    m_zoom->setAccessibleName(tr("Zoom"));
    m_goTo->setPlaceholderText(tr("Go to 0x… or 1.5 GiB"));
    m_goTo->setAccessibleName(tr("Go to"));
    m_goTo->setToolTip(tr("An offset such as 0x5_0000, or a size such as 1.5 GiB"));
    m_goTo->setFixedHeight(std::max(toolHeight, m_goTo->fontMetrics().height() + gap));
    const int goToWidth
        = m_goTo->fontMetrics().horizontalAdvance(m_goTo->placeholderText()) + 2 * wideGap;
    m_goTo->setMinimumWidth(goToWidth);
    m_goTo->setMaximumWidth(goToWidth + 2 * hugeGap);
    auto* const out = new ActionButton(QStringLiteral("−"));
    out->setAccessibleName(tr("Zoom out"));
    out->setToolTip(tr("Zoom out (-)"));
    auto* const in = new ActionButton(QStringLiteral("+"));
    in->setAccessibleName(tr("Zoom in"));
    in->setToolTip(tr("Zoom in (+)"));
    auto* const whole = new ActionButton(tr("Show all"));
    whole->setToolTip(tr("Show all (0)"));
    auto* const more = new ActionButton(QStringLiteral("⋯"));
    more->setAccessibleName(tr("More"));
    more->setToolTip(tr("Save or list what is in view"));
    auto* const choices = new QHBoxLayout;
    choices->setSpacing(gap);
    choices->addWidget(m_view);
    choices->addWidget(m_layout);
    choices->addStretch(1);
    auto* const motions = new QHBoxLayout;
    motions->setSpacing(gap);
    motions->addStretch(1);
    motions->addWidget(out);
    motions->addWidget(m_zoom, 2);
    for (QWidget* tool : std::initializer_list<QWidget*>{in, whole, m_goTo, more})
        motions->addWidget(tool);
    m_choices = choices;
    m_motions = motions;
    m_groups->setContentsMargins(0, 0, 0, 0);
    m_groups->setSpacing(gap);
    m_groups->addLayout(choices);
    m_groups->addLayout(motions, 1);

    connect(m_view, &SegmentSwitch::chosen, this,
        [this](int index) { emit viewChosen(static_cast<MapView>(index)); });
    connect(m_layout, &SegmentSwitch::chosen, this,
        [this](int index) { emit layoutChosen(static_cast<ClusterLayout>(index)); });
    connect(m_zoom, &QSlider::valueChanged, this,
        [this](int value) { emit zoomChosen(static_cast<double>(value) / zoomSteps); });
    connect(out, &ActionButton::clicked, this, &MapTools::zoomOutAsked);
    connect(in, &ActionButton::clicked, this, &MapTools::zoomInAsked);
    connect(whole, &ActionButton::clicked, this, &MapTools::wholeAsked);
    connect(more, &ActionButton::clicked, this, [this, more] {
        m_menu->popup(more->mapToGlobal(QPoint{0, more->height()}));
    });
}

QSize MapTools::minimumSizeHint() const
{
    // One group above the other needs no more width than the wider of them.
    return {std::max(m_choices->minimumSize().width(), m_motions->minimumSize().width()),
        m_groups->minimumSize().height()};
}

void MapTools::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int wanted
        = m_choices->minimumSize().width() + wideGap + m_motions->minimumSize().width();
    m_groups->setDirection(width() >= wanted ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void MapTools::setView(MapView view)
{
    m_view->setCurrent(static_cast<int>(view));
}

void MapTools::setMapLayout(ClusterLayout layout)
{
    m_layout->setCurrent(static_cast<int>(layout));
}

void MapTools::setZoom(double zoom)
{
    const QSignalBlocker quiet{m_zoom};
    m_zoom->setValue(static_cast<int>(std::lround(zoom * zoomSteps)));
}

} // namespace platter::app
