// SPDX-License-Identifier: GPL-3.0-or-later
// What libFuzzer calls; the build says which target this program is for.
#include "tests/fuzz/Targets.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    platter::fuzz::PLATTER_FUZZ_TARGET(std::as_bytes(std::span{data, size}));
    return 0;
}
