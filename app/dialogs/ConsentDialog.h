// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QDialog>

class QCheckBox;

namespace platter::app {

/// Shows the full paths of files that an image names, before any of them is opened.
class ConsentDialog final : public QDialog {
    Q_OBJECT

public:
    explicit ConsentDialog(const ImageDocument& document, QWidget* parent = nullptr);
    ImageDocument::Consent consent() const;

private:
    QCheckBox* m_further;
};

} // namespace platter::app
