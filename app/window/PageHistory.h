// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace platter::app {

/// The places that were looked at, for back and forward: a page and what was selected there.
class PageHistory final {
public:
    struct Place {
        PageId page = PageId::Overview;
        Selection selection;
        bool operator==(const Place&) const = default;
    };

    void clear() { *this = {}; }
    /// A page came into view, or a link was followed within one: a step that back returns from.
    void visit(const Place& place);
    /// Something else was selected without leaving the page: no step of its own.
    void select(const Selection& selection);

    bool canGoBack() const { return m_at > 0; }
    bool canGoForward() const { return m_at + 1 < m_places.size(); }
    /// The place one step back or forward, which is then the present one; nothing: there is none.
    std::optional<Place> back();
    std::optional<Place> forward();

private:
    static constexpr std::size_t mostKept = 200;
    std::vector<Place> m_places;
    std::size_t m_at = 0;
};

} // namespace platter::app
