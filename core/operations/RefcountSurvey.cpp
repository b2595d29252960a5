// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/RefcountSurvey.h"

#include <algorithm>
#include <bit>

namespace platter {

namespace {

    constexpr std::uint64_t ownBins = 16; ///< counts up to here have a bin each

    /// Adds up runs of stored counts.
    class Surveyor {
    public:
        Surveyor(const Image& image, const RefcountFilter& filter)
            : m_filter(filter)
        {
            m_result.fileSize = image.file().size();
            m_result.clusterSize = image.clusterSize().value_or(Bytes{1});
            const std::uint64_t cluster = m_result.clusterSize.value;
            const std::uint64_t clusters = (m_result.fileSize.value + cluster - 1) / cluster;
            m_perPlace = std::max<std::uint64_t>(
                1, (clusters + RefcountSurvey::mostPlaces - 1) / RefcountSurvey::mostPlaces);
            for (std::uint64_t first = 0; first < clusters; first += m_perPlace) {
                PlaceBin bin;
                bin.start = HostOffset{first * cluster};
                bin.length = Bytes{
                    std::min(m_perPlace * cluster, m_result.fileSize.value - first * cluster)};
                m_result.places.push_back(bin);
            }
        }

        void add(const RefcountRun& run)
        {
            if (m_filter.counts
                && (!run.count || *run.count < m_filter.counts->least
                    || *run.count > m_filter.counts->most))
                return;
            const std::uint64_t cluster = m_result.clusterSize.value;
            const std::uint64_t first = run.start.value / cluster;
            const std::uint64_t count = (run.length.value + cluster - 1) / cluster;
            m_result.clusters += count;
            if (m_result.runs.size() < RefcountSurvey::mostRuns) {
                m_result.runs.push_back({run.start, count, run.count});
                m_result.clustersInRuns += count;
            }
            if (run.count) {
                const std::size_t bin = countBinOf(*run.count);
                for (std::size_t i = m_result.counts.size(); i <= bin; ++i)
                    m_result.counts.push_back(countBin(i));
                m_result.counts[bin].clusters += count;
            }
            for (std::uint64_t at = first; at < first + count;) {
                const std::uint64_t end
                    = std::min(first + count, (at / m_perPlace + 1) * m_perPlace);
                addTo(m_result.places[at / m_perPlace], end - at, run.count);
                at = end;
            }
        }

        RefcountSurvey take() { return std::move(m_result); }

    private:
        static void addTo(PlaceBin& bin, std::uint64_t clusters, std::optional<std::uint64_t> count)
        {
            if (!count) {
                bin.unknown += clusters;
                return;
            }
            bin.least = bin.clusters == 0 ? *count : std::min(bin.least, *count);
            bin.most = std::max(bin.most, *count);
            bin.clusters += clusters;
        }

        const RefcountFilter& m_filter;
        RefcountSurvey m_result;
        std::uint64_t m_perPlace = 1; ///< clusters
    };

} // namespace

std::size_t countBinOf(std::uint64_t count)
{
    if (count <= ownBins)
        return count;
    return ownBins + static_cast<std::size_t>(std::bit_width(count - 1))
        - static_cast<std::size_t>(std::bit_width(ownBins - 1));
}

CountBin countBin(std::size_t index)
{
    if (index <= ownBins)
        return {index, index, 0};
    const std::size_t power = index - ownBins;
    const std::uint64_t least = (ownBins << (power - 1)) + 1;
    const bool last = std::bit_width(ownBins << (power - 1)) == 64;
    return {least, last ? ~std::uint64_t{0} : ownBins << power, 0};
}

RefcountSurvey surveyRefcounts(
    const Image& image, const RefcountFilter& filter, const JobControl& job)
{
    Surveyor surveyor{image, filter};
    const RefcountFilter::Place place
        = filter.place.value_or(RefcountFilter::Place{{}, image.file().size()});
    image.scanRefcounts(
        place.start, place.length, [&](const RefcountRun& run) { surveyor.add(run); }, job);
    return surveyor.take();
}

} // namespace platter
