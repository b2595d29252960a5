// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Repair.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <array>
#include <set>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t keptFindings = 1'000'000;
    constexpr std::size_t mostSteps = 32; ///< more than there are kinds
    /// How sure a lost table and its place must be to be put back unasked.
    constexpr unsigned sureEnough = 70;

} // namespace

unsigned numberIn(const Finding& finding, std::size_t argument)
{
    return argument < finding.arguments.size()
        ? static_cast<unsigned>(std::stoul(finding.arguments[argument]))
        : 0;
}

Repairer::Repairer(
    std::shared_ptr<const ByteFile> file, const RepairOptions& options, const JobControl& job)
    : m_original(std::move(file))
    , m_file(std::make_shared<PatchedFile>(m_original))
    , m_options(options)
    , m_job(job)
{
    m_plan.steps.reserve(mostSteps); // step() hands out references
}

void Repairer::reopen()
{
    m_image = std::make_unique<Qcow2Image>(m_file);
    m_counts = std::make_unique<RefcountTable>(*m_file, m_image->geometry(),
        m_image->header().refcountTableOffset, m_image->header().refcountTableClusters);
    m_newBlocks.clear();
}

CheckReport Repairer::check(const CountDifferenceSink& differences) const
{
    CheckOptions options;
    options.threads = m_options.threads;
    options.keepFindings = keptFindings;
    options.differences = differences;
    return m_image->check(options, m_job);
}

std::uint64_t Repairer::word(HostOffset at) const
{
    std::array<std::byte, 8> bytes{};
    m_file->readPadded(at, bytes);
    return loadBig<std::uint64_t>(bytes.data());
}

void Repairer::put(HostOffset at, std::span<const std::byte> bytes, HostUse use)
{
    const std::uint64_t cluster = m_image->geometry().cluster.clusterOf(at).index;
    const auto known = isNew(cluster) ? m_uses.end() : m_uses.emplace(cluster, use).first;
    if (known != m_uses.end() && known->second != use)
        throw Error("The repair would write " + std::string{hostUseName(use)} + " at "
            + hexText(at.value) + " where it has written " + hostUseName(known->second) + ".");
    m_file->write(at, bytes);
}

void Repairer::setWord(HostOffset at, std::uint64_t value, HostUse use)
{
    std::array<std::byte, 8> bytes{};
    storeBig(bytes.data(), value);
    put(at, bytes, use);
}

RepairStep& Repairer::step(const char* id, std::string text)
{
    RepairStep one;
    one.id = id;
    one.text = std::move(text);
    leaveOut(one);
    m_plan.steps.push_back(std::move(one));
    return m_plan.steps.back();
}

/// A step that somebody does not want is counted all the same, so that it can be chosen again.
void Repairer::leaveOut(RepairStep& one) const
{
    // What these refer to anew may not be counted yet.
    static const std::set<std::string> wantCounts{
        "relink", "restore", "move-refcount-blocks", "copy-apart", "snapshot-table"};
    if (m_options.without.contains(one.id)) {
        one.chosen = false;
        one.whyNot = "It was left out.";
    } else if (wantCounts.contains(one.id) && m_options.without.contains("raise-refcounts")) {
        one.chosen = false;
        one.whyNot = "It needs the step \"raise-refcounts\", which was left out.";
    }
}

std::uint64_t Repairer::forEach(
    const FindingKind& kind, const std::function<void(const Finding&)>& change)
{
    std::uint64_t count = 0;
    for (const Finding& finding : m_report.findings) {
        if (finding.kind == &kind && finding.host
            && !m_garbage.contains(m_image->geometry().cluster.clusterOf(*finding.host).index)) {
            change(finding);
            ++count;
        }
    }
    return count;
}

