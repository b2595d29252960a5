// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ConvertStates.h"

#include "core/formats/Registry.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/DiskStates.h"
#include "core/operations/KeepBitmaps.h"
#include "core/operations/NewImageFile.h"
#include "core/operations/PieceReader.h"
#include "core/operations/UnitKeys.h"
#include "core/operations/VerifyConversion.h"
#include "core/operations/resume/ResumableWrite.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace platter {

namespace {

    constexpr std::uint64_t pieceBytes = 1 << 20; ///< of the guest disk, unless a unit is larger
    constexpr std::size_t mostKeys = std::size_t{1} << 21; ///< 32 MiB
    constexpr std::size_t mostCompared = 8; ///< tables that a state's is compared with

    /// States that have the same table in the source, and the table that they get.
    struct Group {
        std::vector<std::uint32_t> states;
        std::optional<std::size_t> table; ///< nothing: it would be empty so far
    };

    /// A unit that some groups have in common.
    struct Slot {
        std::uint32_t unit = 0; ///< in the range that is worked on
        std::uint32_t group = 0; ///< the first that has it
        std::uint64_t references = 0; ///< states
        StatesWriter::Entry entry;
    };

    class StatesCopy {
    public:
        StatesCopy(const BackingChain& chain, StatesWriter& writer, const ConvertOptions& options,
            const JobControl& job, RunLog& log)
            : m_chain(chain)
            , m_image(*chain.layers.front().image)
            , m_states(chain)
            , m_writer(writer)
            , m_keepFrom(options.keepFrom)
            , m_threads(options.threads ? options.threads : defaultThreads())
            , m_job(job)
            , m_log(log)
            , m_unit(writer.unit().value)
            , m_coverage(writer.tableCoverage().value)
        {
            if (m_keepFrom)
                m_kept = KeptLayers{
                    *m_keepFrom, chain.layers.at(*m_keepFrom).image->virtualSize().value};
        }

        void run()
        {
            Bytes longest{};
            for (std::uint32_t state = 0; state < m_states.count(); ++state)
                longest = std::max(longest, m_states.sizeOf(state));
            const std::uint64_t tables = (longest.value + m_coverage - 1) / m_coverage;
            for (std::uint64_t table = 0; table < tables; ++table) {
                m_now = {table * m_coverage, tables * m_coverage};
                m_job.step(m_now);
                copyTable(table);
            }
            for (std::uint32_t state = 0; !m_states.isPresent(state); ++state) {
                if (m_image.snapshots()[state].vmStateSize.value > 0)
                    copyVmState(state);
            }
            if (m_log.isBehind())
                throw EarlierRunDiffers{};
        }

    private:
        /// Copies what one table of each state covers.
        void copyTable(std::uint64_t table)
        {
            const GuestOffset start{table * m_coverage};
            std::vector<Group> groups = groupStates(start);
            if (groups.empty())
                return;
            std::uint64_t longest = 0;
            for (const Group& group : groups)
                longest = std::max(longest, lengthIn(group, start));
            const std::uint64_t units = (longest + m_unit - 1) / m_unit;
            const std::uint64_t atOnce
                = std::clamp<std::uint64_t>(mostKeys / groups.size(), 1, units);
            for (std::uint64_t first = 0; first < units; first += atOnce)
                copyUnits(table, groups, first, std::min(atOnce, units - first));
        }

        std::uint64_t lengthIn(const Group& group, GuestOffset start) const
        {
            const std::uint64_t size = m_states.sizeOf(group.states.front()).value;
            return std::min(size - start.value, m_coverage);
        }

        std::vector<Group> groupStates(GuestOffset start)
        {
            std::vector<Group> groups;
            for (std::uint32_t state = 0; state < m_states.count(); ++state) {
                const std::uint64_t size = m_states.sizeOf(state).value;
                if (size <= start.value)
                    continue;
                m_job.checkStop();
                const Bytes length{std::min(size - start.value, m_coverage)};
                if (m_states.isKnownEmpty(state, start, length, m_keepFrom))
                    continue;
                bool isNew = true;
                for (std::size_t i = 0; isNew && i < std::min(groups.size(), mostCompared); ++i) {
                    Group& group = groups[groups.size() - 1 - i];
                    if (group.states.size() >= m_writer.mostReferences()
                        || lengthIn(group, start) != length.value)
                        continue;
                    const auto mine = m_states.mapping(state);
                    const auto theirs = m_states.mapping(group.states.front());
                    const TableSharing sharing = mine->sharingWith(*theirs, start, length);
                    if (sharing.kind == TableSharing::Kind::Same && sharing.length >= length) {
                        group.states.push_back(state);
                        isNew = false;
                    }
                }
                if (isNew)
                    groups.push_back({{state}, {}});
            }
            return groups;
        }

