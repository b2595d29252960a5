// SPDX-License-Identifier: GPL-3.0-or-later
// What of an image can be changed by its header alone.
#include "core/base/Text.h"
#include "core/formats/qcow2/AtomicHeader.h"
#include "core/formats/qcow2/NewHeader.h"
#include "core/formats/qcow2/Qcow2Image.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    constexpr std::uint32_t version3Length = 112;
    constexpr unsigned largestWithoutNames = 12; // cluster bits up to which QEMU stores no names

    [[noreturn]] void refuse(const std::string& what)
    {
        throw UnsupportedError("amend", "Nothing was written. " + what);
    }

    void requireSoundImage(const Header& header)
    {
        if (header.incompatibleFeatures & feature::corrupt)
            refuse("The image is marked corrupt; check and repair it first.");
        if (header.incompatibleFeatures & feature::dirty)
            refuse("The image is marked dirty: its reference counts may be stale. Repair it first "
                   "(qemu-img check -r all), then amend it.");
    }

    /// Version 3 promises what version 2 left open: each snapshot says how large the disk was.
    void requireNewSnapshots(const Qcow2Image& image)
    {
        constexpr std::uint32_t neededExtra = 16;
        const auto& sizes = image.snapshotTable().extraSizes;
        if (std::any_of(
                sizes.begin(), sizes.end(), [](std::uint32_t size) { return size < neededExtra; }))
            refuse("The image has snapshots of an old kind that do not store the size of the disk; "
                   "version 3 needs it, and rewriting the snapshot table is not available in this "
                   "version.");
    }

    bool needsOtherHeader(const Header& before, const Header& after)
    {
        return before.version != after.version
            || before.compatibleFeatures != after.compatibleFeatures;
    }

    std::vector<EditEpoch> changeFeatures(const ByteFile& file, const Header& after)
    {
        const auto& rows = headerVersion3Fields.fields;
        const std::uint32_t first = rows.front().at;
        const std::uint32_t end = rows.back().at + rows.back().width;
        std::vector<std::byte> bytes(end);
        file.readPadded(HostOffset{0}, bytes);
        write(after, headerVersion3Fields, bytes);
        bytes.erase(bytes.begin(), bytes.begin() + first);
        EditEpoch epoch;
        epoch.purpose = "The feature bits lie in one sector, which changes as a whole.";
        epoch.steps.push_back(writeStep(file, HostOffset{first}, std::move(bytes), HostUse::Header,
            "Feature bits of the header"));
        return {std::move(epoch)};
    }

    std::vector<EditEpoch> upgrade(const ByteFile& file, const Header& before, Header after)
    {
        const auto cluster = readFirstCluster(file, before);
        after.headerLength = version3Length;
        after.refcountOrder = 4; // 16 bits, which version 2 implies
        auto extensions = splitExtensions(cluster, before);
        const bool named = std::any_of(extensions.begin(), extensions.end(),
            [](const ExtensionBytes& one) { return one.type == extension::featureNames; });
        if (named || before.clusterBits <= largestWithoutNames)
            return replaceHeader(cluster, before, after, extensions);
        auto withNames = extensions;
        withNames.push_back({extension::featureNames, featureNameTable()});
        try {
            return replaceHeader(cluster, before, after, withNames);
        } catch (const UnsupportedError&) {
            // The names are a help for other programs; the image is complete without them.
            return replaceHeader(cluster, before, after, extensions);
        }
    }

} // namespace

EditPlan Qcow2Image::planAmend(const AmendOptions& options) const
{
    EditPlan plan;
    plan.act = "amend";
    const unsigned version = options.version.value_or(m_header.version);
    if (version != 2 && version != 3)
        refuse("A QCOW2 image has version 2 or 3.");
    if (version < m_header.version)
        refuse("Going back to version 2 (compat=0.10) means to rewrite tables, which is not "
               "available in this version; convert the image with -o compat=0.10 instead.");
    const bool wasLazy = (m_header.compatibleFeatures & feature::lazyRefcounts) != 0;
    const bool lazy = options.lazyRefcounts.value_or(wasLazy);
    if (lazy && version < 3)
        refuse("Lazy refcounts need version 3; add compat=1.1.");

    Header after = m_header;
    after.version = version;
    after.compatibleFeatures = lazy ? m_header.compatibleFeatures | feature::lazyRefcounts
                                    : m_header.compatibleFeatures & ~feature::lazyRefcounts;
    if (!needsOtherHeader(m_header, after)) {
        plan.summary = "Nothing has to change.";
        return plan;
    }
    requireSoundImage(m_header);
    if (version != m_header.version) {
        requireNewSnapshots(*this);
        plan.summary = "Make the image version 3 (compat=1.1).";
    }
    if (lazy != wasLazy)
        plan.summary += std::string{plan.summary.empty() ? "" : " "}
            + (lazy ? "Turn lazy refcounts on." : "Turn lazy refcounts off.");

    // A bit that Platter does not know vouches for something that this edit might break.
    if (const auto unknown = after.autoclearFeatures & ~feature::knownAutoclear) {
        after.autoclearFeatures &= feature::knownAutoclear;
        plan.notices.push_back("Autoclear bits that Platter does not know are cleared ("
            + hexText(unknown)
            + "), as the format demands of every writer: what they vouch for counts as stale.");
    }
    plan.epochs = version == m_header.version ? changeFeatures(file(), after)
                                              : upgrade(file(), m_header, after);
    for (const HostRange& range : fileOutline())
        plan.guard.protect({range.start, range.length, range.use});
    return plan;
}

} // namespace platter::qcow2
