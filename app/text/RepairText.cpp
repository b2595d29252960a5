// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/RepairText.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <climits>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(RepairText)
    };

    int shownCount(std::uint64_t count)
    {
        return static_cast<int>(std::min<std::uint64_t>(count, INT_MAX));
    }

} // namespace

QString repairStepText(const RepairStep& step)
{
    const int count = shownCount(step.count);
    if (step.id == "relink")
        return Words::tr("Put %n lost L2 table(s) back into the L1 table", nullptr, count);
    if (step.id == "relink-unsure")
        return Words::tr("Put back %n lost L2 table(s) whose place is a guess", nullptr, count);
    if (step.id == "reserved-bits")
        return Words::tr("Clear bits that must be 0 in %n entry(s)", nullptr, count);
    if (step.id == "header-bits")
        return Words::tr("Clear marks of the header that speak of bitmaps or a data file that are "
                         "not there");
    if (step.id == "refcount-table")
        return Words::tr("Drop %n entry(s) of the refcount table that lead nowhere; what they "
                         "counted is counted again",
            nullptr, count);
    if (step.id == "restore")
        return Words::tr("Take %n entry(s) that lead nowhere from the newest snapshot that has "
                         "them",
            nullptr, count);
    if (step.id == "clear")
        return Words::tr("Clear %n entry(s) that lead nowhere: their ranges read as never written",
            nullptr, count);
    if (step.id == "move-refcount-blocks")
        return Words::tr("Give %n refcount block(s) that lie in used clusters a place of their own",
            nullptr, count);
    if (step.id == "copy-apart")
        return Words::tr("Copy %n guest cluster(s) that lie in places of others to places of "
                         "their own",
            nullptr, count);
    if (step.id == "snapshot-table")
        return Words::tr("Write the snapshot table again with all that version 3 needs");
    if (step.id == "raise-refcounts")
        return Words::tr("Count %n cluster(s) that are used and were not counted", nullptr, count);
    if (step.id == "free-leaks")
        return Words::tr("Free %n leaked cluster(s)", nullptr, count);
    if (step.id == "copied-flags")
        return Words::tr("Correct %n COPIED flag(s)", nullptr, count);
    if (step.id == "relink-blocks")
        return Words::tr("Lead %n entry(s) back to the blocks that they named", nullptr, count);
    if (step.id == "copy-blocks-apart")
        return Words::tr(
            "Copy %n block(s) that are named twice to places of their own", nullptr, count);
    if (step.id == "close-gaps")
        return Words::tr("Move the last %n block(s) to places that nothing uses", nullptr, count);
    if (step.id == "free-blocks")
        return Words::tr("Cut off %n block(s) that nothing uses", nullptr, count);
    if (step.id == "count")
        return Words::tr("Correct the count of stored blocks in the header");
    if (step.id == "header-fields")
        return Words::tr("Correct %n header field(s) that can have one value only", nullptr, count);
    if (step.id == "marks")
        return Words::tr("Clear the marks that say dirty or corrupt");
    return shownText(step.text);
}

QString repairEffectText(const RepairStep& step)
{
    if (step.guestLost.value > 0)
        return Words::tr("gives up to %1 of guest data up").arg(shownSize(step.guestLost));
    if (step.guestGained.value > 0)
        return Words::tr("brings up to %1 of guest data back").arg(shownSize(step.guestGained));
    return Words::tr("guest data stays as it is");
}

QString repairConfidenceText(const RepairStep& step)
{
    return step.confidence >= 100 ? Words::tr("sure") : Words::tr("%1 % sure").arg(step.confidence);
}

QString repairWhyNotText(const RepairStep& step)
{
    if (step.chosen)
        return {};
    if (step.whyNot == "It was left out.")
        return Words::tr("Left out.");
    if (step.id == "restore" || step.id == "clear")
        return Words::tr("It changes what the guest reads, and what was there may be found "
                         "elsewhere.");
    if (step.id == "free-leaks")
        return Words::tr("They look like lost tables, or may belong to a snapshot, a bitmap or a "
                         "range whose table cannot be read: freeing them would give that data up.");
    if (step.whyNot.find("lead past the end of the file") != std::string::npos)
        return Words::tr("Entries lead past the end of the file: what is put there would be read "
                         "as theirs. They have to be cleared first.");
    if (step.whyNot.find("--free-lost") != std::string::npos)
        return Words::tr("Blocks that nothing uses may be what wrong entries named: freeing them "
                         "would give that data up.");
    if (step.id == "relink-unsure")
        return Words::tr("The wrong place would show the guest data of another range.");
    return shownText(step.whyNot);
}

QStringList repairRestTexts(const RepairPlan& plan)
{
    QStringList texts;
    for (const std::string& rest : plan.remains) {
        const std::size_t idEnd = rest.find(" (");
        const std::size_t reason = rest.find("): ");
        if (idEnd == std::string::npos || reason == std::string::npos) {
            texts << shownText(rest);
            continue;
        }
        const std::string id = rest.substr(0, idEnd);
        QString why = shownText(rest.substr(reason + 3));
        if (why.contains(QLatin1String("has to be asked for")))
            continue;
        why[0] = why[0].toUpper();
        for (const auto& [kind, count] : plan.after.countOf) {
            if (kind->id == id)
                texts << Words::tr("Left as it is, %n time(s): %1 %2",
                    "what a finding means; why nothing can be done", shownCount(count))
                             .arg(findingMeaning(*kind), why);
        }
    }
    return texts;
}

QString repairEndText(const RepairPlan& plan)
{
    const CheckReport& after = plan.after;
    if (after.corruptions == 0 && after.leaks == 0 && after.checkErrors == 0)
        return Words::tr("Afterwards a check finds no problem.");
    QStringList parts;
    if (after.corruptions > 0)
        parts << Words::tr("%n corruption(s)", nullptr, shownCount(after.corruptions));
    if (after.leaks > 0)
        parts << Words::tr("%n leaked cluster(s)", nullptr, shownCount(after.leaks));
    if (after.checkErrors > 0)
        parts << Words::tr(
            "%n part(s) that cannot be examined", nullptr, shownCount(after.checkErrors));
    return Words::tr("Afterwards these are left: %1.").arg(QLocale().createSeparatedList(parts));
}

} // namespace platter::app
