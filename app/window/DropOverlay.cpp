// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/DropOverlay.h"

#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/RecentImages.h"
#include "core/formats/Registry.h"

#include <QDir>
#include <QFileInfo>
#include <QPainter>
#include <QUrl>

namespace platter::app {

namespace {

    constexpr int mostFilesOfFolder = 2000; ///< a folder is looked at, not crawled
    constexpr int veilOpacity = 235;

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

} // namespace

DropPlan DropPlan::judge(const QMimeData& data)
{
    DropPlan plan;
    if (!data.hasUrls()) {
        plan.words = DropOverlay::tr("Only files can be opened, not text.");
        return plan;
    }
    for (const QUrl& url : data.urls()) {
        if (!url.isLocalFile()) {
            plan.words = DropOverlay::tr("Web addresses are not opened. Download the image first.");
            plan.paths.clear();
            return plan;
        }
        plan.paths << url.toLocalFile();
    }
    if (plan.paths.size() > mostWindows) {
        plan.words = DropOverlay::tr("At most %1 images can be opened at once.").arg(mostWindows);
        plan.paths.clear();
    } else if (plan.paths.size() == 1) {
        plan.words
            = DropOverlay::tr("Open %1").arg(shownPath(fromQtPath(plan.paths.front()).filename()));
    } else {
        plan.words
            = DropOverlay::tr("Open %n windows", nullptr, static_cast<int>(plan.paths.size()));
    }
    return plan;
}

DropOverlay::DropOverlay(QWidget* window)
    : QWidget(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showPlan(const DropPlan& plan)
{
    m_plan = plan;
    setAccessibleName(plan.words);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = color(m_plan.isAccepted() ? Token::NoteGround : Token::WarningGround);
    veil.setAlpha(veilOpacity);
    painter.fillRect(rect(), veil);
    painter.setPen(
        QPen(color(m_plan.isAccepted() ? Token::Link : Token::WarningText), 2, Qt::DashLine));
    painter.drawRoundedRect(
        QRectF(rect()).adjusted(wideGap, wideGap, -wideGap, -wideGap), gap, gap);
    QFont larger = font();
    larger.setPointSizeF(larger.pointSizeF() * 1.5);
    painter.setFont(larger);
    painter.setPen(color(m_plan.isAccepted() ? Token::Text : Token::WarningText));
    painter.drawText(
        rect().adjusted(48, 48, -48, -48), Qt::AlignCenter | Qt::TextWordWrap, m_plan.words);
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

} // namespace platter::app
