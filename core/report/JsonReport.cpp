// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Json.h"
#include "core/report/Facts.h"
#include "core/report/ReportFile.h"
#include "core/report/ReportWords.h"

namespace platter {

namespace {

    constexpr std::uint64_t schemaVersion = 1; // grows when a key changes its meaning

    /// Writes one large object or list piece by piece, so that only a piece is in memory.
    class JsonStream {
    public:
        JsonStream(const TextSink& sink, const JobControl& job)
            : m_sink(sink)
            , m_job(job)
        {
        }

        /// A member of the object that is open.
        void member(std::string_view key, const PropertyValue& value)
        {
            startMember(key);
            put(value);
        }
        /// An element of the list that is open.
        void element(const PropertyValue& value)
        {
            startElement();
            put(value);
        }
        void openObject() { open('{', '}'); }
        void openObject(std::string_view key)
        {
            startMember(key);
            open('{', '}');
        }
        void openList(std::string_view key)
        {
            startMember(key);
            open('[', ']');
        }
        void close()
        {
            const Level closed = m_levels.back();
            m_levels.pop_back();
            if (!closed.isEmpty)
                newLine();
            m_sink(std::string_view{&closed.end, 1});
            if (m_levels.empty())
                m_sink("\n");
        }

    private:
        struct Level {
            char end = '}';
            bool isEmpty = true;
        };

        void open(char begin, char end)
        {
            m_sink(std::string_view{&begin, 1});
            m_levels.push_back({end, true});
        }
        void newLine() { m_sink("\n" + std::string(m_levels.size() * 4, ' ')); }
        void startElement()
        {
            m_job.checkStop();
            if (!m_levels.back().isEmpty)
                m_sink(",");
            m_levels.back().isEmpty = false;
            newLine();
        }
        void startMember(std::string_view key)
        {
            startElement();
            m_sink(jsonString(key) + ": ");
        }
        void put(const PropertyValue& value)
        {
            std::string text;
            appendJson(text, value, static_cast<unsigned>(m_levels.size()));
            m_sink(text);
        }

        const TextSink& m_sink;
        const JobControl& m_job;
        std::vector<Level> m_levels;
    };

    void writeSizes(JsonStream& out, const Report& report)
    {
        PropertyObject sizes{
            {"virtual-size", {report.image().virtualSize().value}},
            {"file-length", {report.fileLength.value}},
            {"actual-size", {report.onDisk.value}},
        };
        if (const auto& totals = report.totals.fact) {
            sizes.push_back({"in-use", {(totals->ofGuest() + totals->onlyOfSnapshots()).value}});
            sizes.push_back({"in-use-by-guest", {totals->ofGuest().value}});
            sizes.push_back({"in-use-only-by-snapshots", {totals->onlyOfSnapshots().value}});
            sizes.push_back({"reclaimable", {totals->reclaimable.value}});
        }
        out.member("sizes", {std::move(sizes)});
    }

    void writeSummary(JsonStream& out, const Report& report)
    {
        const ReportVerdict verdict = verdictOf(report);
        out.member("verdict",
            {PropertyObject{{"id", {std::string{verdict.id}}}, {"title", {verdict.title}},
                {"text", {verdict.text}}}});
        out.member("changed-while-read", {report.changedMeanwhile});
        out.openList("not-read");
        for (const ReportGap& gap : gapsOf(report))
            out.element({PropertyObject{{"part", {std::string{gap.id}}}, {"why", {gap.why}}}});
        out.close();
        writeSizes(out, report);
        out.openList("worth-knowing");
        for (const ReportRemark& remark : remarksOf(report))
            out.element({PropertyObject{{"id", {std::string{remark.id}}},
                {"weight", {std::string{weightName(remark.weight)}}}, {"text", {remark.text}}}});
        out.close();
    }

    void writeHeader(JsonStream& out, const Report& report)
    {
        out.openList("structures");
        if (report.structures.fact) {
            for (const StructureMark& structure : *report.structures.fact)
                out.element({structureFacts(report.image().file(), structure)});
        }
        out.close();
    }

