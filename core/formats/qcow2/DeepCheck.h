// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/CheckPass.h"

namespace platter::qcow2 {

/// Decodes every compressed cluster of all states and reports each that does not give a whole
/// cluster. On `threads` threads, in bounded memory. Throws IoError, Cancelled.
void checkCompressedClusters(
    const Qcow2Image& image, unsigned threads, const JobControl& job, FindingCollector& findings);

} // namespace platter::qcow2
