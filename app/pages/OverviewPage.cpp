// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/OverviewPage.h"

#include "app/models/SpaceModel.h"
#include "app/pages/MapThumbnail.h"
#include "app/pages/OverviewParts.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"
#include "widgets/theme/Pattern.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QResizeEvent>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mapHeight = 120;
    constexpr int mostMapHeight = 480;

    QString wordsOf(Overview::Remark::Act act)
    {
        switch (act) {
        case Overview::Remark::Act::Show: return OverviewPage::tr("Show");
        case Overview::Remark::Act::Check: return OverviewPage::tr("Check");
        case Overview::Remark::Act::Unlock: return OverviewPage::tr("Unlock…");
        case Overview::Remark::Act::ReviewChain: return OverviewPage::tr("Open…");
        }
        return {};
    }

} // namespace

OverviewPage::OverviewPage(ImageDocument& document, QWidget* parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_health(new HealthCard)
    , m_spaceBar(new SpaceBar)
    , m_spaceProblem(new TextLabel(TextLabel::Rank::Second))
    , m_spaceModel(new SpaceModel(this))
    , m_spaceTable(new PlainTable)
    , m_remarks(new QWidget)
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setAccessibleName(tr("Overview"));
    m_content = new ScrolledContent(ScrolledContent::Height::Wanted);
    auto* column = new QVBoxLayout(m_content);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    column->setSpacing(wideGap);
    column->addWidget(m_health);

    auto* tiles = new QWidget;
    auto* numbers = new QHBoxLayout(tiles);
    numbers->setContentsMargins(0, 0, 0, 0);
    numbers->setSpacing(gap);
    for (int i = 0; i < 4; ++i) {
        m_numbers.push_back(new NumberTile);
        numbers->addWidget(m_numbers.back(), 1);
    }
    column->addWidget(tiles);

    m_spaceModel->setSwatches([](SpaceKind kind) { return kindSwatch(spaceToken(kind)); });
    m_spaceTable->setModel(m_spaceModel);
    m_spaceTable->setAccessibleName(tr("Where the space goes"));
    m_spaceTable->setFocusPolicy(Qt::TabFocus);
    auto* space = new QVBoxLayout;
    space->setSpacing(gap);
    space->addWidget(m_spaceProblem);
    space->addWidget(m_spaceTable);
    space->addStretch();

    m_remarkRows = new QVBoxLayout(m_remarks);
    m_remarkRows->setContentsMargins(0, 0, 0, 0);
    m_remarkRows->setSpacing(0);
    m_map = new MapThumbnail(document);
    // What a large window has left goes to the map.
    m_map->setMinimumHeight(mapHeight);
    m_map->setMaximumHeight(mostMapHeight);
    auto* remarks = new QVBoxLayout;
    remarks->setSpacing(gap);
    remarks->addWidget(new TextLabel(TextLabel::Rank::Heading, tr("Worth knowing")));
    remarks->addWidget(m_remarks);
    remarks->addSpacing(gap);
    remarks->addWidget(new TextLabel(TextLabel::Rank::Heading, tr("What lies where")));
    remarks->addWidget(m_map, 1);
    remarks->addStretch();

    m_columns = new QBoxLayout(QBoxLayout::LeftToRight);
    m_columns->setSpacing(hugeGap + gap);
    m_columns->addLayout(space, 1);
    m_columns->addLayout(remarks, 1);
    column->addSpacing(smallGap);
    column->addWidget(new TextLabel(TextLabel::Rank::Heading, tr("Where the space goes")));
    column->addWidget(m_spaceBar);
    column->addLayout(m_columns, 1);
    setWidget(m_content);

    connect(&document, &ImageDocument::imageChanged, this, &OverviewPage::refresh);
    connect(&document, &ImageDocument::hostTotalsChanged, this, &OverviewPage::refresh);
    connect(&document, &ImageDocument::chainChanged, this, &OverviewPage::refresh);
    connect(&document, &ImageDocument::checkChanged, this, &OverviewPage::refresh);
    connect(&document, &ImageDocument::newsChanged, this, &OverviewPage::refresh);
    connect(m_map, &MapThumbnail::showsProblemChanged, this, &OverviewPage::refresh);
    refresh();
}

