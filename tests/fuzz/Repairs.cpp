// SPDX-License-Identifier: GPL-3.0-or-later
// Damages a valid QCOW2 image, repairs it, and takes the repair back.
//
// Input: one byte with the options of the repair (bit 0: leaks only, bit 1: clear what leads
// nowhere, bit 2: free what is lost), then what Qcow2Patch.cpp takes.
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "core/operations/RepairImage.h"
#include "tests/fuzz/ImageWalk.h"
#include "tests/fuzz/Qcow2Patch.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace platter::fuzz {

namespace {

    using Content = std::vector<std::byte>;

    constexpr unsigned manySteps = 20'000;
    /// What a repair adds to an image as small as these: blocks and tables of counts, copies.
    constexpr std::uint64_t mostAdded = 64 << 20;

    RepairOptions optionsOf(std::byte bits)
    {
        RepairOptions options;
        options.threads = 1;
        if ((bits & std::byte{1}) != std::byte{0})
            options.scope = RepairOptions::Scope::Leaks;
        options.clearUnreadable = (bits & std::byte{2}) != std::byte{0};
        options.freeLost = (bits & std::byte{4}) != std::byte{0};
        return options;
    }

    /// The stored bytes of one guest unit; nothing: not stored, or not readable.
    struct Unit {
        ExtentKind kind = ExtentKind::Unallocated;
        std::optional<Content> bytes;
    };
    using Units = std::vector<Unit>;

    Units unitsOf(const Image& image, const GuestMapping& state)
    {
        constexpr std::uint64_t unit = 512;
        constexpr std::uint64_t mostUnits = 600; // of an image that is made of 64 KiB to 3 MiB
        constexpr std::uint64_t mostStream = 65536; // bytes
        Units units;
        const std::uint64_t end = std::min(state.size().value, mostUnits * unit);
        for (std::uint64_t at = 0; at + unit <= end; at += unit) {
            Unit one;
            const Extent extent = state.extentAt(GuestOffset{at}, Bytes{unit});
            one.kind = extent.kind;
            const bool isStream = extent.kind == ExtentKind::Compressed;
            if ((extent.kind == ExtentKind::Data && !image.externalDataFile()) || isStream) {
                one.bytes.emplace(
                    isStream ? std::min(extent.stored.value, mostStream) : std::uint64_t{unit});
                const HostOffset host = isStream ? extent.host : extent.from(GuestOffset{at}).host;
                if (image.file().read(host, *one.bytes) == 0)
                    one.bytes.reset(); // past the end of the file
            }
            units.push_back(std::move(one));
        }
        return units;
    }

    /// The states of an image, the present one first; nothing where one cannot be read.
    std::vector<std::optional<Units>> statesOf(const Image& image)
    {
        constexpr std::size_t mostStates = 4;
        std::vector<std::optional<Units>> states;
        for (std::size_t i = 0; i <= std::min(image.snapshots().size(), mostStates); ++i) {
            try {
                states.emplace_back(i == 0 ? unitsOf(image, image.activeState())
                                           : unitsOf(image, *image.snapshotState(i - 1)));
            } catch (const Error&) {
                states.emplace_back();
            }
        }
        return states;
    }

