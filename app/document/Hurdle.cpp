// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/Hurdle.h"

#include "app/document/ImageDocument.h"
#include "app/text/CoreText.h"

#include <QCoreApplication>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(Hurdle)
    };

    /// The first file below the image that stands in the way.
    const ChainLink* brokenLink(const ImageDocument& document)
    {
        const auto& chain = document.chain();
        const auto found = std::find_if(chain.begin(), chain.end(), [](const ChainLink& link) {
            return link.state != ChainLink::State::Opened
                && link.state != ChainLink::State::NeedsConsent;
        });
        return found == chain.end() ? nullptr : &*found;
    }

} // namespace

Hurdle hurdleOf(const ImageDocument& document)
{
    switch (document.state()) {
    case ImageDocument::State::Empty:
    case ImageDocument::State::Loading: return Hurdle::Reading;
    case ImageDocument::State::Unknown: return Hurdle::NoSignature;
    case ImageDocument::State::Failed: return Hurdle::Unreadable;
    case ImageDocument::State::Ready: break;
    }
    if (document.isFollowingChain())
        return Hurdle::Reading;
    if (document.isLocked())
        return Hurdle::Locked;
    if (brokenLink(document))
        return Hurdle::ChainIncomplete;
    return document.chainNeedsConsent() ? Hurdle::NeedsConsent : Hurdle::None;
}

QString hurdleText(const ImageDocument& document)
{
    switch (hurdleOf(document)) {
    case Hurdle::None: return {};
    case Hurdle::Reading: return Words::tr("It is being opened.");
    case Hurdle::NoSignature: return Words::tr("No known signature. If it is a raw disk, say so.");
    case Hurdle::Unreadable: return Words::tr("It cannot be opened. %1").arg(document.error().why);
    case Hurdle::Locked: return Words::tr("Encrypted and locked: its data cannot be read.");
    case Hurdle::NeedsConsent:
        return Words::tr("It rests on another file, which was not opened yet.");
    case Hurdle::ChainIncomplete: {
        const ChainLink& link = *brokenLink(document);
        return Words::tr("“%1”, which it rests on, cannot be read. %2")
            .arg(shownText(link.name.named.name), shownText(link.problem));
    }
    }
    return {};
}

QString hurdleAct(Hurdle hurdle)
{
    switch (hurdle) {
    case Hurdle::None:
    case Hurdle::Reading:
    case Hurdle::ChainIncomplete: return {};
    case Hurdle::NoSignature: return Words::tr("Take it as raw");
    case Hurdle::Unreadable: return Words::tr("Try again");
    case Hurdle::Locked: return Words::tr("Unlock…");
    case Hurdle::NeedsConsent: return Words::tr("Open named files…");
    }
    return {};
}

} // namespace platter::app
