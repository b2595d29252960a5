// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/MapScan.h"

#include <QElapsedTimer>
#include <QTimer>

namespace platter::app {

/// Reads the two views of the map of a document's image on workers and hands out what is known.
///
/// A view is read when somebody wants it for the first time, and again when the files below the
/// image change. All functions belong to the GUI thread and return at once.
class MapReader final : public QObject {
    Q_OBJECT

public:
    explicit MapReader(ImageDocument& document, QObject* parent = nullptr);
    ~MapReader() override;

    MapView view() const { return m_view; }
    void setView(MapView view);

    /// What the present view is made of; nothing without an image.
    const std::optional<MapSubject>& subject() const { return m_subject; }
    /// The present view as far as it was read; nullptr without an image.
    const std::shared_ptr<const MapPicture>& picture() const { return m_picture; }
    bool isRunning() const { return m_runner->isRunning(); }
    int permille() const { return m_runner->permille(); }
    qint64 runningFor() const { return m_since.elapsed(); } ///< milliseconds
    /// Why reading ended early; empty unless it did.
    const QString& problem() const { return side().problem; }

    /// The places of a range, if they are known exactly.
    std::optional<std::span<const MapPlace>> placesOf(std::uint64_t from, Bytes length) const;
    /// Sums up a range; `step` is what is looked at in one go where there is no exact count.
    MapTotals totalsOf(std::uint64_t from, Bytes length, Bytes step) const;

    /// Reads the present view unless it was read, is being read or could not be.
    void want();
    /// Reads a range place by place, if it is small enough and not known yet.
    void wantDetail(std::uint64_t from, Bytes length);
    void stop();
    void readAgain();

signals:
    void pictureChanged(); ///< more is known, or another image, view or chain is shown
    void stateChanged(); ///< started, went on, ended

private:
    /// What is known of one view.
    struct Side {
        std::shared_ptr<const MapPyramid> pyramid;
        std::shared_ptr<const MapDetail> detail;
        bool complete = false;
        QString problem;
    };
    struct Feed; ///< what the worker has published

    Side& side() { return m_sides[static_cast<std::size_t>(m_view)]; }
    const Side& side() const { return m_sides[static_cast<std::size_t>(m_view)]; }
    void begin();
    void takeFeed();
    void showPicture();
    std::optional<MapSubject> makeSubject() const;

    ImageDocument& m_document;
    JobRunner* m_runner;
    JobRunner* m_detailRunner;
    MapView m_view = MapView::Guest;
    std::array<Side, 2> m_sides;
    std::optional<MapSubject> m_subject;
    std::shared_ptr<const MapPicture> m_picture;
    std::shared_ptr<Feed> m_feed; ///< of the running scan
    QElapsedTimer m_since;
    QTimer m_feedTimer;
};

} // namespace platter::app
