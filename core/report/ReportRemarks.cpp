// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/ReportWords.h"

#include <algorithm>

namespace platter {

namespace {

    using Weight = ReportRemark::Weight;

    class Remarks {
    public:
        explicit Remarks(const Report& report)
            : m_report(report)
            , m_image(report.image())
        {
        }

        std::vector<ReportRemark> take()
        {
            ofReading();
            ofQuickLook();
            ofFormat();
            ofEncryption();
            ofChain();
            ofSnapshots();
            ofBitmaps();
            ofSpace();
            std::stable_sort(m_remarks.begin(), m_remarks.end(),
                [](const auto& a, const auto& b) { return a.weight > b.weight; });
            return std::move(m_remarks);
        }

    private:
        void add(Weight weight, const char* id, std::string text)
        {
            m_remarks.push_back({weight, id, std::move(text)});
        }

        /// The value called `key` in the format's own facts.
        template <class Type>
        std::optional<Type> property(std::string_view key) const
        {
            for (const Property& entry : m_properties) {
                if (entry.key == key) {
                    if (const Type* value = std::get_if<Type>(&entry.value.value))
                        return *value;
                }
            }
            return std::nullopt;
        }

        void ofReading()
        {
            const FileUse& use = m_report.subject.top.use;
            if (use.mayBeWritten) {
                std::string who;
                for (const FileHolder& holder : use.holders)
                    who += (who.empty() ? "" : ", ") + escapedText(holder.command) + " (process "
                        + std::to_string(holder.pid) + ")";
                add(Weight::Warning, "in-use",
                    (who.empty() ? std::string{"Another program"} : who)
                        + " has it open for writing: what is told here may be a mixture of "
                          "moments.");
            }
            if (m_report.changedMeanwhile)
                add(Weight::Warning, "changed-while-read",
                    "A file was written while it was read: make the report again when it rests.");
        }

        void ofQuickLook()
        {
            for (const Finding& finding : m_report.quickLook.findings) {
                const Severity severity = finding.kind->severity;
                add(severity == Severity::Note             ? Weight::Note
                        : severity == Severity::Corruption ? Weight::Problem
                                                           : Weight::Warning,
                    finding.kind->id, describe(finding));
            }
        }

        void ofFormat()
        {
            if (property<bool>("corrupt").value_or(false))
                add(Weight::Problem, "marked-corrupt",
                    "QEMU has marked it as corrupt and will not write it.");
            if (m_image.isDirty())
                add(Weight::Warning, "dirty",
                    "It was not closed cleanly: its reference counts may be stale.");
            if (property<std::string>("compat") == "0.10")
                add(Weight::Note, "version-2",
                    "Version 2 of the format (compat 0.10): no zero clusters, no feature bits.");
            if (property<std::string>("compression-type") == "zstd")
                add(Weight::Note, "zstd", "Compressed with zstd: needs QEMU 5.1 or later.");
            if (property<bool>("extended-l2").value_or(false))
                add(Weight::Note, "extended-l2",
                    "Extended L2 entries (subclusters): needs QEMU 5.2 or later.");
            if (property<bool>("lazy-refcounts").value_or(false))
                add(Weight::Note, "lazy-refcounts",
                    "Lazy refcounts: after a crash it needs a repair before use.");
        }

        void ofEncryption()
        {
            const auto encryption = m_image.encryption();
            if (!encryption)
                return;
            const std::string kind = encryption->format == "luks" ? "LUKS" : "the old AES method";
            std::string state = "Locked: its structure is told, no data of the guest was read.";
            if (!encryption->locked)
                state = encryption->slot
                    ? "Unlocked by key slot " + std::to_string(*encryption->slot) + "."
                    : std::string{"Unlocked."};
            add(Weight::Note, "encrypted", "Encrypted with " + kind + ". " + state);
            if (encryption->format == "aes")
                add(Weight::Warning, "old-aes",
                    "The old AES method is weak: consider a conversion to LUKS.");
        }