    void requireKept(const Units& before, const Units& after)
    {
        require(before.size() == after.size(), "a repair leaves the disk as large as it is");
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i].kind == ExtentKind::Damaged)
                continue;
            if (before[i].bytes) {
                require(after[i].bytes
                        && std::equal(before[i].bytes->begin(), before[i].bytes->end(),
                            after[i].bytes->begin(),
                            after[i].bytes->begin()
                                + static_cast<std::ptrdiff_t>(
                                    std::min(before[i].bytes->size(), after[i].bytes->size()))),
                    "what is stored and can be read stays as it is");
            } else if (before[i].kind != ExtentKind::Data
                && before[i].kind != ExtentKind::Compressed) {
                // What was not stored may have come back with a table.
                require(after[i].kind == before[i].kind || after[i].kind == ExtentKind::Data
                        || after[i].kind == ExtentKind::Compressed
                        || after[i].kind == ExtentKind::ZeroAllocated
                        || after[i].kind == ExtentKind::Zero,
                    "what is not stored stays so or is found again");
            }
        }
    }

    Content repairedInMemory(const Content& original, const RepairPlan& plan)
    {
        Content bytes = original;
        for (const RepairPlan::Epoch& epoch : plan.epochs) {
            require(!epoch.changes.empty(), "an epoch changes something");
            for (const RepairPlan::Change& change : epoch.changes) {
                const std::size_t end = change.at.value + change.after.size();
                require(end <= plan.newLength.value, "nothing is written past the new end");
                bytes.resize(std::max(bytes.size(), end));
                const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(change.at.value);
                require(std::equal(change.before.begin(), change.before.end(), at),
                    "each change meets what it expects");
                std::copy(change.after.begin(), change.after.end(), at);
            }
        }
        return bytes;
    }

    void putInto(const std::filesystem::path& path, const Content& content)
    {
        std::filesystem::remove(path);
        DiskFile::create(path)->write(HostOffset{0}, content);
    }

    Content contentOf(const std::filesystem::path& path)
    {
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        Content bytes(file->size().value);
        bytes.resize(file->read(HostOffset{0}, bytes));
        return bytes;
    }

    /// A folder of this program, in memory where that can be had.
    struct ScratchFolder {
        std::filesystem::path path;
        ScratchFolder()
        {
            const std::filesystem::path memory{"/dev/shm"};
            const bool there = std::filesystem::is_directory(memory);
            path = (there ? memory : std::filesystem::temp_directory_path())
                / ("platter-fuzz-" + std::to_string(::getpid()));
            std::filesystem::create_directories(path);
        }
        ~ScratchFolder()
        {
            std::error_code ignored;
            std::filesystem::remove_all(path, ignored);
        }
    };

    /// The same by the way that users have: with a journal, and back.
    void applyAndUndo(const Content& original, EditPlan edit, const Content& repaired)
    {
        static const ScratchFolder scratch;
        const std::filesystem::path& folder = scratch.path;
        const std::filesystem::path path = folder / "image.qcow2";
        putInto(path, original);
        edit.base = DiskFile::stampOf(path);
        applyEdit(path, edit, {});
        require(contentOf(path) == repaired, "a file gets what the plan says");
        takeBack(path, {});
        require(contentOf(path) == original, "undo gives every byte back");
        require(!std::filesystem::exists(folder / ".image.qcow2.platter-undo-1"),
            "undo leaves no journal");
    }

    void tellCounts(const char* when, const CheckReport& report)
    {
        std::fprintf(stderr, "%s: %llu corruptions, %llu leaks\n", when,
            static_cast<unsigned long long>(report.corruptions),
            static_cast<unsigned long long>(report.leaks));
        for (const auto& [kind, count] : report.countOf)
            std::fprintf(stderr, "  %.*s: %llu\n",
                static_cast<int>(std::string_view{kind->id}.size()),
                std::string_view{kind->id}.data(), static_cast<unsigned long long>(count));
    }

    /// Like require(), and prints what was planned.
    void requireOf(const RepairPlan& plan, bool holds, const char* promise)
    {
        if (!holds) {
            tellCounts("Before", plan.before);
            for (const RepairStep& step : plan.steps)
                std::fprintf(
                    stderr, "Step %s%s\n", step.id.c_str(), step.chosen ? "" : " (not chosen)");
            tellCounts("After", plan.after);
        }
        require(holds, promise);
    }

} // namespace

void fuzzRepair(Input input)
{
    if (input.size() < 2)
        return;
    const RepairOptions options = optionsOf(input[0]);
    const Content original = patchedImage(input.subspan(1));
    const auto file = std::make_shared<MemoryFile>(original);
    std::unique_ptr<qcow2::Qcow2Image> image;
    RepairPlan plan;
    BoundedJob job{manySteps};
    try {
        image = std::make_unique<qcow2::Qcow2Image>(file);
        plan = image->planRepair(options, job.control());
    } catch (const Error&) {
        return; // a good answer
    } catch (const Cancelled&) {
        return;
    }
    require(file->bytes() == original, "planning writes nothing");
    requireOf(plan, plan.after.corruptions <= plan.before.corruptions,
        "a repair leaves no more corruptions than there were");
    requireOf(plan, plan.after.checkErrors <= plan.before.checkErrors,
        "a repair leaves no more unchecked than there was");
    for (const auto& [kind, count] : plan.after.countOf) {
        const bool isDamage
            = kind->severity == Severity::Corruption || kind->severity == Severity::Unchecked;
        requireOf(
            plan, !isDamage || count == 0 || !plan.remains.empty(), "what stays wrong is told");
    }
    EditPlan edit = editOf(plan, *image, {});
    edit.base.length = file->size();
    edit.requireSound();
    edit.requireNoOverlap();
    const Content repaired = repairedInMemory(original, plan);
    if (plan.isEmpty())
        return;
    requireOf(plan, plan.newLength.value <= original.size() + mostAdded, "a repair adds little");
    require(repaired.size() == plan.newLength.value, "the new length is as the plan says");

    const auto now = std::make_shared<MemoryFile>(repaired);
    const auto again = std::make_unique<qcow2::Qcow2Image>(now);
    const CheckReport report = again->check({.threads = 1}, {});
    requireOf(
        plan, report.countOf == plan.after.countOf, "the check after it is the one in the plan");
    require(again->snapshots().size() == image->snapshots().size(), "snapshots are kept");
    require(again->bitmaps().size() == image->bitmaps().size(), "bitmaps are kept");
    if (!options.clearUnreadable) {
        const auto before = statesOf(*image);
        const auto after = statesOf(*again);
        for (std::size_t i = 0; i < before.size(); ++i) {
            require(!before[i] || after[i], "a state that can be read stays so");
            if (before[i])
                requireKept(*before[i], *after[i]);
        }
    }
    applyAndUndo(original, std::move(edit), repaired);
}

} // namespace platter::fuzz
