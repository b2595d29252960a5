// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/SnapshotColumns.h"

#include "app/models/SnapshotsModel.h"
#include "app/pages/SnapshotGraphDelegate.h"

#include <QHeaderView>
#include <QTableView>

#include <algorithm>

namespace platter::app {

namespace {

    // In average letters, so that they grow with the text.
    constexpr int leastNameLetters = 10;
    constexpr int soonNameLetters = 26; ///< a name has so many before other columns get any
    constexpr int mostNameLetters = 40;
    constexpr int leastNoteLetters = 18;
    constexpr int mostNoteLetters = 60;
    constexpr int leastGraphWidth = 56; ///< pixels

    int wantedWidth(QAbstractItemView& view, const QHeaderView& header, int column)
    {
        return std::max(view.sizeHintForColumn(column), header.sectionSizeHint(column));
    }

    bool tellsSomething(const SnapshotsModel& model, int column)
    {
        const auto any = [&](auto has) {
            return std::any_of(model.snapshots().begin(), model.snapshots().end(), has);
        };
        if (column == SnapshotsModel::ClockColumn)
            return any([](const SnapshotInfo& one) { return one.vmClockNanoseconds != 0; });
        if (column == SnapshotsModel::StateColumn)
            return any([](const SnapshotInfo& one) { return one.vmStateSize.value != 0; });
        return true;
    }

} // namespace

void fitSnapshotColumns(QTableView& table, const SnapshotsModel& model)
{
    using Model = SnapshotsModel;
    QHeaderView& header = *table.horizontalHeader();
    const int letter = table.fontMetrics().averageCharWidth();
    for (int column = 0; column < Model::ColumnCount; ++column) {
        header.setSectionResizeMode(column, QHeaderView::Interactive);
        table.setColumnHidden(column, false); // hidden ones have no width to ask for
    }
    header.setMinimumSectionSize(40);
    const int graph = std::max(SnapshotGraphDelegate::widthFor(model.lanes()), leastGraphWidth);
    const int wantedName = wantedWidth(table, header, Model::NameColumn);
    const int wantedNote = wantedWidth(table, header, Model::NoteColumn);
    int name = std::min(wantedName, letter * leastNameLetters);
    const int note = std::min(wantedNote, letter * leastNoteLetters);
    int room = table.viewport()->width() - graph - name - note;

    // What deciding about a snapshot needs comes first; names and notes grow before the rest.
    const auto take = [&](int column) {
        const int wanted = wantedWidth(table, header, column);
        const bool shown = tellsSomething(model, column) && wanted <= room;
        table.setColumnHidden(column, !shown);
        if (shown) {
            header.resizeSection(column, wanted);
            room -= wanted;
        }
    };
    const auto grow = [&](int from, int wanted, int letters) {
        const int more
            = std::clamp(std::min(wanted, letter * letters) - from, 0, std::max(0, room));
        room -= more;
        return from + more;
    };
    take(Model::FreesColumn);
    name = grow(name, wantedName, soonNameLetters);
    take(Model::DateColumn);
    grow(note, wantedNote, mostNoteLetters);
    name = grow(name, wantedName, mostNameLetters);
    for (const int column :
        {Model::SharedColumn, Model::StateColumn, Model::ClockColumn, Model::IdColumn})
        take(column);
    header.resizeSection(Model::GraphColumn, graph);
    header.setSectionResizeMode(Model::GraphColumn, QHeaderView::Fixed);
    header.resizeSection(Model::NameColumn, name);
    header.setSectionResizeMode(Model::NoteColumn, QHeaderView::Stretch);
}

} // namespace platter::app
