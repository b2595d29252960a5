// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QStackedWidget>

namespace platter::app {

class ActionButton;
class ChainModel;
class GroundFrame;
class PlainTable;
class TextLabel;

/// The files that the image rests on, and the way to agree to opening them.
class ChainPage final : public QStackedWidget {
    Q_OBJECT

public:
    explicit ChainPage(ImageDocument& document, QAction& review, QWidget* parent = nullptr);

private:
    void refresh();
    void describeRow();

    ImageDocument& m_document;
    ChainModel* m_model;
    PlainTable* m_table;
    GroundFrame* m_consent;
    TextLabel* m_detail;
};

} // namespace platter::app
