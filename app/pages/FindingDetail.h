// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/models/FindingsModel.h"

#include <QScrollArea>

class QGridLayout;

namespace platter::app {

class ActionButton;
class ScrolledContent;
class TextLabel;

/// One finding, or all of one kind, in words: what it is, what it means, what the guest sees, how
/// sure it is, what may have caused it; and the ways to its place on other pages.
class FindingDetail final : public QScrollArea {
    Q_OBJECT

public:
    explicit FindingDetail(ImageDocument& document, QWidget* parent = nullptr);

    /// Shows a group of a report, or one finding of it; nullptr for both: nothing.
    void showFinding(
        const CheckReport* report, const FindingsModel::Group* group, const Finding* finding);

    /// The place of a finding in all address spaces.
    static Selection selectionOf(const Finding& finding);

private:
    void addRow(const QString& caption, TextLabel* text);
    void addLink(PageId page, const QString& text);

    ImageDocument& m_document;
    ScrolledContent* m_content = nullptr;
    QGridLayout* m_rows;
    TextLabel* m_title;
    TextLabel* m_where;
    TextLabel* m_meaning;
    TextLabel* m_guest;
    TextLabel* m_basis;
    TextLabel* m_causes;
    std::vector<std::pair<PageId, ActionButton*>> m_links;
    Selection m_selection;
};

} // namespace platter::app