HostOffset Repairer::allocate(std::uint64_t clusters)
{
    const Bytes length = m_image->geometry().cluster.bytes() * clusters;
    // Where an entry leads past the end, its data may have been: nothing new is put there.
    for (auto next = m_promised.lower_bound(m_next);
         next != m_promised.end() && *next < m_next + clusters; ++next)
        m_next = *next + 1;
    const HostOffset at = m_image->geometry().cluster.startOf(HostCluster{m_next});
    m_next += clusters;
    // The bytes are there from now on, also where they stay zeros.
    m_file->write(at, std::vector<std::byte>(length.value));
    return at;
}

RepairPlan Repairer::plan()
{
    reopen();
    m_report = m_plan.before = check();
    m_hopeless = whyHopeless();
    if (m_hopeless.empty())
        repairCopy();
    if (!m_hopeless.empty()) {
        // The image stays as it is.
        m_file = std::make_shared<PatchedFile>(m_original);
        m_plan.steps.clear();
        m_plan.relinked.clear();
        m_plan.copiedApart.clear();
        m_plan.dropped.clear();
        reopen();
        m_report = m_plan.before;
    }
    m_plan.after = m_report;
    explainRest();
    m_plan.newLength = m_file->size();
    if (m_hopeless.empty())
        m_plan.epochs = epochs();
    std::erase_if(m_plan.steps, [](const RepairStep& one) { return one.count == 0; });
    return std::move(m_plan);
}

/// All steps, as far as m_hopeless stays empty; m_report is that of the image afterwards.
void Repairer::repairCopy()
{
    const ClusterSize cluster = m_image->geometry().cluster;
    const std::uint64_t fileEnd = cluster.clustersFor(m_file->size()) + 1;
    m_next
        = std::max(fileEnd, m_report.imageEnd.value_or(HostOffset{}).value / cluster.bytes().value);
    const auto again = [&] {
        reopen();
        m_report = check();
    };
    relinkTables();
    again();
    notePromised();
    if (all() && m_hopeless.empty()) {
        // First what the guest reads is brought out of the places of tables that are changed next.
        // Counts move themselves: the count of a copy must be written before anything leads to it.
        moveRefcountBlocks();
        again();
        copyApart();
        again();
        if (m_report.countOf.contains(&overlapData)
            || m_report.countOf.contains(&refcountBlockShared)) {
            m_hopeless = "guest data lies in the place of a structure and is not moved";
            return;
        }
    }
    if (!m_hopeless.empty())
        return;
    findGarbageTables();
    if (all()) {
        clearBits();
        again();
        if (m_report.countOf.contains(&overlapMetadata)
            || m_report.countOf.contains(&refcountBlockShared)) {
            // Behind such an entry lies something else.
            for (const HostOffset place : m_keptBlocks) {
                setWord(place, 0, HostUse::RefcountTable);
                m_plan.dropped.push_back(place);
            }
            again();
        }
        settleUnreadable();
        completeSnapshotTable();
        again();
    }
    correctCounts();
    again();
    correctFlags();
    again();
    clearMarks();
    again();
    if (m_report.corruptions > m_plan.before.corruptions
        || m_report.checkErrors > m_plan.before.checkErrors)
        m_hopeless = "what is corrected would show more that is wrong than it mends";
}

/// Collects the clusters past the end of the file that entries lead to.
void Repairer::notePromised()
{
    if (m_report.findings.size() >= keptFindings && m_report.countOf.contains(&pastEnd))
        m_hopeless = "there is too much wrong to keep apart what lies past the end of the file";
    for (const Finding& one : m_report.findings) {
        if (one.kind != &pastEnd || one.arguments.size() < 3)
            continue;
        const std::uint64_t cluster = std::stoull(one.arguments[2], nullptr, 16)
            / m_image->geometry().cluster.bytes().value;
        m_promised.insert(cluster);
        m_promised.insert(cluster + 1); // a compressed stream may go on there
    }
}

