// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ChainReading.h"

namespace platter::app {

namespace {

    /// The external data file of an image as a link of its chain.
    ChainLink dataFileLink(
        const OpenedImage& top, const NamedFile& named, const std::string& problem)
    {
        ChainLink link;
        link.name = resolveName(top.path, named);
        std::error_code ignored;
        if (!link.name.refusal.empty()) {
            link.state = ChainLink::State::Refused;
            link.problem = link.name.refusal;
        } else if (!problem.empty()) {
            link.state = std::filesystem::exists(link.name.path, ignored)
                ? ChainLink::State::Broken
                : ChainLink::State::Missing;
            link.problem = problem;
        } else {
            try {
                top.image->guestDataFile();
                link.state = ChainLink::State::Opened;
            } catch (const ConsentError& refused) {
                link.state = ChainLink::State::NeedsConsent;
                link.problem = refused.what();
                link.leadsTo = std::filesystem::canonical(link.name.path, ignored);
            }
        }
        return link;
    }

    /// What can be said of a link that was not opened without opening it.
    void judgeClosed(ChainLink& link, const std::set<std::filesystem::path>& agreed)
    {
        if (link.state != ChainLink::State::NeedsConsent)
            return;
        std::error_code ignored;
        if (agreed.contains(link.name.path)) {
            link.state = ChainLink::State::Refused; // not for want of consent: it is no plain file
        } else if (!std::filesystem::exists(link.name.path, ignored)) {
            link.state = ChainLink::State::Missing;
            link.problem = PLATTER_TEXT("ChainLink", "There is no such file.");
        }
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
            links.insert(links.begin(), dataFileLink(top, *data, dataProblem));
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
