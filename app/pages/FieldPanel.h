// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/models/StructureModel.h"
#include "app/window/Look.h"

class QPushButton;

namespace platter::app {

/// What the chosen item of the Header page is, in words: its value, its place, what it is for, and
/// what is wrong with it.
class FieldPanel final : public GroundFrame {
    Q_OBJECT

public:
    FieldPanel(
        const ImageDocument& document, const StructureModel& model, QWidget* parent = nullptr);

    void describe(const QModelIndex& index);

signals:
    void followed(); ///< the link of the item that is described was chosen

private:
    void entitle(const QString& title);
    void describeField(const QModelIndex& index);
    QStringList findingsIn(const StructureModel::Range& range) const;

    const ImageDocument& m_document;
    const StructureModel& m_model;
    TextLabel* m_title;
    TextLabel* m_place;
    TextLabel* m_meaning;
    TextLabel* m_verdict;
    QPushButton* m_follow;
};

} // namespace platter::app
