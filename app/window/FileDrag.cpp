// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/FileDrag.h"

#include "app/document/ImageDocument.h"
#include "app/window/Look.h"
#include "app/window/RecentImages.h"

#include <QApplication>
#include <QDrag>
#include <QFileInfo>
#include <QMimeData>
#include <QMouseEvent>
#include <QUrl>
#include <QWidget>

namespace platter::app {

FileDrag::FileDrag(QWidget& handle, const ImageDocument& document)
    : QObject(&handle)
    , m_handle(handle)
    , m_document(document)
{
    handle.installEventFilter(this);
    handle.setCursor(Qt::OpenHandCursor);
}

std::unique_ptr<QMimeData> FileDrag::addressOf(const ImageDocument& document)
{
    const QString path = QFileInfo(toQtPath(document.path())).absoluteFilePath();
    auto data = std::make_unique<QMimeData>();
    data->setUrls({QUrl::fromLocalFile(path)});
    data->setText(path);
    return data;
}

bool FileDrag::eventFilter(QObject* watched, QEvent* event)
{
    const auto* mouse = event->type() == QEvent::MouseButtonPress
            || event->type() == QEvent::MouseMove || event->type() == QEvent::MouseButtonRelease
        ? static_cast<QMouseEvent*>(event)
        : nullptr;
    if (!mouse)
        return QObject::eventFilter(watched, event);
    const QPoint at = mouse->position().toPoint();
    if (event->type() == QEvent::MouseButtonPress && mouse->button() == Qt::LeftButton) {
        m_pressedAt = at;
        return true; // else the moves go to the window behind
    }
    if (event->type() == QEvent::MouseButtonRelease) {
        m_pressedAt.reset();
    } else if (event->type() == QEvent::MouseMove && m_pressedAt
        && (at - *m_pressedAt).manhattanLength() >= QApplication::startDragDistance()) {
        m_pressedAt.reset();
        begin();
        return true;
    }
    return QObject::eventFilter(watched, event);
}

void FileDrag::begin()
{
    auto* drag = new QDrag(&m_handle);
    drag->setMimeData(addressOf(m_document).release());
    drag->setPixmap(lineIcon(QStringLiteral("hard-drive")).pixmap(2 * iconSize));
    drag->exec(Qt::CopyAction, Qt::CopyAction);
}

} // namespace platter::app
