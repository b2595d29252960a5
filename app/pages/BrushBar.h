// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/window/Look.h"

namespace platter::app {

/// Says that a page leaves out what was not picked in the plots of reference counts, and takes that
/// back everywhere. Hidden while nothing is picked.
class BrushBar final : public GroundFrame {
    Q_OBJECT

public:
    explicit BrushBar(ImageDocument& document, QWidget* parent = nullptr);

    /// What it means for this page; follows the words about what was picked.
    void setRemark(const QString& remark);

private:
    void refresh();

    ImageDocument& m_document;
    TextLabel* m_text;
    QString m_remark;
};

/// "Only clusters with counts 2 to 4", "Only 0x5_0000 to 0x6_ffff of the file", translated.
QString brushText(const HostBrush& brush);

} // namespace platter::app