        /// Copies `count` units behind unit `first` of a table.
        void copyUnits(std::uint64_t table, std::vector<Group>& groups, std::uint64_t first,
            std::uint64_t count)
        {
            const GuestOffset start{table * m_coverage + first * m_unit};
            std::vector<UnitKey> keys(groups.size() * count);
            for (std::size_t g = 0; g < groups.size(); ++g) {
                const std::uint32_t state = groups[g].states.front();
                const std::uint64_t size = m_states.sizeOf(state).value;
                if (size <= start.value)
                    continue;
                const auto disk = m_states.disk(state);
                UnitKeyMaker maker{
                    start, m_unit, m_kept, std::span{keys}.subspan(g * count, count)};
                disk->scan(
                    start, Bytes{std::min(size - start.value, count * m_unit)},
                    [&](const LayeredExtent& extent) { maker.add(extent); },
                    JobControl{m_job.stop, {}});
                maker.finish();
            }
            std::vector<std::uint32_t> slotOf(groups.size() * count, noSlot);
            std::vector<Slot> slots = findSlots(groups, keys, count, slotOf);
            keys = {};
            copySlots(groups, start, slots);
            for (std::size_t g = 0; g < groups.size(); ++g)
                writeEntries(
                    table, groups[g], first, std::span{slotOf}.subspan(g * count, count), slots);
        }

        static constexpr std::uint32_t noSlot = ~std::uint32_t{0};

        std::vector<Slot> findSlots(const std::vector<Group>& groups,
            const std::vector<UnitKey>& keys, std::uint64_t count,
            std::vector<std::uint32_t>& slotOf) const
        {
            std::vector<Slot> slots;
            std::vector<std::uint32_t> order(groups.size());
            const std::uint64_t most = m_writer.mostReferences();
            for (std::uint64_t unit = 0; unit < count; ++unit) {
                m_job.checkStop();
                std::iota(order.begin(), order.end(), 0U);
                const auto keyOf
                    = [&](std::uint32_t g) -> const UnitKey& { return keys[g * count + unit]; };
                std::stable_sort(order.begin(), order.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return keyOf(a) < keyOf(b); });
                const UnitKey* last = nullptr;
                for (const std::uint32_t g : order) {
                    if (keyOf(g) == UnitKey{})
                        continue;
                    const std::uint64_t states = groups[g].states.size();
                    if (!last || *last != keyOf(g) || slots.back().references + states > most)
                        slots.push_back({static_cast<std::uint32_t>(unit), g, 0, {}});
                    last = &keyOf(g);
                    slots.back().references += states;
                    slotOf[g * count + unit] = static_cast<std::uint32_t>(slots.size() - 1);
                }
            }
            return slots;
        }

        /// Neighbouring units of one state on their way.
        struct Piece {
            GuestPiece guest;
            std::uint32_t group = 0;
            std::vector<std::uint32_t> slots; ///< one for each unit
            std::shared_ptr<const VirtualDisk> disk;
        };

        /// State by state, so that what is read together lies together. Slots come by rising units.
        static std::vector<std::uint32_t> orderOf(
            std::size_t groups, const std::vector<Slot>& slots)
        {
            std::vector<std::size_t> next(groups + 1);
            for (const Slot& slot : slots)
                ++next[slot.group + 1];
            std::partial_sum(next.begin(), next.end(), next.begin());
            std::vector<std::uint32_t> order(slots.size());
            for (std::uint32_t i = 0; i < slots.size(); ++i)
                order[next[slots[i].group]++] = i;
            return order;
        }

