// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/LocateDialog.h"

#include "app/models/CandidatesModel.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/RecentImages.h"
#include "core/operations/JudgeDataFile.h"

#include <QFileDialog>
#include <QHeaderView>
#include <QProgressBar>
#include <QScrollArea>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    QString signOf(EvidenceWeight weight)
    {
        switch (weight) {
        case EvidenceWeight::Excludes: return LocateDialog::tr("Excludes it:");
        case EvidenceWeight::StronglyAgainst: return LocateDialog::tr("Strongly against:");
        case EvidenceWeight::Against: return LocateDialog::tr("Against:");
        case EvidenceWeight::Neutral: return LocateDialog::tr("To know:");
        case EvidenceWeight::For: return LocateDialog::tr("For:");
        case EvidenceWeight::StronglyFor: return LocateDialog::tr("Strongly for:");
        }
        return {};
    }

} // namespace

LocateDialog::LocateDialog(ImageDocument& document, std::size_t link, QWidget* parent)
    : QDialog(parent)
    , m_document(document)
    , m_link(link)
    , m_above(document.layersAbove(link))
    , m_runner(new JobRunner(tr("Judge files"), this))
    , m_model(new CandidatesModel(this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_state(new TextLabel(TextLabel::Rank::Second))
    , m_verdict(new TextLabel(TextLabel::Rank::Heading))
    , m_evidence(new TextLabel(TextLabel::Rank::Body))
    , m_bar(new QProgressBar)
    , m_use(new ActionButton(tr("Look with this file")))
{
    const ResolvedName& name = document.chain()[link].name;
    m_role = name.named.role;
    setWindowTitle(tr("Locate a missing file"));
    auto* heading = new TextLabel(
        TextLabel::Rank::Heading, tr("“%1” is missing").arg(shownText(name.named.name)));
    heading->setWordWrap(true);
    auto* intro = new TextLabel(TextLabel::Rank::Second,
        tr("Name the file, or a folder to look through. Each file is opened for reading and "
           "judged: %1 A copy or another state of the right file fits as well, so no judgement is "
           "a "
           "proof.\nNothing is written: the image keeps the name that it stores, and the file is "
           "used "
           "for looking until you open another image. Writing the new name into the image comes "
           "with a later release.")
            .arg(m_role == NamedFile::Role::Data
                    ? tr("by signature, size, and by whether it has content where the image says "
                         "that data lie.")
                    : tr("by format, size, time, and by whether what the image holds fits its "
                         "content.")));
    intro->setWordWrap(true);

    auto* file = new ActionButton(tr("Choose a file…"));
    auto* folder = new ActionButton(tr("Look through a folder…"));
    connect(file, &ActionButton::clicked, this, [this] { choose(What::File); });
    connect(folder, &ActionButton::clicked, this, [this] { choose(What::Folder); });
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(140);
    m_bar->setAccessibleName(tr("Progress of judging"));
    auto* stop = new ActionButton(tr("Stop"));
    stop->setAccessibleName(tr("Stop judging"));
    connect(stop, &ActionButton::clicked, m_runner, &JobRunner::cancel);
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(file);
    row->addWidget(folder);
    row->addStretch();
    row->addWidget(m_bar);
    row->addWidget(stop);

    m_state->setWordWrap(true);
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Files judged"));
    m_table->setMinimumHeight(90);
    m_evidence->setWordWrap(true);
    m_evidence->setAlignment(Qt::AlignTop);
    m_evidence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_evidence->setAccessibleName(tr("What speaks for and against the file"));
    m_verdict->setWordWrap(true);
    auto* words = new ScrolledContent(ScrolledContent::Height::Wanted);
    auto* wordsColumn = new QVBoxLayout(words);
    wordsColumn->setContentsMargins(0, 0, gap, 0);
    wordsColumn->addWidget(m_verdict);
    wordsColumn->addWidget(m_evidence);
    wordsColumn->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setWidget(words);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setMinimumHeight(120);

    auto* close = new ActionButton(tr("Cancel"));
    connect(close, &ActionButton::clicked, this, &QDialog::reject);
    m_use->setLook(ActionButton::Look::Primary);
    m_use->setAutoDefault(false);
    connect(m_use, &ActionButton::clicked, this, &LocateDialog::accept);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(gap);
    buttons->addStretch();
    buttons->addWidget(close);
    buttons->addWidget(m_use);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(intro);
    column->addLayout(row);
    column->addWidget(m_state);
    column->addWidget(m_table, 2);
    column->addWidget(scroll, 1);
    column->addLayout(buttons);
    constexpr QSize plainSize{760, 560};
    // Large letters need more.
    resize(plainSize.expandedTo({0, column->totalHeightForWidth(plainSize.width())}));

    const auto busy = [this, stop](bool running) {
        m_bar->setVisible(running);
        stop->setVisible(running);
    };
    busy(false);
    connect(m_runner, &JobRunner::started, this, [busy] { busy(true); });
    connect(m_runner, &JobRunner::ended, this, [busy] { busy(false); });
    connect(m_runner, &JobRunner::progressed, m_bar, &QProgressBar::setValue);
    connect(m_runner, &JobRunner::cancelled, this,
        [this] { m_state->setText(tr("Judging was stopped.")); });
    connect(m_runner, &JobRunner::failed, this,
        [this](const ErrorText& error) { m_state->setText(error.why); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &LocateDialog::describe);
    // Another image, or a chain that is no longer the one asked about.
    connect(&document, &ImageDocument::imageChanged, this, &QDialog::reject);
    connect(&document, &ImageDocument::chainChanged, this, &QDialog::reject);
    describe();
}

void LocateDialog::choose(What what)
{
    auto* dialog = new QFileDialog(this, windowTitle());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setDirectory(toQtPath(m_document.path().parent_path()));
    if (what == What::Folder) {
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        connect(dialog, &QFileDialog::fileSelected, this, &LocateDialog::judgeFilesOf);
    } else {
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, this, &LocateDialog::judgeFile);
    }
    dialog->open();
}

void LocateDialog::judgeFile(const QString& path)
{
    m_state->setText(tr("Judging %1").arg(shownPath(fromQtPath(path))));
    m_runner->start(
        [above = m_above, role = m_role, path = fromQtPath(path)](const JobControl& job) {
            return std::vector<BaseJudgement>{role == NamedFile::Role::Data
                    ? judgeDataFile(above.back(), path, job)
                    : judgeBase(above, path, job)};
        },
        [this](std::vector<BaseJudgement> judgements) {
            m_state->clear();
            showJudgements(std::move(judgements));
        });
}

void LocateDialog::judgeFilesOf(const QString& folder)
{
    m_state->setText(tr("Looking through %1").arg(shownPath(fromQtPath(folder))));
    m_runner->start(
        [above = m_above, role = m_role, path = fromQtPath(folder)](const JobControl& job) {
            return role == NamedFile::Role::Data ? judgeDataFolder(above.back(), path, job)
                                                 : judgeFolder(above, path, job);
        },
        [this](std::vector<BaseJudgement> judgements) {
            m_state->setText(judgements.empty()
                    ? tr("No file right inside this folder can be the one.")
                    : tr("%n file(s) can come into question, the best first.", nullptr,
                        static_cast<int>(judgements.size())));
            showJudgements(std::move(judgements));
        });
}

void LocateDialog::showJudgements(std::vector<BaseJudgement> judgements)
{
    m_model->setJudgements(std::move(judgements));
    if (m_model->rowCount() > 0)
        m_table->setCurrentIndex(m_model->index(0, 0));
    describe();
}

void LocateDialog::describe()
{
    const QModelIndex current = m_table->currentIndex();
    m_table->setVisible(m_model->rowCount() > 0);
    if (!current.isValid()) {
        m_verdict->clear();
        m_evidence->clear();
        m_use->setEnabled(false);
        m_use->setToolTip(tr("Choose a file first"));
        return;
    }
    const BaseJudgement& judged = m_model->judgement(current.row());
    m_verdict->setText(QStringLiteral("%1: %2").arg(
        shownPath(judged.path.filename()), CandidatesModel::verdictText(judged.verdict)));
    QStringList lines;
    for (const Evidence& evidence : judged.evidence)
        lines << QStringLiteral("%1 %2").arg(
            signOf(evidence.kind->weight), CandidatesModel::evidenceText(evidence));
    m_evidence->setText(lines.join(QLatin1Char('\n')));
    const bool possible = judged.verdict != BaseVerdict::Impossible;
    m_use->setEnabled(possible);
    m_use->setToolTip(possible ? QString() : tr("This file cannot be the one"));
}

void LocateDialog::accept()
{
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid() || !m_use->isEnabled())
        return;
    const std::filesystem::path path = m_model->judgement(current.row()).path;
    m_document.disconnect(this);
    m_document.useInstead(m_link, path);
    QDialog::accept();
}

} // namespace platter::app
