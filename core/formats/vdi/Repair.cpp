// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/Repair.h"

#include "core/formats/vdi/Findings.h"

#include <algorithm>
#include <array>
#include <set>

namespace platter::vdi {

namespace {

    constexpr std::size_t keptFindings = 1'000'000;
    constexpr std::size_t mostSteps = 16; ///< more than there are kinds
    /// One wrong entry, one block that nothing names, and a count that includes it.
    constexpr unsigned sureByCounting = 90;

    const char* const maybeLost = "Blocks that nothing uses may be what wrong entries named: "
                                  "freeing them would give that data up. Ask for it by "
                                  "--free-lost.";
    const char* const inTheWay = "Entries lead past the end of the file: what is put there would "
                                 "be read as theirs. Clear them first, by --clear-unreadable.";

} // namespace

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
    m_image = std::make_unique<VdiImage>(m_file);
    m_map = std::make_unique<BlockMap>(m_file, m_image->header());
    CheckOptions options;
    options.keepFindings = keptFindings;
    m_report = m_image->check(options, m_job);
}

RepairPlan Repairer::plan()
{
    reopen();
    m_plan.before = m_report;
    const std::uint64_t size = m_original->size().value;
    if (size > header().dataOffset)
        m_there = (size - header().dataOffset - 1) / header().stride().value + 1;
    if (m_report.countOf.contains(&dataInMap))
        m_hopeless = "the place of the first block is wrong, and it is not known where the blocks "
                     "begin";
    else if (m_report.findings.size() >= keptFindings)
        m_hopeless = "there is too much wrong for a plan";
    if (m_hopeless.empty())
        repairCopy();
    if (!m_hopeless.empty()) {
        // The image stays as it is.
        m_file = std::make_shared<PatchedFile>(m_original);
        m_plan.steps.clear();
        m_plan.dropped.clear();
        m_copies.clear();
        reopen();
    }
    m_plan.after = m_report;
    explainRest();
    m_plan.newLength = m_file->size();
    if (m_hopeless.empty())
        m_plan.epochs = epochs();
    std::erase_if(m_plan.steps, [](const RepairStep& one) { return one.count == 0; });
    return std::move(m_plan);
}

void Repairer::repairCopy()
{
    relink();
    reopen();
    const bool stillWrong = countOf(entryTooLarge) + countOf(entryPastEnd) + countOf(entryTwice);
    m_keepsLeaks = m_keepsLeaks && stillWrong;
    if (all()) {
        clearUnreadable();
        reopen();
        placeBlocks();
        reopen();
    }
    cutTail();
    correctCount();
    if (all())
        correctHeader();
    reopen();
    if (m_report.corruptions > m_plan.before.corruptions)
        m_hopeless = "what is corrected would show more that is wrong than it mends";
}

/// A step that somebody does not want is counted all the same, so that it can be chosen again.
RepairStep& Repairer::step(const char* id, std::string text)
{
    RepairStep one;
    one.id = id;
    one.text = std::move(text);
    if (m_options.without.contains(one.id)) {
        one.chosen = false;
        one.whyNot = "It was left out.";
    }
    m_plan.steps.push_back(std::move(one));
    return m_plan.steps.back();
}

std::uint64_t Repairer::countOf(const FindingKind& kind) const
{
    const auto found = m_report.countOf.find(&kind);
    return found == m_report.countOf.end() ? 0 : found->second;
}

std::vector<Repairer::Entry> Repairer::entriesOf(const FindingKind& kind) const
{
    std::vector<Entry> entries;
    for (const Finding& finding : m_report.findings) {
        if (finding.kind != &kind)
            continue;
        std::array<std::byte, 4> bytes{};
        m_file->readPadded(*finding.host, bytes);
        entries.push_back({(*finding.host - m_map->entryAt(0)).value / bytes.size(),
            load<std::uint32_t>(ByteOrder::Little, bytes.data())});
    }
    return entries;
}

