// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/MapPyramid.h"
#include "core/operations/StateDifference.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <QTimer>

namespace platter::app {

/// The kinds of a map of differences, by their index in CellShares::of. Ground: no difference.
enum class DifferenceShade : std::uint8_t { Changed, New, Gone, SameContent, Damaged = 7 };

/// How a map shows them.
ClusterMapLook differenceLook();

/// Compares two states of a document's image on a worker and hands out what is known so far.
///
/// All functions belong to the GUI thread and return at once.
class StateComparison final : public QObject {
    Q_OBJECT

public:
    explicit StateComparison(ImageDocument& document, QObject* parent = nullptr);
    ~StateComparison() override;

    /// Starts over; what ran is dropped.
    void compare(StateIndex first, StateIndex second, DifferenceOptions::Depth depth);
    void stop();
    void clear();

    StateIndex first() const { return m_first; }
    StateIndex second() const { return m_second; }
    DifferenceOptions::Depth depth() const { return m_depth; }

    bool isRunning() const { return m_runner->isRunning(); }
    int permille() const { return m_runner->permille(); }
    /// Why it ended early; empty unless it did.
    const QString& problem() const { return m_problem; }
    /// All figures; nothing until it has ended.
    const std::optional<DifferenceTotals>& totals() const { return m_totals; }
    /// Bytes of a kind met so far.
    Bytes soFar(DifferenceKind kind) const;
    /// nullptr: nothing is known yet.
    const std::shared_ptr<const ClusterMapSource>& picture() const { return m_picture; }

signals:
    void changed(); ///< started, went on, ended
    void pictureChanged(); ///< another picture, or the same with more in it

private:
    struct Feed; ///< what the worker has published
    struct Result;

    void takeFeed();

    ImageDocument& m_document;
    JobRunner* m_runner;
    QTimer m_feedTimer;
    std::shared_ptr<Feed> m_feed;
    StateIndex m_first;
    StateIndex m_second;
    DifferenceOptions::Depth m_depth = DifferenceOptions::Depth::Tables;
    Bytes m_unit{};
    QString m_problem;
    std::optional<DifferenceTotals> m_totals;
    std::shared_ptr<const MapPyramid> m_pyramid;
    std::shared_ptr<const ClusterMapSource> m_picture;
};

} // namespace platter::app