void OverviewPage::resizeEvent(QResizeEvent* event)
{
    constexpr int twoColumnsLetters = 124; // average ones
    const int twoColumns = twoColumnsLetters * fontMetrics().averageCharWidth();
    m_columns->setDirection(
        event->size().width() < twoColumns ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    QScrollArea::resizeEvent(event);
}

void OverviewPage::refresh()
{
    if (m_document.state() != ImageDocument::State::Ready)
        return;
    const Overview overview = describeOverview(
        m_document, m_map->showsProblem() ? SeenOnMap::Problem : SeenOnMap::NoProblem);
    m_health->setOverview(overview);
    for (std::size_t i = 0; i < m_numbers.size(); ++i)
        m_numbers[i]->setNumber(overview.numbers[i]);
    m_spaceProblem->setText(overview.spaceProblem);
    m_spaceProblem->setVisible(!overview.spaceProblem.isEmpty());
    m_spaceBar->setRows(overview.space);
    m_spaceModel->setRows(overview.space);
    m_spaceTable->setVisible(!overview.space.empty());
    showRemarks(overview.remarks);
    m_content->settle();
}

void OverviewPage::showRemarks(const std::vector<Overview::Remark>& remarks)
{
    // What is said already stays: a button that has the focus keeps it, and nothing flickers.
    const bool reading
        = remarks.empty() && !m_document.hostTotals() && m_document.hostTotalsProblem().isEmpty();
    if (m_shownRemarks == remarks && m_shownReading == reading)
        return;
    m_shownRemarks = remarks;
    m_shownReading = reading;
    while (QLayoutItem* item = m_remarkRows->takeAt(0)) {
        if (QWidget* old = item->widget()) {
            old->hide();
            old->deleteLater();
        }
        delete item;
    }
    if (remarks.empty()) {
        auto* none = new TextLabel(TextLabel::Rank::Second,
            reading ? tr("Nothing yet, the file is being read") : tr("Nothing unusual."));
        m_remarkRows->addWidget(none);
        none->show();
    }
    for (const Overview::Remark& remark : remarks) {
        auto* line = new QWidget;
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 2, 0, 2);
        row->setSpacing(gap);
        switch (remark.weight) {
        case Overview::Remark::Weight::Problem:
            row->addWidget(
                new IconLabel(QStringLiteral("circle-alert"), Token::ProblemText, iconSize));
            break;
        case Overview::Remark::Weight::Warning:
            row->addWidget(
                new IconLabel(QStringLiteral("triangle-alert"), Token::WarningText, iconSize));
            break;
        case Overview::Remark::Weight::Note:
            row->addWidget(new IconLabel(QStringLiteral("info"), Token::TextSecond, iconSize));
            break;
        }
        auto* text = new TextLabel(TextLabel::Rank::Body, remark.text);
        text->setWordWrap(true);
        row->addWidget(text, 1);
        if (remark.page) {
            auto* act = new ActionButton(wordsOf(remark.act));
            act->setLook(ActionButton::Look::Link);
            act->setAccessibleName(QStringLiteral("%1: %2").arg(act->text(), remark.text));
            connect(
                act, &ActionButton::clicked, this, [this, what = remark.act, page = *remark.page] {
                    if (what == Overview::Remark::Act::Show)
                        emit pageRequested(page);
                    else
                        emit actRequested(what);
                });
            row->addWidget(act, 0, Qt::AlignTop);
        }
        m_remarkRows->addWidget(line);
        line->show(); // by itself it would take part in the layout only after further events
    }
}

} // namespace platter::app
