// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/io/MemoryFile.h"
#include "core/operations/resume/PartJournal.h"
#include "core/operations/resume/PieceOutcomes.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <vector>

namespace platter::fuzz {

namespace {

    using Content = std::vector<std::byte>;

    /// Puts the SHA-256 of [from, end) to `at`.
    part::Digest seal(Content& bytes, std::size_t from, std::size_t end, std::size_t at)
    {
        const part::Digest sum = journal::sha256({std::span{bytes}.subspan(from, end - from)});
        std::copy(sum.begin(), sum.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        return sum;
    }

    /// Makes all checksums right: a fuzzer would never guess them, and behind them nothing would
    /// be tried.
    void sealAll(Content& bytes)
    {
        const auto headSum = part::headFields.find("checksum")->at;
        if (bytes.size() < part::pageBytes)
            return;
        part::Digest before = seal(bytes, 0, headSum, headSum);
        const auto place = [](const char* field) { return part::checkpointFields.find(field)->at; };
        const std::size_t headBytes = place("checksum") + sizeof(part::Digest);
        for (std::size_t at = part::pageBytes; bytes.size() - at >= headBytes;) {
            const auto head = parse(
                std::span<const std::byte>{bytes}.subspan(at), part::checkpointFields, {at});
            const std::size_t room = bytes.size() - at - headBytes;
            if (head.outcomes.value > room || head.witnesses > room / 32
                || head.outcomes.value + head.witnesses * 32 > room)
                return;
            const std::size_t payload = head.outcomes.value + head.witnesses * std::size_t{32};
            std::copy(before.begin(), before.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + place("previous")));
            seal(bytes, at + headBytes, at + headBytes + payload, at + place("payload"));
            before = seal(bytes, at, at + place("checksum"), at + place("checksum"));
            at += (headBytes + payload + part::pageBytes - 1) / part::pageBytes * part::pageBytes;
            if (at > bytes.size())
                return;
        }
    }

    void recallAll(Content bytes)
    {
        constexpr Bytes cluster{4096};
        std::vector<GuestPiece::Unit> units(16);
        OutcomeReader reader{std::move(bytes)};
        // A few bytes can stand for any number of units.
        for (int piece = 0; piece < 1000 && !reader.atEnd(); ++piece)
            require(reader.next(units, cluster) < units.size() * cluster.value,
                "streams are shorter than what they hold");
    }

    void readAll(const Content& bytes)
    {
        try {
            const part::Reader reader{std::make_shared<MemoryFile>(bytes)};
            std::uint64_t done = 0;
            for (const auto& checkpoint : reader.checkpoints()) {
                require(checkpoint.head.done > done, "each checkpoint has more pieces");
                require(checkpoint.end.value <= bytes.size(), "checkpoints lie in the file");
                done = checkpoint.head.done;
                require(reader.witnessesOf(checkpoint).size() <= part::mostWitnesses,
                    "there are a few witnesses");
                recallAll(reader.outcomesOf(checkpoint));
            }
        } catch (const Error&) {
            // A good answer.
        }
    }

} // namespace

void fuzzPartJournal(Input input)
{
    Content bytes{input.begin(), input.end()};
    readAll(bytes);
    sealAll(bytes);
    readAll(bytes);
    try {
        recallAll({input.begin(), input.end()});
    } catch (const Error&) {
        return;
    }
}

} // namespace platter::fuzz