/// Why a correction would follow nonsense: bytes of one structure read as another.
std::string Repairer::whyHopeless() const
{
    if (m_report.countOf.find(&overlapMetadata) != m_report.countOf.end())
        return "two structures lie in one place, and it is not known which is right";
    for (const Finding& one : m_report.findings) {
        const bool isEntry = one.arguments.empty() || one.arguments.front() == "L2 entry"
            || one.arguments.front().starts_with("L1 entry");
        if (one.kind == &pastEnd && !isEntry)
            return "a whole structure reaches past the end of the file: its place or its size is "
                   "wrong, or the file was cut";
    }
    return {};
}

void Repairer::relinkTables()
{
    RepairStep& relink = step("relink", "Put lost L2 tables back where they belong.");
    RepairStep& unsure = step("relink-unsure", "Put lost L2 tables back whose place is not sure.");
    unsure.chosen = false;
    unsure.whyNot = "The place is a guess: the wrong one shows the guest data of another range.";
    relink.confidence = 100;
    std::set<std::uint64_t> taken;
    forEach(leakFillsRange, [&](const Finding& finding) {
        const unsigned sure = std::min(numberIn(finding, 1), numberIn(finding, 3));
        const std::uint64_t index = numberIn(finding, 2);
        const bool put = sure >= sureEnough && taken.insert(index).second;
        RepairStep& one = put ? relink : unsure;
        one.confidence = std::min(one.confidence, sure);
        ++one.count;
        one.bytesChanged += Bytes{8};
        one.guestGained += finding.length;
        if (!put || !relink.chosen)
            return;
        setWord(m_image->activeL1().at + Bytes{index * 8}, finding.host->value | entry::copied,
            HostUse::L1Table);
        m_plan.relinked.push_back(*finding.host);
    });
}

/// A cluster most of whose entries break rules is no table: its bytes are left alone.
void Repairer::findGarbageTables()
{
    constexpr unsigned mostBroken = 8;
    std::map<std::uint64_t, unsigned> broken;
    for (const FindingKind* kind : {&l2Reserved, &l2CompressedCopied, &l2CompressedBitmap,
             &l2Unaligned, &l2ZeroInExtended, &l2CopiedWithoutCluster}) {
        forEach(*kind, [&](const Finding& finding) {
            ++broken[m_image->geometry().cluster.clusterOf(*finding.host).index];
        });
    }
    for (const auto& [cluster, count] : broken) {
        if (count > mostBroken)
            m_garbage.insert(cluster);
    }
    m_hasGarbageTables = !m_garbage.empty();
}

