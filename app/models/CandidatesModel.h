// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/JudgeBase.h"

#include <QAbstractTableModel>

namespace platter::app {

/// Files that could be a missing base, with what speaks for and against them.
class CandidatesModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, VerdictColumn, SizeColumn, FolderColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setJudgements(std::vector<BaseJudgement> judgements);
    const BaseJudgement& judgement(int row) const
    {
        return m_judgements[static_cast<std::size_t>(row)];
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// "Fits by its content", translated.
    static QString verdictText(BaseVerdict verdict);
    /// A piece of evidence as a translated sentence, safe to show.
    static QString evidenceText(const Evidence& evidence);

private:
    std::vector<BaseJudgement> m_judgements;
};

} // namespace platter::app
