// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/PlaceResolver.h"

#include <QWidget>

class QLabel;
class QToolButton;

namespace platter::app {

/// The selection in all address spaces, for the status bar: place in the file, structure, place on
/// the guest's disk. A click on one of them copies it. A dash stands for what is still looked for.
class PlaceBar final : public QWidget {
    Q_OBJECT

public:
    explicit PlaceBar(ImageDocument& document, QWidget* parent = nullptr);

    const PlaceResolver& resolver() const { return *m_resolver; }

private:
    QToolButton* addPart(const QString& objectName);
    void refresh();
    void show(QToolButton& part, const QString& text, const QString& copied, const QString& what);
    QString middleText() const;

    ImageDocument& m_document;
    PlaceResolver* m_resolver;
    QToolButton* m_host;
    QLabel* m_dot;
    QToolButton* m_structure;
    QLabel* m_arrow;
    QToolButton* m_guest;
};

} // namespace platter::app
