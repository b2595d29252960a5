// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/ClosedLinks.h"

namespace platter {

ChainLink dataFileLink(const OpenedImage& top, const NamedFile& named, const std::string& problem,
    const std::optional<std::filesystem::path>& standIn)
{
    ChainLink link;
    if (standIn) {
        link.name.named = named;
        link.name.path = *standIn;
        link.isStandIn = true;
    } else {
        link.name = resolveName(top.path, named);
    }
    std::error_code ignored;
    if (!link.name.refusal.empty()) {
        link.state = ChainLink::State::Refused;
        link.problem = link.name.refusal;
    } else if (!problem.empty()) {
        link.state = std::filesystem::exists(link.name.path, ignored) ? ChainLink::State::Broken
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

void tellIfMissing(ChainLink& link)
{
    std::error_code ignored;
    if (link.state != ChainLink::State::NeedsConsent
        || std::filesystem::exists(link.name.path, ignored))
        return;
    link.state = ChainLink::State::Missing;
    link.problem = PLATTER_TEXT("ChainLink", "There is no such file.");
}

} // namespace platter
