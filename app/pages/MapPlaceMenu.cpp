// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapPlaceMenu.h"

#include "app/text/MapText.h"
#include "app/window/ActionButton.h"
#include "app/window/PageSpec.h"

#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QMenu>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(MapPlaceMenu)
    };

    void addPage(QMenu& menu, ImageDocument& document, const QString& text, PageId page,
        const Selection& to, QString reason)
    {
        const auto pages = pageSpecs();
        const bool built = std::any_of(
            pages.begin(), pages.end(), [&](const PageSpec& spec) { return spec.id == page; });
        if (reason.isEmpty())
            reason = built ? whyAbsent(page, document) : Words::tr("There is no such page.");
        QAction* const action
            = menu.addAction(text, &document, [&document, page, to] { document.reveal(page, to); });
        allow(*action, reason);
    }

    /// Leads to the page Header, where it has a structure for the place.
    void addHeader(QMenu& menu, ImageDocument& document, const QString& text, const Selection& to)
    {
        const auto& structures = document.facts().structures;
        const bool shown = to.host
            && std::any_of(
                structures.begin(), structures.end(), [&](const StructureMark& structure) {
                    return *to.host >= structure.at && *to.host - structure.at < structure.length;
                });
        if (shown)
            addPage(menu, document, text, PageId::Header, to, {});
    }

    void addCopy(QMenu& menu, const QString& text, std::uint64_t offset)
    {
        menu.addAction(text, [offset] {
            QGuiApplication::clipboard()->setText(QStringLiteral("0x%1").arg(offset, 0, 16));
        });
    }

} // namespace

void fillMapPlaceMenu(QMenu& menu, ImageDocument& document, const MapReader& reader,
    std::uint64_t from, const Selection& here)
{
    menu.setToolTipsVisible(true);
    addPage(menu, document, Words::tr("Show in Hex"), PageId::Hex, here, {});
    addHeader(menu, document, Words::tr("Show in Header"), here);
    const auto image = document.image();
    std::optional<TableEntry> place;
    if (image && here.guest && here.guest->value < image->activeState().size().value)
        place = image->activeState().tableEntryOf(*here.guest);
    Selection entry;
    Selection table;
    if (place) {
        entry = here;
        entry.host = place->at;
        entry.hostLength = place->length;
        entry.structure
            = mapEntryText(*reader.subject(), from, Bytes{1}, reader.placesOf(from, Bytes{1}));
        table.host = HostOffset{place->at.value - place->index * place->length.value};
        table.hostLength = image->clusterSize().value_or(place->length);
    }
    menu.addSeparator();
    addPage(menu, document, Words::tr("Show L2 entry"), PageId::Hex, entry,
        place ? QString()
              : Words::tr("No table entry of the present state leads here, or it is not known."));
    addHeader(menu, document, Words::tr("Show L2 entry in Header"), entry);
    if (place && place->level == TableEntry::Level::Leaf)
        addPage(menu, document, Words::tr("Show its L2 table"), PageId::Hex, table, {});
    if (place)
        addCopy(menu, Words::tr("Copy offset of the L2 entry"), place->at.value);
    menu.addSeparator();
    addPage(menu, document, Words::tr("Who refers to this"), PageId::Refcounts, here,
        here.host ? QString() : Words::tr("It has no single place in the file."));
    menu.addSeparator();
    addCopy(menu, Words::tr("Copy offset"), from);
}

} // namespace platter::app
