// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/PageCommands.h"

#include <QWidget>

#include <memory>
#include <vector>

class QPushButton;
class QTreeView;

namespace platter {
class HexView;
}

namespace platter::app {

class FileBytes;
class StructureModel;
class TextLabel;

/// Every structure of the image field by field, beside the bytes that say it. Selecting on one side
/// selects on the other.
class HeaderPage final : public QWidget, public PageCommands {
    Q_OBJECT

public:
    explicit HeaderPage(ImageDocument& document, QWidget* parent = nullptr);

    QVariantMap savedView() const override; ///< the structures that are unfolded
    void restoreView(const QVariantMap& view) override;
    ~HeaderPage() override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void fitColumns();
    void showItem(const QModelIndex& index);
    void showBytes(quint64 offset, quint64 length);
    void describe(const QModelIndex& index);
    void follow(const QModelIndex& index);
    void hover(const QModelIndex& index);

    ImageDocument& m_document;
    StructureModel* m_model;
    QTreeView* m_tree;
    HexView* m_hex;
    std::shared_ptr<FileBytes> m_bytes;
    TextLabel* m_title;
    TextLabel* m_place;
    TextLabel* m_meaning;
    TextLabel* m_verdict;
    QPushButton* m_follow;
    bool m_following = false; ///< one side is being moved by the other
};

} // namespace platter::app
