// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ChainModel.h"

#include "app/text/CoreText.h"
#include "app/text/NewsText.h"

#include <QCoreApplication>

#include <algorithm>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ChainModel)
    };

    using State = ChainLink::State;
    using Cause = ChainLink::Cause;
    using Tone = ChainModel::Tone;

    QString brokenText(Cause cause)
    {
        switch (cause) {
        case Cause::Loop: return Words::tr("Loop: rests on itself");
        case Cause::TooDeep: return Words::tr("Too deep a chain");
        case Cause::OtherFormat: return Words::tr("Other format than stored");
        case Cause::UnknownFormat: return Words::tr("Format not known");
        case Cause::Unreadable: return Words::tr("Cannot be read");
        case Cause::NotAFile: return Words::tr("Not a file");
        case Cause::JsonName:
        case Cause::ProtocolName:
        case Cause::Other: break;
        }
        return Words::tr("Cannot be used");
    }

    QString refusedText(Cause cause)
    {
        switch (cause) {
        case Cause::JsonName: return Words::tr("Not followed: json: description");
        case Cause::ProtocolName: return Words::tr("Not followed: network or protocol name");
        case Cause::NotAFile: return Words::tr("Not followed: neither file nor disk");
        default: return Words::tr("Not followed");
        }
    }

    /// What an open link is called: its gravest remark, if it has one.
    QString foundText(const ChainLink& link)
    {
        if (link.isStandIn)
            return Words::tr("Chosen for looking");
        for (const Finding& remark : link.remarks) {
            const std::string_view id = remark.kind->id;
            if (id == "chain.parent.uuid")
                return Words::tr("Found, but its UUID differs");
            if (id == "chain.parent.modified")
                return Words::tr("Found, but written since");
            if (id == "chain.base.newer")
                return Words::tr("Found, newer than its overlay");
            if (id == "chain.base.signature")
                return Words::tr("Found, looks like another format");
            if (id == "chain.base.longer")
                return Words::tr("Found, longer than its overlay");
            if (id == "chain.base.shorter")
                return Words::tr("Found, shorter than its overlay");
            if (id == "chain.base.in-use")
                return Words::tr("Found, in use");
            if (id == "chain.base.locked")
                return Words::tr("Found, encrypted");
        }
        return link.name.named.role == NamedFile::Role::Data ? Words::tr("Found, holds the data")
                                                             : Words::tr("Found");
    }

    Tone foundTone(const ChainLink& link)
    {
        Tone tone = link.isStandIn ? Tone::Note : Tone::Good;
        for (const Finding& remark : link.remarks) {
            switch (remark.kind->severity) {
            case Severity::Corruption: return Tone::Problem;
            case Severity::Note: tone = std::max(tone, Tone::Note); break;
            default: tone = std::max(tone, Tone::Warning); break;
            }
        }
        return tone;
    }

    QString dash()
    {
        return QStringLiteral("–");
    }

} // namespace

ChainModel::Row ChainModel::rowOf(const ChainLink& link)
{
    Row row;
    row.name = shownText(link.name.named.name);
    row.path = link.name.path.empty() ? dash() : shownPath(link.name.path);
    row.state = link.state;
    if (link.opened) {
        row.format = shownText(link.opened->image->formatName());
        row.size = link.opened->image->virtualSize();
    } else if (link.name.named.format) {
        row.format = tr("%1, as stored").arg(shownText(*link.name.named.format));
    } else {
        row.format = tr("format not stored");
    }
    if (link.isStandIn)
        row.remarks << tr(
            "You chose this file for looking. The image still names “%1”; nothing was "
            "written.")
                           .arg(row.name);
    for (const Finding& remark : link.remarks)
        row.remarks << QStringLiteral("%1 %2").arg(
            findingText(remark), findingMeaning(*remark.kind));
    switch (link.state) {
    case State::Opened:
        row.stateText = foundText(link);
        row.tone = foundTone(link);
        break;
    case State::NeedsConsent:
        row.stateText = tr("Needs your consent");
        row.tone = Tone::Note;
        break;
    case State::Missing:
        row.stateText = tr("Missing");
        row.tone = Tone::Problem;
        break;
    case State::Refused:
        row.stateText = refusedText(link.cause);
        row.tone = Tone::Warning;
        break;
    case State::Broken:
        row.stateText = brokenText(link.cause);
        row.tone = Tone::Problem;
        break;
    }
    if (!link.problem.empty() && link.state != State::NeedsConsent)
        row.remarks << shownText(link.problem);
    return row;
}

