// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ChainReading.h"

#include "core/disk/ClosedLinks.h"

namespace platter::app {

namespace {

    /// What can be said of a link that was not opened without opening it.
    void judgeClosed(ChainLink& link, const std::set<std::filesystem::path>& agreed)
    {
        if (link.state != ChainLink::State::NeedsConsent)
            return;
        if (agreed.contains(link.name.path))
            link.state = ChainLink::State::Refused; // not for want of consent: it is no plain file
        else
            tellIfMissing(link);
    }

} // namespace

ReadChain readChain(const OpenedImage& top, const std::string& dataProblem,
    ChainAgreement agreement, const JobControl& job)
{
    const OpenPolicy beside = OpenPolicy::besideImage(top.path);
    for (;;) {
        std::vector<ChainLink> links
            = inspectChain(top, OpenPolicy::agreed(agreement.agreed), job, agreement.standIns);
        if (const auto data = top.image->externalDataFile())
            links.insert(
                links.begin(), dataFileLink(top, *data, dataProblem, agreement.dataStandIn));
        bool more = false;
        for (ChainLink& link : links) {
            judgeClosed(link, agreement.agreed);
            if (link.state != ChainLink::State::NeedsConsent || !agreement.besideToo
                || link.name.named.role == NamedFile::Role::Data)
                continue;
            try {
                beside.require(link.name);
                more = agreement.agreed.insert(link.name.path).second || more;
            } catch (const ConsentError&) {
                // It lies elsewhere: the user is asked again.
            }
        }
        if (!more || agreement.agreed.size() > maximumChainLength)
            return {std::move(links), std::move(agreement)};
    }
}

std::shared_ptr<const DiskFile> attachedDataFile(const OpenedImage& opened)
{
    if (!opened.image || !opened.image->externalDataFile())
        return nullptr;
    try {
        const auto* file = dynamic_cast<const DiskFile*>(&opened.image->guestDataFile());
        return {opened.image, file};
    } catch (const ConsentError&) {
        return nullptr; // named, but not opened
    }
}

} // namespace platter::app
