// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/RecentImages.h"

#include "app/session/Preferences.h"
#include "app/text/CoreText.h"

#include <QFile>
#include <QSettings>

#include <algorithm>

namespace platter::app {

namespace {

    const QString groupKey = QStringLiteral("recentImages");

    Health healthOf(int stored)
    {
        const bool known = stored >= 0 && stored <= static_cast<int>(Health::NotExamined);
        return known ? static_cast<Health>(stored) : Health::NotChecked;
    }

} // namespace

QString toQtPath(const std::filesystem::path& path)
{
    return QFile::decodeName(QByteArray::fromStdString(path.native()));
}

std::filesystem::path fromQtPath(const QString& path)
{
    return std::filesystem::path{QFile::encodeName(path).toStdString()};
}

RecentImages::RecentImages(QObject* parent)
    : QAbstractListModel(parent)
{
    QSettings settings;
    const int count = std::min(settings.beginReadArray(groupKey), mostKept);
    for (int i = 0; i < count; ++i) {
        settings.setArrayIndex(i);
        m_entries.push_back({settings.value(QStringLiteral("path")).toString(),
            settings.value(QStringLiteral("facts")).toString(),
            healthOf(settings.value(QStringLiteral("health")).toInt())});
    }
    settings.endArray();
}

void RecentImages::remember(const QString& path, const QString& facts, Health health)
{
    if (!Preferences::remembersImages())
        return;
    if (!m_entries.empty() && m_entries.front().path == path && m_entries.front().facts == facts
        && m_entries.front().health == health)
        return;
    beginResetModel();
    std::erase_if(m_entries, [&](const Entry& entry) { return entry.path == path; });
    m_entries.insert(m_entries.begin(), {path, facts, health});
    if (m_entries.size() > mostKept)
        m_entries.resize(mostKept);
    endResetModel();
    store();
}

void RecentImages::forget(const QString& path)
{
    beginResetModel();
    std::erase_if(m_entries, [&](const Entry& entry) { return entry.path == path; });
    endResetModel();
    store();
}

void RecentImages::clear()
{
    beginResetModel();
    m_entries.clear();
    endResetModel();
    store();
}

int RecentImages::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant RecentImages::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const std::filesystem::path path = fromQtPath(entry.path);
    switch (role) {
    case Qt::DisplayRole: return shownPath(path.filename());
    case Qt::ToolTipRole: return shownPath(path);
    case Qt::AccessibleTextRole:
        return shownPath(path.filename()) + QStringLiteral(", ") + entry.facts;
    case PathRole: return entry.path;
    case FactsRole: return entry.facts;
    case HealthRole: return static_cast<int>(entry.health);
    default: return {};
    }
}

void RecentImages::store() const
{
    QSettings settings;
    settings.beginWriteArray(groupKey, static_cast<int>(m_entries.size()));
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        settings.setArrayIndex(static_cast<int>(i));
        settings.setValue(QStringLiteral("path"), m_entries[i].path);
        settings.setValue(QStringLiteral("facts"), m_entries[i].facts);
        settings.setValue(QStringLiteral("health"), static_cast<int>(m_entries[i].health));
    }
    settings.endArray();
}

} // namespace platter::app
