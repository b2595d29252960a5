// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/OverlaysPanel.h"

#include "app/models/OverlaysModel.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/RecentImages.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QHeaderView>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

OverlaysPanel::OverlaysPanel(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Look for images that rest on this one"), this))
    , m_model(new OverlaysModel(this))
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_result(new TextLabel(TextLabel::Rank::Second))
    , m_below(new QCheckBox(tr("Also in folders &below")))
    , m_choose(new ActionButton(tr("Look in a folder…")))
    , m_again(new ActionButton(tr("Look again")))
    , m_stop(new ActionButton(tr("Stop")))
    , m_bar(new QProgressBar)
{
    document.addRunner(m_runner);
    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("Images that rest on this one"));
    m_result->setWordWrap(true);
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_stop->setAccessibleName(tr("Stop looking for images"));
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(160);
    m_bar->setAccessibleName(tr("Progress of looking for images"));
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Images that rest on this one"));
    m_table->setMinimumHeight(120);

    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(heading);
    row->addStretch();
    row->addWidget(m_bar);
    row->addWidget(m_below);
    row->addWidget(m_stop);
    row->addWidget(m_again);
    row->addWidget(m_choose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    column->addLayout(row);
    column->addWidget(m_result);
    column->addWidget(m_table, 1);
    column->addStretch();

    connect(m_choose, &ActionButton::clicked, this, &OverlaysPanel::chooseFolder);
    connect(m_again, &ActionButton::clicked, this, &OverlaysPanel::start);
    connect(m_stop, &ActionButton::clicked, this, &OverlaysPanel::stop);
    connect(m_runner, &JobRunner::progressed, m_bar, &QProgressBar::setValue);
    connect(m_runner, &JobRunner::cancelled, this, [this] {
        refresh();
        m_result->setText(tr("Looking was stopped. Nothing is known from it."));
    });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        refresh();
        m_result->setText(error.why);
    });
    connect(&document, &ImageDocument::imageChanged, this, [this] {
        m_runner->drop();
        m_model->setOverlays({});
        refresh();
    });
    refresh();
}

void OverlaysPanel::chooseFolder()
{
    auto* dialog = new QFileDialog(this, tr("Look in a folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setDirectory(
        toQtPath(m_folders.empty() ? m_document.path().parent_path() : m_folders.back()));
    connect(dialog, &QFileDialog::fileSelected, this, &OverlaysPanel::lookIn);
    dialog->open();
}

void OverlaysPanel::lookIn(const QString& folder)
{
    const std::filesystem::path path = fromQtPath(folder);
    if (std::find(m_folders.begin(), m_folders.end(), path) == m_folders.end())
        m_folders.push_back(path);
    start();
}

void OverlaysPanel::start()
{
    if (!m_document.image() || m_folders.empty())
        return;
    FindOverlaysOptions options;
    if (m_below->isChecked())
        options.reach = FindOverlaysOptions::Reach::FoldersBelow;
    m_model->setOverlays({});
    m_runner->start(
        [file = m_document.opened().file, path = m_document.path(), folders = m_folders, options](
            const JobControl& job) { return findOverlays(*file, path, folders, options, job); },
        [this](FoundOverlays found) { showFound(std::move(found)); });
    refresh();
}

void OverlaysPanel::stop()
{
    m_runner->cancel();
}

void OverlaysPanel::showFound(FoundOverlays found)
{
    const auto number
        = [](std::size_t value) { return QLocale().toString(static_cast<qulonglong>(value)); };
    const auto count = static_cast<int>(found.overlays.size());
    QStringList words{count == 0
            ? tr("None found. Others may lie elsewhere, or on other computers.")
            : tr("%n found. Changing this image would spoil them; others may lie elsewhere.",
                nullptr, count)};
    words << tr("%1 files looked at, %2 of them images, in %3 folders.")
                 .arg(number(found.files), number(found.images), number(found.folders));
    if (found.unreadable > 0)
        words << tr("%1 could not be read.").arg(number(found.unreadable));
    if (found.limitReached)
        words << tr("There were more files; the limit is Platter's own.");
    m_model->setOverlays(std::move(found.overlays));
    refresh();
    m_result->setText(words.join(QLatin1Char(' ')));
}

void OverlaysPanel::refresh()
{
    const bool running = m_runner->isRunning();
    m_bar->setValue(0);
    m_bar->setVisible(running);
    m_stop->setVisible(running);
    m_again->setVisible(!running && !m_folders.empty());
    m_choose->setVisible(!running);
    m_table->setVisible(m_model->rowCount() > 0);
    QStringList folders;
    for (const auto& folder : m_folders)
        folders << shownPath(folder);
    m_result->setText(running
            ? tr("Reading the headers of the files in %1").arg(folders.join(QStringLiteral(", ")))
            : tr(
                "An image does not know which others rest on it. Name a folder, and the headers of "
                "the files in it are read; names stored in them are compared, never opened."));
}

} // namespace platter::app
