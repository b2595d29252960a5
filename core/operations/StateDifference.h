// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <array>
#include <functional>
#include <memory>
#include <optional>

namespace platter {

/// How a guest range of state B differs from the same range of state A.
enum class DifferenceKind : std::uint8_t {
    Same, ///< served by the same table, or from the same place, or reads as zeros in both
    SameContent, ///< stored twice with the same bytes; told only where content is compared
    Changed, ///< both hold something, from different places
    New, ///< B holds bytes, A does not
    Gone, ///< A held bytes, B does not
    Damaged, ///< an entry of one of them cannot be followed
};
inline constexpr std::size_t differenceKinds = 6;

/// "same", "same-content", "changed", "new", "gone", "damaged".
const char* differenceName(DifferenceKind kind);

/// A guest range and how it differs.
struct DifferenceRange {
    GuestOffset start{};
    Bytes length{};
    DifferenceKind kind = DifferenceKind::Same;

    GuestOffset end() const { return start + length; }
};

/// Takes ranges by rising guest offset, without gaps, from 0 to the end of the larger disk;
/// neighbours of one kind are joined. Called on the thread that compares.
using DifferenceSink = std::function<void(const DifferenceRange&)>;

struct DifferenceOptions {
    enum class Depth {
        Tables, ///< looks at tables only: what is stored twice counts as changed
        Content, ///< reads what is stored twice, cluster by cluster, and tells equal bytes apart
    };
    Depth depth = Depth::Tables;
    unsigned threads = 0; ///< 0: all processors, 8 at most
};

/// What all ranges of one kind sum up to.
struct DifferenceTotals {
    std::array<Bytes, differenceKinds> bytes{};
    std::array<std::uint64_t, differenceKinds> clusters{}; ///< that such a range touches
    Bytes firstSize{}; ///< of the disk in state A
    Bytes secondSize{};

    Bytes of(DifferenceKind kind) const { return bytes[static_cast<std::size_t>(kind)]; }
    std::uint64_t clustersOf(DifferenceKind kind) const
    {
        return clusters[static_cast<std::size_t>(kind)];
    }
};

/// A state of an image: nothing stands for now, a number for the snapshot with that index.
using StateIndex = std::optional<std::size_t>;

/// The mapping of a state, which keeps the image alive. Throws FormatError if the L1 table of the
/// snapshot cannot be used.
std::shared_ptr<const GuestMapping> stateOf(
    const std::shared_ptr<const Image>& image, StateIndex state);

/// Tells how the disk in state `second` differs from that in state `first` of the same image.
///
/// Where both are served by the same table nothing is read; elsewhere the entries are compared, a
/// few thousand at a time, by several threads. Memory does not grow with the image. What lies past
/// the end of the smaller disk holds nothing there. A range that one state takes from the backing
/// file and the other reads as zeros counts as changed.
///
/// @param job   told in guest bytes of the larger disk
/// @throws      FormatError if a snapshot's L1 table cannot be used; IoError; Cancelled; with
///              Depth::Content also PassphraseError and CodecError
DifferenceTotals compareStates(const std::shared_ptr<const Image>& image, StateIndex first,
    StateIndex second, const DifferenceOptions& options, const DifferenceSink& sink,
    const JobControl& job);

} // namespace platter
