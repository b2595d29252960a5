// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/ImageMemory.h"

#include "app/document/ImageDocument.h"

#include <QCryptographicHash>
#include <QSettings>

#include <algorithm>

namespace platter::app::ImageMemory {

namespace {

    const QString root = QStringLiteral("images");

    /// The ids that an image was given when it was made; empty: its format has none.
    QByteArray creationIds(const Image& image)
    {
        QByteArray ids;
        for (const Property& property : image.formatProperties()) {
            if (const auto* text = std::get_if<std::string>(&property.value.value);
                text && property.key == "uuid") // not the one that each writing changes
                ids += QByteArray::fromStdString(*text) + '\n';
        }
        return ids;
    }

    void forgetOldest(QSettings& settings)
    {
        const QStringList keys = settings.childGroups();
        if (keys.size() <= mostKept)
            return;
        std::vector<std::pair<QDateTime, QString>> bySeen;
        for (const QString& key : keys)
            bySeen.emplace_back(settings.value(key + QStringLiteral("/seen")).toDateTime(), key);
        std::sort(bySeen.begin(), bySeen.end());
        for (qsizetype i = 0; i < keys.size() - mostKept; ++i)
            settings.remove(bySeen[static_cast<std::size_t>(i)].second);
    }

} // namespace

QString keyOf(const ImageDocument& document)
{
    const Image& image = *document.image();
    std::error_code unresolved;
    const auto absolute = std::filesystem::absolute(document.path(), unresolved);
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(QByteArray::fromStdString((unresolved ? document.path() : absolute).native()));
    hash.addData(QByteArray(1, '\0'));
    hash.addData(QByteArray::number(static_cast<qulonglong>(image.virtualSize().value)));
    hash.addData(creationIds(image));
    return QString::fromLatin1(hash.result().toHex());
}

std::optional<Entry> recall(const QString& key)
{
    QSettings settings;
    settings.beginGroup(root);
    if (!settings.childGroups().contains(key))
        return std::nullopt;
    settings.beginGroup(key);
    Entry entry;
    entry.page = settings.value(QStringLiteral("page")).toString();
    entry.views = settings.value(QStringLiteral("views")).toMap();
    const QVariantMap check = settings.value(QStringLiteral("check")).toMap();
    if (!check.isEmpty()) {
        const auto number
            = [&](const char* name) { return check[QString::fromLatin1(name)].toULongLong(); };
        entry.check = Check{check[QStringLiteral("at")].toDateTime(), number("corruptions"),
            number("leaks"), number("errors"), check[QStringLiteral("fileChanged")].toLongLong(),
            number("fileLength")};
    }
    return entry;
}

void keep(const QString& key, const Entry& entry)
{
    QSettings settings;
    settings.beginGroup(root);
    settings.beginGroup(key);
    settings.setValue(QStringLiteral("seen"), QDateTime::currentDateTimeUtc());
    settings.setValue(QStringLiteral("page"), entry.page);
    settings.setValue(QStringLiteral("views"), entry.views);
    if (entry.check)
        settings.setValue(QStringLiteral("check"),
            QVariantMap{{QStringLiteral("at"), entry.check->at},
                {QStringLiteral("corruptions"), entry.check->corruptions},
                {QStringLiteral("leaks"), entry.check->leaks},
                {QStringLiteral("errors"), entry.check->errors},
                {QStringLiteral("fileChanged"), entry.check->fileChanged},
                {QStringLiteral("fileLength"), entry.check->fileLength}});
    settings.endGroup();
    forgetOldest(settings);
}

void forgetAll()
{
    QSettings().remove(root);
}

} // namespace platter::app::ImageMemory
