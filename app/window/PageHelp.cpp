// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PageHelp.h"

#include <QCoreApplication>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(PageHelp)
    };

} // namespace

QString pageHelp(PageId page)
{
    switch (page) {
    case PageId::Overview:
        return Words::tr("What the image is, whether it is healthy, what takes its space, and what "
                         "is worth knowing. Each remark leads to the page or to what can be done.");
    case PageId::Header:
        return Words::tr("Every field of the header and every entry of the tables, with its bytes. "
                         "Selecting a field selects its bytes, and the other way round. Tables are "
                         "read when they are opened.");
    case PageId::Map:
        return Words::tr("What lies where: on the disk that the machine sees, or in the file. The "
                         "wheel zooms at the pointer, dragging moves, a click selects a cluster on "
                         "every page.");
    case PageId::Refcounts:
        return Words::tr(
            "How often each cluster of the file is referenced. A range selected in one "
            "plot narrows the others and the table.");
    case PageId::Snapshots:
        return Words::tr("The states that are kept inside the file: when they were taken and what "
                         "deleting one would free. The format stores no parents, so the tree is "
                         "inferred and says how surely.");
    case PageId::Chain:
        return Words::tr("The files that the image rests on, nearest first. None of them is opened "
                         "before you agree.");
    case PageId::Bitmaps:
        return Words::tr("Which blocks changed since a backup, as kept for incremental backups.");
    case PageId::Check:
        return Words::tr("A check counts every reference in the image and lists what contradicts. "
                         "It writes nothing.");
    case PageId::Convert:
        return Words::tr("Writes the content of the image, or of several, to new files. Choose a "
                         "format or a preset, then a place, then go; what a format cannot hold is "
                         "said before. More images can be dropped here. The sources are only read, "
                         "and a new file has its name when it is complete.");
    case PageId::Hex:
        return Words::tr(
            "The bytes of the file, or of the disk that the machine sees. What belongs "
            "to a structure is marked with its field.");
    }
    return {};
}

std::vector<std::pair<QString, QString>> pageKeys(PageId page)
{
    switch (page) {
    case PageId::Map:
        return {
            {Words::tr("Arrows"), Words::tr("Move by a cell")},
            {Words::tr("Shift+arrows"), Words::tr("Select more")},
            {Words::tr("+ and -"), Words::tr("Zoom in and out")},
            {Words::tr("0"), Words::tr("Show the whole image")},
            {Words::tr("Return, Backspace"), Words::tr("One level in, one level out")},
            {Words::tr("[ and ]"), Words::tr("Previous and next extent")},
            {Words::tr("G, V"), Words::tr("Change view, change layout")},
        };
    case PageId::Hex:
        return {
            {Words::tr("Arrows"), Words::tr("Move by a byte, by a row")},
            {Words::tr("PgUp, PgDn"), Words::tr("Move by a page")},
            {Words::tr("Ctrl+Home, Ctrl+End"), Words::tr("To the first and the last byte")},
            {Words::tr("Return"), Words::tr("Follow a pointer, open folded zeros")},
        };
    case PageId::Header:
        return {
            {Words::tr("Arrows"), Words::tr("Move, open and close structures and tables")},
            {Words::tr("Return"), Words::tr("Follow the pointer of a field or an entry")},
        };
    case PageId::Overview:
    case PageId::Refcounts:
    case PageId::Snapshots:
    case PageId::Chain:
    case PageId::Bitmaps:
    case PageId::Check: break;
    case PageId::Convert:
        return {
            {Words::tr("Arrows"), Words::tr("Choose another format, another row")},
            {Words::tr("Return"), Words::tr("On a row: choose the name of the new file")},
        };
    }
    return {};
}

} // namespace platter::app
