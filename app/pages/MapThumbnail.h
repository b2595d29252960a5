// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/MapReader.h"

#include <QAbstractButton>
#include <QTimer>

namespace platter {
class ClusterMap;
}

namespace platter::app {

/// What the guest sees as a small map that cannot be moved; pressing it opens the Map page.
///
/// Reads the tables once for each image, when it is first shown, and fills in while that goes on.
class MapThumbnail final : public QAbstractButton {
    Q_OBJECT

public:
    explicit MapThumbnail(ImageDocument& document, QWidget* parent = nullptr);
    ~MapThumbnail() override;

    /// Whether a place of what is shown has a problem.
    bool showsProblem() const { return m_showsProblem; }

    QSize sizeHint() const override { return {320, 120}; }
    QSize minimumSizeHint() const override { return {160, 64}; }

signals:
    void showsProblemChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    struct Feed; ///< what the worker has published

    void forget();
    void want();
    void take();
    void showPyramid(std::shared_ptr<const MapPyramid> pyramid);
    void setShowsProblem(bool shows);

    ImageDocument& m_document;
    JobRunner* m_runner;
    ClusterMap* m_map;
    std::shared_ptr<Feed> m_feed;
    QTimer m_feedTimer;
    std::shared_ptr<const MapPyramid> m_pyramid; ///< what is shown
    std::optional<MapSubject> m_subject; ///< nothing: not read yet
    bool m_showsProblem = false;
};

} // namespace platter::app