        void ofChain()
        {
            for (const ChainLink& link : m_report.subject.links) {
                const std::string name = "\"" + escapedText(link.name.named.name) + "\"";
                switch (link.state) {
                case ChainLink::State::Missing:
                    add(Weight::Problem, "chain-missing",
                        name + ", which the image needs, is missing.");
                    break;
                case ChainLink::State::Broken:
                    add(Weight::Problem, "chain-broken",
                        name + ", which the image needs, cannot be used.");
                    break;
                case ChainLink::State::Refused:
                    add(Weight::Warning, "chain-refused",
                        "The name " + name + " in the image is not followed.");
                    break;
                case ChainLink::State::NeedsConsent:
                    add(Weight::Note, "chain-not-opened",
                        name + " was not opened: nobody has agreed to it.");
                    break;
                case ChainLink::State::Opened: break;
                }
                for (const Finding& finding : link.remarks) {
                    if (finding.kind->severity != Severity::Note)
                        add(finding.kind->severity == Severity::Corruption ? Weight::Problem
                                                                           : Weight::Warning,
                            finding.kind->id, name + ": " + describe(finding));
                }
            }
            const auto below = std::count_if(m_report.subject.links.begin(),
                m_report.subject.links.end(), [](const ChainLink& link) {
                    return link.name.named.role != NamedFile::Role::Data;
                });
            if (const auto backing = m_image.backingFile()) {
                if (below > 1)
                    add(Weight::Note, "chain",
                        "It rests on a chain of " + std::to_string(below) + " other files.");
                else
                    add(Weight::Note, "backing-file",
                        backing->role == NamedFile::Role::VdiParent
                            ? std::string{"It holds only the differences to its parent."}
                            : "It holds only what differs from \"" + escapedText(backing->name)
                                + "\".");
            }
            if (const auto data = m_image.externalDataFile())
                add(Weight::Note, "data-file",
                    "Its data lies in another file, \"" + escapedText(data->name) + "\".");
        }

        void ofSnapshots()
        {
            const std::size_t count = m_image.snapshots().size();
            if (count == 0)
                return;
            std::string text = countText(count, "snapshot", "snapshots") + " inside the file";
            if (m_report.totals.fact)
                text += count == 1 ? "; only it needs " : "; only they need ";
            text += m_report.totals.fact
                ? sizeText(m_report.totals.fact->of(SpaceKind::OnlyInSnapshots)) + "."
                : std::string{count == 1 ? " makes it grow." : " make it grow."};
            add(Weight::Note, "snapshots", std::move(text));
        }

        void ofBitmaps()
        {
            const auto& bitmaps = m_image.bitmaps();
            if (bitmaps.empty())
                return;
            add(Weight::Note, "bitmaps",
                countText(bitmaps.size(), "dirty bitmap", "dirty bitmaps")
                    + " for incremental backups.");
            const auto stale = static_cast<std::uint64_t>(std::count_if(bitmaps.begin(),
                bitmaps.end(), [](const BitmapInfo& bitmap) { return !bitmap.consistent; }));
            if (stale > 0)
                add(Weight::Warning, "bitmaps-stale",
                    countText(stale, "bitmap", "bitmaps")
                        + " cannot be trusted: the next backup must be a full one.");
        }

        void ofSpace()
        {
            if (!m_report.totals.fact)
                return;
            const HostTotals& totals = *m_report.totals.fact;
            if (const Bytes leaked = totals.of(HostUse::Leaked); leaked.value)
                add(Weight::Warning, "leaked",
                    sizeText(leaked) + " are leaked: counted as used, but nothing uses them.");
            if (const Bytes problem = totals.of(HostUse::Problem); problem.value)
                add(Weight::Problem, "overlap",
                    sizeText(problem) + " of the file are used in ways that exclude each other.");
        }

        const Report& m_report;
        const Image& m_image;
        PropertyObject m_properties = m_image.formatProperties();
        std::vector<ReportRemark> m_remarks;
    };

} // namespace

std::vector<ReportRemark> remarksOf(const Report& report)
{
    return Remarks{report}.take();
}

const char* weightName(ReportRemark::Weight weight)
{
    switch (weight) {
    case Weight::Note: return "note";
    case Weight::Warning: return "warning";
    case Weight::Problem: return "problem";
    }
    return "note";
}

} // namespace platter
