// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PageHistory.h"

namespace platter::app {

void PageHistory::visit(const Place& place)
{
    if (!m_places.empty()) {
        if (m_places[m_at] == place)
            return;
        m_places.resize(m_at + 1); // what was ahead is another way
    }
    if (m_places.size() == mostKept)
        m_places.erase(m_places.begin());
    m_places.push_back(place);
    m_at = m_places.size() - 1;
}

void PageHistory::select(const Selection& selection)
{
    if (!m_places.empty())
        m_places[m_at].selection = selection;
}

std::optional<PageHistory::Place> PageHistory::back()
{
    if (!canGoBack())
        return std::nullopt;
    return m_places[--m_at];
}

std::optional<PageHistory::Place> PageHistory::forward()
{
    if (!canGoForward())
        return std::nullopt;
    return m_places[++m_at];
}

} // namespace platter::app
