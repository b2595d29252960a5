// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/CheckPage.h"

#include "app/document/Overview.h"
#include "app/models/FindingsModel.h"
#include "app/pages/OverviewParts.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"

#include <QHeaderView>
#include <QLocale>
#include <QProgressBar>
#include <QTreeView>
#include <QVBoxLayout>

namespace platter::app {

CheckPage::CheckPage(ImageDocument& document, QAction& check, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new FindingsModel(this))
    , m_tree(new QTreeView)
    , m_result(new HealthCard)
    , m_counts(new TextLabel(TextLabel::Rank::Second))
    , m_detail(new TextLabel(TextLabel::Rank::Body))
    , m_bar(new QProgressBar)
    , m_running(new TextLabel(TextLabel::Rank::Heading, tr("Checking")))
    , m_notChecked(new TextLabel(TextLabel::Rank::Second))
{
    auto* before = new QWidget;
    auto* beforeColumn = new QVBoxLayout(before);
    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("Not checked yet"));
    heading->setAlignment(Qt::AlignCenter);
    m_notChecked->setAlignment(Qt::AlignCenter);
    m_notChecked->setWordWrap(true);
    auto* start = new ActionButton;
    start->setAction(&check);
    start->setLook(ActionButton::Look::Primary);
    beforeColumn->setSpacing(gap);
    beforeColumn->addStretch(2);
    beforeColumn->addWidget(
        new IconLabel(QStringLiteral("shield-check"), Token::TextSecond, 40), 0, Qt::AlignHCenter);
    beforeColumn->addSpacing(gap);
    beforeColumn->addWidget(heading);
    beforeColumn->addWidget(m_notChecked);
    beforeColumn->addSpacing(gap);
    beforeColumn->addWidget(start, 0, Qt::AlignHCenter);
    beforeColumn->addStretch(3);
    addWidget(before);

    auto* during = new QWidget;
    auto* duringColumn = new QVBoxLayout(during);
    auto* calm
        = new TextLabel(TextLabel::Rank::Second, tr("Nothing is written. You can go on looking."));
    auto* stop = new ActionButton(tr("Stop"));
    stop->setAccessibleName(tr("Stop the check"));
    connect(stop, &ActionButton::clicked, &document, &ImageDocument::cancelCheck);
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(320);
    m_bar->setAccessibleName(tr("Progress of the check"));
    duringColumn->setSpacing(gap);
    duringColumn->addStretch(2);
    duringColumn->addWidget(m_running, 0, Qt::AlignHCenter);
    duringColumn->addWidget(m_bar, 0, Qt::AlignHCenter);
    duringColumn->addWidget(calm, 0, Qt::AlignHCenter);
    duringColumn->addWidget(stop, 0, Qt::AlignHCenter);
    duringColumn->addStretch(3);
    addWidget(during);

    auto* after = new QWidget;
    auto* afterColumn = new QVBoxLayout(after);
    afterColumn->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    afterColumn->setSpacing(wideGap);
    makePlain(*m_tree);
    m_tree->setModel(m_model);
    m_tree->setAccessibleName(tr("Findings"));
    m_tree->setUniformRowHeights(true);
    m_tree->setTextElideMode(Qt::ElideRight);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectRows);
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(FindingsModel::TextColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(FindingsModel::PlaceColumn, QHeaderView::Interactive);
    header->setSectionResizeMode(FindingsModel::GuestColumn, QHeaderView::Interactive);
    header->resizeSection(FindingsModel::PlaceColumn, 170);
    header->resizeSection(FindingsModel::GuestColumn, 190);
    m_counts->setWordWrap(true);
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    afterColumn->addWidget(m_result);
    afterColumn->addWidget(m_counts);
    afterColumn->addWidget(m_tree, 1);
    afterColumn->addWidget(m_detail);
    afterColumn->addStretch();
    addWidget(after);

    connect(m_tree->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &CheckPage::describeRow);
    connect(document.checker(), &JobRunner::progressed, m_bar, &QProgressBar::setValue);
    connect(&document, &ImageDocument::imageChanged, this, &CheckPage::refresh);
    connect(&document, &ImageDocument::checkChanged, this, &CheckPage::refresh);
    refresh();
}

void CheckPage::refresh()
{
    const auto& report = m_document.checkReport();
    m_model->setReport(report);
    if (m_document.checker()->isRunning()) {
        m_bar->setValue(m_document.checker()->permille());
        setCurrentIndex(1);
        return;
    }
    if (!report) {
        m_notChecked->setText(!m_document.checkProblem().isEmpty() ? m_document.checkProblem()
                : m_document.isCheckCancelled()
                ? tr("The check was stopped. Nothing is known from it.")
                : tr("A check counts every reference in the image. It reads only metadata and "
                     "writes nothing."));
        setCurrentIndex(0);
        return;
    }
    m_result->setOverview(describeOverview(m_document));
    const auto number
        = [](std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); };
    QStringList counts{tr("Corruptions: %1").arg(number(report->corruptions)),
        tr("Leaked clusters: %1").arg(number(report->leaks)),
        tr("Not examined: %1").arg(number(report->checkErrors))};
    if (report->totalClusters > 0)
        counts << tr("Clusters in use: %1 of %2")
                      .arg(number(report->allocatedClusters), number(report->totalClusters));
    if (report->compressedClusters > 0)
        counts << tr("compressed: %1").arg(number(report->compressedClusters));
    if (report->fragmentedClusters > 0)
        counts << tr("fragmented: %1").arg(number(report->fragmentedClusters));
    m_counts->setText(counts.join(QStringLiteral(" · ")));
    m_tree->setVisible(m_model->rowCount() > 0);
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex group = m_model->index(row, 0);
        if (m_model->rowCount(group) <= 20)
            m_tree->expand(group);
    }
    describeRow();
    setCurrentIndex(2);
}

void CheckPage::describeRow()
{
    const QModelIndex current = m_tree->currentIndex();
    const Finding* finding = m_model->finding(current);
    m_detail->setVisible(finding != nullptr);
    if (!finding)
        return;
    m_detail->setText(findingText(*finding));
    Selection selection;
    selection.host = finding->host;
    selection.guest = finding->guest;
    selection.guestLength = finding->guest ? finding->length : Bytes{};
    selection.structure = severityText(finding->kind->severity);
    m_document.select(selection);
}

} // namespace platter::app