std::vector<std::uint64_t> Repairer::leakedNumbers() const
{
    std::vector<std::uint64_t> leaked;
    for (const Finding& finding : m_report.findings) {
        if (finding.kind != &blockLeaked)
            continue;
        const std::uint64_t first
            = (*finding.host - HostOffset{header().dataOffset}).value / header().stride().value;
        const std::uint64_t count = finding.length.value / header().stride().value;
        for (std::uint64_t i = 0; i < count && leaked.size() < keptFindings; ++i)
            leaked.push_back(first + i);
    }
    return leaked;
}

Repairer::Numbers Repairer::numbers() const
{
    Numbers result;
    result.used.resize(header().blocksInImage);
    const std::uint64_t size = m_file->size().value;
    m_map->walk(0, header().blocksInImage, m_job, [&](const BlockMap::Run& run) {
        if (!run.isStored())
            return;
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const Entry entry{std::uint64_t{run.block} + i, run.entry + i};
            const std::uint64_t start = header().blockAt(entry.number).value;
            result.leadsPastEnd |= start + guestBytesOf(entry.block).value > size;
            if (start < size)
                result.usedEnd = std::max(result.usedEnd, start + header().blockSize);
            const bool isNumber = entry.number < result.used.size();
            if (isNumber)
                result.end = std::max(result.end, std::uint64_t{entry.number} + 1);
            if (isNumber && !result.used[entry.number]) {
                result.used[entry.number] = true;
                ++result.kept;
            } else if (start < size) {
                result.displaced.push_back(entry);
            }
        }
    });
    return result;
}

void Repairer::setEntry(std::uint64_t block, std::uint32_t number)
{
    std::array<std::byte, 4> bytes{};
    store(ByteOrder::Little, bytes.data(), number);
    m_file->write(m_map->entryAt(block), bytes);
    m_plan.dropped.push_back(m_map->entryAt(block));
}

void Repairer::setField(const char* name, std::span<const std::byte> bytes)
{
    m_file->write(placeOfField(name), bytes);
}

void Repairer::setField(const char* name, std::uint32_t value)
{
    std::array<std::byte, 4> bytes{};
    store(ByteOrder::Little, bytes.data(), value);
    setField(name, bytes);
}

HostOffset Repairer::placeOf(std::uint64_t number) const
{
    return HostOffset{header().dataOffset} + header().stride() * number;
}

/// How much of the disk a block holds: the last one may reach past its end.
Bytes Repairer::guestBytesOf(std::uint64_t block) const
{
    const std::uint64_t start = block * header().blockSize;
    const std::uint64_t disk = header().diskSize.value;
    return Bytes{std::min<std::uint64_t>(header().blockSize, disk > start ? disk - start : 0)};
}

bool Repairer::isInFile(std::uint32_t number) const
{
    return header().blockAt(number).value < m_file->size().value;
}

/// In a fixed image each block has its own number; in others counting may leave one answer.
void Repairer::relink()
{
    std::vector<Entry> wrong; // entries that lead nowhere
    for (const FindingKind* kind : {&entryTooLarge, &entryPastEnd}) {
        for (const Entry& entry : entriesOf(*kind)) {
            if (!isInFile(entry.number))
                wrong.push_back(entry);
        }
    }
    m_keepsLeaks = !m_options.freeLost && wrong.size() + countOf(entryTwice) != 0;
    const std::vector<std::uint64_t> leaked = leakedNumbers();
    RepairStep& one = step("relink-blocks", "Lead entries back to the blocks that they named.");
    const auto put = [&](std::uint64_t block, std::uint64_t number) {
        ++one.count;
        one.bytesChanged += Bytes{4};
        one.guestGained += guestBytesOf(block);
        if (one.chosen)
            setEntry(block, static_cast<std::uint32_t>(number));
    };
    if (header().imageType == type::fixed) {
        const std::vector<Entry> twice = entriesOf(entryTwice);
        wrong.insert(wrong.end(), twice.begin(), twice.end());
        std::set<std::uint64_t> blocks;
        for (const Entry& entry : wrong)
            blocks.insert(entry.block);
        for (const std::uint64_t number : leaked) {
            const bool isFree
                = m_map->extentAt(GuestOffset{number * header().blockSize}, Bytes{1}).kind
                != ExtentKind::Data;
            if (isFree || blocks.contains(number))
                put(number, number);
        }
        return;
    }
    if (wrong.size() != 1 || leaked.size() != 1 || countOf(entryTwice) != 0)
        return;
    const Entry& entry = wrong.front();
    const bool isKept = entry.number < header().blocksInImage;
    const bool isCounted = numbers().kept + (isKept ? 0 : 1) == header().blocksAllocated
        && leaked.front() < header().blocksAllocated;
    // Numbers are given out in order: one that was not counted was never given out.
    if (!isCounted || entry.number < header().blocksAllocated)
        return;
    one.confidence = sureByCounting;
    put(entry.block, leaked.front());
}

