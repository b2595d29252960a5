// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/FieldFinder.h"
#include "app/document/ImageDocument.h"
#include "app/models/StructureModel.h"
#include "app/pages/PageCommands.h"

#include <QWidget>

#include <atomic>
#include <memory>

class QMenu;

namespace platter {
class HexView;
}

namespace platter::app {

class FieldPanel;
class FieldTree;
class FileBytes;
class FindBar;
class SelectionCopier;
class TableReader;

/// Every structure of the image field by field, and its tables entry by entry, beside the bytes
/// that say it. Selecting on one side selects on the other.
class HeaderPage final : public QWidget, public PageCommands {
    Q_OBJECT

public:
    explicit HeaderPage(ImageDocument& document, QWidget* parent = nullptr);
    ~HeaderPage() override;

    QString copied(CopyForm form) const override;
    bool showCopyMenu() override;
    bool canFind() const override { return m_bytes != nullptr; }
    void startFind() override;
    void findNext(int direction) override;
    QVariantMap savedView() const override; ///< the structures that are unfolded
    void restoreView(const QVariantMap& view) override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    /// What is to be chosen as soon as it is here.
    struct Wanted {
        FieldPath path; ///< empty: the bytes
        StructureModel::Range bytes;
        enum class Telling { Others, Nobody } telling = Telling::Others;
    };

    void refresh();
    void markBytes();
    void choose(const Wanted& wanted);
    void currentChanged(const QModelIndex& index);
    void showBytes(quint64 offset, quint64 length);
    void tell(const QModelIndex& index);
    void followSelection(const Selection& selection);
    FieldPath recordPath(HostUse table, std::size_t record) const;
    void follow(const QModelIndex& index);
    void hover(const QModelIndex& index);
    void find(const QString& words, FindDirection direction);
    QMenu* copyMenu();

    ImageDocument& m_document;
    std::shared_ptr<const FieldContent> m_content;
    StructureModel* m_model;
    TableReader* m_reader;
    JobRunner* m_finder;
    /// Entries that the running search goes through, once it has counted them.
    std::shared_ptr<std::atomic<quint64>> m_findEntries;
    SelectionCopier* m_copier;
    FindBar* m_findBar;
    FieldTree* m_tree;
    HexView* m_hex;
    FieldPanel* m_panel;
    std::shared_ptr<FileBytes> m_bytes;
    std::optional<Wanted> m_wanted;
    bool m_following = false; ///< one side is being moved by the other
};

} // namespace platter::app
