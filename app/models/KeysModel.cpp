// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/KeysModel.h"

#include "app/session/KeyMap.h"

#include <QFont>

namespace platter::app {

void KeysModel::setRows(std::vector<Row> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

QList<QKeySequence> KeysModel::keysOf(int row) const
{
    const Row& of = m_rows[static_cast<std::size_t>(row)];
    return of.id.isEmpty() ? QList<QKeySequence>() : KeyMap::keysOf(of.id, of.standard);
}

bool KeysModel::isChanged(int row) const
{
    return keysOf(row) != m_rows[static_cast<std::size_t>(row)].standard;
}

int KeysModel::ownerOf(const QKeySequence& key, int row) const
{
    for (int other = 0; other < rowCount(); ++other) {
        if (other == row)
            continue;
        for (const QKeySequence& taken : keysOf(other)) {
            // Also one that the other begins with: the longer could never be typed.
            if (taken.matches(key) != QKeySequence::NoMatch
                || key.matches(taken) != QKeySequence::NoMatch)
                return other;
        }
    }
    return -1;
}

void KeysModel::setKey(int row, const QKeySequence& key)
{
    for (int owner = ownerOf(key, row); !key.isEmpty() && owner >= 0; owner = ownerOf(key, row)) {
        QList<QKeySequence> left = keysOf(owner);
        left.removeIf([&](const QKeySequence& taken) {
            return taken.matches(key) != QKeySequence::NoMatch
                || key.matches(taken) != QKeySequence::NoMatch;
        });
        KeyMap::set(m_rows[static_cast<std::size_t>(owner)].id,
            left.isEmpty() ? QKeySequence() : left.front());
    }
    KeyMap::set(m_rows[static_cast<std::size_t>(row)].id, key);
    changed();
}

void KeysModel::resetKey(int row)
{
    KeyMap::set(m_rows[static_cast<std::size_t>(row)].id, std::nullopt);
    changed();
}

void KeysModel::resetAll()
{
    KeyMap::reset();
    changed();
}

void KeysModel::changed()
{
    emit dataChanged(index(0, KeyColumn), index(rowCount() - 1, KeyColumn));
}

int KeysModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int KeysModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant KeysModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole) {
        if (index.column() == ActionColumn)
            return row.text;
        return row.id.isEmpty() ? row.fixedKey : keysText(keysOf(index.row()));
    }
    if (role == Qt::FontRole && !row.id.isEmpty() && isChanged(index.row())) {
        QFont font;
        font.setWeight(QFont::DemiBold);
        return font;
    }
    return {};
}

QVariant KeysModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == ActionColumn ? tr("What it does") : tr("Keys");
}

QString keysText(const QList<QKeySequence>& keys)
{
    return QKeySequence::listToString(keys, QKeySequence::NativeText)
        .replace(QStringLiteral("; "), QStringLiteral(", "));
}

} // namespace platter::app