void Repairer::clearUnreadable()
{
    RepairStep& cleared = step("clear",
        "Clear entries that lead nowhere: their blocks read as never written. Fill a last block "
        "that the file cuts with zeros.");
    if (cleared.chosen && !m_options.clearUnreadable) {
        cleared.chosen = false;
        cleared.whyNot = "It changes what the guest reads, and what was there may be found "
                         "elsewhere. Ask for it by --clear-unreadable.";
    }
    cleared.confidence = 50;
    for (const FindingKind* kind : {&entryTooLarge, &entryPastEnd}) {
        for (const Entry& entry : entriesOf(*kind)) {
            if (isInFile(entry.number))
                continue;
            ++cleared.count;
            cleared.bytesChanged += Bytes{4};
            cleared.guestLost += guestBytesOf(entry.block);
            if (cleared.chosen)
                setEntry(entry.block, freeBlock);
        }
    }
    const Bytes size = m_file->size();
    for (const Entry& entry : entriesOf(entryCut)) {
        ++cleared.count;
        const HostOffset end = header().blockAt(entry.number) + Bytes{header().blockSize};
        cleared.bytesChanged += Bytes{end.value} - size;
        if (cleared.chosen)
            m_file->resize(std::max(m_file->size(), Bytes{end.value}));
    }
}

/// Gives blocks that share a number, or whose number is too large, places of their own, and moves
/// the last blocks to where nothing is: then as many numbers are used as blocks are stored, which
/// is the count that both QEMU and VirtualBox reckon with.
void Repairer::placeBlocks()
{
    RepairStep& apart
        = step("copy-blocks-apart", "Copy blocks that are named twice to places of their own.");
    RepairStep& gaps = step("close-gaps", "Move the last blocks to places that nothing uses.");
    for (RepairStep* one : {&apart, &gaps}) {
        if (one->chosen && m_options.without.contains("count")) {
            one->chosen = false;
            one->whyNot = "It needs the step \"count\", which was left out.";
        }
    }
    const Numbers now = numbers();
    if (now.leadsPastEnd) {
        for (RepairStep* one : {&apart, &gaps}) {
            one->chosen = false;
            one->whyNot = inTheWay;
        }
    }
    if (gaps.chosen && m_keepsLeaks) {
        gaps.chosen = false;
        gaps.whyNot = maybeLost;
    }
    const std::vector<Entry> displaced = apart.chosen ? now.displaced : std::vector<Entry>{};
    apart.count = now.displaced.size();
    const std::uint64_t stored = now.kept + displaced.size();
    if (!gaps.chosen) {
        std::uint64_t next = std::max(now.end, m_there);
        const std::uint64_t room = now.used.size() - std::min<std::uint64_t>(next, now.used.size());
        if (apart.chosen)
            apart.count = std::min(apart.count, room);
        if (apart.chosen && room == 0 && !displaced.empty()) {
            apart.count = displaced.size();
            apart.chosen = false;
            apart.whyNot = maybeLost;
        }
        for (std::uint64_t i = 0; apart.chosen && i < apart.count; ++i)
            move(displaced[i], next++, apart);
        gaps.count = now.end > stored ? now.end - stored : 0;
        return;
    }
    std::vector<Entry> last; // blocks with numbers that have to go
    m_map->walk(0, header().blocksInImage, m_job, [&](const BlockMap::Run& run) {
        if (!run.isStored() || std::uint64_t{run.entry} + run.count <= stored)
            return;
        for (std::uint32_t i = 0; i < run.count; ++i) {
            if (run.entry + i >= stored && run.entry + i < now.used.size())
                last.push_back({std::uint64_t{run.block} + i, run.entry + i});
        }
    });
    std::sort(last.begin(), last.end(), [](const Entry& a, const Entry& b) {
        return a.number != b.number ? a.number < b.number : a.block < b.block;
    });
    last.erase(std::unique(last.begin(), last.end(),
                   [](const Entry& a, const Entry& b) { return a.number == b.number; }),
        last.end());
    auto nextApart = displaced.begin();
    auto nextLast = last.begin();
    for (std::uint64_t number = 0; number < stored; ++number) {
        if (now.used[number])
            continue;
        if (nextApart != displaced.end()) {
            move(*nextApart++, number, apart);
        } else if (nextLast != last.end()) {
            ++gaps.count;
            move(*nextLast++, number, gaps);
        }
    }
}

