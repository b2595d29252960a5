// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/Html.h"

namespace platter {

// The sections of a page, without their titles. Each needs its part of the report to be there.

void writeSpaceSection(HtmlOut& out, const Report& report);
void writeGuestMapSection(HtmlOut& out, const Report& report);
void writeFileMapSection(HtmlOut& out, const Report& report);
void writeSnapshotSection(HtmlOut& out, const Report& report);
void writeChainSection(HtmlOut& out, const Report& report);
void writeBitmapSection(HtmlOut& out, const Report& report);
void writeCheckSection(HtmlOut& out, const Report& report);
void writeRefcountSection(HtmlOut& out, const Report& report);
void writeHeaderSection(HtmlOut& out, const Report& report);

} // namespace platter
