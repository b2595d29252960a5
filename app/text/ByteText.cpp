// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/ByteText.h"

#include "app/text/CoreText.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace platter::app {

QString asCArray(const QByteArray& bytes)
{
    constexpr int perLine = 12;
    QString text = QStringLiteral("{\n");
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        text += i % perLine == 0 ? QStringLiteral("    ") : QStringLiteral(" ");
        text += QStringLiteral("0x%1,").arg(static_cast<uchar>(bytes[i]), 2, 16, QLatin1Char('0'));
        if (i % perLine == perLine - 1 || i + 1 == bytes.size())
            text += QLatin1Char('\n');
    }
    return text + QLatin1Char('}');
}

QString asText(const QByteArray& bytes)
{
    return shownText({bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

QString asJson(const QByteArray& bytes, quint64 offset, const QString& name)
{
    // A string: JSON numbers lose what is above 2^53.
    QJsonObject object{{QStringLiteral("offset"), QString::number(offset)},
        {QStringLiteral("length"), static_cast<qint64>(bytes.size())},
        {QStringLiteral("hex"), QString::fromLatin1(bytes.toHex())}};
    if (!name.isEmpty())
        object.insert(QStringLiteral("name"), name);
    return QString::fromUtf8(QJsonDocument{object}.toJson(QJsonDocument::Indented));
}

} // namespace platter::app