        void copySlots(
            const std::vector<Group>& groups, GuestOffset start, std::vector<Slot>& slots)
        {
            const std::vector<std::uint32_t> order = orderOf(groups.size(), slots);
            const std::uint64_t most = std::max<std::uint64_t>(1, pieceBytes / m_unit);
            std::size_t next = 0;
            copyPieces<Piece>([](Piece& piece) -> GuestPiece& { return piece.guest; },
                [&](Piece& piece) {
                    if (next == order.size())
                        return false;
                    const Slot& slot = slots[order[next]];
                    const std::uint32_t state = groups[slot.group].states.front();
                    piece.slots.clear();
                    while (next < order.size() && piece.slots.size() < most
                        && slots[order[next]].group == slot.group
                        && slots[order[next]].unit == slot.unit + piece.slots.size())
                        piece.slots.push_back(order[next++]);
                    piece.guest.start = start + Bytes{slot.unit * m_unit};
                    piece.guest.length = Bytes{std::min(piece.slots.size() * m_unit,
                        m_states.sizeOf(state).value - piece.guest.start.value)};
                    piece.disk = m_states.disk(state);
                    return true;
                },
                [&](Piece& piece) { readAndEncode(*piece.disk, piece.guest); },
                [&](const Piece& piece) {
                    for (std::size_t first = 0; first < piece.slots.size();) {
                        const std::uint64_t references = slots[piece.slots[first]].references;
                        std::size_t end = first + 1;
                        while (end < piece.slots.size()
                            && slots[piece.slots[end]].references == references)
                            ++end;
                        m_log.plan(references);
                        m_writer.place(piece.guest, first, end, references,
                            [&](std::size_t unit, const StatesWriter::Entry& entry) {
                                slots[piece.slots[unit]].entry = entry;
                            });
                        first = end;
                    }
                });
        }

        /// Those that an earlier run has placed are placed again without their data, the others are
        /// read. `guest` is the piece of the writer in a piece.
        template <class Any, class Guest, class Produce, class Work, class Place>
        void copyPieces(Guest guest, Produce produce, Work work, Place place)
        {
            const auto placeLogged = [&](Any& piece) {
                const GuestPiece& placed = guest(piece);
                m_log.plan(placed.start.value);
                place(piece);
                m_log.passed(placed.units);
            };
            Any again;
            while (m_log.isBehind() && produce(again)) {
                m_job.checkStop();
                m_log.recall(guest(again), Bytes{m_unit});
                placeLogged(again);
                if (m_log.isBehind())
                    continue;
                m_writer.writeWaiting();
                m_log.caughtUp(m_now);
            }
            if (m_log.isBehind())
                return;
            orderedPipeline<Any>(
                m_threads, JobControl{m_job.stop, {}, m_job.hold}, produce, work, [&](Any& piece) {
                    placeLogged(piece);
                    m_log.checkpoint([&] { m_writer.writeWaiting(); });
                });
        }

        void readAndEncode(const VirtualDisk& disk, GuestPiece& piece) const
        {
            const PieceReader reader{disk, Bytes{m_unit}, Bytes{m_unit},
                ContentRule{disk, true, m_keepFrom}, m_job.stop};
            reader.read(piece);
            m_writer.encode(piece);
        }

        void writeEntries(std::uint64_t table, Group& group, std::uint64_t first,
            std::span<const std::uint32_t> slotOf, const std::vector<Slot>& slots)
        {
            std::vector<StatesWriter::Entry> entries(slotOf.size());
            bool isEmpty = true;
            for (std::size_t unit = 0; unit < slotOf.size(); ++unit) {
                if (slotOf[unit] == noSlot)
                    continue;
                entries[unit] = slots[slotOf[unit]].entry;
                isEmpty = isEmpty && entries[unit].isNothing();
            }
            if (isEmpty)
                return;
            if (!group.table)
                group.table = m_writer.addTable(table, group.states);
            m_writer.setEntries(*group.table, first, entries);
        }

        /// Saved memory belongs to one snapshot alone.
        void copyVmState(std::uint32_t state)
        {
            const auto mapping = m_image.vmState(state);
            const VirtualDisk memory{m_chain.layers.front().image, mapping};
            const std::uint64_t unitsPerTable = m_coverage / m_unit;
            const std::uint64_t length = std::max(pieceBytes, m_unit);
            const std::uint64_t firstTable = m_writer.vmStateIndex(state);
            std::optional<std::uint64_t> index;
            std::size_t table = 0;
            std::uint64_t next = 0;
            copyPieces<GuestPiece>([](GuestPiece& piece) -> GuestPiece& { return piece; },
                [&](GuestPiece& piece) {
                    // A size costs nothing to claim: what is not stored is not read.
                    while (next < memory.size().value) {
                        m_job.checkStop();
                        const Extent extent = mapping->extentAt(
                            GuestOffset{next}, Bytes{memory.size().value - next});
                        if (extent.kind != ExtentKind::Unallocated
                            && extent.kind != ExtentKind::Zero
                            && extent.kind != ExtentKind::ZeroAllocated)
                            break;
                        const std::uint64_t end = extent.end().value;
                        const std::uint64_t skipTo
                            = end >= memory.size().value ? end : end / length * length;
                        if (skipTo <= next)
                            break;
                        next = skipTo;
                    }
                    if (next >= memory.size().value)
                        return false;
                    piece.start = GuestOffset{next};
                    piece.length = Bytes{std::min(length, memory.size().value - next)};
                    next += length;
                    return true;
                },
                [&](GuestPiece& piece) {
                    piece.runs = {{piece.length, GuestPiece::Content::Data}};
                    piece.bytes.resize((piece.length.value + m_unit - 1) / m_unit * m_unit);
                    memory.read(piece.start, std::span{piece.bytes}.first(piece.length.value));
                    m_writer.encode(piece);
                },
                [&](const GuestPiece& piece) {
                    const std::uint64_t base = piece.start.value / m_unit;
                    m_writer.place(piece, 0, piece.units.size(), 1,
                        [&](std::size_t unit, const StatesWriter::Entry& entry) {
                            const std::uint64_t at = base + unit;
                            if (index != at / unitsPerTable) {
                                index = at / unitsPerTable;
                                table
                                    = m_writer.addTable(firstTable + *index, std::span{&state, 1});
                            }
                            m_writer.setEntries(table, at % unitsPerTable, std::span{&entry, 1});
                        });
                });
        }

