// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace platter::app {

/// One of several choices that stand side by side; the one that holds is filled.
class ChoiceChip final : public QAbstractButton {
    Q_OBJECT

public:
    explicit ChoiceChip(const QString& text, QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace platter::app
