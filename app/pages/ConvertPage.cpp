// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ConvertPage.h"

#include "app/dialogs/NewPassphraseDialog.h"
#include "app/dialogs/OvercomeHurdle.h"
#include "app/document/Hurdle.h"
#include "app/jobs/ConversionJob.h"
#include "app/jobs/JobQueue.h"
#include "app/pages/ConvertTargets.h"
#include "app/pages/OptionsPanel.h"
#include "app/pages/PresetBar.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/RecentImages.h"
#include "app/window/SegmentSwitch.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    QString wordsOf(const std::string& format)
    {
        if (format == "qcow2")
            return ConvertPage::tr(
                "Grows with its content. Holds snapshots, bitmaps and compressed "
                "data. For QEMU, KVM, virt-manager, Boxes.");
        if (format == "qcow")
            return ConvertPage::tr("The predecessor of QCOW2, for old programs. Holds one state of "
                                   "the disk.");
        if (format == "vdi")
            return ConvertPage::tr("Grows with its content. Holds one state of the disk. For "
                                   "VirtualBox.");
        return ConvertPage::tr(
            "The bytes of the disk and nothing else: every program reads it, and "
            "it can be written to a real disk. Zeros take no space where the "
            "file system has holes.");
    }

    /// The name of a line at its left.
    TextLabel* lineName(const QString& text)
    {
        auto* label = new TextLabel(TextLabel::Rank::Heading, text);
        label->setAlignment(Qt::AlignLeading | Qt::AlignTop);
        label->setContentsMargins(0, smallGap, 0, 0);
        return label;
    }

} // namespace

