// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/Overview.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QDir>
#include <QLocale>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(Overview)
    };

    QString spaceName(SpaceKind kind, const Image& image)
    {
        switch (kind) {
        case SpaceKind::Data: return Words::tr("Data");
        case SpaceKind::OnlyInSnapshots: return Words::tr("Only in snapshots");
        case SpaceKind::Compressed: return Words::tr("Compressed data");
        case SpaceKind::KeptForZeros: return Words::tr("Kept for zeros");
        case SpaceKind::MachineState: return Words::tr("Saved machine state");
        case SpaceKind::Metadata: return Words::tr("Metadata");
        case SpaceKind::Leaked: return Words::tr("Leaked");
        case SpaceKind::Problem: return Words::tr("Problems");
        case SpaceKind::Free:
            return image.formatId() == "raw" ? Words::tr("Holes, not stored")
                                             : Words::tr("Free inside the file");
        }
        return {};
    }

    std::vector<Overview::SpaceRow> spaceRows(const HostTotals& totals, const Image& image)
    {
        std::vector<Overview::SpaceRow> rows;
        for (std::size_t i = 0; i < spaceKinds; ++i) {
            const auto kind = static_cast<SpaceKind>(i);
            rows.push_back({kind, {}, totals.of(kind)});
        }
        std::erase_if(rows, [](const auto& row) { return row.bytes.value == 0; });
        for (auto& row : rows)
            row.name = spaceName(row.kind, image);
        return rows;
    }

    /// What an earlier check said; never that the image is healthy now.
    QString pastCheckText(const PastCheck& check)
    {
        const QString when = QLocale().toString(check.at, QLocale::ShortFormat);
        const auto count = [](std::uint64_t number) {
            return static_cast<int>(std::min<std::uint64_t>(number, 1'000'000'000));
        };
        const QString said = check.corruptions > 0
            ? Words::tr("The check of %1 found %n problem(s).", nullptr, count(check.corruptions))
            : check.errors > 0 ? Words::tr("The check of %1 could not examine everything.")
            : check.leaks > 0  ? Words::tr("The check of %1 found %n lost cluster(s), no damage.",
                   nullptr, count(check.leaks))
                               : Words::tr("The check of %1 found nothing wrong.");
        return said.arg(when) + QLatin1Char(' ')
            + (check.fileChangedSince ? Words::tr("The file has changed since.")
                                      : Words::tr("The file has not changed since."));
    }

    void describeHealth(const ImageDocument& document, SeenOnMap seen, Overview& overview)
    {
        const auto& quick = document.facts().quickLook.findings;
        const bool suspicious = std::any_of(quick.begin(), quick.end(),
            [](const Finding& f) { return f.kind->severity != Severity::Note; });
        const auto& totals = document.hostTotals();
        const bool metDamage
            = seen == SeenOnMap::Problem || (totals && totals->of(SpaceKind::Problem).value != 0);
        const auto& report = document.checkReport();
        if (document.checker()->isRunning()) {
            overview.health = Health::Checking;
            overview.healthTitle = Words::tr("Checking");
            overview.healthText
                = Words::tr("Every reference in the image is being counted. Nothing is written.");
        } else if (report && document.changedSinceCheck()) {
            overview.health = Health::NotChecked;
            overview.healthTitle = Words::tr("Changed since it was checked");
            overview.healthText
                = Words::tr("The check of %1 was about another state of the file. Check again to "
                            "know how it is now.")
                      .arg(QLocale().toString(document.checkedAt(), QLocale::ShortFormat));
        } else if (report) {
            const QString when = QLocale().toString(document.checkedAt(), QLocale::ShortFormat);
            if (report->corruptions > 0) {
                overview.health = Health::Damaged;
                overview.healthTitle = Words::tr("%n problem(s) found", nullptr,
                    static_cast<int>(std::min<std::uint64_t>(report->corruptions, 1'000'000'000)));
                overview.healthText = Words::tr("Data is, or can become, wrong.");
                overview.healthHint = Words::tr("The page Check says where.");
            } else if (report->checkErrors > 0) {
                overview.health = Health::NotExamined;
                overview.healthTitle = Words::tr("Not everything could be examined");
                overview.healthText = Words::tr("Some parts could not be read.");
                overview.healthHint = Words::tr("The page Check says which.");
            } else if (report->leaks > 0) {
                overview.health = Health::Leaks;
                overview.healthTitle = document.changedDuringCheck()
                    ? Words::tr("Written while it was checked, some space is lost")
                    : Words::tr("Healthy, some space is lost");
                overview.healthText = Words::tr(
                    "%n cluster(s) are counted but not used. No data is in danger.", nullptr,
                    static_cast<int>(std::min<std::uint64_t>(report->leaks, 1'000'000'000)));
            } else {
                overview.health = Health::Clean;
                overview.healthTitle = document.changedDuringCheck() ? Words::tr("No problem seen")
                                                                     : Words::tr("Healthy");
                overview.healthText
                    = Words::tr("Every reference was counted and nothing contradicts.");
            }
            if (document.changedDuringCheck())
                overview.healthText += QLatin1Char(' ')
                    + Words::tr("Another program wrote the file while it was checked: what was "
                                "found may be of that moment only. Check again when it rests.");
            overview.healthText += QLatin1Char(' ')
                + (document.changedSinceCheck()
                        ? Words::tr("Checked %1; the file has changed since.").arg(when)
                        : Words::tr("Checked %1.").arg(when));
        } else if (!document.checkProblem().isEmpty()) {
            overview.health = Health::NotExamined;
            overview.healthTitle = Words::tr("The check could not be finished");
            overview.healthText = document.checkProblem();
        } else if (suspicious) {
            overview.health = Health::Suspicious;
            overview.healthTitle = Words::tr("Something looks wrong");
            overview.healthText = document.canCheck()
                ? Words::tr("The first look at header and top tables found contradictions. A check "
                            "tells more.")
                : Words::tr("The first look at header and top tables found contradictions.");
        } else if (metDamage) {
            overview.health = Health::Suspicious;
            overview.healthTitle = Words::tr("Something looks wrong");
            overview.healthText = document.canCheck()
                ? Words::tr("Tables that were read for the map contradict, or lead to nothing. A "
                            "check tells more.")
                : Words::tr("Tables that were read for the map contradict, or lead to nothing.");
        } else if (!document.canCheck()) {
            overview.health = Health::NothingToCheck;
            overview.healthTitle = document.image()->formatId() == "raw"
                ? Words::tr("Nothing to check")
                : Words::tr("Looks fine");
            overview.healthText = document.image()->formatId() == "raw"
                ? Words::tr("A raw image has no tables that could be damaged.")
                : Words::tr("Header and top table were read and nothing contradicts. This format "
                            "keeps no counts to check.");
        } else {
            overview.health = Health::NotChecked;
            overview.healthTitle = Words::tr("Looks fine, not checked yet");
            overview.healthText = Words::tr("Header and top tables were read and nothing "
                                            "contradicts. A check reads every table.");
        }
        const bool isOpenQuestion
            = overview.health == Health::NotChecked || overview.health == Health::Suspicious;
        if (isOpenQuestion && document.pastCheck())
            overview.healthText += QLatin1Char(' ') + pastCheckText(*document.pastCheck());
    }

    /// What of the file guest and snapshots use, and what could be given back.
    Overview::Number usedNumber(const ImageDocument& document)
    {
        const Image& image = *document.image();
        Overview::Number used{Words::tr("In use"), QStringLiteral("–"), {}, {}};
        const auto& totals = document.hostTotals();
        if (!totals) {
            used.note = document.hostTotalsProblem().isEmpty() ? Words::tr("reading")
                                                               : Words::tr("not known");
            return used;
        }
        const Bytes guest = totals->ofGuest();
        const Bytes snapshots = totals->onlyOfSnapshots();
        used.value = shownSize(guest + snapshots);
        if (image.snapshots().empty())
            used.note = Words::tr("by the guest");
        else
            used.note = Words::tr("guest %1\nonly snapshots %2")
                            .arg(shownSize(guest), shownSize(snapshots));
        if (image.formatId() != "raw")
            used.note += QLatin1Char('\n')
                + (totals->reclaimable.value == 0
                        ? Words::tr("nothing could be saved")
                        : Words::tr("%1 could be saved").arg(shownSize(totals->reclaimable)));
        if (totals->changedMeanwhile)
            used.note += QLatin1Char('\n') + Words::tr("counted while it changed");
        used.exact
            = Words::tr("guest %1, only snapshots %2, could be saved %3")
                  .arg(exactSize(guest), exactSize(snapshots), exactSize(totals->reclaimable));
        return used;
    }

    /// The four sizes that are easily taken for one another.
    void describeNumbers(const ImageDocument& document, Overview& overview)
    {
        const Image& image = *document.image();
        const ImageFacts& facts = document.facts();
        overview.numbers.push_back({Words::tr("Virtual size"), shownSize(image.virtualSize()),
            Words::tr("the disk that the machine sees"), exactSize(image.virtualSize())});
        overview.numbers.push_back({Words::tr("File length"), shownSize(facts.fileLength),
            Words::tr("what a copy of the file may take"), exactSize(facts.fileLength)});
        overview.numbers.push_back({Words::tr("On disk"), shownSize(facts.onDisk),
            facts.onDisk < facts.fileLength ? Words::tr("the rest of the file is holes")
                                            : Words::tr("what the file system stores"),
            exactSize(facts.onDisk)});
        overview.numbers.push_back(usedNumber(document));
    }

    using Weight = Overview::Remark::Weight;

    void remarkChain(const ImageDocument& document, Overview& overview)
    {
        const Image& image = *document.image();
        const auto add = [&](Weight weight, const QString& text) {
            overview.remarks.push_back({weight, text, PageId::Chain, Overview::Remark::Act::Show});
        };
        for (const ChainLink& link : document.chain()) {
            const QString name = shownText(link.name.named.name);
            switch (link.state) {
            case ChainLink::State::Missing:
                add(Weight::Problem,
                    Words::tr("“%1”, which the image needs, is missing.").arg(name));
                break;
            case ChainLink::State::Broken:
                add(Weight::Problem,
                    Words::tr("“%1”, which the image needs, cannot be used.").arg(name));
                break;
            case ChainLink::State::Refused:
                add(Weight::Warning,
                    Words::tr("The name “%1” in the image is not followed.").arg(name));
                break;
            case ChainLink::State::NeedsConsent:
                overview.remarks.push_back({Weight::Note,
                    Words::tr("“%1” was not opened: it needs your consent.").arg(name),
                    PageId::Chain, Overview::Remark::Act::ReviewChain});
                break;
            case ChainLink::State::Opened: break;
            }
        }
        if (const auto backing = image.backingFile()) {
            const auto links = static_cast<int>(document.chain().size());
            if (links > 1)
                add(Weight::Note,
                    Words::tr("It rests on a chain of %n other file(s).", nullptr, links));
            else
                add(Weight::Note,
                    backing->role == NamedFile::Role::VdiParent
                        ? Words::tr("It holds only the differences to its parent.")
                        : Words::tr("It holds only what differs from “%1”.")
                              .arg(shownText(backing->name)));
        }
        if (const auto data = image.externalDataFile())
            add(Weight::Note,
                Words::tr("Its data lies in another file, “%1”.").arg(shownText(data->name)));
    }

    void remarkFormat(const ImageDocument& document, Overview& overview)
    {
        const Image& image = *document.image();
        using Act = Overview::Remark::Act;
        const auto add = [&](Weight weight, const QString& text, std::optional<PageId> page = {},
                             Act act = Act::Show) {
            overview.remarks.push_back({weight, text, page, act});
        };
        const PropertyObject properties = image.formatProperties();
        if (property<bool>(properties, "corrupt").value_or(false))
            add(Weight::Problem, Words::tr("QEMU has marked it as corrupt and will not write it."),
                PageId::Header);
        if (image.isDirty())
            add(Weight::Warning,
                Words::tr("It was not closed cleanly: its reference counts may be stale."),
                PageId::Check, Act::Check);
        if (property<std::string>(properties, "compat") == "0.10")
            add(Weight::Note,
                Words::tr(
                    "Version 2 of the format (compat 0.10): no zero clusters, no feature bits."),
                PageId::Header);
        if (property<std::string>(properties, "compression-type") == "zstd")
            add(Weight::Note, Words::tr("Compressed with zstd: needs QEMU 5.1 or later."),
                PageId::Header);
        if (property<bool>(properties, "extended-l2").value_or(false))
            add(Weight::Note,
                Words::tr("Extended L2 entries (subclusters): needs QEMU 5.2 or later."),
                PageId::Header);
        if (property<bool>(properties, "lazy-refcounts").value_or(false))
            add(Weight::Note,
                Words::tr("Lazy refcounts: after a crash it needs a repair before use."),
                PageId::Header);
        if (const auto encryption = image.encryption()) {
            const QString kind = encryption->format == "luks" ? Words::tr("LUKS")
                                                              : Words::tr("the old AES method");
            QString text = encryption->locked
                ? Words::tr("Encrypted with %1. Locked: structure can be seen, data cannot.")
                      .arg(kind)
                : Words::tr("Encrypted with %1. Unlocked.").arg(kind);
            if (!encryption->locked && encryption->slot)
                text = Words::tr("Encrypted with %1. Unlocked by key slot %2.")
                           .arg(kind)
                           .arg(*encryption->slot);
            add(Weight::Note, text, PageId::Header, encryption->locked ? Act::Unlock : Act::Show);
            if (encryption->format == "aes")
                add(Weight::Warning,
                    Words::tr("The old AES method is weak: consider a conversion to LUKS."),
                    PageId::Header);
        }
        const auto& bitmaps = image.bitmaps();
        if (!bitmaps.empty()) {
            add(Weight::Note,
                Words::tr("%n dirty bitmap(s) for incremental backups.", nullptr,
                    static_cast<int>(bitmaps.size())),
                PageId::Bitmaps);
            const auto stale = std::count_if(bitmaps.begin(), bitmaps.end(),
                [](const BitmapInfo& bitmap) { return !bitmap.consistent; });
            if (stale > 0)
                add(Weight::Warning,
                    Words::tr("%n bitmap(s) cannot be trusted: the next backup must be a full one.",
                        nullptr, static_cast<int>(stale)),
                    PageId::Bitmaps);
        }
    }

    void describeRemarks(const ImageDocument& document, Overview& overview)
    {
        const Image& image = *document.image();
        for (const Finding& finding : document.facts().quickLook.findings) {
            const Weight weight = finding.kind->severity == Severity::Note ? Weight::Note
                : finding.kind->severity == Severity::Corruption           ? Weight::Problem
                                                                           : Weight::Warning;
            overview.remarks.push_back(
                {weight, findingText(finding), PageId::Header, Overview::Remark::Act::Show});
        }
        remarkFormat(document, overview);
        remarkChain(document, overview);
        const auto& totals = document.hostTotals();
        if (!image.snapshots().empty()) {
            const auto count = static_cast<int>(image.snapshots().size());
            QString text
                = Words::tr("%n snapshot(s) inside the file make it grow.", nullptr, count);
            if (totals) {
                const Bytes only
                    = totals->of(HostUse::DataSnapshot) + totals->of(HostUse::CompressedSnapshot);
                text = Words::tr(
                    "%n snapshot(s) inside the file; only they need %1.", nullptr, count)
                           .arg(shownSize(only));
            }
            overview.remarks.push_back(
                {Weight::Note, text, PageId::Snapshots, Overview::Remark::Act::Show});
        }
        if (totals && totals->of(HostUse::Leaked).value > 0)
            overview.remarks.push_back({Weight::Warning,
                Words::tr("%1 are leaked: counted as used, but nothing uses them.")
                    .arg(shownSize(totals->of(HostUse::Leaked))),
                PageId::Check, Overview::Remark::Act::Show});
        if (totals && totals->of(HostUse::Problem).value > 0)
            overview.remarks.push_back({Weight::Problem,
                Words::tr("%1 of the file are used in ways that exclude each other.")
                    .arg(shownSize(totals->of(HostUse::Problem))),
                PageId::Check, Overview::Remark::Act::Show});
        std::stable_sort(overview.remarks.begin(), overview.remarks.end(),
            [](const auto& a, const auto& b) { return a.weight > b.weight; });
    }

} // namespace

Overview describeOverview(const ImageDocument& document, SeenOnMap seen)
{
    const Image& image = *document.image();
    Overview overview;
    overview.name = document.name();

    QStringList facts{shownText(image.formatName())};
    if (const auto cluster = image.clusterSize())
        facts << Words::tr("%1 clusters").arg(shownSize(*cluster));
    QString folder = shownPath(document.path().parent_path());
    const QString home = QDir::homePath();
    if (folder == home || folder.startsWith(home + QLatin1Char('/')))
        folder.replace(0, home.size(), QLatin1Char('~'));
    if (!folder.isEmpty())
        facts << folder;
    overview.facts = facts.join(QStringLiteral(" · "));

    describeHealth(document, seen, overview);
    describeNumbers(document, overview);
    if (const auto& totals = document.hostTotals()) {
        overview.space = spaceRows(*totals, image);
        if (totals->changedMeanwhile)
            overview.spaceProblem = Words::tr(
                "The file was written while this was counted: the numbers may be of two states.");
    } else {
        overview.spaceProblem = document.hostTotalsProblem().isEmpty()
            ? Words::tr("Reading what the file is used for")
            : document.hostTotalsProblem();
    }
    describeRemarks(document, overview);
    return overview;
}

QString overviewText(const Overview& overview)
{
    QStringList lines{overview.name, overview.facts, QString(),
        overview.healthTitle + QStringLiteral(". ") + overview.healthText, QString()};
    if (!overview.healthHint.isEmpty())
        lines[3] += QLatin1Char(' ') + overview.healthHint;
    for (const Overview::Number& number : overview.numbers) {
        QString line = number.caption + QStringLiteral(": ") + number.value;
        if (!number.exact.isEmpty())
            line += QStringLiteral(" (") + number.exact + QLatin1Char(')');
        else if (!number.note.isEmpty())
            line += QStringLiteral(" (") + number.note + QLatin1Char(')');
        lines << line;
    }
    lines << QString() << Words::tr("Where the space goes") + QLatin1Char(':');
    Bytes whole;
    for (const Overview::SpaceRow& row : overview.space)
        whole += row.bytes;
    for (const Overview::SpaceRow& row : overview.space)
        lines << QStringLiteral("  %1: %2 (%3)")
                     .arg(row.name, shownSize(row.bytes), shownShare(row.bytes, whole));
    if (!overview.spaceProblem.isEmpty())
        lines << QStringLiteral("  ") + overview.spaceProblem;
    if (!overview.remarks.empty()) {
        lines << QString() << Words::tr("Worth knowing") + QLatin1Char(':');
        for (const Overview::Remark& remark : overview.remarks)
            lines << QStringLiteral("  ") + remark.text;
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

} // namespace platter::app
