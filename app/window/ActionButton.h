// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QPointer>
#include <QPushButton>

namespace platter::app {

/// A push button in the look of the program; if it has an action, with its text, its state and its
/// reason.
class ActionButton final : public QPushButton {
    Q_OBJECT

public:
    enum class Look {
        Plain, ///< a frame
        Primary, ///< filled with the accent: the one thing that this state asks for
        Link, ///< words in the colour of a link
    };

    explicit ActionButton(QWidget* parent = nullptr);
    explicit ActionButton(const QString& text, QWidget* parent = nullptr);
    /// With a label, the button has its own words for what the action does.
    void setAction(QAction* action, const QString& label = {});
    QAction* action() const { return m_action; }
    void setLook(Look look);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void follow();

    QPointer<QAction> m_action;
    QString m_label;
    Look m_look = Look::Plain;
};

/// Enables an action, or disables it and lets tooltip and status tip say why.
void allow(QAction& action, const QString& reasonAgainst);

} // namespace platter::app
