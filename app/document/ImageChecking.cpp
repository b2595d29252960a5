// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageChecking.h"

#include <algorithm>

namespace platter::app {

const CountDifference* CountDifferences::at(HostOffset cluster) const
{
    const auto after = std::upper_bound(runs.begin(), runs.end(), cluster,
        [](HostOffset at, const CountDifference& run) { return at < run.start; });
    if (after == runs.begin() || std::prev(after)->end() <= cluster)
        return nullptr;
    return &*std::prev(after);
}

CheckOfOneState checkImage(OpenedImage opened, const JobControl& job)
{
    for (int tries = 2;; --tries) {
        auto differences = std::make_shared<CountDifferences>();
        CheckOptions checkOptions;
        checkOptions.differences = [&](const CountDifference& difference) {
            if (differences->runs.size() < CountDifferences::mostRuns)
                differences->runs.push_back(difference);
            else
                ++differences->runsLeftOut;
        };
        CheckOfOneState checked;
        checked.state = opened.stamp;
        checked.report
            = std::make_shared<const CheckReport>(opened.image->check(checkOptions, job));
        checked.differences = std::move(differences);
        checked.mixed = opened.file->stamp() != opened.stamp;
        if (!checked.mixed || tries == 1)
            return checked;
        OpenOptions options;
        options.format = opened.image->formatId();
        options.sharing = OpenOptions::Sharing::Look;
        opened = openImage(opened.path, options, job);
    }
}

} // namespace platter::app
