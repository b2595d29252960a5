// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QStackedWidget>

namespace platter::app {

class ActionButton;
class BitmapsModel;
class PlainTable;
class TextLabel;

/// The persistent dirty bitmaps as a list, with what their flags mean.
class BitmapsPage final : public QStackedWidget {
    Q_OBJECT

public:
    explicit BitmapsPage(ImageDocument& document, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void count();
    void describeRow();
    void showOnMap();
    void showMenu(const QPoint& at);
    void follow(const Selection& selection);

    ImageDocument& m_document;
    JobRunner* m_counter;
    BitmapsModel* m_model;
    PlainTable* m_table;
    TextLabel* m_summary;
    TextLabel* m_meaning;
    ActionButton* m_show;
    bool m_counted = false;
    bool m_following = false; ///< the row is moved by the selection, not by the user
};

} // namespace platter::app
