// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QTranslator>
#include <QWidget>

namespace platter::tests {

/// What is wrong with the visible widgets of a window, one line each: a widget that takes the focus
/// has no name, text is cut off, a control is smaller than 24 pixels, or text does not stand out
/// from its ground.
QStringList layoutFaults(QWidget& window);

/// English in a language that needs 40 % more room: every text of tr() grows.
class LongerWords final : public QTranslator {
public:
    QString translate(const char* context, const char* source, const char* disambiguation,
        int number) const override;
    bool isEmpty() const override { return false; }
};

} // namespace platter::tests
