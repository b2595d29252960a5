// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/MetadataBackup.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// What whoever asks for a salvage knows better than the evidence.
struct SalvageOptions {
    std::optional<Bytes> clusterSize; ///< nothing: that of the header, else as found
    std::optional<Bytes> diskSize; ///< nothing: that of the header, else as found
    std::optional<HostOffset> l1Table; ///< taken as the L1 table of the present state
    /// How L2 tables are put in order where no L1 table leads to them.
    enum class Order {
        Evidence, ///< by all that speaks for a place
        File, ///< one after the other as they lie in the file, without gaps
    };
    Order order = Order::Evidence;
    bool ignoreHeader = false; ///< the header is not believed, though it can be read
    /// Tables that the file has lost are read from it; nullptr: there is none.
    std::shared_ptr<const MetadataBackup> backup;
    unsigned threads = 0; ///< 0: all processors
};

/// A structure of the damaged file and what became of it.
struct SalvagedPart {
    std::string name; ///< "header"
    std::string how; ///< a sentence: where it was found, or what stands in for it
    unsigned percent = 0; ///< how sure, 0 to 100
};

/// A range of the guest disk that tables serve for the same reason and with the same sureness.
struct SalvagedRange {
    GuestOffset start{};
    Bytes length{};
    std::uint64_t tables = 0; ///< L2 tables that serve it
    HostOffset firstTable{};
    unsigned percent = 0; ///< how sure it is that these data belong here
    std::string evidence; ///< a sentence
    std::vector<GuestOffset> alternatives; ///< where a single table may belong instead
};

/// Another reading of the file that speaks nearly as loud.
struct SalvageAlternative {
    std::string option; ///< of the command line: "--cluster-size 4096"
    std::string why;
    unsigned percent = 0;
};

/// How a damaged image can be read.
struct SalvagePlan {
    std::shared_ptr<const Image> image; ///< reads the damaged file as the plan says
    std::vector<SalvagedPart> parts;
    std::vector<SalvagedRange> ranges; ///< rising
    std::vector<SalvageAlternative> alternatives;
    std::uint64_t tablesFound = 0; ///< L2 tables met in the file
    std::uint64_t tablesUsed = 0;
    std::uint64_t entriesLeftOut = 0; ///< of used tables, because they can lead to nothing
    std::uint64_t streamsLeftOut = 0; ///< compressed clusters that do not decode
    std::uint64_t snapshotsSeen = 0; ///< the new image has none of them
};

/// Finds out how the guest disk of a damaged QCOW2 file can be read, from what is left of its
/// structures. Reads only, streaming, in bounded memory, on all processors.
///
/// Throws UnsupportedError (feature "salvage") where nothing can be found or for what cannot be
/// salvaged; IoError; Cancelled.
SalvagePlan planSalvage(
    std::shared_ptr<const ByteFile> file, const SalvageOptions& options, const JobControl& job);

} // namespace platter