    void writeSpace(JsonStream& out, const HostTotals& totals)
    {
        PropertyObject kinds;
        for (std::size_t i = 0; i < spaceKinds; ++i) {
            const auto kind = static_cast<SpaceKind>(i);
            kinds.push_back({spaceId(kind), {totals.of(kind).value}});
        }
        PropertyObject uses;
        for (std::size_t i = 0; i < totals.bytes.size(); ++i)
            uses.push_back({hostUseName(static_cast<HostUse>(i)), {totals.bytes[i].value}});
        out.openObject("space");
        out.member("kinds", {std::move(kinds)});
        out.member("uses", {std::move(uses)});
        out.close();
    }

    PropertyObject cellFacts(const MapSummary& map, std::size_t index, const char* groundId)
    {
        const MapPyramid::Shares& shares = map.cells[index];
        PropertyObject cell{{"start", {index * map.cell.value}}};
        if (!shares.known) {
            cell.push_back({"read", {false}});
            return cell;
        }
        std::uint64_t told = 0;
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            told += shares.of[kind];
            if (shares.of[kind])
                cell.push_back(
                    {kindId(static_cast<MapKind>(kind)), {std::uint64_t{shares.of[kind]}}});
        }
        if (told < 255)
            cell.push_back({groundId, {255 - told}});
        return cell;
    }

    void writeMap(
        JsonStream& out, const char* key, const char* groundId, const Known<MapSummary>& known)
    {
        if (!known.fact)
            return;
        const MapSummary& map = *known.fact;
        PropertyObject totals;
        for (std::size_t kind = 0; kind < mapKinds; ++kind)
            totals.push_back({kindId(static_cast<MapKind>(kind)), {map.totals[kind].value}});
        totals.push_back({groundId, {map.ground.value}});
        totals.push_back({"not-read", {map.unread.value}});
        out.openObject(key);
        out.member("size", {map.size.value});
        out.member("cell-size", {map.cell.value});
        out.member("totals", {std::move(totals)});
        out.openList("cells"); // shares of 255; a cell that is like the one before is left out
        std::string textBefore;
        for (std::size_t i = 0; i < map.cells.size(); ++i) {
            PropertyObject cell = cellFacts(map, i, groundId);
            std::string text;
            appendJson(text, {PropertyObject{cell.begin() + 1, cell.end()}});
            if (text != textBefore)
                out.element({std::move(cell)});
            textBefore = std::move(text);
        }
        out.close();
        out.close();
    }

    void writeRefcounts(JsonStream& out, const RefcountSurvey& survey)
    {
        std::uint64_t unknown = 0;
        for (const PlaceBin& bin : survey.places)
            unknown += bin.unknown;
        out.openObject("refcounts");
        out.member("cluster-size", {survey.clusterSize.value});
        out.member("clusters", {survey.clusters});
        out.member("unknown", {unknown});
        out.openList("counts");
        for (const CountBin& bin : survey.counts)
            out.element({PropertyObject{
                {"least", {bin.least}}, {"most", {bin.most}}, {"clusters", {bin.clusters}}}});
        out.close();
        out.close();
    }

    void writeSnapshots(JsonStream& out, const Report& report)
    {
        const Image& image = report.image();
        out.openList("snapshots");
        for (std::size_t i = 0; i < image.snapshots().size(); ++i)
            out.element({report.snapshots.fact ? snapshotFacts(image, *report.snapshots.fact, i)
                                               : snapshotFacts(image.snapshots()[i])});
        out.close();
        if (!report.snapshots.fact)
            return;
        out.member("now", {presentStateFacts(image, *report.snapshots.fact)});
        out.member("shared-is-exact", {report.snapshots.fact->sharedIsExact});
    }

    PropertyObject shareFacts(const LayerShare& share)
    {
        return {{"stored", {share.stored.value}}, {"compressed", {share.compressed.value}},
            {"zeros", {share.zeros.value}}, {"damaged", {share.damaged.value}}};
    }

    const char* roleName(NamedFile::Role role)
    {
        switch (role) {
        case NamedFile::Role::Backing: return "backing";
        case NamedFile::Role::Data: return "data-file";
        case NamedFile::Role::VdiParent: return "vdi-parent";
        }
        return "backing";
    }

