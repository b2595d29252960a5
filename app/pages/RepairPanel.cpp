// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/RepairPanel.h"

#include "app/document/ImageDocument.h"
#include "app/document/ImageRepair.h"
#include "app/text/CoreText.h"
#include "app/text/RepairText.h"
#include "app/window/ActionButton.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    /// Wrapped words of the panel.
    TextLabel* wrapped(TextLabel::Rank rank)
    {
        auto* label = new TextLabel(rank);
        label->setWordWrap(true);
        return label;
    }

    int chosenSteps(const RepairPlan& plan)
    {
        return static_cast<int>(std::count_if(plan.steps.begin(), plan.steps.end(),
            [](const RepairStep& step) { return step.chosen; }));
    }

    bool canBeChosen(const RepairStep& step)
    {
        return step.chosen || step.id != "relink-unsure";
    }

} // namespace

RepairPanel::RepairPanel(ImageDocument& document, QWidget* parent)
    : GroundFrame(Token::Surface, Edge::Line, parent)
    , m_document(document)
    , m_repair(document.repair())
    , m_title(wrapped(TextLabel::Rank::Heading))
    , m_words(wrapped(TextLabel::Rank::Second))
    , m_plan(new QWidget)
    , m_steps(new QGridLayout(m_plan))
    , m_formatIsRight(new QCheckBox)
    , m_sum(wrapped(TextLabel::Rank::Second))
    , m_bar(new QProgressBar)
    , m_stop(new ActionButton(tr("Stop")))
    , m_review(new ActionButton(tr("Review repairs…")))
    , m_close(new ActionButton(tr("Close")))
    , m_go(new ActionButton)
    , m_takeBack(new ActionButton(tr("Undo repair")))
{
    m_steps->setContentsMargins(0, 0, 0, 0);
    m_steps->setHorizontalSpacing(gap);
    m_steps->setVerticalSpacing(gap);
    m_steps->setColumnStretch(1, 1);
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(160);
    m_bar->setAccessibleName(tr("Progress of the repair"));
    m_stop->setAccessibleName(tr("Stop the repair"));
    m_close->setAccessibleName(tr("Close the plan of the repair"));
    m_go->setLook(ActionButton::Look::Primary);
    m_formatIsRight->setObjectName(QStringLiteral("formatIsRight"));
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(m_bar);
    row->addWidget(m_stop);
    row->addStretch();
    for (ActionButton* button : {m_close, m_takeBack, m_review, m_go})
        row->addWidget(button);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(wideGap, wideGap, wideGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(m_title);
    column->addWidget(m_words);
    column->addWidget(m_plan);
    column->addWidget(m_sum);
    column->addWidget(m_formatIsRight);
    column->addLayout(row);

    connect(m_stop, &ActionButton::clicked, this, [this] {
        if (m_repair.isWriting())
            m_repair.writer().cancel();
        else
            m_repair.close();
    });
    connect(m_review, &ActionButton::clicked, &m_repair, &ImageRepair::review);
    connect(m_close, &ActionButton::clicked, &m_repair, &ImageRepair::close);
    connect(m_go, &ActionButton::clicked, &m_repair, &ImageRepair::repair);
    connect(m_takeBack, &ActionButton::clicked, &m_repair, &ImageRepair::takeBack);
    connect(m_formatIsRight, &QCheckBox::toggled, this, &RepairPanel::refreshButtons);
    connect(&m_repair.writer(), &JobRunner::progressed, m_bar, &QProgressBar::setValue);
    connect(&m_repair, &ImageRepair::changed, this, &RepairPanel::refresh);
    connect(&document, &ImageDocument::checkChanged, this, &RepairPanel::refresh);
    refresh();
}

QCheckBox* RepairPanel::tickOf(const std::string& step) const
{
    const auto found = std::find_if(
        m_ticks.begin(), m_ticks.end(), [&](const auto& tick) { return tick.first == step; });
    return found == m_ticks.end() ? nullptr : found->second;
}

void RepairPanel::refresh()
{
    const auto& report = m_document.checkReport();
    const bool wrong = report && (report->corruptions || report->leaks || report->checkErrors);
    const bool hasWord
        = !m_repair.problem().isEmpty() || !m_repair.outcome().isEmpty() || m_repair.isWriting();
    setVisible(wrong || hasWord || m_repair.plan());
    if (m_repair.plan() != m_shown) {
        m_shown = m_repair.plan();
        showPlan();
    }
    if (m_formatIsRight->text().isEmpty() || !m_repair.formatIsDoubtful()) {
        m_formatIsRight->setChecked(false);
        m_formatIsRight->setText(m_document.image()
                ? tr("“%1” is a %2 image, and not a raw disk that holds such bytes")
                      .arg(m_document.name(), shownText(m_document.image()->formatName()))
                : QString());
    }
    refreshWords();
    refreshButtons();
}

void RepairPanel::refreshWords()
{
    QString title = tr("Repair");
    QString words;
    if (m_repair.isWriting()) {
        title = tr("The image is being written");
        words = tr("What stood there before is kept first, so that it can be taken back.");
    } else if (!m_repair.problem().isEmpty()) {
        words = m_repair.problem();
    } else if (m_repair.isPlanning() && !m_shown) {
        title = tr("Working out a repair");
        words = tr("The image is repaired and checked in memory. Nothing is written.");
    } else if (m_shown) {
        title = m_shown->isEmpty() ? tr("Nothing is chosen that can be repaired")
                                   : tr("%n repair(s) can be done", nullptr, chosenSteps(*m_shown));
    } else if (!m_repair.outcome().isEmpty()) {
        words = m_repair.outcome();
    } else {
        words = tr("Platter works out in memory what can be repaired, and shows it before anything "
                   "is written. A repair can be undone.");
    }
    m_title->setText(title);
    m_words->setText(words);
    m_words->setVisible(!words.isEmpty());
    m_words->setToken(m_repair.problem().isEmpty() ? Token::TextSecond : Token::ProblemText);
}

void RepairPanel::refreshButtons()
{
    const bool writing = m_repair.isWriting();
    const bool planning = m_repair.isPlanning();
    const bool showsPlan = m_shown && !writing;
    const bool doubtful = m_repair.formatIsDoubtful();
    m_plan->setVisible(showsPlan);
    m_plan->setEnabled(!planning);
    QCheckBox* const focused = tickOf(m_focused);
    if (focused && !planning && showsPlan) {
        focused->show(); // a new one would be shown by a later event, and take no focus yet
        focused->setFocus();
        m_focused.clear();
    }
    m_sum->setVisible(showsPlan);
    m_formatIsRight->setVisible(showsPlan && doubtful && !m_shown->isEmpty());
    m_bar->setVisible(writing);
    m_stop->setVisible(writing || (planning && !m_shown));
    m_close->setVisible(showsPlan);
    const auto& report = m_document.checkReport();
    const bool wrong = report && (report->corruptions || report->leaks || report->checkErrors);
    m_review->setVisible(!m_shown && !writing && !planning && wrong);
    m_review->setLook(
        m_repair.outcome().isEmpty() ? ActionButton::Look::Primary : ActionButton::Look::Plain);
    m_takeBack->setVisible(!m_shown && !writing && !planning && !m_repair.outcome().isEmpty()
        && m_repair.whyNotTakeBack().isEmpty());
    if (m_shown) // before it is shown, so that it has its width at once
        m_go->setText(tr("Repair %n", "a number of problems", chosenSteps(*m_shown)));
    m_go->setVisible(showsPlan && !m_shown->isEmpty());
    m_go->setEnabled(!planning && (!doubtful || m_formatIsRight->isChecked()));
    m_go->setToolTip(doubtful && !m_formatIsRight->isChecked()
            ? tr("The name of the file does not say what it is; confirm it first")
            : QString());
}

void RepairPanel::showPlan()
{
    m_ticks.clear();
    qDeleteAll(m_plan->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));
    while (QLayoutItem* item = m_steps->takeAt(0))
        delete item;
    if (!m_shown)
        return;
    int row = 0;
    for (const RepairStep& step : m_shown->steps)
        addStep(step, row++);
    QStringList sum = repairRestTexts(*m_shown);
    if (!m_shown->isEmpty())
        sum << tr("Bytes changed: %1 · undo file: at most %2 · %3")
                   .arg(QLocale().toString(static_cast<qulonglong>(m_repair.bytesChanged().value)),
                       shownSize(m_repair.largestJournal()), repairEndText(*m_shown));
    m_sum->setText(sum.join(QLatin1Char('\n')));
}

