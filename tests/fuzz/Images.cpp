// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "tests/fuzz/ImageWalk.h"
#include "tests/fuzz/Targets.h"

#include <memory>
#include <vector>

namespace platter::fuzz {

namespace {

    void walkAs(const char* format, Input input)
    {
        const auto file
            = std::make_shared<MemoryFile>(std::vector<std::byte>(input.begin(), input.end()));
        probeFormat(*file);
        walkImage([&] { return formatCalled(format).open(file); });
    }

} // namespace

void fuzzQcow2(Input input)
{
    walkAs("qcow2", input);
}

void fuzzQcow1(Input input)
{
    walkAs("qcow", input);
}

void fuzzVdi(Input input)
{
    walkAs("vdi", input);
}

void fuzzRaw(Input input)
{
    walkAs("raw", input);
}

} // namespace platter::fuzz
