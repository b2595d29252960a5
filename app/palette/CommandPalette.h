// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/palette/PaletteModel.h"

#include <QFrame>
#include <QPointer>

class QLineEdit;
class QListView;

namespace platter::app {

class ImageView;
class TextLabel;

/// One field that finds everything: actions, addresses and names. Lies over the window; Esc, or a
/// click elsewhere, closes it.
class CommandPalette final : public QFrame {
    Q_OBJECT

public:
    CommandPalette(
        ImageDocument& document, const ActionSet& actions, ImageView& view, QWidget* window);

    void open(PaletteModel::Scope scope);
    QLineEdit& field() const { return *m_field; }
    PaletteModel& model() const { return *m_model; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void readNames();
    void place();
    void showReason();
    void moveBy(int rows);
    void choose(const QModelIndex& index);
    void leave();

    ImageDocument& m_document;
    ImageView& m_view;
    JobRunner* m_nameReader;
    PaletteModel* m_model;
    QLineEdit* m_field;
    QListView* m_list;
    TextLabel* m_reason;
    QPointer<QWidget> m_focusBefore;
};

} // namespace platter::app
