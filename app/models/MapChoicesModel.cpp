// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/MapChoicesModel.h"

#include "app/text/MapAspectText.h"

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int portion = 2000; ///< names made at once: about two milliseconds

} // namespace

MapChoicesModel::MapChoicesModel(QObject* parent)
    : QAbstractListModel(parent)
{
    m_making.setInterval(0);
    connect(&m_making, &QTimer::timeout, this, &MapChoicesModel::makeMore);
}

void MapChoicesModel::setChoices(std::shared_ptr<const Image> image, MapAspect::Colour colour)
{
    if (image == m_image && colour == m_colour)
        return;
    beginResetModel();
    m_image = std::move(image);
    m_colour = colour;
    m_rows = m_image ? mapChoiceCount(m_colour, *m_image) : 0;
    m_names = QStringList(m_rows);
    m_made = 0;
    endResetModel();
    if (m_rows > portion)
        m_making.start();
    else
        m_making.stop();
}

void MapChoicesModel::makeMore()
{
    const int end = std::min(m_rows, m_made + portion);
    for (; m_made < end; ++m_made)
        nameOf(m_made);
    if (m_made == m_rows)
        m_making.stop();
}

const QString& MapChoicesModel::nameOf(int row) const
{
    QString& name = m_names[row];
    if (name.isNull()) {
        name = mapChoiceText(m_colour, *m_image, row);
        if (name.isNull())
            name = QLatin1String("");
    }
    return name;
}

std::optional<std::size_t> MapChoicesModel::choiceOf(int row) const
{
    if (row < 0 || row >= m_rows)
        return {};
    return mapChoice(m_colour, row);
}

int MapChoicesModel::rowOf(std::optional<std::size_t> choice) const
{
    const std::size_t first = mapChoice(m_colour, 0) ? 0 : 1; // a row for all of them goes before
    if (!choice)
        return first == 1 && m_rows > 0 ? 0 : -1;
    const std::size_t row = *choice + first;
    return row < static_cast<std::size_t>(m_rows) ? static_cast<int>(row) : -1;
}

int MapChoicesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

QVariant MapChoicesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::EditRole))
        return {};
    return nameOf(index.row());
}

} // namespace platter::app
