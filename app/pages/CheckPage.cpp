// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/CheckPage.h"

#include "app/document/Overview.h"
#include "app/models/FindingsFilter.h"
#include "app/models/FindingsModel.h"
#include "app/pages/BrushBar.h"
#include "app/pages/FindingDetail.h"
#include "app/pages/OverviewParts.h"
#include "app/pages/RepairPanel.h"
#include "app/text/CheckExport.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/PlainTable.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLocale>
#include <QProgressBar>
#include <QSaveFile>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <set>

namespace platter::app {

namespace {

    /// Groups with at most so many findings are shown open.
    constexpr int fewFindings = 20;
    constexpr int leastTreeLines = 9; ///< of text
    constexpr int leastDetailLines = 13;

    QString numberText(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

    /// A column of things in the middle of the page.
    QVBoxLayout* middleColumn(QWidget& page)
    {
        auto* column = new QVBoxLayout(&page);
        column->setSpacing(gap);
        column->addStretch(2);
        return column;
    }

} // namespace

CheckPage::CheckPage(ImageDocument& document, QAction& check, QWidget* parent)
    : QStackedWidget(parent)
    , m_document(document)
    , m_model(new FindingsModel(this))
    , m_filter(new FindingsFilter(this))
    , m_tree(new QTreeView)
    , m_detail(new FindingDetail(document))
    , m_result(new HealthCard)
    , m_counts(new TextLabel(TextLabel::Rank::Second))
    , m_examined(new TextLabel(TextLabel::Rank::Body))
    , m_stale(new GroundFrame(Token::WarningGround, GroundFrame::Edge::None))
    , m_staleText(new TextLabel(TextLabel::Rank::Body))
    , m_brush(new BrushBar(document))
    , m_saved(new TextLabel(TextLabel::Rank::Second))
    , m_bar(new QProgressBar)
    , m_share(new TextLabel(TextLabel::Rank::Second))
    , m_notChecked(new TextLabel(TextLabel::Rank::Second))
    , m_saver(new JobRunner(tr("Save the report"), this))
{
    m_filter->setSourceModel(m_model);
    document.addRunner(m_saver);
    addBefore(check);
    addDuring();
    addAfter(check);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &CheckPage::describeRow);
    connect(document.checker(), &JobRunner::progressed, this, [this](int permille) {
        m_bar->setValue(permille);
        m_share->setText(tr("%1 % of the metadata is read. Nothing is written; you can go on "
                            "looking.")
                             .arg(permille / 10));
    });
    for (const auto signal :
        {&ImageDocument::imageChanged, &ImageDocument::checkChanged, &ImageDocument::newsChanged})
        connect(&document, signal, this, &CheckPage::refresh);
    connect(&document, &ImageDocument::selectionChanged, this, &CheckPage::follow);
    connect(&document, &ImageDocument::brushChanged, this, &CheckPage::refreshBrush);
    connect(m_saver, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_saved->setText(tr("The report was not saved. %1").arg(error.why));
    });
    refresh();
}

void CheckPage::addBefore(QAction& check)
{
    auto* before = new QWidget;
    QVBoxLayout* column = middleColumn(*before);
    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("Not checked yet"));
    heading->setAlignment(Qt::AlignCenter);
    m_notChecked->setAlignment(Qt::AlignCenter);
    m_notChecked->setWordWrap(true);
    auto* start = new ActionButton;
    start->setAction(&check);
    start->setLook(ActionButton::Look::Primary);
    column->addWidget(
        new IconLabel(QStringLiteral("shield-check"), Token::TextSecond, 40), 0, Qt::AlignHCenter);
    column->addSpacing(gap);
    column->addWidget(heading);
    column->addWidget(m_notChecked);
    column->addSpacing(gap);
    column->addWidget(start, 0, Qt::AlignHCenter);
    column->addStretch(3);
    addWidget(before);
}