void ChainModel::setDocument(const ImageDocument& document)
{
    beginResetModel();
    m_rows.clear();
    if (const auto image = document.image()) {
        Row top;
        top.layer = 0;
        top.name = document.name();
        top.path = shownPath(document.path());
        top.format = shownText(image->formatName());
        top.size = image->virtualSize();
        top.onDisk = document.facts().onDisk;
        top.stateText = tr("This image");
        const FileUse& use = document.opened().use;
        if (use.mayBeWritten) {
            const QString who = holdersText(use.holders);
            top.stateText = tr("This image, in use");
            top.tone = Tone::Warning;
            top.remarks << (who.isEmpty()
                    ? tr("Another program may write it now. What is shown may change.")
                    : tr("%1 may write it now. What is shown may change.").arg(who));
        }
        m_rows.push_back(std::move(top));
    }
    std::size_t layer = 0;
    for (std::size_t i = 0; i < document.chain().size(); ++i) {
        const ChainLink& link = document.chain()[i];
        Row row = rowOf(link);
        row.link = static_cast<int>(i);
        if (link.opened)
            row.layer = ++layer;
        m_rows.push_back(std::move(row));
    }
    endResetModel();
}

void ChainModel::setFacts(const ChainFacts* facts)
{
    for (Row& row : m_rows) {
        row.share.reset();
        row.shareText.clear();
        row.shareExact.clear();
        if (!facts || !row.layer || *row.layer >= facts->share.layers.size())
            continue;
        const LayerShare& share = facts->share.layers[*row.layer];
        const Bytes data = facts->share.data();
        row.onDisk = facts->onDisk[*row.layer];
        row.share = data.value == 0
            ? 0.0
            : static_cast<double>(share.data().value) / static_cast<double>(data.value);
        row.shareText = tr("%1, %2", "bytes served, part of all guest data")
                            .arg(shownSize(share.data()), shownShare(share.data(), data));
        QStringList exact{tr("%1 of guest data", "an exact length").arg(exactSize(share.data()))};
        if (share.compressed.value)
            exact << tr("of these compressed: %1").arg(exactSize(share.compressed));
        if (share.zeros.value)
            exact << tr("marked as zeros here: %1").arg(exactSize(share.zeros));
        if (share.damaged.value)
            exact << tr("cannot be followed: %1").arg(exactSize(share.damaged));
        if (!facts->complete)
            exact << tr("reading, so far %1 of the disk")
                         .arg(shownShare(facts->share.examined, facts->share.size));
        if (facts->changedMeanwhile)
            exact << tr("a file was written while it was read");
        row.shareExact = exact.join(QLatin1Char('\n'));
    }
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int ChainModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ChainModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ChainModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const auto sizeText
        = [](const std::optional<Bytes>& size) { return size ? shownSize(*size) : dash(); };
    const auto facts = [&] {
        QStringList parts{row.format};
        if (row.size)
            parts << tr("%1 disk").arg(shownSize(*row.size));
        if (row.onDisk)
            parts << tr("%1 stored").arg(shownSize(*row.onDisk));
        return parts.join(QStringLiteral(" · "));
    };
    switch (role) {
    case LinkStateRole: return static_cast<int>(row.state);
    case LinkRole: return row.link;
    case ToneRole: return static_cast<int>(row.tone);
    case ShareRole: return row.share ? QVariant(*row.share) : QVariant();
    case RemarksRole: return row.remarks;
    case FactsRole: return facts();
    case Qt::AccessibleTextRole:
        if (index.column() == NameColumn)
            return QStringList{row.name, row.stateText, facts(), row.shareText}.join(
                QStringLiteral(", "));
        return {};
    case Qt::DisplayRole:
        switch (index.column()) {
        case NameColumn: return row.name;
        case StateColumn: return row.stateText;
        case ShareColumn: return row.shareText.isEmpty() ? dash() : row.shareText;
        case FormatColumn: return row.format;
        case SizeColumn: return sizeText(row.size);
        case DiskColumn: return sizeText(row.onDisk);
        case PathColumn: return row.path;
        default: return {};
        }
    case Qt::ToolTipRole:
        switch (index.column()) {
        case NameColumn: return row.name;
        case StateColumn: return row.remarks.join(QLatin1Char('\n'));
        case ShareColumn: return row.shareExact;
        case SizeColumn: return row.size ? exactSize(*row.size) : QString();
        case DiskColumn: return row.onDisk ? exactSize(*row.onDisk) : QString();
        case PathColumn: return row.path;
        default: return {};
        }
    case Qt::TextAlignmentRole:
        if (index.column() == SizeColumn || index.column() == DiskColumn)
            return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
        return {};
    default: return {};
    }
}

QVariant ChainModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            (section == SizeColumn || section == DiskColumn ? Qt::AlignRight : Qt::AlignLeft)
            | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Name as stored");
    case StateColumn: return tr("State");
    case ShareColumn: return tr("Serves");
    case FormatColumn: return tr("Format");
    case SizeColumn: return tr("Disk size");
    case DiskColumn: return tr("On disk");
    case PathColumn: return tr("Leads to");
    default: return {};
    }
}

} // namespace platter::app
