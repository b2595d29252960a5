// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditPlan.h"
#include "core/edit/EditTarget.h"
#include "tests/support/CrashStates.h"

#include <QTemporaryDir>

#include <filesystem>
#include <string>
#include <vector>

namespace platter::tests {

/// A file of 64 KiB, in which each sector of 512 bytes holds its number, in a folder of its own.
class SampleFile {
public:
    explicit SampleFile(std::uint64_t size = 65536);
    const std::filesystem::path& path() const { return m_path; }
    const std::vector<std::byte>& original() const { return m_original; }
    std::vector<std::byte> bytes() const { return bytesOf(m_path); }
    DiskFile::Stamp stamp() const { return DiskFile::stampOf(m_path); }
    /// Files of the folder besides the sample.
    std::vector<std::string> others() const;

private:
    QTemporaryDir m_folder{QString::fromStdString(folderInMemory())};
    std::filesystem::path m_path;
    std::vector<std::byte> m_original;
};

/// A plan with the act "test" for the file as it is now; the caller adds epochs.
EditPlan planFor(const std::filesystem::path& image);

/// A write of `count` bytes `value` that expects what stands there now.
EditStep fillStep(const std::filesystem::path& image, std::uint64_t at, std::size_t count,
    unsigned char value, HostUse use = HostUse::Data);

/// A change of the length of the file.
EditStep lengthStep(std::uint64_t length);
EditStep punchStep(std::uint64_t at, std::uint64_t length);

/// One epoch.
EditEpoch epochOf(std::vector<EditStep> steps);

} // namespace platter::tests
