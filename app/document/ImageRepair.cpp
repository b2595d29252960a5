// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageRepair.h"

#include "app/document/ImageDocument.h"
#include "app/text/CoreText.h"
#include "core/edit/Transaction.h"
#include "core/operations/RepairImage.h"

#include <QDateTime>
#include <QTimer>

#include <chrono>

namespace platter::app {

namespace {

    constexpr std::chrono::milliseconds afterShowing{50};

    struct Planned {
        std::shared_ptr<const RepairPlan> plan;
        std::shared_ptr<const EditPlan> edit;
    };

    /// With the locks of a reader, which are given back before anything is written.
    Planned planRepair(const std::filesystem::path& path, const std::string& format,
        const RepairOptions& options, const JobControl& job)
    {
        OpenOptions open;
        open.format = format;
        open.sharing = OpenOptions::Sharing::StandStill;
        const OpenedImage opened = openImage(path, open, job);
        RepairPlan plan = opened.image->planRepair(options, job);
        auto edit = std::make_shared<EditPlan>(editOf(plan, *opened.image, job));
        edit->base = opened.stamp;
        return {std::make_shared<const RepairPlan>(std::move(plan)), std::move(edit)};
    }

} // namespace

ImageRepair::ImageRepair(ImageDocument& document)
    : QObject(&document)
    , m_document(document)
    , m_planner(new JobRunner{tr("Work out a repair"), this})
    , m_writer(new JobRunner{tr("Repair"), this})
    , m_reader(new JobRunner{tr("Look for earlier edits"), this})
{
    for (JobRunner* runner : {m_planner, m_writer})
        document.addRunner(runner);
    connect(m_planner, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = error.why;
        emit changed();
    });
    connect(m_planner, &JobRunner::cancelled, this, &ImageRepair::changed);
    connect(m_writer, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = error.why;
        m_keepsWords = true;
        m_document.reload(); // what of it was written is not known here
        emit changed();
    });
    connect(m_writer, &JobRunner::cancelled, this, [this] {
        m_problem = tr("It was stopped. The image is as it was before.");
        m_keepsWords = true;
        m_document.reload();
        emit changed();
    });
    connect(&document, &ImageDocument::imageChanged, this, [this] {
        m_planner->drop();
        m_plan.reset();
        m_edit.reset();
        m_options = {};
        if (!std::exchange(m_keepsWords, false)) {
            m_outcome.clear();
            m_problem.clear();
        }
        m_lastEdit.reset();
        // Later: whoever shows the image has enough to do now.
        QTimer::singleShot(afterShowing, this, &ImageRepair::readEdits);
        emit changed();
    });
}

ImageRepair::~ImageRepair()
{
    // Runners stop and wait here, while every member that their results could touch is alive.
    for (JobRunner* runner : {m_planner, m_writer, m_reader}) {
        runner->disconnect(this);
        delete runner;
    }
}

bool ImageRepair::formatIsDoubtful() const
{
    const OpenedImage& opened = m_document.opened();
    return opened.image && opened.formatWasGuessed
        && m_document.path().extension() != "." + opened.image->formatId();
}

bool ImageRepair::isInterrupted() const
{
    return m_lastEdit && m_lastEdit->state == PastEdit::State::Interrupted;
}

QString ImageRepair::whyNotTakeBack() const
{
    if (!m_document.image())
        return tr("Needs an open image");
    if (isWriting())
        return tr("The image is being written");
    if (!m_lastEdit)
        return tr("Platter has no edit of this image to take back");
    return shownText(m_lastEdit->whyNot);
}

void ImageRepair::readEdits()
{
    m_reader->drop();
    m_lastEdit.reset();
    if (!m_document.image())
        return;
    m_reader->start([path = m_document.path()](const JobControl&) { return listEdits(path); },
        [this](const std::vector<PastEdit>& edits) {
            if (!edits.empty())
                m_lastEdit = edits.front();
            emit changed();
        });
}

void ImageRepair::review()
{
    m_outcome.clear();
    start();
}

void ImageRepair::start()
{
    if (!m_document.image() || isWriting())
        return;
    m_problem.clear();
    m_planner->start(
        [path = m_document.path(), format = m_document.image()->formatId(), options = m_options](
            const JobControl& job) { return planRepair(path, format, options, job); },
        [this](Planned planned) {
            m_plan = std::move(planned.plan);
            m_edit = std::move(planned.edit);
            emit changed();
        });
    emit changed();
}

void ImageRepair::choose(const std::string& step, bool wanted)
{
    if (wanted)
        m_options.without.erase(step);
    else
        m_options.without.insert(step);
    // These are done only when somebody asks for them.
    if (wanted && (step == "restore" || step == "clear"))
        m_options.clearUnreadable = true;
    if (wanted && (step == "free-leaks" || step == "free-blocks" || step == "close-gaps"))
        m_options.freeLost = true;
    start();
}

void ImageRepair::close()
{
    m_planner->drop();
    m_plan.reset();
    m_edit.reset();
    m_options = {};
    m_problem.clear();
    emit changed();
}

void ImageRepair::repair()
{
    if (!m_edit || m_plan->isEmpty() || isWriting() || isPlanning())
        return;
    m_problem.clear();
    m_writer->start([path = m_document.path(), edit = m_edit](
                        const JobControl& job) { return applyEdit(path, *edit, job); },
        [this](const EditResult& result) {
            afterWriting(
                tr("The image was repaired: %1 were written.").arg(shownSize(result.bytesWritten)));
        });
    emit changed();
}

void ImageRepair::takeBack()
{
    if (!whyNotTakeBack().isEmpty())
        return;
    m_planner->drop();
    m_problem.clear();
    m_writer->start(
        [path = m_document.path()](const JobControl& job) { return platter::takeBack(path, job); },
        [this](const TakenBackEdit& taken) {
            const QDateTime when = QDateTime::fromMSecsSinceEpoch(taken.edit.time / 1'000'000);
            afterWriting(tr("The edit of %1 was taken back: every byte is as it was before.")
                             .arg(QLocale().toString(when, QLocale::ShortFormat)));
        });
    emit changed();
}

void ImageRepair::afterWriting(const QString& outcome)
{
    m_plan.reset();
    m_edit.reset();
    m_options = {};
    m_outcome = outcome;
    m_keepsWords = true;
    m_document.readAndCheck();
    emit changed();
}

} // namespace platter::app