void Repairer::move(const Entry& entry, std::uint64_t number, RepairStep& one)
{
    one.bytesChanged += header().stride() + Bytes{4};
    RepairPlan::Change copy;
    copy.at = placeOf(number);
    copy.copyOf = placeOf(entry.number);
    copy.copied = header().stride();
    m_file->resize(std::max(m_file->size(), Bytes{(copy.at + copy.copied).value}));
    m_copies.push_back(std::move(copy));
    setEntry(entry.block, static_cast<std::uint32_t>(number));
}

void Repairer::cutTail()
{
    RepairStep& freed = step("free-blocks", "Cut off what lies behind the last block.");
    const std::uint64_t size = m_file->size().value;
    const Numbers now = numbers();
    const std::uint64_t mapEnd = header().blockMapOffset + header().blockMapBytes().value;
    const std::uint64_t end = std::max(
        {std::uint64_t{header().dataOffset}, mapEnd, now.usedEnd, placeOf(now.end).value});
    if (m_keepsLeaks) {
        freed.count = countOf(blockLeaked) + countOf(fileTooLong);
        if (freed.chosen) {
            freed.chosen = false;
            freed.whyNot = maybeLost;
        }
        return;
    }
    if (size <= end)
        return;
    freed.count = (size - end - 1) / header().stride().value + 1;
    freed.bytesChanged = Bytes{size - end};
    if (!freed.chosen)
        return;
    m_cutCounted = placeOf(header().blocksAllocated).value > end;
    m_file->resize(Bytes{end});
}

/// A count that is too low lets the next new block destroy a stored one, so it reaches to the last
/// number in any case.
void Repairer::correctCount()
{
    if (!all() && !m_cutCounted)
        return;
    RepairStep& count = step("count", "Count the stored blocks in the header.");
    std::uint64_t wanted = numbers().end;
    if (m_keepsLeaks)
        wanted = std::max(wanted, std::min<std::uint64_t>(header().blocksAllocated, m_there));
    wanted = std::min<std::uint64_t>(wanted, header().blocksInImage);
    if (wanted == header().blocksAllocated)
        return;
    count.count = 1;
    count.bytesChanged = Bytes{4};
    if (count.chosen)
        setField("blocks_allocated", static_cast<std::uint32_t>(wanted));
}

void Repairer::correctHeader()
{
    RepairStep& fields = step("header-fields",
        "Correct header fields that can have one value only, and give the image the UUIDs that it "
        "lacks.");
    const auto put = [&](const char* name, auto value, std::size_t bytes) {
        ++fields.count;
        fields.bytesChanged += Bytes{bytes};
        if (fields.chosen)
            setField(name, value);
    };
    constexpr std::uint32_t shortestHeader = 384;
    if (header().headerSize < shortestHeader)
        put("header_size", shortestHeader, 4);
    if (header().hasGeometry() && header().geometrySectorSize != 512)
        put("geometry_sector_size", std::uint32_t{512}, 4);
    const Uuid fresh = randomUuid();
    const Uuid freshToo = randomUuid();
    if (header().uuid == Uuid{})
        put("uuid", std::span<const std::byte>{fresh}, fresh.size());
    if (header().modificationUuid == Uuid{})
        put("modification_uuid", std::span<const std::byte>{freshToo}, freshToo.size());
}

RepairPlan VdiImage::planRepair(const RepairOptions& options, const JobControl& job) const
{
    return Repairer{sharedFile(), options, job}.plan();
}

} // namespace platter::vdi
