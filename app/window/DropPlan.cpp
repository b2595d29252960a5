// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/DropPlan.h"

#include "app/text/CoreText.h"
#include "app/window/RecentImages.h"
#include "core/formats/Registry.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QUrl>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(DropPlan)
    };

    constexpr int mostFilesOfFolder = 2000; ///< a folder is looked at, not crawled

    bool looksLikeImage(const QFileInfo& file)
    {
        static const QStringList suffixes{QStringLiteral("raw"), QStringLiteral("img"),
            QStringLiteral("qcow2"), QStringLiteral("qcow"), QStringLiteral("vdi")};
        if (suffixes.contains(file.suffix().toLower()))
            return true;
        try {
            const auto opened
                = DiskFile::open(fromQtPath(file.filePath()), DiskFile::Access::ReadOnly);
            return std::string_view{probeFormat(*opened).id} != "raw";
        } catch (const Error&) {
            return false; // what cannot be read cannot be offered
        }
    }

    QString nameOf(const QString& path)
    {
        std::filesystem::path name = fromQtPath(path);
        if (!name.has_filename()) // a folder with a slash at its end
            name = name.parent_path();
        return shownPath(name.filename());
    }

    /// The local paths; a reason if something else is among them.
    QString takePaths(const QMimeData& data, QStringList& paths)
    {
        if (!data.hasUrls())
            return Words::tr("Only files can be dropped here, not text.");
        const QList<QUrl> urls = data.urls();
        if (urls.size() > DropPlan::mostPaths)
            return Words::tr(
                "At most %n file(s) can be dropped at once.", nullptr, DropPlan::mostPaths);
        for (const QUrl& url : urls) {
            if (!url.isLocalFile())
                return Words::tr("Web addresses are not opened. Download the image first.");
            paths << url.toLocalFile();
        }
        paths.removeDuplicates();
        return paths.isEmpty() ? Words::tr("There is no file in what is dragged.") : QString();
    }

    DropPlan::Zone conversionZone(const QString& words, qsizetype count)
    {
        DropPlan::Zone zone{DropAct::Convert, words};
        if (count > DropPlan::mostConversions)
            zone.refusal = Words::tr("At most %n image(s) can be converted together.", nullptr,
                DropPlan::mostConversions);
        return zone;
    }

    DropPlan::Zone windowsZone(int count)
    {
        DropPlan::Zone zone{DropAct::Open, Words::tr("Open %n window(s)", nullptr, count)};
        if (count > DropPlan::mostWindows)
            zone.refusal = Words::tr(
                "At most %n image(s) can be opened at once.", nullptr, DropPlan::mostWindows);
        return zone;
    }

} // namespace

DropPlan DropPlan::refused(const QString& why)
{
    DropPlan plan;
    plan.refusal = why;
    return plan;
}

DropPlan DropPlan::judge(const QMimeData& data, const DropPlace& place, const QStringList& folders)
{
    DropPlan plan;
    plan.refusal = takePaths(data, plan.paths);
    if (!plan.refusal.isEmpty())
        return plan;
    const auto count = static_cast<int>(plan.paths.size());
    if (!folders.isEmpty()) {
        plan.zones.push_back({DropAct::List,
            !place.conversion.isEmpty() ? Words::tr("Add the images in it to the list")
                : count == 1 ? Words::tr("List the images in %1").arg(nameOf(plan.paths.front()))
                             : Words::tr("List the images in them")});
        return plan;
    }
    if (!place.conversion.isEmpty()) {
        plan.zones.push_back(conversionZone(
            Words::tr("Convert to %1: joins the list").arg(place.conversion), count));
        return plan;
    }
    if (count > 1) {
        plan.zones.push_back(windowsZone(count));
        plan.zones.push_back(
            conversionZone(Words::tr("Convert %n image(s)…", nullptr, count), count));
        return plan;
    }
    const QString name = nameOf(plan.paths.front());
    plan.zones.push_back({DropAct::Open,
        place.hasWindow ? Words::tr("Open %1 in a new window").arg(name)
                        : Words::tr("Open %1").arg(name)});
    if (!place.imageName.isEmpty())
        plan.zones.push_back({DropAct::Compare, Words::tr("Compare with %1").arg(place.imageName),
            place.whyNotCompared});
    plan.zones.push_back({DropAct::Convert, Words::tr("Convert %1…").arg(name)});
    return plan;
}

DroppedFiles inspectDropped(const QStringList& paths)
{
    DroppedFiles result;
    for (const QString& path : paths) {
        if (!QFileInfo(path).isDir()) {
            result.files << path;
            continue;
        }
        DroppedFiles::Folder folder{path, {}};
        const QFileInfoList inside
            = QDir(path).entryInfoList(QDir::Files | QDir::Readable, QDir::Name);
        for (const QFileInfo& file : inside.mid(0, mostFilesOfFolder)) {
            if (looksLikeImage(file))
                folder.images << file.filePath();
        }
        result.folders << folder;
    }
    return result;
}

QStringList foldersAmong(const QStringList& paths)
{
    QStringList folders;
    for (const QString& path : paths) {
        if (QFileInfo(path).isDir())
            folders << path;
    }
    return folders;
}

} // namespace platter::app
