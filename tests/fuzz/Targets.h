// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

/// What the fuzzers run, callable by libFuzzer and by an ordinary test alike. Each function takes
/// arbitrary bytes and must neither crash nor take long; errors that the core throws on purpose are
/// part of a good answer.
namespace platter::fuzz {

using Input = std::span<const std::byte>;

void fuzzQcow2(Input input); ///< a whole image
void fuzzQcow2Patch(Input input); ///< changes of a valid image, see Qcow2Patch.cpp
void fuzzQcow1(Input input);
void fuzzVdi(Input input);
void fuzzRaw(Input input);
void fuzzLuks(Input input); ///< a header; key material is zeros
void fuzzDeflate(Input input);
void fuzzZstd(Input input);
void fuzzText(Input input);
void fuzzJournal(Input input); ///< an undo journal, as it is and with all checksums made right
void fuzzRepair(Input input); ///< a byte of options, then changes of a valid image, see Repairs.cpp
void fuzzPartJournal(
    Input input); ///< the journal of a part file, as it is and with its checksums made right

/// A function and the name of its corpus folder.
struct Target {
    const char* name;
    void (*run)(Input);
};

std::span<const Target> allTargets();

} // namespace platter::fuzz
