// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"
#include "core/operations/ChainShare.h"
#include "core/operations/HostTotals.h"
#include "core/operations/MapPyramid.h"
#include "core/operations/RefcountSurvey.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// What a report is about: an image, and what is known of the files that it names.
struct ReportSubject {
    OpenedImage top;
    std::vector<ChainLink> links; ///< nearest first; an external data file comes before all
};

/// Which of the files that an image names a report looks into.
enum class ReportReach {
    OnlyImage, ///< none; their names are told
    WholeChain, ///< those that the OpenPolicy allows
};

/// Opens the image at `path` for a report. What it rests on is opened as far as `reach` and
/// `policy` allow; what stands in the way there becomes a state of a link. Throws what openImage()
/// throws.
ReportSubject openForReport(const std::filesystem::path& path, const OpenOptions& options,
    ReportReach reach, const OpenPolicy& policy, const JobControl& job);

/// A report's subject from an image that is open already: follows the chain below it as far as
/// `policy` allows. @param dataProblem why an external data file could not be attached; empty: it
/// is, or nobody has agreed to it. Throws Cancelled.
ReportSubject subjectBelow(OpenedImage top, const OpenPolicy& policy,
    const std::string& dataProblem, const JobControl& job);

/// Something that may not be known, or only in part, and then why.
template <class Fact>
struct Known {
    std::optional<Fact> fact;
    std::string why; ///< a sentence; empty: `fact` is all there is to know
};

/// A map of an address space of any size as a picture of at most 4096 cells.
struct MapSummary {
    static constexpr std::uint64_t mostCells = 4096;

    Bytes size{};
    Bytes cell{}; ///< what one cell stands for, a power of two; the last one may be cut off
    std::vector<MapPyramid::Shares> cells; ///< in address order
    std::array<Bytes, mapKinds> totals{}; ///< by MapKind
    Bytes ground{}; ///< of no kind: unallocated, free
    Bytes unread{}; ///< what reading did not get to
};

/// What was counted of one bitmap.
struct BitmapCounts {
    Known<Bytes> dirty; ///< guest bytes
    Bytes inFile{}; ///< table and stored bits
};

/// Everything that is told about an image, gathered once and written in any form. Of an image of
/// any size it takes at most some tens of megabytes.
struct Report {
    std::int64_t madeAt = 0; ///< seconds since 1970 UTC
    std::string madeBy; ///< program and version
    ReportSubject subject;
    Bytes fileLength{};
    Bytes onDisk{}; ///< what the file system has allocated
    QuickLook quickLook;
    bool changedMeanwhile = false; ///< a file was written while it was read

    Known<std::vector<StructureMark>> structures;
    /// Nothing without a reason: the format has nothing to check.
    Known<CheckReport> check;
    Known<HostTotals> totals;
    Known<MapSummary> guestMap;
    Known<MapSummary> fileMap;
    bool belowIsUnknown = false; ///< it rests on a file that was not opened
    Known<ChainShare> shares; ///< of the layers that are open, the image first
    /// Without the runs. Nothing without a reason: the format keeps no counts.
    Known<RefcountSurvey> refcounts;
    Known<SnapshotReport> snapshots; ///< nothing without a reason: it has none
    std::vector<BitmapCounts> bitmaps; ///< as Image::bitmaps()

    const Image& image() const { return *subject.top.image; }
};

struct ReportOptions {
    std::int64_t madeAt = 0; ///< seconds since 1970 UTC
    std::string madeBy; ///< program and version
};

/// Reads everything that a report tells, one part after the other. A part that cannot be read is
/// left out with the reason. Reads no guest data. Not more than 256 MiB of memory are used at once.
///
/// @param job   told in thousandths of the whole
/// @throws      IoError if the system does not even tell the size of the file; Cancelled
Report gatherReport(ReportSubject subject, const ReportOptions& options, const JobControl& job);

} // namespace platter
