// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/EditSamples.h"

#include <algorithm>

namespace platter::tests {

SampleFile::SampleFile(std::uint64_t size)
    : m_path(std::filesystem::path{m_folder.path().toStdString()} / "sample.img")
    , m_original(size)
{
    for (std::size_t i = 0; i < m_original.size(); ++i)
        m_original[i] = static_cast<std::byte>(i / 512 % 251 + 1);
    const auto file = DiskFile::create(m_path);
    file->write(HostOffset{0}, m_original);
}

std::vector<std::string> SampleFile::others() const
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{m_path.parent_path()}) {
        if (entry.path() != m_path)
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

EditPlan planFor(const std::filesystem::path& image)
{
    EditPlan plan;
    plan.act = "test";
    plan.summary = "Change some bytes.";
    plan.base = DiskFile::stampOf(image);
    return plan;
}

EditStep fillStep(const std::filesystem::path& image, std::uint64_t at, std::size_t count,
    unsigned char value, HostUse use)
{
    const auto file = DiskFile::open(image, DiskFile::Access::ReadOnly);
    return writeStep(*file, HostOffset{at}, std::vector<std::byte>(count, std::byte{value}), use);
}

EditStep lengthStep(std::uint64_t length)
{
    EditStep step;
    step.kind = EditStep::Kind::SetLength;
    step.at = HostOffset{length};
    return step;
}

EditStep punchStep(std::uint64_t at, std::uint64_t length)
{
    EditStep step;
    step.kind = EditStep::Kind::Punch;
    step.at = HostOffset{at};
    step.length = Bytes{length};
    return step;
}

EditEpoch epochOf(std::vector<EditStep> steps)
{
    EditEpoch epoch;
    epoch.steps = std::move(steps);
    return epoch;
}

} // namespace platter::tests
