// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace platter {

/// Which clusters a survey looks at: those that meet every part that is set.
struct RefcountFilter {
    struct Counts {
        std::uint64_t least = 0;
        std::uint64_t most = 0; ///< included
        bool operator==(const Counts&) const = default;
    };
    struct Place {
        HostOffset start{};
        Bytes length{};
        bool operator==(const Place&) const = default;
    };
    std::optional<Counts> counts; ///< stored counts
    std::optional<Place> place;

    bool isEmpty() const { return !counts && !place; }
    bool operator==(const RefcountFilter&) const = default;
};

/// Clusters with one stored count, or with counts of one power of two.
struct CountBin {
    std::uint64_t least = 0;
    std::uint64_t most = 0; ///< included
    std::uint64_t clusters = 0;
};

/// A part of the file.
struct PlaceBin {
    HostOffset start{};
    Bytes length{};
    std::uint64_t clusters = 0; ///< that the filter lets through and whose count is known
    std::uint64_t least = 0; ///< stored count of any of them
    std::uint64_t most = 0;
    std::uint64_t unknown = 0; ///< clusters whose count cannot be read
};

/// Clusters in a row that the filter lets through and whose stored count is the same.
struct SurveyRun {
    HostOffset start{};
    std::uint64_t clusters = 0;
    std::optional<std::uint64_t> count;
};

/// The stored reference counts of an image at a glance.
struct RefcountSurvey {
    static constexpr std::size_t mostPlaces = 1024;
    /// Runs that are kept one by one: 32 MiB. More are only counted.
    static constexpr std::size_t mostRuns = std::size_t{1} << 20;

    Bytes clusterSize{};
    Bytes fileSize{};
    std::vector<CountBin> counts; ///< rising, up to the largest count that was met, without gap
    std::vector<PlaceBin> places; ///< the whole file in at most mostPlaces equal parts
    std::vector<SurveyRun> runs; ///< the first mostRuns
    std::uint64_t clusters = 0; ///< that the filter lets through
    std::uint64_t clustersInRuns = 0; ///< of them, those in `runs`
};

/// The bin of a histogram that a count belongs to: each count up to 16 has one of its own, then
/// each power of two.
std::size_t countBinOf(std::uint64_t count);
/// The counts of a bin, without clusters.
CountBin countBin(std::size_t index);

/// Reads the stored counts of the whole file, or of the filter's place. Throws what
/// Image::scanRefcounts() throws.
RefcountSurvey surveyRefcounts(
    const Image& image, const RefcountFilter& filter, const JobControl& job);

} // namespace platter
