// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>
#include <QVariantMap>

#include <optional>

namespace platter::app {

class ImageDocument;

/// What is remembered of an image between sessions, in the user's settings: how it was looked at,
/// and what the last check said. Never a passphrase, guest bytes, or a consent.
namespace ImageMemory {

    constexpr int mostKept = 200; ///< images; the one not seen for longest is forgotten

    struct Check {
        QDateTime at;
        quint64 corruptions = 0;
        quint64 leaks = 0;
        quint64 errors = 0;
        qint64 fileChanged = 0; ///< the file's time of change when it was checked
        quint64 fileLength = 0; ///< bytes
    };

    struct Entry {
        QString page; ///< PageSpec::word
        QVariantMap views; ///< what each page keeps, by its word
        std::optional<Check> check;
    };

    /// The name of an image in the settings: a hash of its path, size and creation ids.
    QString keyOf(const ImageDocument& document);
    std::optional<Entry> recall(const QString& key);
    void keep(const QString& key, const Entry& entry);
    void forgetAll();

} // namespace ImageMemory

} // namespace platter::app
