// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/ImageWalk.h"

#include "core/disk/VirtualDisk.h"
#include "core/formats/HostLabels.h"
#include "core/io/MemoryFile.h"
#include "tests/fuzz/Require.h"

#include <algorithm>
#include <vector>

namespace platter::fuzz {

namespace {

    /// Errors that the core throws on purpose are a good answer; anything else ends the program.
    void answered(const std::function<void()>& question)
    {
        try {
            question();
        } catch (const Error&) {
        } catch (const Cancelled&) {
        }
    }

    constexpr Bytes mostGuestBytes = 4_MiB; ///< of one state that is looked at entry by entry

    void walkState(const GuestMapping& state)
    {
        const Bytes size = state.size();
        answered([&] {
            BoundedJob job;
            GuestOffset next{};
            state.scan(
                {}, size,
                [&](const Extent& extent) {
                    require(extent.start == next, "extents follow each other without gap");
                    require(extent.length.value > 0, "an extent has a length");
                    next = extent.end();
                    require(next.value <= size.value, "extents stay inside the disk");
                    job.count();
                },
                job.control());
            require(next.value == size.value, "extents reach the end of the disk");
        });
        for (const GuestOffset from : {GuestOffset{}, GuestOffset{size.value / 2}}) {
            answered([&] {
                BoundedJob job;
                const Bytes end{std::min(size.value, from.value + mostGuestBytes.value)};
                for (GuestOffset at = from; at.value < end.value;) {
                    const Extent extent = state.extentAt(at, Bytes{end.value - at.value});
                    require(extent.start.value <= at.value, "an extent holds the place asked for");
                    require(extent.end().value > at.value, "an extent goes on behind it");
                    at = extent.end();
                    job.count();
                }
            });
        }
    }

    /// Reads guest bytes at start, middle and end, decrypted and decompressed.
    void readState(
        const std::shared_ptr<const Image>& image, std::shared_ptr<const GuestMapping> state)
    {
        const std::uint64_t size = state->size().value;
        const VirtualDisk disk{image, std::move(state)};
        require(disk.size().value == size, "a disk is as large as its state");
        constexpr std::uint64_t chunk = 65536;
        std::vector<std::byte> buffer(chunk);
        for (const std::uint64_t at :
            {std::uint64_t{0}, size / 2, size > chunk ? size - chunk + 1 : 0})
            answered([&] { disk.read(GuestOffset{at}, buffer); });
    }

    void walkHost(const Image& image)
    {
        const Bytes size = image.file().size();
        answered([&] {
            BoundedJob job;
            HostOffset next{};
            image.scanHost(
                [&](const HostRange& range) {
                    require(range.start == next, "host ranges follow each other without gap");
                    require(range.length.value > 0, "a host range has a length");
                    next = range.start + range.length;
                    job.count();
                },
                job.control());
            require(next.value == size.value, "host ranges reach the end of the file");
        });
    }

    /// Labels of a few windows, and the entries behind a few guest bytes.
    void walkLabels(const std::shared_ptr<const Image>& image)
    {
        constexpr Bytes window{20'000};
        const std::uint64_t size = image->file().size().value;
        for (const std::size_t most : {std::size_t{64}, HostLabels::defaultMostOwners}) {
            const HostLabels labels{image, most};
            for (const std::uint64_t from : {std::uint64_t{0}, size / 2, size - size / 8}) {
                answered([&] {
                    BoundedJob job;
                    HostOffset next{from};
                    for (const HostLabel& label :
                        labels.labelsOf(HostOffset{from}, window, job.control())) {
                        require(label.start == next, "labels follow each other without gap");
                        require(label.length.value > 0, "a label has a length");
                        next = label.end();
                    }
                    require(next.value == std::min(size, from + window.value),
                        "labels reach the end of the window");
                });
            }
        }
        for (const std::uint64_t at : {std::uint64_t{0}, image->virtualSize().value / 2}) {
            answered([&] { image->entriesOf(GuestOffset{at}, {}); });
            answered([&] { image->guestOfEntry(at, at); });
        }
    }

    void checkImage(const Image& image)
    {
        answered([&] {
            BoundedJob job;
            constexpr std::size_t fewFindings = 100;
            HostOffset told{};
            const CheckReport report
                = image.check({.threads = 1,
                                  .keepFindings = fewFindings,
                                  .differences =
                                      [&](const CountDifference& difference) {
                                          require(difference.start >= told
                                                  && difference.stored != difference.found,
                                              "differences rise and are some");
                                          told = difference.end();
                                      }},
                    job.control());
            require(report.findings.size() <= fewFindings, "no more findings are kept than asked");
            for (const Finding& finding : report.findings)
                require(!describe(finding).empty(), "a finding has a sentence");
        });
    }

    void countReferences(const Image& image)
    {
        answered([&] {
            BoundedJob job;
            HostOffset next{};
            image.scanRefcounts(
                {}, image.file().size(),
                [&](const RefcountRun& run) {
                    require(run.start == next && run.length.value > 0,
                        "runs of counts follow each other without gap");
                    next = run.end();
                    job.count();
                },
                job.control());
            require(next.value == image.file().size().value, "counts reach the end of the file");
        });
        answered([&] {
            BoundedJob job;
            constexpr std::size_t few = 20;
            const HostReferences found
                = image.referencesTo({}, image.file().size(), few, job.control());
            require(found.list.size() <= few && found.places >= found.list.size(),
                "no more references are listed than asked for");
        });
    }

} // namespace

BoundedJob::BoundedJob(unsigned mostSteps)
    : m_left(mostSteps)
    , m_control{m_source.get_token(), [this](const ProgressUpdate&) {
                    if (m_left-- == 0)
                        m_source.request_stop();
                }}
{
}

void BoundedJob::count()
{
    if (m_left-- == 0)
        throw Cancelled{};
}

void walkImage(const std::function<std::unique_ptr<Image>()>& open)
{
    std::shared_ptr<Image> image;
    answered([&] { image = open(); });
    if (!image)
        return;
    answered([&] { image->formatProperties(); });
    answered([&] { image->quickLook(); });
    answered([&] { image->describe(); });
    answered([&] { image->backingFile(); });
    answered([&] { image->externalDataFile(); });
    answered([&] {
        constexpr std::size_t someBytes = 65536;
        if (image->externalDataFile())
            image->attachDataFile(std::make_shared<MemoryFile>(std::vector<std::byte>(someBytes)));
    });
    answered([&] {
        BoundedJob job{fewIterations};
        image->unlock("abc", job.control());
    });
    walkState(image->activeState());
    answered([&] { readState(image, {image, &image->activeState()}); });
    constexpr std::size_t fewStates = 8;
    for (std::size_t i = 0; i < std::min(image->snapshots().size(), fewStates); ++i) {
        answered([&] {
            const auto state = image->snapshotState(i);
            walkState(*state);
            readState(image, state);
        });
        answered([&] { walkState(*image->vmState(i)); });
    }
    for (std::size_t i = 0; i < std::min(image->bitmaps().size(), fewStates); ++i) {
        answered([&] {
            BoundedJob job;
            image->scanBitmap(
                i, [&](const Extent&) { job.count(); }, job.control());
        });
    }
    walkHost(*image);
    walkLabels(image);
    countReferences(*image);
    checkImage(*image);
}

} // namespace platter::fuzz
