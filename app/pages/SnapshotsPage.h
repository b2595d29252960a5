// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QStackedWidget>

namespace platter::app {

class SnapshotsModel;
class TextLabel;

/// The internal snapshots as a list.
class SnapshotsPage final : public QStackedWidget {
    Q_OBJECT

public:
    explicit SnapshotsPage(ImageDocument& document, QWidget* parent = nullptr);

private:
    void refresh();

    ImageDocument& m_document;
    SnapshotsModel* m_model;
    TextLabel* m_summary;
};

} // namespace platter::app