ConvertPage::ConvertPage(ImageDocument& document, JobQueue& jobs, QWidget* parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_jobs(jobs)
    , m_list(document)
    , m_formats({"qcow2", "qcow", "vdi", "raw"})
    , m_formatWords(new TextLabel(TextLabel::Rank::Second))
    , m_presets(new PresetBar)
    , m_targets(new ConvertTargets(m_list, document))
    , m_notes(new GroundFrame(Token::NoteGround, GroundFrame::Edge::None))
    , m_notesOf(new TextLabel(TextLabel::Rank::Second))
    , m_obstacle(new TextLabel(TextLabel::Rank::Body))
    , m_warnings(new TextLabel(TextLabel::Rank::Body))
    , m_act(new ActionButton)
    , m_go(new ActionButton)
    , m_expected(new TextLabel(TextLabel::Rank::Body))
    , m_done(new TextLabel(TextLabel::Rank::Second))
    , m_more(new ActionButton)
    , m_options(new OptionsPanel)
    , m_content(new ScrolledContent(ScrolledContent::Height::Wanted))
{
    QStringList names;
    for (const std::string& format : m_formats)
        names << formatTitle(format);
    m_format = new SegmentSwitch(names);
    m_formatWords->setWordWrap(true);
    auto* chips = new QHBoxLayout;
    chips->addWidget(m_format);
    chips->addStretch();
    auto* to = new QVBoxLayout;
    to->setSpacing(gap);
    to->addLayout(chips);
    to->addWidget(m_presets);
    to->addWidget(m_formatWords);

    m_more->setLook(ActionButton::Look::Link);
    m_more->setCheckable(true);
    auto* more = new QHBoxLayout;
    more->setContentsMargins(-gap, 0, 0, 0); // its words stand where others begin
    more->addWidget(m_more);
    more->addStretch();

    auto* grid = new QGridLayout(m_content);
    grid->setContentsMargins(hugeGap, wideGap, hugeGap, hugeGap);
    grid->setHorizontalSpacing(wideGap);
    grid->setVerticalSpacing(wideGap);
    grid->setColumnStretch(1, 1);
    grid->addWidget(
        lineName(tr("To", "line of the page Convert: which format")), 0, 0, Qt::AlignTop);
    grid->addLayout(to, 0, 1);
    grid->addWidget(
        lineName(tr("Where", "line of the page Convert: which file")), 1, 0, Qt::AlignTop);
    grid->addWidget(m_targets, 1, 1);
    grid->addWidget(lineName(tr("Go", "line of the page Convert: begin")), 2, 0, Qt::AlignTop);
    grid->addWidget(makeGo(), 2, 1);
    grid->addLayout(more, 3, 1);
    grid->addWidget(m_options, 4, 1);
    grid->setRowStretch(5, 1);
    setWidget(m_content);
    setWidgetResizable(true);
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    connect(m_format, &SegmentSwitch::chosen, this, [this](int index) {
        ConversionChoice choice = m_list.choice();
        choice.format = m_formats[static_cast<std::size_t>(index)];
        m_list.choose(choice);
    });
    connect(m_presets, &PresetBar::chosen, &m_list, &ConversionList::choose);
    connect(m_options, &OptionsPanel::chosen, &m_list, &ConversionList::choose);
    connect(m_more, &ActionButton::toggled, this, &ConvertPage::showOptions);
    connect(m_targets, &ConvertTargets::currentChanged, this, &ConvertPage::refreshNotes);
    connect(&m_list, &ConversionList::changed, this, &ConvertPage::refresh);
    connect(&jobs, &JobQueue::changed, this, &ConvertPage::takeNames);
    showOptions(false);
    refresh();
}

QWidget* ConvertPage::makeGo()
{
    m_go->setLook(ActionButton::Look::Primary);
    m_go->setObjectName(QStringLiteral("convert"));
    connect(m_go, &ActionButton::clicked, this, &ConvertPage::start);
    connect(m_act, &ActionButton::clicked, this, [this] {
        const auto row = m_targets->current();
        if (!row)
            return;
        if (m_list.isObstacleUse(*row))
            m_list.allowUse(*row);
        else
            overcomeHurdle(*m_list.rows()[*row].document, *window());
    });
    for (TextLabel* label : {m_notesOf, m_obstacle, m_warnings, m_expected, m_done})
        label->setWordWrap(true);
    m_warnings->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_warnings->setAccessibleName(tr("To know before it starts"));

    auto* words = new QVBoxLayout;
    words->setSpacing(smallGap);
    words->addWidget(m_notesOf);
    words->addWidget(m_obstacle);
    words->addWidget(m_warnings);
    auto* notes = new QHBoxLayout(m_notes);
    notes->setContentsMargins(12, gap, gap, gap);
    notes->setSpacing(wideGap);
    notes->addLayout(words, 1);
    notes->addWidget(m_act, 0, Qt::AlignTop);

    auto* line = new QHBoxLayout;
    line->setSpacing(wideGap);
    line->addWidget(m_go);
    line->addWidget(m_expected, 1);
    auto* go = new QWidget;
    auto* column = new QVBoxLayout(go);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    column->addWidget(m_notes);
    column->addLayout(line);
    column->addWidget(m_done);
    return go;
}

bool ConvertPage::showsOptions() const
{
    return m_more->isChecked();
}

void ConvertPage::showOptions(bool shown)
{
    m_more->setChecked(shown);
    m_more->setText(shown ? tr("Fewer options") : tr("More options"));
    m_more->setAccessibleName(m_more->text());
    m_options->setVisible(shown);
}

QString ConvertPage::formatName() const
{
    return formatTitle(m_list.choice().format);
}

void ConvertPage::take(const QStringList& paths)
{
    tellLeftOut(m_list.addInstead(paths));
}

void ConvertPage::join(const QStringList& paths)
{
    tellLeftOut(m_list.add(paths));
}

void ConvertPage::tellLeftOut(int count)
{
    m_done->setText(count == 0
            ? QString()
            : tr("The list is full: %n image(s) were left out.", nullptr, count));
}

void ConvertPage::showEvent(QShowEvent* event)
{
    m_list.setActive(true);
    QScrollArea::showEvent(event);
}

void ConvertPage::hideEvent(QHideEvent* event)
{
    m_list.setActive(false);
    QScrollArea::hideEvent(event);
}

void ConvertPage::refresh()
{
    emit startable();
    if (!isVisible())
        return; // showing it changes the list
    const ConversionChoice& choice = m_list.choice();
    const auto format = std::find(m_formats.begin(), m_formats.end(), choice.format);
    m_format->setCurrent(static_cast<int>(format - m_formats.begin()));
    m_formatWords->setText(wordsOf(choice.format));
    m_presets->show(choice);
    m_options->show(choice, m_list.sources(), m_list.rows().size());

    const auto& rows = m_list.rows();
    const QString act = rows.size() > 1
        ? tr("Convert %n image(s)", nullptr, static_cast<int>(rows.size()))
        : tr("Convert to %1").arg(formatName());
    m_go->setText(
        m_list.asksForPassphrase() ? tr("%1…", "an act that asks something").arg(act) : act);
    m_go->setAccessibleName(m_go->text());
    const QString why = m_list.whyNotStart();
    m_go->setEnabled(why.isEmpty());
    m_go->setToolTip(why);
    m_go->setStatusTip(why);
    m_go->setAccessibleDescription(why);
    m_go->updateGeometry();

    m_expected->setText(expectation());
    m_done->setVisible(!m_done->text().isEmpty());
    refreshNotes();
    m_content->settle();
}

/// How large what is made will be.
QString ConvertPage::expectation() const
{
    const auto& rows = m_list.rows();
    if (rows.empty())
        return {};
    Bytes all{};
    std::size_t known = 0;
    bool least = false;
    for (const ConversionList::Row& row : rows) {
        if (row.forecast && row.forecast->size) {
            all = all + row.forecast->onDisk.expected;
            least = least || row.forecast->isLeast;
            ++known;
        }
    }
    const bool everything = known == rows.size();
    if (rows.size() > 1)
        return everything && least
            ? tr("Expected at least %1 together. The snapshots come on top.").arg(shownSize(all))
            : everything             ? tr("Expected %1 together.").arg(shownSize(all))
            : m_list.isForecasting() ? tr("The size is being estimated.")
                                     : QString();
    const auto& forecast = rows.front().forecast;
    if (!forecast)
        return m_list.isForecasting() ? tr("The size is being estimated.") : QString();
    if (!forecast->problem.isEmpty())
        return tr("The size cannot be told. %1").arg(forecast->problem);
    if (forecast->isLeast)
        return tr("Expected for the present state: %1. The snapshots come on top.")
            .arg(forecastText(*forecast));
    return forecast->size->isExact()
        ? tr("Expected %1, measured from the map.").arg(forecastText(*forecast))
        : tr("Expected %1.").arg(forecastText(*forecast));
}

void ConvertPage::refreshNotes()
{
    const auto row = m_targets->current();
    const QString obstacle = row ? m_list.obstacle(*row) : QString();
    const QStringList warnings = row ? m_list.warnings(*row) : QStringList();
    const Hurdle hurdle = row ? hurdleOf(*m_list.rows()[*row].document) : Hurdle::None;
    const QString act = !row         ? QString()
        : m_list.isObstacleUse(*row) ? tr("Convert it all the same")
                                     : hurdleAct(hurdle);
    const bool waits
        = hurdle == Hurdle::Reading || (row && m_list.rows()[*row].target.path.empty());
    m_notesOf->setText(row && m_list.rows().size() > 1
            ? shownPath(m_list.rows()[*row].source.filename())
            : QString());
    m_notesOf->setVisible(!m_notesOf->text().isEmpty());
    m_obstacle->setText(obstacle);
    m_obstacle->setVisible(!obstacle.isEmpty());
    m_warnings->setText(warnings.join(QLatin1Char('\n')));
    m_warnings->setVisible(!warnings.isEmpty());
    m_act->setVisible(!act.isEmpty());
    m_act->setText(act);
    m_act->setAccessibleName(act);
    m_act->updateGeometry();
    m_notes->setGround(obstacle.isEmpty() || waits ? Token::NoteGround : Token::WarningGround);
    m_notes->setVisible((!obstacle.isEmpty() && !waits) || !warnings.isEmpty());
}

/// What jobs will write is taken already.
void ConvertPage::takeNames()
{
    std::set<std::filesystem::path> taken;
    for (const QueuedJob* job : m_jobs.jobs()) {
        if (job->isUnfinished() && !job->resultPath().isEmpty())
            taken.insert(fromQtPath(job->resultPath()));
    }
    m_list.setTaken(std::move(taken));
}

void ConvertPage::start()
{
    if (!m_list.whyNotStart().isEmpty())
        return;
    std::vector<ConversionOrder> orders = m_list.orders();
    const auto locked = std::count_if(orders.begin(), orders.end(),
        [](const ConversionOrder& order) { return order.locksResult(); });
    if (locked == 0) {
        order(std::move(orders));
        return;
    }
    auto* dialog = new NewPassphraseDialog(static_cast<int>(locked), window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, orders = std::move(orders)]() mutable {
        for (ConversionOrder& one : orders) {
            if (one.locksResult())
                one.request.targetPassphrase = dialog->passphrase();
        }
        order(std::move(orders));
    });
    dialog->open();
}

void ConvertPage::order(std::vector<ConversionOrder> orders)
{
    const auto count = static_cast<int>(orders.size());
    m_list.reset();
    for (ConversionOrder& one : orders)
        m_jobs.add(std::make_shared<const ConversionJob>(std::move(one)));
    m_done->setText(tr("%n conversion(s) went to the jobs.", nullptr, count));
    takeNames();
}

} // namespace platter::app
