// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/jobs/JobControl.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace platter::fuzz {

/// A job that stops itself after so many reports or results: a small image may describe a disk that
/// takes hours.
class BoundedJob {
public:
    explicit BoundedJob(unsigned mostSteps = 1000);
    const JobControl& control() const { return m_control; }
    /// Counts one result; throws Cancelled when there were enough.
    void count();

private:
    std::stop_source m_source;
    unsigned m_left;
    JobControl m_control;
};

/// Steps of unlocking a volume: each is 4096 rounds of key stretching.
inline constexpr unsigned fewIterations = 8;

/// Opens an image by `open` and asks it everything that an Image can be asked: facts, structures,
/// the map of every state, guest bytes, host map, check. Checks what every answer must keep.
void walkImage(const std::function<std::unique_ptr<Image>()>& open);

} // namespace platter::fuzz
