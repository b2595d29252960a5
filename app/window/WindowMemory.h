// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session/ImageMemory.h"
#include "app/window/ImageView.h"

namespace platter::app {

/// Brings back how an image was looked at when it is opened again, and keeps it.
class WindowMemory final : public QObject {
    Q_OBJECT

public:
    WindowMemory(ImageDocument& document, ImageView& view, QObject* parent = nullptr);

    /// Keeps what is in view now.
    void keep();

private:
    void recall();
    void keepCheck();

    ImageDocument& m_document;
    ImageView& m_view;
    QString m_key; ///< of the image that is shown; empty: none
    ImageMemory::Entry m_entry;
};

} // namespace platter::app