void Repairer::clearBits()
{
    RepairStep& bits = step("reserved-bits", "Clear bits of entries that must be 0.");
    const auto change = [&](const FindingKind& kind, auto&& changed) {
        const HostUse use = &kind == &l1Reserved ? HostUse::L1Table : HostUse::L2Table;
        const std::uint64_t times = forEach(kind, [&](const Finding& finding) {
            if (bits.chosen)
                setWord(*finding.host, changed(word(*finding.host)), use);
        });
        bits.count += times;
        bits.bytesChanged += Bytes{8 * times};
    };
    change(l1Reserved, [](std::uint64_t value) { return value & ~entry::l1Reserved; });
    change(l2Reserved, [&](std::uint64_t value) {
        return value & entry::compressed ? value & ~m_image->geometry().compressedReserved(value)
                                         : value & ~entry::l2Reserved;
    });
    change(l2CompressedCopied, [](std::uint64_t value) { return value & ~entry::copied; });
    change(l2CopiedWithoutCluster, [](std::uint64_t value) { return value & ~entry::copied; });
    change(l2ZeroInExtended, [](std::uint64_t value) { return value & ~entry::zero; });
    const std::uint64_t bitmaps = forEach(l2CompressedBitmap, [&](const Finding& finding) {
        if (bits.chosen)
            setWord(*finding.host + Bytes{8}, 0, HostUse::L2Table);
    });
    bits.count += bitmaps;
    bits.bytesChanged += Bytes{8 * bitmaps};

    RepairStep& marks = step("header-bits",
        "Clear marks of the header that speak of bitmaps or a data file that are not there.");
    for (const auto& [kind, bit] : {std::pair{&bitmapWithoutExtension, feature::bitmaps},
             std::pair{&dataFileRawWithoutDataFile, feature::rawExternalData}}) {
        marks.count += forEach(*kind, [&, bit = bit](const Finding& finding) {
            if (marks.chosen)
                setWord(*finding.host, word(*finding.host) & ~bit, HostUse::Header);
        });
    }
    marks.bytesChanged = Bytes{marks.count ? 8U : 0U};

    RepairStep& table = step("refcount-table",
        "Drop entries of the refcount table that lead nowhere; their counts are made again.");
    for (const FindingKind* kind :
        {&refcountTableReserved, &refcountBlockUnaligned, &refcountBlockPastEnd}) {
        const std::uint64_t times = forEach(*kind, [&](const Finding& finding) {
            if (!table.chosen)
                return;
            const std::uint64_t value = word(*finding.host) & ~entry::refcountReserved;
            const bool leads = m_image->geometry().cluster.aligned(HostOffset{value})
                && value < m_file->size().value;
            const bool stays = leads && kind == &refcountTableReserved;
            setWord(*finding.host, stays ? value : 0, HostUse::RefcountTable);
            (stays ? m_keptBlocks : m_plan.dropped).push_back(*finding.host);
        });
        table.count += times;
        table.bytesChanged += Bytes{8 * times};
    }
}

std::optional<std::uint64_t> Repairer::fromSnapshot(GuestOffset guest, bool table)
{
    const Geometry& geometry = m_image->geometry();
    const std::uint64_t l1Index = guest.value / geometry.tableCoverage().value;
    const std::uint64_t l2Index
        = guest.value % geometry.tableCoverage().value / geometry.cluster.bytes().value;
    const auto isSound = [&](HostOffset at) {
        return at.value != 0 && geometry.cluster.aligned(at)
            && at.value + geometry.cluster.bytes().value <= m_file->size().value;
    };
    const auto& snapshots = m_image->snapshots();
    for (std::size_t i = snapshots.size(); i-- > 0;) {
        if (!geometry.cluster.aligned(snapshots[i].l1TableOffset)
            || l1Index >= snapshots[i].l1Entries)
            continue;
        const std::uint64_t l1 = word(snapshots[i].l1TableOffset + Bytes{l1Index * 8});
        const HostOffset l2{l1 & entry::offset};
        if (!isSound(l2))
            continue;
        if (table)
            return l2.value;
        const std::uint64_t value = word(l2 + Bytes{l2Index * geometry.entryBytes()});
        const bool plain = geometry.typeOf(value) == EntryType::Normal && !geometry.extended
            && (value & entry::l2Reserved) == 0;
        if (plain && isSound(HostOffset{value & entry::offset}))
            return value & ~entry::copied;
    }
    return {};
}

void Repairer::settleUnreadable()
{
    RepairStep& restored = step(
        "restore", "Take entries that lead nowhere from the newest snapshot that has the range.");
    RepairStep& cleared
        = step("clear", "Clear entries that lead nowhere: their ranges read as never written.");
    for (RepairStep* one : {&restored, &cleared}) {
        one->confidence = 50;
        if (!one->chosen || m_options.clearUnreadable)
            continue;
        one->chosen = false;
        one->whyNot = "It changes what the guest reads, and what was there may be found "
                      "elsewhere. Ask for it by --clear-unreadable.";
    }
    const Geometry& geometry = m_image->geometry();
    const HostOffset l1 = m_image->activeL1().at;
    const HostOffset l1End = l1 + Bytes{m_image->activeL1().declaredEntries * 8};
    for (const FindingKind* kind :
        {&pastEnd, &l1Unaligned, &l2Unaligned, &l2BitmapContradiction, &l2BitmapWithoutCluster}) {
        forEach(*kind, [&](const Finding& finding) {
            if (!finding.guest)
                return; // a structure's own place, or a table of a snapshot
            const bool isL1 = *finding.host >= l1 && *finding.host < l1End;
            const auto older = fromSnapshot(*finding.guest, isL1);
            RepairStep& one = older ? restored : cleared;
            ++one.count;
            one.bytesChanged += Bytes{8};
            one.guestLost += isL1 ? geometry.tableCoverage() : geometry.cluster.bytes();
            if (!one.chosen)
                return;
            setWord(*finding.host, older.value_or(0), isL1 ? HostUse::L1Table : HostUse::L2Table);
            if (geometry.extended && !isL1)
                setWord(*finding.host + Bytes{8}, 0, HostUse::L2Table);
        });
    }
}

