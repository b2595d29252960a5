// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ReportSaver.h"

#include "app/document/ImageDocument.h"
#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"
#include "core/report/ReportFile.h"

#include <QAction>
#include <QCoreApplication>
#include <QDateTime>
#include <QDesktopServices>
#include <QFileDialog>
#include <QFileInfo>
#include <QUrl>

namespace platter::app {

namespace {

    using Weight = NoticeBar::Notice::Weight;

    /// What a worker needs to know of the document.
    struct Order {
        OpenedImage top;
        std::vector<ChainLink> links; ///< empty: not known yet
        ReportOptions options;
        std::filesystem::path target;
    };

    std::filesystem::path writeReport(const Order& order, const JobControl& job)
    {
        ReportSubject subject{order.top, order.links};
        if (subject.links.empty())
            subject = subjectBelow(order.top, OpenPolicy::nothing(), {}, job);
        requireReportTarget(subject, order.target, Existing::Replace);
        const Report report = gatherReport(std::move(subject), order.options, job);
        saveReport(report, reportFormatOf(order.target), order.target, Existing::Replace,
            JobControl{job.stop, {}});
        return order.target;
    }

} // namespace

ReportSaver::ReportSaver(ImageDocument& document, QWidget* window)
    : QObject(window)
    , m_document(document)
    , m_window(window)
    , m_runner(new JobRunner(tr("Report"), this))
    , m_show(new QAction(tr("Show"), this))
{
    document.addRunner(m_runner);
    connect(m_show, &QAction::triggered, this,
        [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(toQtPath(m_saved))); });
    connect(m_runner, &JobRunner::started, this, &ReportSaver::changed);
    connect(m_runner, &JobRunner::ended, this, &ReportSaver::changed);
    connect(m_runner, &JobRunner::cancelled, this,
        [this] { tell(Weight::Note, tr("The report was stopped. Nothing was written.")); });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        tell(Weight::Problem, tr("The report was not written. %1").arg(error.why));
    });
    connect(&document, &ImageDocument::imageChanged, this, [this] {
        if (m_document.path() == m_about)
            return; // it was only read again
        m_runner->drop();
        m_news.clear();
        emit changed();
    });
}

void ReportSaver::chooseFile()
{
    if (!m_document.image() || isRunning())
        return;
    auto* const dialog = new QFileDialog(m_window, tr("Save report"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Web page (*.html)"), tr("JSON (*.json)")});
    dialog->setDefaultSuffix(QStringLiteral("html"));
    const QString stem
        = QFileInfo(toQtPath(m_document.path())).completeBaseName() + QStringLiteral("-report.");
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        const qsizetype dot = filter.lastIndexOf(QLatin1Char('.'));
        const QString suffix = filter.mid(dot + 1).chopped(1);
        dialog->setDefaultSuffix(suffix);
        // The suffix decides about the form, so that it has to follow the choice.
        const QStringList chosen = dialog->selectedFiles();
        if (!chosen.isEmpty())
            dialog->selectFile(
                QFileInfo(chosen.front()).completeBaseName() + QLatin1Char('.') + suffix);
    });
    dialog->selectFile(stem + QStringLiteral("html"));
    connect(dialog, &QFileDialog::fileSelected, this,
        [this](const QString& path) { save(fromQtPath(path)); });
    dialog->open();
}

void ReportSaver::save(const std::filesystem::path& path)
{
    if (!m_document.image())
        return;
    m_about = m_document.path();
    m_news.clear();
    const Order order{m_document.opened(), m_document.chain(),
        {QDateTime::currentSecsSinceEpoch(),
            "Platter " + QCoreApplication::applicationVersion().toStdString()},
        path};
    m_runner->start([order](const JobControl& job) { return writeReport(order, job); },
        [this](const std::filesystem::path& written) {
            m_saved = written;
            tell(Weight::Note, tr("The report was saved as “%1”.").arg(shownPath(written)), m_show);
        });
}

std::vector<NoticeBar::Notice> ReportSaver::news() const
{
    return m_news;
}

void ReportSaver::tell(Weight weight, const QString& text, QAction* action)
{
    m_news = {{weight, text, action, {}}};
    emit changed();
}

} // namespace platter::app
