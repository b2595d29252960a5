// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/CandidatesModel.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>

namespace platter::app {

void CandidatesModel::setJudgements(std::vector<BaseJudgement> judgements)
{
    beginResetModel();
    m_judgements = std::move(judgements);
    endResetModel();
}

QString CandidatesModel::verdictText(BaseVerdict verdict)
{
    switch (verdict) {
    case BaseVerdict::Impossible: return tr("Cannot be the one");
    case BaseVerdict::Doubtful: return tr("Doubtful");
    case BaseVerdict::Possible: return tr("Possible, not shown by content");
    case BaseVerdict::Convincing: return tr("Fits by its content");
    }
    return {};
}

QString CandidatesModel::evidenceText(const Evidence& evidence)
{
    const std::string pattern
        = QCoreApplication::translate("Evidence", evidence.kind->text).toStdString();
    std::vector<std::string> safe;
    for (const std::string& argument : evidence.arguments)
        safe.push_back(
            shownText(QCoreApplication::translate("DiskIdentity", argument.c_str()).toStdString())
                .toStdString());
    return QString::fromStdString(fillText(pattern, safe.data(), safe.size()));
}

int CandidatesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_judgements.size());
}

int CandidatesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CandidatesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const BaseJudgement& judged = judgement(index.row());
    switch (index.column()) {
    case NameColumn:
        return role == Qt::ToolTipRole ? shownPath(judged.path) : shownPath(judged.path.filename());
    case VerdictColumn: return verdictText(judged.verdict);
    case SizeColumn:
        if (judged.virtualSize.value == 0)
            return QStringLiteral("–");
        return role == Qt::ToolTipRole ? exactSize(judged.virtualSize)
                                       : shownSize(judged.virtualSize);
    case FolderColumn: return shownPath(judged.path.parent_path());
    default: return {};
    }
}

QVariant CandidatesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("File");
    case VerdictColumn: return tr("Judgement");
    case SizeColumn: return tr("Disk size");
    case FolderColumn: return tr("Folder");
    default: return {};
    }
}

} // namespace platter::app
