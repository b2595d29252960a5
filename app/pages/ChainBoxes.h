// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace platter::app {

class ChainModel;

/// The files of a chain as boxes, one above the other: this image on top, the base at the bottom.
/// A list for keyboard and screen readers.
class ChainBoxes final : public QListView {
    Q_OBJECT

public:
    explicit ChainBoxes(ChainModel& model, QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {240, 90}; }
};

} // namespace platter::app
