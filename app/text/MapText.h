// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"

#include <QString>
#include <QStringList>

namespace platter::app {

/// A range of the map in words.
struct MapWords {
    QString title; ///< "Guest 1.5 GiB to 1.53 GiB"
    QString range; ///< "0x6000_0000 to 0x6200_0000, 32 MiB, 512 clusters"
    QStringList kinds; ///< "61 % data", strongest first
    QString counts; ///< "Refcount 1 to 2"
    QString entry; ///< "L2 table 3, entries 12 to 40"
    QStringList places; ///< where it is stored, as far as that is known

    QString all() const; ///< one line, for screen readers
};

/// @param places   all that is in the range, if it is known exactly
/// @param below    names of the files of the chain, the image first
MapWords describeMapRange(const MapSubject& subject, std::uint64_t from, Bytes length,
    const CellShares& shares, std::optional<std::span<const MapPlace>> places,
    const QStringList& below);

/// A cell in one line: "Guest 1.5 GiB to 1.53 GiB, mostly data, 2 problems".
QString mapCellText(const MapSubject& subject, std::uint64_t from, Bytes length,
    const CellShares& shares, std::optional<std::span<const MapPlace>> places);

/// The strongest category of a range, with its share: "Data: 61 %"; all others behind it.
QStringList mapShareTexts(const MapSubject& subject, const CellShares& shares);

/// The L2 entry of the guest bytes that a range stands for: "L2 table 3, entry 12"; empty: there is
/// none, or it is not known.
QString mapEntryText(const MapSubject& subject, std::uint64_t from, Bytes length,
    std::optional<std::span<const MapPlace>> places);

/// "Refcount 1", "Refcount 1 to 2"; empty: not known.
QString mapCountText(const std::optional<std::pair<std::uint64_t, std::uint64_t>>& counts);

/// Reads "0x5_0000", "1536", "1.5 GiB", "64k" as bytes; nothing: it is none of these.
std::optional<std::uint64_t> parseOffset(const QString& text);

} // namespace platter::app
