// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapExporter.h"

#include "app/dialogs/MapTableDialog.h"
#include "app/document/ImageDocument.h"
#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>

namespace platter::app {

MapExporter::MapExporter(ImageDocument& document, Ask ask, QWidget* window)
    : QObject(window)
    , m_document(document)
    , m_ask(std::move(ask))
    , m_window(window)
    , m_runner(new JobRunner(tr("Save the map"), this))
{
    document.addRunner(m_runner);
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        emit failed(tr("The file was not written. %1").arg(error.why));
    });
}

void MapExporter::fill(QMenu& menu)
{
    menu.addAction(tr("Save as picture…"), this, [this] { this->ask(What::Picture); });
    menu.addAction(tr("Save as CSV…"), this, [this] { this->ask(What::Table); });
    menu.addSeparator();
    menu.addAction(tr("Show as table"), this, &MapExporter::showTable);
}

void MapExporter::ask(What what)
{
    const bool picture = what == What::Picture;
    auto* const dialog = new QFileDialog(
        m_window, picture ? tr("Save the map as a picture") : tr("Save the map as CSV"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(picture ? tr("Pictures (*.png)") : tr("Comma-separated values (*.csv)"));
    dialog->setDefaultSuffix(picture ? QStringLiteral("png") : QStringLiteral("csv"));
    dialog->selectFile(QFileInfo(toQtPath(m_document.path())).completeBaseName()
        + (picture ? QStringLiteral("-map.png") : QStringLiteral("-map.csv")));
    connect(dialog, &QFileDialog::fileSelected, this,
        [this, what](const QString& path) { save(what, fromQtPath(path)); });
    dialog->open();
}

void MapExporter::savePicture(const std::filesystem::path& path)
{
    save(What::Picture, path);
}

void MapExporter::saveTable(const std::filesystem::path& path)
{
    save(What::Table, path);
}

void MapExporter::save(What what, const std::filesystem::path& path)
{
    auto shown = m_ask();
    if (!shown)
        return;
    const auto colors = std::make_shared<const ClusterMapColors>(shown->look);
    const auto extract = std::make_shared<const MapExtract>(std::move(shown->extract));
    m_runner->start(
        [what, extract, colors, path](const JobControl& job) {
            if (what == What::Picture)
                saveMapPicture(*extract, *colors, path, job);
            else
                saveMapTable(*extract, path, job);
            return path;
        },
        [this](const std::filesystem::path& written) { emit saved(shownPath(written)); });
}

void MapExporter::showTable()
{
    auto shown = m_ask();
    if (!shown)
        return;
    auto* const dialog = new MapTableDialog(std::move(shown->extract), m_window);
    connect(dialog, &MapTableDialog::cellActivated, this, &MapExporter::cellActivated);
    dialog->open();
}

} // namespace platter::app
