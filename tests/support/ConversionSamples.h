// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Conversion.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <functional>

namespace platter::tests {

/// A conversion of every kind that can be gone on with, for tests that interrupt them. All names
/// are in the current directory; the target is "out", its data file "out.data".
struct SampleConversion {
    const char* name; ///< a sentence
    ConversionRequest request;
};

/// Makes the images that samples are converted from, with so many MiB of data each: "mixed.raw",
/// "states.qcow2" with snapshots, saved memory and bitmaps, "over.qcow2" above "base.qcow2", and
/// "aes.qcow2", which is encrypted and opened by "sesame".
void makeSampleSources(int mebibytes);

std::vector<SampleConversion> sampleConversions();

/// From raw to QCOW2 with LUKS: the key is random, and so are all bytes of the target.
ConversionRequest luksConversion();

/// A passphrase as a request has it.
std::shared_ptr<const SecretBytes> passphraseOf(const std::string& text);

/// The hashes of all files that the conversion makes, which must be there.
QByteArray hashOfTarget(const ConversionRequest& request);
void removeTarget();
/// Names of what unfinished conversions have left, also hidden ones.
QStringList leftovers();

/// Compares the target with the source by qemu-img, and checks it; `word` opens what is encrypted.
/// Throws std::runtime_error.
void requireGoodTarget(const ConversionRequest& request, const QString& word = "sesame");

/// Converts as a program would that a user has started.
void runConversion(ConversionRequest request, const ResumeOptions& resume, unsigned threads = 2);

} // namespace platter::tests
