// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/PageCommands.h"

#include <QStackedWidget>

class QMenu;

namespace platter::app {

class ActionButton;
class BitmapsModel;
class PlainTable;
class RowFindBar;
class TextLabel;

/// The persistent dirty bitmaps as a list, with what their flags mean.
class BitmapsPage final : public QStackedWidget, public PageCommands {
    Q_OBJECT

public:
    explicit BitmapsPage(ImageDocument& document, QWidget* parent = nullptr);

    QString copied(CopyForm form) const override; ///< of the chosen row
    bool showCopyMenu() override;
    bool canFind() const override;
    void startFind() override;
    void findNext(int direction) override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void count();
    void countAgain();
    void countEnded(const QString& problem);
    void describeRow();
    void showOnMap();
    void showMenu(const QPoint& at);
    void fillCopyMenu(QMenu& menu);
    void follow(const Selection& selection);

    ImageDocument& m_document;
    JobRunner* m_counter;
    BitmapsModel* m_model;
    PlainTable* m_table;
    RowFindBar* m_find;
    TextLabel* m_summary;
    ActionButton* m_again;
    TextLabel* m_meaning;
    ActionButton* m_show;
    bool m_counted = false;
    bool m_following = false; ///< the row is moved by the selection, not by the user
};

} // namespace platter::app
