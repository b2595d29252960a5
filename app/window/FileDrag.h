// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPoint>

#include <memory>
#include <optional>

class QMimeData;
class QWidget;

namespace platter::app {

class ImageDocument;

/// Lets the file of a document be dragged out of a widget: its address, to be copied or opened,
/// never the file itself to be moved.
class FileDrag final : public QObject {
    Q_OBJECT

public:
    FileDrag(QWidget& handle, const ImageDocument& document);

    /// The address of the document's file, as other programs take it.
    static std::unique_ptr<QMimeData> addressOf(const ImageDocument& document);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void begin();

    QWidget& m_handle;
    const ImageDocument& m_document;
    std::optional<QPoint> m_pressedAt;
};

} // namespace platter::app
