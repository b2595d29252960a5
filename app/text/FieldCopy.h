// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/layout/Field.h"

#include <QJsonObject>
#include <QString>

namespace platter::app {

/// A field, or a bit of one, as a line: "cluster_bits = 16 = 64 KiB".
QString fieldLine(const FieldMark& field, const FieldMark::Bit* bit = nullptr);

/// A structure as lines: its name and place, then its fields.
QString structureLines(const StructureMark& structure);

/// All that is known of a field, for programs: names and texts as the core has them, untranslated.
QJsonObject fieldObject(const FieldMark& field);

/// A structure with its fields.
QJsonObject structureObject(const StructureMark& structure);

} // namespace platter::app
