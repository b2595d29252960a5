// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ChainPage.h"

#include "app/models/ChainModel.h"
#include "app/pages/EmptyHint.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QVBoxLayout>

namespace platter::app {

ChainPage::ChainPage(ImageDocument& document, QAction& review, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new ChainModel(this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_consent(new GroundFrame(Token::NoteGround, GroundFrame::Edge::None))
    , m_detail(new TextLabel(TextLabel::Rank::Body))
{
    addWidget(new EmptyHint(QStringLiteral("link"), tr("This image rests on no other file"),
        tr("An image with a backing file holds only what differs from it.")));

    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Chain"));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(ChainModel::NameColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(ChainModel::PathColumn, QHeaderView::Stretch);
    connect(m_model, &QAbstractItemModel::modelReset, header,
        [header] { header->setSectionResizeMode(ChainModel::PathColumn, QHeaderView::Stretch); });

    auto* button = new ActionButton;
    button->setAction(&review);
    button->setLook(ActionButton::Look::Primary);
    auto* why = new TextLabel(TextLabel::Rank::Body,
        tr("The image names other files. Nothing is opened before you agree, because an image can "
           "name any file of this computer."));
    why->setWordWrap(true);
    auto* consentRow = new QHBoxLayout(m_consent);
    consentRow->setContentsMargins(wideGap, gap, gap, gap);
    consentRow->setSpacing(wideGap);
    consentRow->addWidget(why, 1);
    consentRow->addWidget(button);

    auto* intro = new TextLabel(TextLabel::Rank::Second,
        tr("This image on top, the files that it rests on below it, the base last."));
    intro->setWordWrap(true);
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    column->addWidget(intro);
    column->addWidget(m_consent);
    column->addWidget(m_table, 1);
    column->addWidget(m_detail);
    addWidget(list);

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &ChainPage::describeRow);
    connect(&document, &ImageDocument::imageChanged, this, &ChainPage::refresh);
    connect(&document, &ImageDocument::chainChanged, this, &ChainPage::refresh);
    refresh();
}

void ChainPage::refresh()
{
    m_model->setDocument(m_document);
    m_consent->setVisible(m_document.chainNeedsConsent());
    setCurrentIndex(m_document.hasOtherFiles() ? 1 : 0);
    // The first thing that is wrong is the one to read.
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (!m_model->index(row, ChainModel::StateColumn)
                 .data(Qt::ToolTipRole)
                 .toString()
                 .isEmpty()) {
            m_table->setCurrentIndex(m_model->index(row, 0));
            break;
        }
    }
    describeRow();
}

void ChainPage::describeRow()
{
    const QModelIndex current = m_table->currentIndex();
    const QString problem = current.isValid()
        ? current.siblingAtColumn(ChainModel::StateColumn).data(Qt::ToolTipRole).toString()
        : QString();
    m_detail->setText(problem);
    m_detail->setVisible(!problem.isEmpty());
}

} // namespace platter::app
