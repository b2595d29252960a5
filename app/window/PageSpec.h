// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/PageId.h"

#include <QKeySequence>
#include <QString>

#include <vector>

namespace platter::app {

/// What is fixed of a page: its name, icon and key. Sidebar, menu, keys and pictures all read it.
struct PageSpec {
    PageId id = PageId::Overview;
    const char* word = ""; ///< in file names and arguments; never translated
    const char* icon = ""; ///< of resources/icons
    QKeySequence key;
    QString menuTitle; ///< with its mnemonic

    QString title() const; ///< without the mnemonic
};

/// Every page that is built, in its fixed order.
std::vector<PageSpec> pageSpecs();

/// Why the document's image cannot have the page, as a sentence; empty: it has it.
QString whyAbsent(PageId page, const ImageDocument& document);

/// Whether the page is built and the document's image can have it.
bool hasPage(PageId page, const ImageDocument& document);

} // namespace platter::app
