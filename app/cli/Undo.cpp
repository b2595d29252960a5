// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Undo.h"

#include "app/cli/Commands.h"
#include "app/cli/ImageEditing.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/base/Text.h"

namespace platter::cli {

namespace {

    const char* stateName(PastEdit::State state)
    {
        switch (state) {
        case PastEdit::State::Complete: return "complete";
        case PastEdit::State::Interrupted: return "interrupted";
        case PastEdit::State::Damaged: break;
        }
        return "damaged";
    }

    PropertyObject factsOf(const PastEdit& edit)
    {
        const auto seconds = static_cast<std::uint64_t>(edit.time / 1'000'000'000);
        const auto rest = static_cast<std::uint64_t>(edit.time % 1'000'000'000);
        PropertyObject facts{{"number", {edit.number}}, {"act", {validUtf8(edit.act)}},
            {"summary", {validUtf8(edit.summary)}}, {"date-sec", {seconds}}, {"date-nsec", {rest}},
            {"state", {std::string{stateName(edit.state)}}},
            {"can-be-taken-back", {edit.whyNot.empty()}}};
        if (!edit.whyNot.empty())
            facts.push_back({"why-not", {validUtf8(edit.whyNot)}});
        if (!edit.problem.empty())
            facts.push_back({"problem", {validUtf8(edit.problem)}});
        facts.push_back({"journal", {edit.journal.string()}});
        facts.push_back({"journal-size", {edit.journalSize.value}});
        facts.push_back({"old-length", {edit.oldLength.value}});
        facts.push_back({"new-length", {edit.newLength.value}});
        return facts;
    }

    void printJson(StandardOutput& out, const PropertyValue& value)
    {
        std::string text;
        appendJson(text, value);
        out << text << "\n";
    }

    void list(const std::vector<PastEdit>& edits, bool isJson, StandardOutput& out)
    {
        if (isJson) {
            PropertyList all;
            for (const PastEdit& edit : edits)
                append(all, factsOf(edit));
            printJson(out, {all});
            return;
        }
        Bytes stale;
        if (edits.empty())
            out << "Platter keeps no edit of this image.\n";
        for (const PastEdit& edit : edits) {
            out << edit.number << "  " << localTimeText(edit.time) << ", " << ageText(edit.time)
                << "  " << escapedText(edit.act) << ": " << escapedText(edit.summary)
                << "\n    journal: " << sizeText(edit.journalSize) << ", "
                << escapedText(edit.journal.string()) << "\n";
            if (edit.state == PastEdit::State::Interrupted)
                out << "    It stopped halfway"
                    << (edit.problem.empty() ? std::string{"."} : ": " + escapedText(edit.problem))
                    << " Take it back before anything else is done to the image.\n";
            if (!edit.whyNot.empty())
                out << "    It cannot be taken back: " << escapedText(edit.whyNot) << "\n";
            if (!edit.whyNot.empty())
                stale += edit.journalSize;
        }
        if (stale.value != 0)
            out << "Journals of no more use take " << sizeText(stale)
                << "; platter-cli undo --forget removes them.\n";
    }

} // namespace

int undo(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands.front();
    const bool isJson = invocation.global.output == GlobalOptions::Output::Json;
    const bool tells = !invocation.has("-q");
    if (invocation.has("--list")) {
        list(listEdits(file), isJson, session.out);
        return 0;
    }
    if (invocation.has("--forget")) {
        const std::size_t count = forgetEdits(file, Forget::Unusable);
        if (isJson)
            printJson(session.out, {PropertyObject{{"journals-removed", {std::uint64_t{count}}}}});
        else if (tells)
            session.out << "Journals removed: " << count << "\n";
        return 0;
    }
    ProgressLine progress{invocation.global.progress, session.stop};
    const TakenBackEdit done = takeBack(file, progress.job());
    if (isJson) {
        PropertyObject facts = factsOf(done.edit);
        facts.push_back({"bytes-restored", {done.bytesRestored.value}});
        printJson(session.out, {facts});
    } else if (tells) {
        session.out << "Taken back: " << escapedText(done.edit.summary) << " (made "
                    << localTimeText(done.edit.time) << ")\n";
    }
    return 0;
}

} // namespace platter::cli
