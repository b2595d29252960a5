// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace platter::app {

/// Bytes as the initialiser of a C array, twelve in a line.
QString asCArray(const QByteArray& bytes);

/// Bytes as the text that they would be in UTF-8, harmless characters only.
QString asText(const QByteArray& bytes);

/// Bytes with their place and name as a JSON object.
QString asJson(const QByteArray& bytes, quint64 offset, const QString& name);

} // namespace platter::app