void Repairer::completeSnapshotTable()
{
    if (m_report.countOf.find(&snapshotIncomplete) == m_report.countOf.end())
        return;
    RepairStep& complete
        = step("snapshot-table", "Write the snapshot table again with all that version 3 needs.");
    const SnapshotTable& old = m_image->snapshotTable();
    const bool known = old.snapshots.size() == m_image->header().snapshotCount
        && std::all_of(old.extraSizes.begin(), old.extraSizes.end(),
            [](std::uint32_t size) { return size <= 24; });
    complete.count = 1;
    if (!known) {
        complete.chosen = false;
        complete.whyNot = "The table has entries that are lost or extra data of unknown meaning.";
        return;
    }
    const std::vector<std::byte> table = snapshotTableImage(old.snapshots);
    complete.bytesChanged = Bytes{table.size() + 8};
    if (!complete.chosen)
        return;
    const HostOffset fresh = allocate(m_image->geometry().cluster.clustersFor(Bytes{table.size()}));
    m_file->write(fresh, table);
    setWord(HostOffset{headerFields.find("snapshots_offset")->at}, fresh.value, HostUse::Header);
}

void Repairer::correctFlags()
{
    RepairStep& flags
        = step("copied-flags", "Set the COPIED flags that counts and flags disagree on.");
    // As qemu-img: freeing leaks alone touches no table as long as something else is wrong.
    if (!all()) {
        const auto countOf = [&](const FindingKind& kind) {
            const auto found = m_report.countOf.find(&kind);
            return found == m_report.countOf.end() ? 0 : found->second;
        };
        if (countOf(copiedL1) + countOf(copiedL2) != m_report.corruptions)
            return;
    }
    for (const FindingKind* kind : {&copiedL1, &copiedL2}) {
        const HostUse use = kind == &copiedL1 ? HostUse::L1Table : HostUse::L2Table;
        forEach(*kind, [&](const Finding& finding) {
            if (flags.chosen)
                setWord(*finding.host, word(*finding.host) ^ entry::copied, use);
            ++flags.count;
            flags.bytesChanged += Bytes{8};
        });
    }
}

void Repairer::clearMarks()
{
    const std::uint64_t marks
        = m_image->header().incompatibleFeatures & (feature::dirty | feature::corrupt);
    if (marks == 0 || m_report.corruptions || m_report.checkErrors)
        return;
    RepairStep& one = step("marks", "Clear the marks that say dirty or corrupt.");
    if (one.chosen)
        setWord(HostOffset{headerVersion3Fields.find("incompatible_features")->at},
            m_image->header().incompatibleFeatures & ~marks, HostUse::Header);
    one.count = 1;
    one.bytesChanged = Bytes{8};
    for (const RepairStep& before : m_plan.steps) {
        if (before.chosen && before.count)
            one.needs.push_back(before.id);
    }
}

RepairPlan Qcow2Image::planRepair(const RepairOptions& options, const JobControl& job) const
{
    return Repairer{sharedFile(), options, job}.plan();
}

} // namespace platter::qcow2
