// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Conversion.h"

#include <QJsonObject>

#include <filesystem>
#include <optional>
#include <set>

namespace platter::app {

/// A conversion as the window orders it: what the core needs, in a form that can be kept.
struct ConversionOrder {
    /// Its policy is not used: OpenPolicy::agreed(agreed) takes its place.
    ConversionRequest request;
    /// The files that the source leads to and that the user agreed to open.
    std::set<std::filesystem::path> agreed;
    /// The source is encrypted; the request has a passphrase or a key for it, unless it was kept.
    bool isEncrypted = false;

    /// Whether the new image is encrypted as the source is, and needs a passphrase.
    bool locksResult() const { return isEncrypted && !request.decrypt; }
};

/// Everything but passphrases and keys, to be offered again at another start.
QJsonObject recordOf(const ConversionOrder& order);

/// What recordOf() has kept; nothing if it is damaged or of another version.
std::optional<ConversionOrder> orderFrom(const QJsonObject& record);

} // namespace platter::app
