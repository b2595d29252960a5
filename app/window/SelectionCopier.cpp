// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/SelectionCopier.h"

#include "app/text/CoreText.h"
#include "app/text/SelectionText.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace platter::app {

namespace {

    void put(const QString& text)
    {
        QApplication::clipboard()->setText(text);
    }

    QString json(const QJsonArray& array)
    {
        return QString::fromUtf8(QJsonDocument(array).toJson());
    }

    QJsonObject object(const Selection& selection)
    {
        QJsonObject result;
        const auto number = [](std::uint64_t value) { return static_cast<qint64>(value); };
        if (selection.host) {
            result[QStringLiteral("offset")] = number(selection.host->value);
            result[QStringLiteral("length")] = number(selection.hostLength.value);
        }
        if (selection.guest) {
            result[QStringLiteral("guest-offset")] = number(selection.guest->value);
            result[QStringLiteral("guest-length")] = number(selection.guestLength.value);
        }
        if (!selection.structure.isEmpty())
            result[QStringLiteral("structure")] = selection.structure;
        if (!selection.field.isEmpty())
            result[QStringLiteral("field")] = selection.field;
        return result;
    }

} // namespace

SelectionCopier::SelectionCopier(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_reader(new JobRunner{tr("Read what is copied"), this})
{
    document.addRunner(m_reader);
}

QString SelectionCopier::whyNot(CopyForm form) const
{
    const Selection& selection = m_document.selection();
    if (!m_document.image())
        return tr("Needs an open image");
    switch (form) {
    case CopyForm::Text:
    case CopyForm::Json: return {}; // a table may have the focus
    case CopyForm::Offset:
        return plainOffset(selection).isEmpty() ? tr("Nothing is selected") : QString();
    case CopyForm::Hex:
    case CopyForm::C:
        return selection.host && selection.hostLength.value > 0
            ? QString()
            : tr("No bytes of the file are selected");
    }
    return {};
}

void SelectionCopier::copy(CopyForm form, QWidget* page, QWidget* focus)
{
    if (const auto* commands = dynamic_cast<const PageCommands*>(page)) {
        const QString text = commands->copied(form);
        if (!text.isEmpty()) {
            put(text);
            return;
        }
    }
    const Selection& selection = m_document.selection();
    switch (form) {
    case CopyForm::Text:
    case CopyForm::Json: {
        if (const auto* view = qobject_cast<const QAbstractItemView*>(focus)) {
            const QString rows = copiedRows(*view, form);
            if (!rows.isEmpty()) {
                put(rows);
                return;
            }
        }
        if (!selection.isEmpty())
            put(form == CopyForm::Json ? json({object(selection)})
                                       : shownSelection(selection, m_document.image().get()));
        return;
    }
    case CopyForm::Offset: put(plainOffset(selection)); return;
    case CopyForm::Hex:
    case CopyForm::C: copyBytes(form); return;
    }
}

void SelectionCopier::copyBytes(CopyForm form)
{
    const Selection& selection = m_document.selection();
    if (!selection.host || !m_document.image())
        return;
    const HostOffset at = *selection.host;
    const Bytes length = std::min(selection.hostLength, mostBytes);
    m_reader->start(
        [file = m_document.image()->sharedFile(), at, length](const JobControl&) {
            std::vector<std::byte> bytes(static_cast<std::size_t>(length.value));
            bytes.resize(file->read(at, bytes));
            return bytes;
        },
        [form](const std::vector<std::byte>& bytes) { put(copiedBytes(bytes, form)); });
}

QString copiedRows(const QAbstractItemView& view, CopyForm form, int firstColumn)
{
    if (!view.selectionModel())
        return {};
    const QAbstractItemModel& model = *view.model();
    QModelIndexList rows = view.selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    QStringList lines;
    QJsonArray array;
    for (const QModelIndex& row : rows) {
        QStringList cells;
        QJsonObject cellOf;
        for (int column = firstColumn; column < model.columnCount(row.parent()); ++column) {
            const QString cell = row.siblingAtColumn(column).data().toString();
            cells << cell;
            QString name = model.headerData(column, Qt::Horizontal).toString();
            if (name.isEmpty())
                name = QString::number(column);
            cellOf[name] = cell;
        }
        lines << cells.join(QLatin1Char('\t'));
        array.append(cellOf);
    }
    if (rows.isEmpty())
        return {};
    return form == CopyForm::Json ? json(array) : lines.join(QLatin1Char('\n'));
}

QString copiedBytes(const std::vector<std::byte>& bytes, CopyForm form)
{
    constexpr std::size_t perLine = 16;
    const QString prefix = form == CopyForm::C ? QStringLiteral("0x") : QString();
    const QString between = form == CopyForm::C ? QStringLiteral(", ") : QStringLiteral(" ");
    QStringList lines;
    for (std::size_t at = 0; at < bytes.size(); at += perLine) {
        QStringList line;
        for (std::size_t i = at; i < std::min(at + perLine, bytes.size()); ++i)
            line << prefix
                    + QStringLiteral("%1").arg(
                        std::to_integer<unsigned>(bytes[i]), 2, 16, QLatin1Char('0'));
        lines << line.join(between);
    }
    if (form == CopyForm::C)
        return QStringLiteral("const unsigned char bytes[%1] = {\n    %2,\n};\n")
            .arg(bytes.size())
            .arg(lines.join(QStringLiteral(",\n    ")));
    return lines.join(QLatin1Char('\n'));
}

} // namespace platter::app