void RepairPanel::addStep(const RepairStep& step, int row)
{
    const QString words = repairStepText(step);
    const QString why = repairWhyNotText(step);
    auto* tick = new QCheckBox;
    tick->setChecked(step.chosen);
    tick->setEnabled(canBeChosen(step));
    tick->setAccessibleName(words);
    tick->setAccessibleDescription(
        QStringLiteral("%1, %2. %3").arg(repairEffectText(step), repairConfidenceText(step), why));
    tick->setToolTip(why);
    connect(tick, &QCheckBox::toggled, this, [this, tick, id = step.id](bool wanted) {
        m_focused = tick->hasFocus() ? id : std::string{};
        m_repair.choose(id, wanted);
    });
    auto* what = wrapped(TextLabel::Rank::Body);
    what->setText(words);
    auto* effect = wrapped(TextLabel::Rank::Second);
    QStringList notes{repairEffectText(step), repairConfidenceText(step)};
    if (!why.isEmpty())
        notes << why;
    effect->setText(notes.join(QStringLiteral(" · ")));
    if (step.guestLost.value > 0)
        effect->setToken(Token::WarningText);
    auto* lines = new QVBoxLayout;
    lines->setSpacing(0);
    lines->addWidget(what);
    lines->addWidget(effect);
    m_steps->addWidget(tick, row, 0, Qt::AlignTop);
    m_steps->addLayout(lines, row, 1);
    m_ticks.emplace_back(step.id, tick);
}

} // namespace platter::app