void CheckPage::addDuring()
{
    auto* during = new QWidget;
    QVBoxLayout* column = middleColumn(*during);
    auto* stop = new ActionButton(tr("Stop"));
    stop->setAccessibleName(tr("Stop the check"));
    connect(stop, &ActionButton::clicked, &m_document, &ImageDocument::cancelCheck);
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(320);
    m_bar->setAccessibleName(tr("Progress of the check"));
    m_share->setAlignment(Qt::AlignCenter);
    m_share->setWordWrap(true);
    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("Checking"));
    heading->setAlignment(Qt::AlignCenter);
    column->addWidget(heading);
    column->addWidget(m_bar, 0, Qt::AlignHCenter);
    column->addWidget(m_share);
    column->addWidget(stop, 0, Qt::AlignHCenter);
    column->addStretch(3);
    addWidget(during);
}

void CheckPage::addAfter(QAction& check)
{
    auto* again = new ActionButton;
    again->setAction(&check);
    m_staleText->setWordWrap(true);
    auto* staleRow = new QHBoxLayout(m_stale);
    staleRow->setContentsMargins(wideGap, gap, gap, gap);
    staleRow->setSpacing(wideGap);
    staleRow->addWidget(m_staleText, 1);
    staleRow->addWidget(again);

    auto* save = new ActionButton(tr("Save report…"));
    connect(save, &ActionButton::clicked, this, &CheckPage::chooseReportFile);
    auto* choices = new QHBoxLayout;
    choices->setSpacing(wideGap);
    for (const Severity severity : {Severity::Corruption, Severity::Unchecked, Severity::Leak,
             Severity::Warning, Severity::Note}) {
        auto* box = new QCheckBox;
        box->setChecked(true);
        box->setAccessibleName(tr("Show findings: %1").arg(severityText(severity)));
        connect(box, &QCheckBox::toggled, this, [this] {
            std::set<Severity> hidden;
            for (const auto& [which, shown] : m_severities) {
                if (!shown->isChecked())
                    hidden.insert(which);
            }
            m_filter->setHidden(std::move(hidden));
            describeRow();
        });
        choices->addWidget(box);
        m_severities.emplace_back(severity, box);
    }
    choices->addStretch();
    choices->addWidget(m_saved);
    choices->addWidget(save);

    makePlain(*m_tree);
    m_tree->setModel(m_filter);
    m_tree->setAccessibleName(tr("Findings"));
    m_tree->setUniformRowHeights(true);
    m_tree->setTextElideMode(Qt::ElideRight);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectRows);
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(FindingsModel::TextColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(FindingsModel::PlaceColumn, QHeaderView::Interactive);
    header->setSectionResizeMode(FindingsModel::GuestColumn, QHeaderView::Interactive);
    header->resizeSection(FindingsModel::PlaceColumn, 150);
    header->resizeSection(FindingsModel::GuestColumn, 190);
    m_counts->setWordWrap(true);
    m_examined->setWordWrap(true);

    auto* split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(m_tree);
    split->addWidget(m_detail);
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 0);
    // A few findings, and what a short one has to say, are in view however little room there is.
    m_tree->setMinimumHeight(leastTreeLines * fontMetrics().lineSpacing());
    m_detail->setMinimumHeight(leastDetailLines * fontMetrics().lineSpacing());

    auto* after = new ScrolledContent(ScrolledContent::Height::Least);
    auto* column = new QVBoxLayout(after);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(m_stale);
    column->addWidget(m_result);
    column->addWidget(m_counts);
    column->addWidget(m_examined);
    column->addWidget(new RepairPanel(m_document));
    column->addLayout(choices);
    column->addWidget(m_brush);
    column->addWidget(split, 1);
    column->addStretch();
    auto* area = new QScrollArea;
    area->setWidget(after);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    addWidget(area);
}

