// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/JudgeBase.h"

#include <QDialog>

class QProgressBar;

namespace platter::app {

class ActionButton;
class CandidatesModel;
class PlainTable;
class TextLabel;

/// Finds the file that an image of the chain misses, a base or a file of data: the user names files
/// or a folder, each is judged by evidence, and one may be used for looking. Writes nothing.
class LocateDialog final : public QDialog {
    Q_OBJECT

public:
    /// @param link   index into document.chain()
    LocateDialog(ImageDocument& document, std::size_t link, QWidget* parent = nullptr);

    void judgeFile(const QString& path);
    void judgeFilesOf(const QString& folder);

private:
    enum class What { File, Folder };
    void choose(What what);
    void showJudgements(std::vector<BaseJudgement> judgements);
    void describe();
    void accept() override;

    ImageDocument& m_document;
    std::size_t m_link;
    NamedFile::Role m_role = NamedFile::Role::Backing; ///< of the missing file
    std::vector<OpenedImage> m_above;
    JobRunner* m_runner;
    CandidatesModel* m_model;
    PlainTable* m_table;
    TextLabel* m_state;
    TextLabel* m_verdict;
    TextLabel* m_evidence;
    QProgressBar* m_bar;
    ActionButton* m_use;
};

} // namespace platter::app
