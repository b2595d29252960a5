// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/CheckReport.h"

#include <QByteArray>
#include <QDateTime>

#include <memory>

namespace platter::app {

/// A check as it is saved: the report and what it is about.
struct CheckedImage {
    std::shared_ptr<const CheckReport> report;
    std::string path; ///< untrusted bytes
    std::string formatId;
    QDateTime checkedAt;
    bool changedSince = false; ///< the file is in another state now
    bool changedDuring = false; ///< it was written while it was checked
};

/// Lines for reading, in English like those of platter-cli.
QByteArray checkAsText(const CheckedImage& checked);
/// The keys of `platter-cli check --output=json`, and when and how it was checked.
QByteArray checkAsJson(const CheckedImage& checked);
/// One line per finding, RFC 4180.
QByteArray checkAsCsv(const CheckedImage& checked);

/// As the suffix of a file name asks for: ".json", ".csv", else text.
QByteArray checkAs(const QString& fileName, const CheckedImage& checked);

} // namespace platter::app
