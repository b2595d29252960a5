// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionList.h"

#include <QWidget>

class QLineEdit;

namespace platter::app {

class ActionButton;
class ConversionModel;
class PlainTable;
class TextLabel;

/// Where new images go: one name in a field, or a table of several with what can be done to each.
class ConvertTargets final : public QWidget {
    Q_OBJECT

public:
    explicit ConvertTargets(
        ConversionList& list, ImageDocument& document, QWidget* parent = nullptr);

    /// The row that is spoken about; nothing: the list is empty.
    std::optional<std::size_t> current() const;
    void chooseImages();

signals:
    void currentChanged();

private:
    void refresh();
    void takeTyped();
    void chooseName();
    void chooseFolder();

    ConversionList& m_list;
    ImageDocument& m_document;
    ConversionModel* m_model;
    QWidget* m_one;
    QLineEdit* m_path;
    QWidget* m_several;
    PlainTable* m_table;
    ActionButton* m_name;
    ActionButton* m_remove;
    ActionButton* m_own;
    TextLabel* m_free;
};

} // namespace platter::app
