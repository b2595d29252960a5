// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace platter::app {

/// What the user decided about remembering, kept in the settings. How the program looks is in
/// Theme.
namespace Preferences {

    bool remembersImages(); ///< the list of recent images, and what is remembered of each
    void setRemembersImages(bool wanted);
    bool reopensLastImages();
    void setReopensLastImages(bool wanted);
    int jobsAtOnce();
    void setJobsAtOnce(int count);

} // namespace Preferences

} // namespace platter::app
