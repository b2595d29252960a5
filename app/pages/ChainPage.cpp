// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ChainPage.h"

#include "app/dialogs/LocateDialog.h"
#include "app/models/ChainModel.h"
#include "app/pages/ChainBoxes.h"
#include "app/pages/OverlaysPanel.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/SegmentSwitch.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace platter::app {

ChainPage::ChainPage(ImageDocument& document, QAction& review, QWidget* parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_shares(new ChainShares(document, this))
    , m_model(new ChainModel(this))
    , m_boxes(new ChainBoxes(*m_model))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_views(new QStackedWidget)
    , m_switch(new SegmentSwitch({tr("Boxes"), tr("Table")}))
    , m_consent(new GroundFrame(Token::NoteGround, GroundFrame::Edge::None))
    , m_alone(new TextLabel(TextLabel::Rank::Body,
          tr("This image rests on no other file. An image with a backing file holds only what "
             "differs from it.")))
    , m_summary(new TextLabel(TextLabel::Rank::Second))
    , m_detail(new TextLabel(TextLabel::Rank::Body))
    , m_locate(new ActionButton(tr("Locate…")))
    , m_asNamed(new ActionButton(tr("Back to the files that are named")))
    , m_overlays(new OverlaysPanel(document))
{
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Chain"));
    m_table->setObjectName(QStringLiteral("chainTable"));
    m_table->setSelectionModel(m_boxes->selectionModel()); // one selection for both views
    m_views->addWidget(m_boxes);
    m_views->addWidget(m_table);
    connect(m_switch, &SegmentSwitch::chosen, m_views, &QStackedWidget::setCurrentIndex);

    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("What this image rests on"));
    auto* top = new QHBoxLayout;
    top->setSpacing(gap);
    top->addWidget(heading);
    top->addStretch();
    top->addWidget(m_switch);
    m_alone->setWordWrap(true);
    m_summary->setWordWrap(true);
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_detail->setAccessibleName(tr("About the selected file"));
    connect(m_locate, &ActionButton::clicked, this, &ChainPage::locate);
    connect(m_asNamed, &ActionButton::clicked, &document, &ImageDocument::forgetStandIns);
    auto* acts = new QHBoxLayout;
    acts->setSpacing(gap);
    acts->addWidget(m_detail, 1);
    acts->addWidget(m_locate, 0, Qt::AlignTop);
    acts->addWidget(m_asNamed, 0, Qt::AlignTop);

    auto* content = new ScrolledContent(ScrolledContent::Height::Wanted);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addLayout(top);
    column->addWidget(m_alone);
    column->addWidget(m_summary);
    column->addWidget(makeConsent(review));
    column->addWidget(m_views);
    column->addLayout(acts);
    column->addSpacing(wideGap);
    column->addWidget(m_overlays, 1);
    setWidget(content);
    setWidgetResizable(true);
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    connect(m_boxes->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &ChainPage::describeRow);
    for (const auto signal :
        {&ImageDocument::imageChanged, &ImageDocument::chainChanged, &ImageDocument::useChanged})
        connect(&document, signal, this, &ChainPage::refresh);
    connect(m_shares, &ChainShares::changed, this, &ChainPage::refreshFacts);
    refresh();
}

QWidget* ChainPage::makeConsent(QAction& review)
{
    auto* button = new ActionButton;
    button->setAction(&review);
    button->setLook(ActionButton::Look::Primary);
    auto* why = new TextLabel(TextLabel::Rank::Body,
        tr("The image names other files. Nothing is opened before you agree, because an image can "
           "name any file of this computer."));
    why->setWordWrap(true);
    auto* row = new QHBoxLayout(m_consent);
    row->setContentsMargins(wideGap, gap, gap, gap);
    row->setSpacing(wideGap);
    row->addWidget(why, 1);
    row->addWidget(button);
    return m_consent;
}

void ChainPage::showEvent(QShowEvent* event)
{
    m_shares->want();
    QScrollArea::showEvent(event);
}

void ChainPage::refresh()
{
    const int kept = m_boxes->currentIndex().row();
    m_model->setDocument(m_document);
    const bool others = m_document.hasOtherFiles();
    m_consent->setVisible(m_document.chainNeedsConsent());
    m_alone->setVisible(!others);
    m_views->setVisible(others);
    m_switch->setVisible(others);
    m_asNamed->setVisible(m_document.hasStandIns());
    // Without a choice, the first thing that is wrong is the one to read.
    int row = kept;
    for (int i = 0; row < 0 && i < m_model->rowCount(); ++i) {
        if (m_model->index(i, 0).data(ChainModel::ToneRole).toInt()
            >= static_cast<int>(ChainModel::Tone::Warning))
            row = i;
    }
    if (row >= 0 && row < m_model->rowCount())
        m_boxes->setCurrentIndex(m_model->index(row, 0));
    if (isVisible())
        m_shares->want();
    refreshFacts();
    describeRow();
    const int tallest = 4 * std::max(1, m_boxes->sizeHintForRow(0)) + gap;
    m_views->setFixedHeight(std::min(m_boxes->sizeHint().height(), tallest));
}

void ChainPage::refreshFacts()
{
    const auto& facts = m_shares->facts();
    m_model->setFacts(facts.get());
    QStringList words;
    if (m_document.hasOtherFiles())
        words << tr("This image on top, the files that it rests on below it, the base last.");
    if (facts && m_document.hasOtherFiles()) {
        words << tr("The guest's disk has %1, of which %2 hold data.")
                     .arg(shownSize(facts->share.size), shownSize(facts->share.data()));
        const bool open = m_document.openedChain().has_value();
        if (facts->share.nowhere.value && open)
            words << tr("%1 are held by no file and read as zeros.")
                         .arg(shownSize(facts->share.nowhere));
        else if (facts->share.nowhere.value)
            words << tr(
                "%1 are held by none of the open files: they come from what is not open, or "
                "are zeros.")
                         .arg(shownSize(facts->share.nowhere));
        if (!facts->complete)
            words
                << tr("Read so far: %1.").arg(shownShare(facts->share.examined, facts->share.size));
        if (facts->changedMeanwhile)
            words << tr("A file was written while it was read: the shares may be a mixture.");
    }
    if (!m_shares->problem().isEmpty())
        words << m_shares->problem();
    m_summary->setText(words.join(QLatin1Char(' ')));
    m_summary->setVisible(!words.isEmpty());
}

void ChainPage::describeRow()
{
    const QModelIndex current = m_boxes->currentIndex();
    const QStringList remarks = current.data(ChainModel::RemarksRole).toStringList();
    m_detail->setText(remarks.join(QLatin1Char('\n')));
    m_detail->setVisible(!remarks.isEmpty());
    bool locatable = false;
    if (const int link = current.isValid() ? current.data(ChainModel::LinkRole).toInt() : -1;
        link >= 0 && static_cast<std::size_t>(link) < m_document.chain().size()) {
        const ChainLink& chosen = m_document.chain()[static_cast<std::size_t>(link)];
        locatable = chosen.state != ChainLink::State::Opened
            && chosen.state != ChainLink::State::NeedsConsent;
    }
    m_locate->setVisible(locatable);
}

void ChainPage::locate()
{
    const int link = m_boxes->currentIndex().data(ChainModel::LinkRole).toInt();
    auto* dialog = new LocateDialog(m_document, static_cast<std::size_t>(link), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

} // namespace platter::app
