// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/MapAspectText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>

namespace platter::app {

namespace {

    struct Words {
        Q_DECLARE_TR_FUNCTIONS(Map)
    };

    std::vector<MapKind> kindsOf(MapView view)
    {
        if (view == MapView::Guest)
            return {MapKind::Data, MapKind::Compressed, MapKind::Zero, MapKind::Backing,
                MapKind::Problem};
        return {MapKind::Data, MapKind::Compressed, MapKind::Snapshot, MapKind::Zero,
            MapKind::Metadata, MapKind::Leaked, MapKind::Problem};
    }

} // namespace

QString mapKindText(MapKind kind, MapView view)
{
    switch (kind) {
    case MapKind::Data: return Words::tr("Data");
    case MapKind::Zero:
        return view == MapView::Guest ? Words::tr("Reads as zero") : Words::tr("Kept for zeros");
    case MapKind::Compressed: return Words::tr("Compressed");
    case MapKind::Snapshot: return Words::tr("In snapshots");
    case MapKind::Backing: return Words::tr("From backing file");
    case MapKind::Metadata: return Words::tr("Metadata");
    case MapKind::Leaked: return Words::tr("Leaked");
    case MapKind::Problem: return Words::tr("Problem");
    }
    return {};
}

QString mapKindMeaning(MapKind kind, MapView view)
{
    const bool guest = view == MapView::Guest;
    switch (kind) {
    case MapKind::Data:
        return guest ? Words::tr("Stored byte for byte in this image")
                     : Words::tr("Guest data of the present state alone");
    case MapKind::Zero:
        return guest ? Words::tr("Marked as zeros; the file stores nothing for it")
                     : Words::tr("Reserved in the file for guest data that reads as zeros");
    case MapKind::Compressed: return Words::tr("Guest data, stored compressed");
    case MapKind::Snapshot:
        return Words::tr("Guest data that at least one snapshot uses, alone or together with the "
                         "present state; and saved machine states");
    case MapKind::Backing: return Words::tr("Not in this image: a file below it is asked");
    case MapKind::Metadata: return Words::tr("Header and tables of the format");
    case MapKind::Leaked: return Words::tr("Counted as used, but nothing uses it");
    case MapKind::Problem:
        return guest
            ? Words::tr("Its table entry cannot be followed")
            : Words::tr("Used in two ways that exclude each other, or used and not counted");
    }
    return {};
}

QString mapGroundText(MapView view)
{
    return view == MapView::Guest ? Words::tr("Unallocated") : Words::tr("Free");
}

Token mapKindToken(MapKind kind)
{
    switch (kind) {
    case MapKind::Data: return Token::MapData;
    case MapKind::Zero: return Token::MapZero;
    case MapKind::Compressed: return Token::MapCompressed;
    case MapKind::Snapshot: return Token::MapSnapshot;
    case MapKind::Backing: return Token::MapBacking;
    case MapKind::Metadata: return Token::MapMetadata;
    case MapKind::Leaked: return Token::MapLeaked;
    case MapKind::Problem: return Token::MapProblem;
    }
    return Token::MapProblem;
}

std::vector<MapCategoryWords> mapCategories(MapView view, const MapAspect& aspect)
{
    const bool guest = view == MapView::Guest;
    const MapCategoryWords metadata{
        5, Words::tr("Metadata"), Words::tr("Header and tables of the format"), Token::MapMetadata};
    const MapCategoryWords below{4, Words::tr("From backing file"),
        Words::tr("Not in this image: a file below it is asked"), Token::MapBacking};
    std::vector<MapCategoryWords> all;
    switch (aspect.colour) {
    case MapAspect::Colour::Kind:
        for (const MapKind kind : kindsOf(view))
            all.push_back({static_cast<std::uint8_t>(kind), mapKindText(kind, view),
                mapKindMeaning(kind, view), mapKindToken(kind)});
        return all;
    case MapAspect::Colour::Snapshot:
        if (aspect.choice) {
            all = {{byOneSnapshot::HeldAndNow, Words::tr("In it and now"),
                       Words::tr("The snapshot and the present state both use it"),
                       Token::MapSnapshot},
                {byOneSnapshot::NotHeld, Words::tr("Not in it"),
                    Words::tr("The present state or another snapshot uses it, this one does not"),
                    Token::MapData}};
            if (!guest)
                all.insert(all.begin() + 1,
                    {byOneSnapshot::Held, Words::tr("In it, not now"),
                        Words::tr("The snapshot uses it, the present state does not"),
                        Token::MapLeaked});
        } else {
            all = {{bySnapshot::NowOnly, Words::tr("Only now"),
                       Words::tr("The present state uses it, no snapshot does"), Token::MapData},
                {bySnapshot::Shared, Words::tr("Shared"),
                    Words::tr("The present state and at least one snapshot use it"),
                    Token::MapSnapshot},
                {bySnapshot::Untold, Words::tr("Compressed, untold"),
                    Words::tr("Compressed clusters share places in the file: whose they are is not "
                              "told apart"),
                    Token::MapCompressed}};
            if (!guest)
                all.insert(all.begin() + 2,
                    {bySnapshot::SnapshotsOnly, Words::tr("Only in snapshots"),
                        Words::tr("Snapshots use it, the present state does not"),
                        Token::MapLeaked});
        }
        break;
    case MapAspect::Colour::Refcount:
        all = {{byRefcount::One, Words::tr("Counted once"), Words::tr("Its refcount is 1"),
                   Token::MapData},
            {byRefcount::Two, Words::tr("Twice"), Words::tr("Its refcount is 2"),
                Token::MapCompressed},
            {byRefcount::Few, Words::tr("3 or 4 times"), Words::tr("Its refcount is 3 or 4"),
                Token::MapSnapshot},
            {byRefcount::Many, Words::tr("5 times or more"), Words::tr("Its refcount is 5 or more"),
                Token::MapLeaked}};
        break;
    case MapAspect::Colour::Fragmentation:
        all = {{byFragmentation::InOrder, Words::tr("In order"),
                   Words::tr("Lies right behind its neighbour"), Token::MapData},
            {byFragmentation::Near, Words::tr("Jump below 1 MiB"),
                Words::tr("Lies less than 1 MiB away from the end of its neighbour"),
                Token::MapCompressed},
            {byFragmentation::Middling, Words::tr("Jump below 64 MiB"),
                Words::tr("Lies less than 64 MiB away from the end of its neighbour"),
                Token::MapSnapshot},
            {byFragmentation::Far, Words::tr("Farther"),
                Words::tr("Lies 64 MiB or more away from the end of its neighbour"),
                Token::MapLeaked}};
        if (!guest)
            all.push_back({byFragmentation::Untold, Words::tr("Not told"),
                Words::tr("Guest data that is compressed, or that only snapshots use"),
                Token::MapBacking});
        break;
    case MapAspect::Colour::Bitmap:
        return {{byBitmap::Dirty, Words::tr("Dirty"),
            Words::tr("Written since the bitmap was begun or cleared"), Token::MapLeaked}};
    case MapAspect::Colour::Changed:
        return {{byChange::Changed, Words::tr("Changed"),
                    Words::tr("Both states hold it, in different places of the file"),
                    Token::MapLeaked},
            {byChange::New, Words::tr("New"), Words::tr("The snapshot holds nothing here"),
                Token::MapCompressed},
            {byChange::Gone, Words::tr("Gone"),
                Words::tr("The snapshot holds it, the present state does not"), Token::MapSnapshot},
            {static_cast<std::uint8_t>(MapKind::Problem), mapKindText(MapKind::Problem, view),
                mapKindMeaning(MapKind::Problem, view), Token::MapProblem}};
    }
    if (guest)
        all.push_back(below);
    else if (aspect.colour != MapAspect::Colour::Refcount)
        all.push_back(metadata);
    all.push_back({static_cast<std::uint8_t>(MapKind::Problem), mapKindText(MapKind::Problem, view),
        mapKindMeaning(MapKind::Problem, view), Token::MapProblem});
    return all;
}

MapCategoryWords mapGround(MapView view, const MapAspect& aspect)
{
    MapCategoryWords ground;
    switch (aspect.colour) {
    case MapAspect::Colour::Kind: ground.name = mapGroundText(view); break;
    case MapAspect::Colour::Snapshot:
    case MapAspect::Colour::Fragmentation:
        ground.name = view == MapView::Guest ? Words::tr("Not stored") : Words::tr("Unused");
        break;
    case MapAspect::Colour::Refcount:
        ground.name = view == MapView::Guest ? Words::tr("Not stored") : Words::tr("Not counted");
        break;
    case MapAspect::Colour::Bitmap: ground.name = Words::tr("Clean"); break;
    case MapAspect::Colour::Changed: ground.name = Words::tr("Unchanged"); break;
    }
    return ground;
}

QString mapColourTitle(MapAspect::Colour colour)
{
    switch (colour) {
    case MapAspect::Colour::Kind: return Words::tr("Kind");
    case MapAspect::Colour::Snapshot: return Words::tr("Snapshot");
    case MapAspect::Colour::Refcount: return Words::tr("Refcount");
    case MapAspect::Colour::Fragmentation: return Words::tr("Fragmentation");
    case MapAspect::Colour::Bitmap: return Words::tr("Bitmap");
    case MapAspect::Colour::Changed: return Words::tr("Changed since");
    }
    return {};
}

QString whyNoColour(MapAspect::Colour colour, MapView view, const Image& image)
{
    const bool guest = view == MapView::Guest;
    const bool counts = image.formatId() == "qcow2";
    const bool elsewhere = image.externalDataFile().has_value();
    switch (colour) {
    case MapAspect::Colour::Kind:
    case MapAspect::Colour::Fragmentation: return {};
    case MapAspect::Colour::Snapshot:
        return image.snapshots().empty() ? Words::tr("The image has no snapshots.") : QString();
    case MapAspect::Colour::Refcount:
        if (!counts)
            return Words::tr("Only QCOW2 images count references.");
        return guest && elsewhere
            ? Words::tr("The guest's data lies in another file, which counts nothing.")
            : QString();
    case MapAspect::Colour::Bitmap:
        if (image.bitmaps().empty())
            return Words::tr("The image has no bitmaps.");
        return guest ? QString() : Words::tr("Bitmaps tell about the guest's disk: choose Guest.");
    case MapAspect::Colour::Changed:
        if (image.snapshots().empty())
            return Words::tr("The image has no snapshots.");
        return guest ? QString() : Words::tr("Changes are told of the guest's disk: choose Guest.");
    }
    return {};
}

int mapChoiceCount(MapAspect::Colour colour, const Image& image)
{
    switch (colour) {
    case MapAspect::Colour::Snapshot: return static_cast<int>(image.snapshots().size()) + 1;
    case MapAspect::Colour::Changed: return static_cast<int>(image.snapshots().size());
    case MapAspect::Colour::Bitmap: return static_cast<int>(image.bitmaps().size());
    default: return 0;
    }
}

std::optional<std::size_t> mapChoice(MapAspect::Colour colour, int row)
{
    if (colour != MapAspect::Colour::Snapshot)
        return static_cast<std::size_t>(row);
    if (row == 0)
        return {};
    return static_cast<std::size_t>(row) - 1;
}

QString mapChoiceText(MapAspect::Colour colour, const Image& image, int row)
{
    const auto choice = mapChoice(colour, row);
    if (!choice)
        return Words::tr("All snapshots");
    return shownText(colour == MapAspect::Colour::Bitmap ? image.bitmaps()[*choice].name
                                                         : image.snapshots()[*choice].name);
}

} // namespace platter::app
