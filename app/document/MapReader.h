// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/EarlyPicture.h"
#include "app/document/ImageDocument.h"
#include "app/document/MapScan.h"

#include <QElapsedTimer>
#include <QTimer>

#include <map>

namespace platter::app {

/// Reads the two views of the map of a document's image on workers and hands out what is known.
///
/// A view is read in one colouring, when somebody wants it for the first time, and again when the
/// files below the image change. All functions belong to the GUI thread and return at once.
class MapReader final : public QObject {
    Q_OBJECT

public:
    explicit MapReader(ImageDocument& document, QObject* parent = nullptr);
    ~MapReader() override;

    MapView view() const { return m_key.view; }
    const MapAspect& aspect() const { return m_key.aspect; }
    void show(MapView view, const MapAspect& aspect);

    /// What the present view is made of; nothing without an image.
    const std::optional<MapSubject>& subject() const { return m_subject; }
    /// The present view as far as it was read; nullptr without an image.
    const std::shared_ptr<const MapPicture>& picture() const { return m_picture; }
    /// What of it was read place by place; nullptr: nothing.
    const std::shared_ptr<const MapDetail>& detail() const { return side().detail; }
    /// While the view of the file is read by kind: the tables known from opening; else nullptr.
    const std::shared_ptr<const HostOutline>& outline() const { return m_outline; }
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
    void pictureChanged(); ///< another image, view, colouring or chain is shown, or more closely
    void pictureGrew(); ///< the same picture knows more
    void stateChanged(); ///< started, went on, ended

private:
    /// What is known of one view.
    struct Side {
        std::shared_ptr<const MapPyramid> pyramid;
        std::shared_ptr<const MapDetail> detail;
        std::shared_ptr<const HostCategories> hostCategories;
        bool complete = false;
        QString problem;
    };
    struct Feed; ///< what the worker has published

    struct Key {
        MapView view = MapView::Guest;
        MapAspect aspect;
        auto operator<=>(const Key&) const = default;
    };

    Side& side() { return m_sides[m_key]; }
    const Side& side() const { return m_sides.at(m_key); }
    void begin();
    void forgetLargeSides();
    void takeFeed();
    void showPicture();
    std::optional<MapSubject> makeSubject() const;

    ImageDocument& m_document;
    JobRunner* m_runner;
    JobRunner* m_detailRunner;
    Key m_key;
    std::map<Key, Side> m_sides;
    std::optional<MapSubject> m_subject;
    std::shared_ptr<const MapPicture> m_picture;
    std::shared_ptr<const HostOutline> m_outline;
    std::shared_ptr<Feed> m_feed; ///< of the running scan
    QElapsedTimer m_since;
    QTimer m_feedTimer;
};

/// What the guest's view of a document's image is made of; it has an image.
MapSubject guestSubject(const ImageDocument& document);

} // namespace platter::app
