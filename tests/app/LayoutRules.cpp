// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/LayoutRules.h"

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QHash>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QTabBar>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace platter::tests {

namespace {

    constexpr int leastControl = 24; ///< pixels
    constexpr double leastContrast = 4.5;

    QString nameOf(const QWidget& widget, const QString& text)
    {
        const QWidget* page = widget.parentWidget();
        return QStringLiteral("%1 “%2” in %3")
            .arg(QString::fromLatin1(widget.metaObject()->className()), text,
                page ? QString::fromLatin1(page->metaObject()->className()) : QString());
    }

    double luminance(QRgb colour)
    {
        const auto linear = [](int channel) {
            const double value = channel / 255.0;
            return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(qRed(colour)) + 0.7152 * linear(qGreen(colour))
            + 0.0722 * linear(qBlue(colour));
    }

    double contrast(QRgb a, QRgb b)
    {
        const double first = luminance(a);
        const double second = luminance(b);
        return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
    }

    /// The best contrast that any pixel of a picture has to its most frequent colour.
    double paintedContrast(const QImage& picture)
    {
        QHash<QRgb, int> count;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x)
                ++count[picture.pixel(x, y) | 0xff000000];
        }
        QRgb ground = 0;
        int most = 0;
        for (auto it = count.cbegin(); it != count.cend(); ++it) {
            if (it.value() > most) {
                most = it.value();
                ground = it.key();
            }
        }
        double best = 1;
        for (auto it = count.cbegin(); it != count.cend(); ++it)
            best = std::max(best, contrast(it.key(), ground));
        return best;
    }

    /// Whether at least a part of the widget can be seen: it is not scrolled away.
    bool isInView(const QWidget& widget)
    {
        return widget.isVisible() && !widget.visibleRegion().isEmpty();
    }

    /// A name for screen readers, which says also what an icon shows.
    void findNameless(const QWidget& widget, QStringList& faults)
    {
        if ((widget.focusPolicy() & Qt::TabFocus) == 0)
            return;
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(
            const_cast<QWidget*>(&widget));
        if (!interface || interface->text(QAccessible::Name).isEmpty())
            faults << QStringLiteral("no accessible name: ") + nameOf(widget, widget.objectName());
    }

    void findCutLabel(const QLabel& label, QStringList& faults)
    {
        if (label.text().isEmpty() || !label.pixmap().isNull())
            return;
        if (label.property("elides").toBool() && !label.toolTip().isEmpty())
            return; // shortened with an ellipsis, and whole in the tooltip
        const QRect room = label.contentsRect();
        bool fits = false;
        if (label.wordWrap()) {
            int widest = 0;
            for (const QString& word :
                label.text().split(QRegularExpression(QStringLiteral("\\s"))))
                widest = std::max(widest, label.fontMetrics().horizontalAdvance(word));
            fits = label.heightForWidth(label.width()) <= label.height() + 1
                && widest <= room.width() + 1;
        } else {
            // With a buddy, & marks a letter and is not shown.
            const QSize wanted
                = label.fontMetrics().size(label.buddy() ? Qt::TextShowMnemonic : 0, label.text());
            fits = wanted.width() <= room.width() + 1 && wanted.height() <= room.height() + 2;
        }
        if (!fits)
            faults << QStringLiteral("text cut off: ") + nameOf(label, label.text());
    }

    void findCutButton(const QAbstractButton& button, QStringList& faults)
    {
        if (button.text().isEmpty())
            return;
        QString words = button.text();
        words.remove(QLatin1Char('&'));
        const int needed = button.fontMetrics().horizontalAdvance(words);
        int room = button.width();
        if (qobject_cast<const QCheckBox*>(&button) || qobject_cast<const QRadioButton*>(&button))
            room -= 20; // the box and its distance
        if (needed > room + 1 || button.fontMetrics().height() > button.height() + 1)
            faults << QStringLiteral("text cut off: ") + nameOf(button, button.text());
    }

    void findCutChoice(const QComboBox& box, QStringList& faults)
    {
        const int needed = box.fontMetrics().horizontalAdvance(box.currentText());
        if (needed + leastControl > box.width() + 1)
            faults << QStringLiteral("text cut off: ") + nameOf(box, box.currentText());
    }

    void findSmall(const QWidget& widget, QStringList& faults)
    {
        const bool control = qobject_cast<const QAbstractButton*>(&widget)
            || qobject_cast<const QComboBox*>(&widget) || qobject_cast<const QLineEdit*>(&widget)
            || qobject_cast<const QAbstractSpinBox*>(&widget);
        if (!control)
            return;
        // A part of another control: the arrows of a field, the corner of a table.
        const QWidget* parent = widget.parentWidget();
        const bool isPart = qobject_cast<const QComboBox*>(parent)
            || qobject_cast<const QAbstractSpinBox*>(parent)
            || qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QTabBar*>(parent)
            || qobject_cast<const QAbstractScrollArea*>(parent);
        if (isPart)
            return;
        if (widget.width() < leastControl || widget.height() < leastControl)
            faults << QStringLiteral("%1 x %2 pixels: ").arg(widget.width()).arg(widget.height())
                    + nameOf(widget, widget.objectName());
    }

    void findPale(const QWidget& widget, const QString& text, const QImage& picture,
        QWidget& window, QStringList& faults)
    {
        if (text.trimmed().isEmpty() || !widget.isEnabled())
            return;
        // Only what is in view was painted.
        const QRect seen = widget.visibleRegion().boundingRect();
        const QRect at(widget.mapTo(&window, seen.topLeft()), seen.size());
        if (at.width() < 8 || at.height() < 8)
            return;
        const qreal scale = picture.devicePixelRatio();
        const QRect pixels(at.topLeft() * scale, at.size() * scale);
        const double found = paintedContrast(picture.copy(pixels));
        if (found < leastContrast)
            faults << QStringLiteral("contrast %1: ").arg(found, 0, 'f', 1) + nameOf(widget, text);
    }

} // namespace

QStringList layoutFaults(QWidget& window)
{
    QStringList faults;
    const QImage picture = window.grab().toImage();
    for (QWidget* widget : window.findChildren<QWidget*>()) {
        if (!isInView(*widget) || widget->window() != window.window())
            continue;
        findNameless(*widget, faults);
        findSmall(*widget, faults);
        if (const auto* label = qobject_cast<const QLabel*>(widget)) {
            findCutLabel(*label, faults);
            findPale(*label, label->text(), picture, window, faults);
        } else if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
            findCutButton(*button, faults);
            findPale(*button, button->text(), picture, window, faults);
        } else if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
            findCutChoice(*box, faults);
            findPale(*box, box->currentText(), picture, window, faults);
        }
    }
    return faults;
}

QString LongerWords::translate(const char*, const char* source, const char*, int) const
{
    // Made once: it would take most of the time of the events that ask for words.
    static const QRegularExpression marks(QStringLiteral("%L?[0-9n]|&|…|\\(s\\)|[<>{}]"));
    const QString text = QString::fromUtf8(source);
    QString filler = text;
    filler.remove(marks);
    const auto more = static_cast<qsizetype>(std::ceil(static_cast<double>(text.size()) * 0.4));
    // A sentence gets more words, a word gets longer: as languages do.
    filler = filler.simplified().left(more);
    if (text.contains(QLatin1Char(' ')))
        return text + QLatin1Char(' ') + filler.trimmed();
    const bool ellipsis = text.endsWith(QStringLiteral("…"));
    return ellipsis ? text.chopped(1) + filler.toLower() + QStringLiteral("…")
                    : text + filler.toLower();
}

} // namespace platter::tests
