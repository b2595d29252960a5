// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QString>

#include <cstdint>
#include <optional>

namespace platter::app {

/// A place as people type it, in "Go to" and in the palette:
///
///     0x50000   327680   1.5G   file 1.5G      a byte of the file
///     guest 1.5G   disk 0x6000_0000            a byte of the guest's disk
///     cluster 7   guest cluster 7              a cluster of the file, of the disk
///     l1 3   l2 3/12                           an entry of the QCOW2 tables of the present state
///
/// Numbers are decimal or, with 0x, hexadecimal, with _ between digits, and take K M G T P E.
struct Address {
    enum class Space { File, Guest, FileCluster, GuestCluster, L1Entry, L2Entry };
    Space space = Space::File;
    std::uint64_t value = 0; ///< bytes, or an index
    std::uint64_t entry = 0; ///< of an L2 entry: its index in table `value`
    bool operator==(const Address&) const = default;
};

/// Nothing: the words are no address.
std::optional<Address> parseAddress(const QString& words);

/// What an address leads to in an image.
struct AddressPlace {
    QString title; ///< "Guest 0x6000_0000"
    QString refusal; ///< why there is no such place in the image, as a sentence; empty: there is
    Selection selection;
    QString remark; ///< what else is to be said of the place, as a sentence; empty: nothing
};

/// Where an address leads in the document's image, which must be there. Reads nothing. An entry of
/// an L2 table that is not there leads to the L1 entry that would name the table.
AddressPlace placeOf(const Address& address, const ImageDocument& document);

} // namespace platter::app
