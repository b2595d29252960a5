// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/RefcountReader.h"

#include <QWidget>

class QTableView;

namespace platter::app {

class PlainTable;
class ReferencesModel;
class TextLabel;

/// Who refers to the selected cluster: a list whose rows open their place on another page.
class ReferencesPanel final : public QWidget {
    Q_OBJECT

public:
    ReferencesPanel(ImageDocument& document, RefcountReader& reader, QWidget* parent = nullptr);

    QTableView& table() const;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showReferences();
    void fitColumns();
    void openReference(int row);
    void showMenu(const QPoint& at);
    Selection selectionOf(int row) const;

    ImageDocument& m_document;
    RefcountReader& m_reader;
    ReferencesModel* m_references;
    PlainTable* m_table;
    TextLabel* m_title;
    TextLabel* m_words;
};

} // namespace platter::app
