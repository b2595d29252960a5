// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVariantMap>

namespace platter::app {

/// How a selection goes to the clipboard.
enum class CopyForm { Text, Hex, C, Json, Offset };

/// What the window's actions may ask the page in view. A page that can do more than show itself
/// inherits this beside its widget and overrides what it can do; every answer has a default.
class PageCommands {
public:
    virtual ~PageCommands() = default;

    /// What Copy puts on the clipboard in this form; empty: the window copies what is selected.
    virtual QString copied(CopyForm) const { return {}; }

    /// The page's own menu of forms for Ctrl+Shift+C. @returns whether it has one
    virtual bool showCopyMenu() { return false; }

    /// Ctrl+F, F3 and Shift+F3. A page without it has nothing to search.
    virtual bool canFind() const { return false; }
    virtual void startFind() { }
    virtual void findNext(int /*direction: 1 or -1*/) { }

    /// What is remembered of the page for this image: view, expanded nodes. No guest bytes.
    virtual QVariantMap savedView() const { return {}; }
    /// Once the image is there; what no longer fits is left out.
    virtual void restoreView(const QVariantMap&) { }
};

} // namespace platter::app