    void writeChain(JsonStream& out, const Report& report)
    {
        const auto& shares = report.shares.fact;
        std::size_t layer = 0;
        out.openList("backing-chain");
        PropertyObject top{{"role", {std::string{"image"}}},
            {"filename", {report.subject.top.path.string()}},
            {"format", {report.image().formatId()}}, {"state", {std::string{"opened"}}}};
        if (shares)
            top.push_back({"serves", {shareFacts(shares->layers[layer])}});
        out.element({std::move(top)});
        for (const ChainLink& link : report.subject.links) {
            PropertyObject one{{"role", {std::string{roleName(link.name.named.role)}}},
                {"name", {link.name.named.name}}};
            if (!link.name.path.empty())
                one.push_back({"filename", {link.name.path.string()}});
            one.push_back({"state", {std::string{linkStateId(link)}}});
            // Why nobody has agreed is no fact about the file.
            if (!link.problem.empty() && link.state != ChainLink::State::NeedsConsent)
                one.push_back({"problem", {link.problem}});
            if (link.name.named.format)
                one.push_back({"stored-format", {*link.name.named.format}});
            if (link.opened && link.name.named.role != NamedFile::Role::Data) {
                const Image& image = *link.opened->image;
                one.push_back({"format", {image.formatId()}});
                one.push_back({"virtual-size", {image.virtualSize().value}});
                one.push_back({"actual-size", {image.file().allocatedBytes().value}});
                if (shares && ++layer < shares->layers.size())
                    one.push_back({"serves", {shareFacts(shares->layers[layer])}});
            }
            if (!link.remarks.empty())
                one.push_back({"findings", {findingFacts(link.remarks)}});
            out.element({std::move(one)});
        }
        out.close();
        if (shares)
            out.member(report.belowIsUnknown ? "not-in-these-files" : "served-by-none",
                {shares->nowhere.value});
    }

    void writeBitmaps(JsonStream& out, const Report& report)
    {
        const auto& bitmaps = report.image().bitmaps();
        out.openList("bitmaps");
        for (std::size_t i = 0; i < bitmaps.size(); ++i) {
            PropertyObject one{{"name", {bitmaps[i].name}},
                {"granularity", {bitmaps[i].granularity.value}}, {"enabled", {bitmaps[i].autoLoad}},
                {"in-use", {bitmaps[i].inUse}}, {"consistent", {bitmaps[i].consistent}}};
            if (i < report.bitmaps.size()) {
                const BitmapCounts& counts = report.bitmaps[i];
                one.push_back({"bytes-in-file", {counts.inFile.value}});
                if (counts.dirty.fact)
                    one.push_back({"dirty-bytes", {counts.dirty.fact->value}});
            }
            out.element({std::move(one)});
        }
        out.close();
    }

    void writeCheck(JsonStream& out, const Report& report, const CheckReport& check)
    {
        out.member("check", {checkFacts(report.subject.top, check)});
        out.openList("findings-by-kind");
        for (const FindingGroup& group : groupsOf(check))
            out.element({PropertyObject{{"id", {std::string{group.kind->id}}},
                {"severity", {std::string{severityName(group.kind->severity)}}},
                {"count", {group.count}}, {"guest-bytes", {group.guestBytes.value}},
                {"basis", {std::string{basisName(group.kind->basis)}}},
                {"meaning", {std::string{group.kind->meaning}}},
                {"guest-sees", {std::string{group.kind->guestSees}}},
                {"causes", {std::string{group.kind->causes}}}}});
        out.close();
    }

} // namespace

void writeJsonReport(const Report& report, const TextSink& sink, const JobControl& job)
{
    JsonStream out{sink, job};
    out.openObject();
    out.member("report-version", {schemaVersion});
    out.member("made-at", {isoText(report.madeAt)});
    out.member("made-by", {report.madeBy});
    out.member("image", {imageFacts(report.subject.top)});
    writeSummary(out, report);
    writeHeader(out, report);
    if (report.totals.fact)
        writeSpace(out, *report.totals.fact);
    writeMap(out, "guest-map", "unallocated", report.guestMap);
    writeMap(out, "file-map", "free", report.fileMap);
    if (report.refcounts.fact)
        writeRefcounts(out, *report.refcounts.fact);
    writeSnapshots(out, report);
    writeChain(out, report);
    writeBitmaps(out, report);
    if (report.check.fact)
        writeCheck(out, report, *report.check.fact);
    out.close();
}

} // namespace platter
