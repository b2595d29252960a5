// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"

#include <QAbstractListModel>
#include <QString>

#include <filesystem>
#include <vector>

namespace platter::app {

/// What was opened lately, newest first, kept in the user's settings.
class RecentImages final : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { PathRole = Qt::UserRole, FactsRole, HealthRole };
    static constexpr int mostKept = 20;

    struct Entry {
        QString path; ///< local 8-bit name as QFile decodes it
        QString facts; ///< "QCOW2 version 3 · 20 GiB · Looks fine, not checked yet"
        Health health = Health::NotChecked; ///< when it was last seen
    };

    /// Reads the settings.
    explicit RecentImages(QObject* parent = nullptr);

    /// Puts an image first, or renews what is said of it; unless the user wants no list.
    void remember(const QString& path, const QString& facts, Health health);
    void forget(const QString& path);
    void clear();
    const std::vector<Entry>& entries() const { return m_entries; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    void store() const;
    std::vector<Entry> m_entries;
};

/// A path as Qt and the user's settings hold it, and back, without loss for names that are not
/// UTF-8.
QString toQtPath(const std::filesystem::path& path);
std::filesystem::path fromQtPath(const QString& path);

} // namespace platter::app