void CheckPage::refresh()
{
    if (m_document.checker()->isRunning()) {
        m_bar->setValue(m_document.checker()->permille());
        m_share->setText(tr("Nothing is written; you can go on looking."));
        setCurrentIndex(1);
        return;
    }
    const auto& report = m_document.checkReport();
    if (report != m_shown) {
        m_shown = report;
        m_model->setReport(report);
        m_saved->clear();
        refreshFilters();
        describeRow();
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
    refreshResult();
    setCurrentIndex(2);
}

void CheckPage::refreshResult()
{
    const CheckReport& report = *m_document.checkReport();
    Overview overview = describeOverview(m_document);
    if (!overview.healthHint.isEmpty()) // this is the page that it speaks of
        overview.healthHint = tr("The list says where.");
    m_result->setOverview(overview);
    const bool stale = m_document.changedSinceCheck();
    const bool mixed = m_document.changedDuringCheck();
    m_stale->setVisible(stale || mixed);
    m_staleText->setText(stale
            ? tr("The file has changed since this check of %1. What is listed may be gone, and "
                 "something new may be wrong.")
                  .arg(QLocale().toString(m_document.checkedAt(), QLocale::ShortFormat))
            : tr("Another program wrote the file while it was checked. Contradictions may be of "
                 "that moment only."));
    m_result->setVisible(!stale);
    QStringList counts{tr("Corruptions: %1").arg(numberText(report.corruptions)),
        tr("Leaked clusters: %1").arg(numberText(report.leaks)),
        tr("Not examined: %1").arg(numberText(report.checkErrors))};
    if (report.totalClusters > 0)
        counts << tr("Clusters in use: %1 of %2")
                      .arg(numberText(report.allocatedClusters), numberText(report.totalClusters));
    if (report.compressedClusters > 0)
        counts << tr("compressed: %1").arg(numberText(report.compressedClusters));
    if (report.fragmentedClusters > 0)
        counts << tr("fragmented: %1").arg(numberText(report.fragmentedClusters));
    m_counts->setText(counts.join(QStringLiteral(" · ")));
    const bool clean = report.countOf.empty() && !stale;
    m_examined->setVisible(clean);
    m_examined->setText(m_document.image()->formatId() == "qcow2"
            ? tr("Header, mapping tables, reference counts, snapshots and bitmap tables were read "
                 "and agree with each other. Not looked at: whether compressed clusters decode, "
                 "what lies in the guest's file systems, and the files that the image rests on.")
            : tr("Header and block map were read and agree with each other. Not looked at: what "
                 "lies in the guest's file systems, and the files that the image rests on."));
    m_tree->setVisible(!report.countOf.empty());
    m_detail->setVisible(!report.countOf.empty());
}

/// Leaves only findings in clusters that were picked on the page Refcounts.
void CheckPage::refreshBrush()
{
    const HostBrush& brush = m_document.brush();
    if (brush.isEmpty()) {
        m_filter->setWanted({});
    } else {
        m_filter->setWanted([brush](const Finding& finding) {
            return finding.host && brush.touches(*finding.host, Bytes{1});
        });
        m_brush->setRemark(tr("%n finding(s) lie there.", nullptr, m_filter->wantedCount()));
    }
    expandSmallGroups();
    describeRow();
}

/// Opens the groups with few findings.
void CheckPage::expandSmallGroups()
{
    for (int row = 0; row < m_filter->rowCount(); ++row) {
        const QModelIndex group = m_filter->index(row, 0);
        const int count = m_filter->rowCount(group);
        m_tree->setExpanded(group, count > 1 && count <= fewFindings);
    }
    if (!m_tree->currentIndex().isValid() && m_filter->rowCount() > 0)
        m_tree->setCurrentIndex(m_filter->index(0, 0));
}

void CheckPage::refreshFilters()
{
    std::map<Severity, std::uint64_t> found;
    if (m_shown) {
        for (const auto& [kind, count] : m_shown->countOf)
            found[kind->severity] += count;
    }
    for (const auto& [severity, box] : m_severities) {
        box->setVisible(found.size() > 1 && found.contains(severity));
        box->setText(tr("%1: %2", "a severity and how many findings have it")
                         .arg(severityText(severity), numberText(found[severity])));
        if (!found.contains(severity) || found[severity] == 0)
            box->setChecked(true);
    }
    refreshBrush();
}

void CheckPage::describeRow()
{
    const QModelIndex current = m_filter->mapToSource(m_tree->currentIndex());
    const Finding* finding = m_model->finding(current);
    const FindingsModel::Group* group = m_model->group(current);
    if (group && !finding && group->count == 1 && group->findings.size() == 1)
        finding = &m_shown->findings[group->findings.front()];
    m_detail->showFinding(m_shown.get(), group, finding);
    if (finding && isVisible() && !m_following) {
        const QScopedValueRollback guard{m_following, true};
        m_document.select(FindingDetail::selectionOf(*finding));
    }
}

/// Shows the finding at the place that was selected elsewhere, if there is one.
void CheckPage::follow(const Selection& selection)
{
    if (m_following || !m_shown || (!selection.host && !selection.guest))
        return;
    const Finding* current = m_model->finding(m_filter->mapToSource(m_tree->currentIndex()));
    const auto isHere = [&](const Finding& finding) {
        return selection.host ? finding.host == selection.host : finding.guest == selection.guest;
    };
    if (current && isHere(*current))
        return;
    const auto found = positionOf(*m_shown, selection, {}).finding;
    if (!found)
        return;
    const QModelIndex row = m_filter->mapFromSource(m_model->indexOf(m_shown->findings[*found]));
    if (!row.parent().isValid())
        return; // hidden by its severity
    const QScopedValueRollback guard{m_following, true};
    m_tree->setCurrentIndex(row);
    m_tree->scrollTo(row);
}

WalkPosition CheckPage::position() const
{
    const QModelIndex current = m_filter->mapToSource(m_tree->currentIndex());
    const FindingsModel::Group* const group = m_model->group(current);
    if (!group)
        return {};
    WalkPosition position{group->kind, {}, {}};
    if (const Finding* finding = m_model->finding(current))
        position.finding = static_cast<std::size_t>(finding - m_shown->findings.data());
    return position;
}

WalkFilter CheckPage::walkFilter() const
{
    return {m_filter->hidden(), WalkFilter::Places::Any, m_filter->wanted()};
}

void CheckPage::showFinding(std::size_t finding)
{
    if (!m_shown || finding >= m_shown->findings.size())
        return;
    const QModelIndex row = m_filter->mapFromSource(m_model->indexOf(m_shown->findings[finding]));
    m_tree->setCurrentIndex(row);
    m_tree->scrollTo(row);
}

void CheckPage::chooseReportFile()
{
    auto* dialog = new QFileDialog(this, tr("Save report"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Text (*.txt)"), tr("JSON (*.json)"), tr("Table, CSV (*.csv)")});
    dialog->setDefaultSuffix(QStringLiteral("txt"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        const qsizetype dot = filter.lastIndexOf(QLatin1Char('.'));
        dialog->setDefaultSuffix(filter.mid(dot + 1).chopped(1));
    });
    dialog->selectFile(m_document.name() + QStringLiteral(".check"));
    connect(dialog, &QFileDialog::fileSelected, this, &CheckPage::saveReport);
    dialog->open();
}

void CheckPage::saveReport(const QString& path)
{
    if (!m_shown)
        return;
    CheckedImage checked{m_shown, m_document.path().string(), m_document.image()->formatId(),
        m_document.checkedAt(), m_document.changedSinceCheck(), m_document.changedDuringCheck()};
    m_saver->start(
        [checked = std::move(checked), path](const JobControl&) {
            QSaveFile file(path);
            const QByteArray bytes = checkAs(path, checked);
            if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()
                || !file.commit())
                throw Error(file.errorString().toStdString());
            return path;
        },
        [this](const QString& saved) {
            m_saved->setText(tr("Saved as %1.").arg(QFileInfo(saved).fileName()));
        });
}

} // namespace platter::app
