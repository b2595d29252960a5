// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/PageCommands.h"

class QAbstractItemView;

namespace platter::app {

/// Puts what is selected on the clipboard: as the page in view says it, else the chosen rows of a
/// table, else the selection that all pages share.
class SelectionCopier final : public QObject {
    Q_OBJECT

public:
    /// Of a longer selection only the beginning is copied as bytes.
    static constexpr Bytes mostBytes{64 * 1024};

    explicit SelectionCopier(ImageDocument& document, QObject* parent = nullptr);

    /// Why there is nothing to copy in this form; empty: there is.
    QString whyNot(CopyForm form) const;
    /// `page` is the one in view, `focus` the widget with the focus; either may be nullptr.
    void copy(CopyForm form, QWidget* page, QWidget* focus);

private:
    void copyBytes(CopyForm form);

    ImageDocument& m_document;
    JobRunner* m_reader;
};

/// The chosen rows of a table or tree from a column on: lines with tabs, or JSON objects named by
/// the header.
QString copiedRows(const QAbstractItemView& view, CopyForm form, int firstColumn = 0);

/// Bytes as "51 46 49 fb", sixteen a line, or as an array of the language C.
QString copiedBytes(const std::vector<std::byte>& bytes, CopyForm form);

} // namespace platter::app
