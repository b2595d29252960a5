// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ByteValuesModel.h"

#include "app/text/CoreText.h"
#include "core/base/Endian.h"
#include "core/base/Text.h"
#include "core/layout/Field.h"

#include <QDateTime>
#include <QFontDatabase>
#include <QTimeZone>

#include <algorithm>
#include <optional>
#include <span>

namespace platter::app {

namespace {

    using Span = std::span<const std::byte>;

    std::optional<std::uint64_t> numberOf(Span bytes, std::size_t width, ByteOrder order)
    {
        if (bytes.size() < width)
            return {};
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            const std::size_t from = order == ByteOrder::Big ? i : width - 1 - i;
            value = value << 8 | std::to_integer<std::uint64_t>(bytes[from]);
        }
        return value;
    }

    template <std::size_t Width>
    QString unsignedText(Span bytes, ByteOrder order)
    {
        const auto value = numberOf(bytes, Width, order);
        return value ? QString::number(*value) : QString{};
    }

    template <std::size_t Width>
    QString signedText(Span bytes, ByteOrder order)
    {
        const auto value = numberOf(bytes, Width, order);
        if (!value)
            return {};
        constexpr unsigned unused = 64 - Width * 8;
        return QString::number(static_cast<std::int64_t>(*value << unused) >> unused);
    }

    QString offsetText(Span bytes, ByteOrder order)
    {
        const auto value = numberOf(bytes, 8, order);
        return value ? shownOffset(*value) : QString{};
    }

    QString sizeText(Span bytes, ByteOrder order)
    {
        const auto value = numberOf(bytes, 8, order);
        return value ? shownSize(Bytes{*value}) : QString{};
    }

    QString timeText(Span bytes, ByteOrder order)
    {
        const auto value = numberOf(bytes, 4, order);
        return value ? QDateTime::fromSecsSinceEpoch(static_cast<qint64>(*value), QTimeZone::utc())
                           .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"))
                     : QString{};
    }

    QString uuidText(Span bytes, ByteOrder order)
    {
        if (bytes.size() < 16)
            return {};
        std::vector<std::byte> ordered(bytes.begin(), bytes.begin() + 16);
        if (order == ByteOrder::Big) {
            std::reverse(ordered.begin(), ordered.begin() + 4);
            std::swap(ordered[4], ordered[5]);
            std::swap(ordered[6], ordered[7]);
        }
        return QString::fromStdString(displayText(Display::Uuid, {}, ordered, {}));
    }

    QString bitsText(Span bytes, ByteOrder)
    {
        const auto value = numberOf(bytes, 1, ByteOrder::Big);
        if (!value)
            return {};
        QString text = QString::number(*value, 2).rightJustified(8, u'0');
        return text.insert(4, u' ');
    }

    QString utf8Text(Span bytes, ByteOrder)
    {
        if (bytes.empty())
            return {};
        const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        return shownText(text.substr(0, text.find('\0')));
    }

    struct Row {
        const char* name;
        QString (*text)(Span, ByteOrder);
        enum class Orders { One, Both } orders;
    };
    constexpr Row rows[] = {
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Bits"), bitsText, Row::Orders::One},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Unsigned 8"), unsignedText<1>, Row::Orders::One},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Signed 8"), signedText<1>, Row::Orders::One},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Unsigned 16"), unsignedText<2>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Signed 16"), signedText<2>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Unsigned 32"), unsignedText<4>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Signed 32"), signedText<4>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Unsigned 64"), unsignedText<8>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Signed 64"), signedText<8>, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Offset"), offsetText, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Size"), sizeText, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Time, UTC"), timeText, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "UUID"), uuidText, Row::Orders::Both},
        {QT_TRANSLATE_NOOP("ByteValuesModel", "Text"), utf8Text, Row::Orders::One},
    };

} // namespace

ByteValuesModel::ByteValuesModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void ByteValuesModel::setBytes(std::vector<std::byte> bytes)
{
    m_bytes = std::move(bytes);
    emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int ByteValuesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(std::size(rows));
}

QVariant ByteValuesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = rows[index.row()];
    const bool isText = role == Qt::DisplayRole || role == Qt::ToolTipRole;
    if (index.column() == NameColumn)
        return role == Qt::DisplayRole ? QCoreApplication::translate("ByteValuesModel", row.name)
                                       : QVariant{};
    if (role == Qt::FontRole)
        return QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (!isText)
        return {};
    if (index.column() == BigColumn && row.orders == Row::Orders::One)
        return QString{};
    const QString text
        = row.text(m_bytes, index.column() == BigColumn ? ByteOrder::Big : ByteOrder::Little);
    return text.isEmpty() ? QStringLiteral("–") : text;
}

QVariant ByteValuesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("As");
    case LittleColumn: return tr("Little endian");
    case BigColumn: return tr("Big endian");
    default: return {};
    }
}

} // namespace platter::app