        const BackingChain& m_chain;
        const Image& m_image;
        DiskStates m_states;
        StatesWriter& m_writer;
        std::optional<std::size_t> m_keepFrom; ///< see ConvertOptions
        std::optional<KeptLayers> m_kept;
        unsigned m_threads;
        const JobControl& m_job;
        RunLog& m_log;
        ProgressUpdate m_now;
        std::uint64_t m_unit; ///< bytes
        std::uint64_t m_coverage; ///< bytes
    };

} // namespace

void requireWholeSnapshotTable(const Image& image)
{
    const auto findings = image.quickLook().findings;
    const auto isCut = [](const Finding& finding) {
        return std::string_view{finding.kind->id} == "qcow2.snapshot.file-ends";
    };
    if (std::any_of(findings.begin(), findings.end(), isCut))
        throw Error("The file ends inside the snapshot table, so that snapshots would be lost. "
                    "Convert the present state alone, or each snapshot that is left.");
}

void writeStates(const BackingChain& chain, ByteFile& file, const ConvertOptions& options,
    const JobControl& job, RunLog* log)
{
    const FormatEntry& format = formatCalled(options.format);
    if (!format.makeStatesWriter)
        throw UnsupportedError(
            "new-image", "Images of the format " + options.format + " cannot hold snapshots.");
    const Image& image = *chain.layers.front().image;
    requireWholeSnapshotTable(image);
    std::vector<NewState> states;
    for (const SnapshotInfo& snapshot : image.snapshots())
        states.push_back({wholeSectors(snapshot.diskSize), snapshot.vmStateSize, snapshot.id,
            snapshot.name, snapshot.dateSeconds, snapshot.dateNanoseconds,
            snapshot.vmClockNanoseconds, snapshot.icount});
    NewState present;
    present.diskSize = wholeSectors(image.virtualSize());
    states.push_back(present);
    NewImage target = options.image;
    prepareKey(
        target, job, [&](ByteFile& scratch) { format.makeStatesWriter(scratch, target, states); });
    RunLog none;
    RunLog& told = log ? *log : none;
    told.beginAgain();
    const auto writer = format.makeStatesWriter(file, target, std::move(states));
    if (target.key)
        told.hasKey(writer->keyArea(), target.key->luksArea);
    handOverBitmaps(
        image, options.bitmaps, [&](NewBitmap bitmap) { writer->addBitmap(std::move(bitmap)); },
        job);
    StatesCopy{chain, *writer, options, job, told}.run();
    writer->finish();
}

void convertWithSnapshots(const BackingChain& chain, const std::filesystem::path& target,
    const ConvertOptions& options, const JobControl& job)
{
    requireNotItself(VirtualDisk{chain}, target);
    // Snapshots and a data file exclude each other: nothing of the image is made on the way.
    writeResumable(
        target, options.image, ConversionKey::of(chain, {std::nullopt, true}, target, options),
        options.resume,
        [&](const NewTarget& made) {
            ConvertOptions complete = options;
            complete.image = made.image;
            if (!options.verification) {
                writeStates(chain, made.file, complete, job, &made.log);
                return;
            }
            WriteAndVerify both{job};
            writeStates(chain, made.file, complete, both.writing(), &made.log);
            if (options.verification->begins)
                options.verification->begins();
            for (const VerifiedState& state :
                verifyStates(chain, made.onDisk, complete, both.verifying()))
                options.verification->same(state);
        },
        job);
}

} // namespace platter
