// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/StateComparison.h"

#include <QWidget>

namespace platter {
class ClusterMap;
}

namespace platter::app {

class ActionButton;
class DifferenceModel;
class SearchBox;
class SnapshotsModel;
class TextLabel;

/// How two states of the disk differ: figures and a map.
class SnapshotCompareCard final : public QWidget {
    Q_OBJECT

public:
    SnapshotCompareCard(ImageDocument& document, SnapshotsModel& snapshots, QWidget* parent);

    /// Compares the tables of a state with those of another, in whichever order they were made.
    void compare(StateIndex chosen, StateIndex other);
    void clear();

    const StateComparison& comparison() const { return *m_comparison; }

private:
    void refresh();
    void refreshPicture();
    void chooseCells(quint64 from, quint64 length);

    ImageDocument& m_document;
    SnapshotsModel& m_snapshots;
    StateComparison* m_comparison;
    DifferenceModel* m_figures;
    TextLabel* m_title;
    TextLabel* m_summary;
    TextLabel* m_state;
    TextLabel* m_place;
    SearchBox* m_other;
    ActionButton* m_content;
    ActionButton* m_stop;
    ClusterMap* m_map;
    StateIndex m_chosen;
    bool m_active = false; ///< two states were given
};

} // namespace platter::app
