// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/ConversionPresets.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

#include <algorithm>

namespace platter::app::ConversionPresets {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ConversionPresets)
    };

    const QString presetsKey = QStringLiteral("convert/presets");
    constexpr qsizetype longestName = 40;

    using Preallocation = NewImage::Preallocation;

    /// What belongs to one image and to no preset.
    ConversionChoice general(ConversionChoice choice)
    {
        choice.snapshot.reset();
        choice.keepLayer.reset();
        return choice;
    }

    template <class Value, std::size_t Count>
    QString wordOf(Value value, const std::array<const char*, Count>& words)
    {
        return QString::fromLatin1(words[static_cast<std::size_t>(value)]);
    }

    /// An unknown word leaves what is there: the settings may be of a later version.
    template <class Value, std::size_t Count>
    void readWord(const QJsonValue& from, Value& value, const std::array<const char*, Count>& words)
    {
        for (std::size_t i = 0; i < Count; ++i) {
            if (from.toString() == QLatin1String(words[i]))
                value = static_cast<Value>(i);
        }
    }

    constexpr std::array levels{"fast", "default", "best"};
    constexpr std::array codecs{"zlib", "zstd"};
    constexpr std::array preallocations{"off", "metadata", "falloc", "full"};
    static_assert(static_cast<int>(CompressionLevel::Best) == 2);
    static_assert(static_cast<int>(Compression::Zstd) == 1);
    static_assert(static_cast<int>(Preallocation::Full) == 3);

    QJsonObject written(const ConversionPreset& preset)
    {
        const NewImage& image = preset.choice.image;
        QJsonObject object{{QStringLiteral("name"), preset.name},
            {QStringLiteral("format"), QString::fromStdString(preset.choice.format)},
            {QStringLiteral("compress"), image.compress},
            {QStringLiteral("level"), wordOf(image.level, levels)},
            {QStringLiteral("preallocation"), wordOf(image.preallocation, preallocations)},
            {QStringLiteral("keepSnapshots"), preset.choice.keepSnapshots},
            {QStringLiteral("keepBitmaps"), preset.choice.keepBitmaps},
            {QStringLiteral("keepEncryption"), preset.choice.keepEncryption},
            {QStringLiteral("verify"), preset.choice.verify}};
        if (image.compression)
            object.insert(QStringLiteral("codec"), wordOf(*image.compression, codecs));
        if (image.clusterSize)
            object.insert(
                QStringLiteral("clusterSize"), static_cast<qint64>(image.clusterSize->value));
        if (image.version)
            object.insert(QStringLiteral("version"), static_cast<int>(*image.version));
        if (image.refcountBits)
            object.insert(QStringLiteral("refcountBits"), static_cast<int>(*image.refcountBits));
        if (image.extendedL2)
            object.insert(QStringLiteral("extendedL2"), *image.extendedL2);
        if (image.fixed)
            object.insert(QStringLiteral("static"), *image.fixed);
        if (image.lazyRefcounts)
            object.insert(QStringLiteral("lazyRefcounts"), *image.lazyRefcounts);
        return object;
    }

    ConversionPreset readFrom(const QJsonObject& object)
    {
        ConversionPreset preset;
        preset.isOwn = true;
        preset.name = object.value(QStringLiteral("name")).toString().left(longestName);
        ConversionChoice& choice = preset.choice;
        choice.format = object.value(QStringLiteral("format")).toString().toStdString();
        NewImage& image = choice.image;
        image.compress = object.value(QStringLiteral("compress")).toBool();
        readWord(object.value(QStringLiteral("level")), image.level, levels);
        readWord(
            object.value(QStringLiteral("preallocation")), image.preallocation, preallocations);
        choice.keepSnapshots = object.value(QStringLiteral("keepSnapshots")).toBool(true);
        choice.keepBitmaps = object.value(QStringLiteral("keepBitmaps")).toBool(true);
        choice.keepEncryption = object.value(QStringLiteral("keepEncryption")).toBool(true);
        choice.verify = object.value(QStringLiteral("verify")).toBool();
        if (object.contains(QStringLiteral("codec"))) {
            Compression codec = Compression::Deflate;
            readWord(object.value(QStringLiteral("codec")), codec, codecs);
            image.compression = codec;
        }
        const auto number = [&object](const QString& key) -> std::optional<unsigned> {
            const int value = object.value(key).toInt();
            return value > 0 ? std::optional{static_cast<unsigned>(value)} : std::nullopt;
        };
        if (const auto size = number(QStringLiteral("clusterSize")))
            image.clusterSize = Bytes{*size};
        image.version = number(QStringLiteral("version"));
        image.refcountBits = number(QStringLiteral("refcountBits"));
        if (const QJsonValue on = object.value(QStringLiteral("extendedL2")); on.isBool())
            image.extendedL2 = on.toBool();
        if (const QJsonValue on = object.value(QStringLiteral("static")); on.isBool())
            image.fixed = on.toBool();
        if (const QJsonValue on = object.value(QStringLiteral("lazyRefcounts")); on.isBool())
            image.lazyRefcounts = on.toBool();
        return preset;
    }

    bool isKnownFormat(const std::string& format)
    {
        return format == "qcow2" || format == "qcow" || format == "vdi" || format == "raw";
    }

    std::vector<ConversionPreset> own()
    {
        std::vector<ConversionPreset> presets;
        const QJsonArray list
            = QJsonDocument::fromJson(QSettings().value(presetsKey).toByteArray()).array();
        for (const QJsonValue& value : list) {
            ConversionPreset preset = readFrom(value.toObject());
            if (!preset.name.isEmpty() && isKnownFormat(preset.choice.format)
                && presets.size() < mostOwn)
                presets.push_back(std::move(preset));
        }
        return presets;
    }

    void store(const std::vector<ConversionPreset>& presets)
    {
        QJsonArray list;
        for (const ConversionPreset& preset : presets)
            list.append(written(preset));
        QSettings().setValue(presetsKey, QJsonDocument(list).toJson(QJsonDocument::Compact));
    }

    std::vector<ConversionPreset> builtIn()
    {
        ConversionChoice small;
        small.image.compress = true;
        small.image.compression = Compression::Zstd;
        small.image.level = CompressionLevel::Best;
        ConversionChoice virtualBox;
        virtualBox.format = "vdi";
        ConversionChoice raw;
        raw.format = "raw";
        return {{Words::tr("Small", "preset"), small}, {Words::tr("Fast", "preset"), {}},
            {Words::tr("For VirtualBox", "preset"), virtualBox},
            {Words::tr("Raw for writing to disk", "preset"), raw}};
    }

} // namespace

std::vector<ConversionPreset> all()
{
    std::vector<ConversionPreset> presets = builtIn();
    for (ConversionPreset& preset : own())
        presets.push_back(std::move(preset));
    return presets;
}

QString keep(const QString& wanted, const ConversionChoice& choice)
{
    const QString name = wanted.simplified().left(longestName);
    if (name.isEmpty())
        return Words::tr("A preset needs a name.");
    for (const ConversionPreset& preset : builtIn()) {
        if (preset.name.compare(name, Qt::CaseInsensitive) == 0)
            return Words::tr("This name belongs to a preset of the program.");
    }
    std::vector<ConversionPreset> presets = own();
    const auto same = std::find_if(presets.begin(), presets.end(),
        [&name](const ConversionPreset& preset) { return preset.name == name; });
    if (same != presets.end())
        same->choice = general(choice);
    else if (presets.size() >= mostOwn)
        return Words::tr("There are %n presets already; forget one first.", nullptr, mostOwn);
    else
        presets.push_back({name, general(choice), true});
    store(presets);
    return {};
}

void forget(const QString& name)
{
    std::vector<ConversionPreset> presets = own();
    std::erase_if(presets, [&name](const ConversionPreset& preset) { return preset.name == name; });
    store(presets);
}

const ConversionPreset* matching(
    const std::vector<ConversionPreset>& presets, const ConversionChoice& choice)
{
    const ConversionChoice wanted = general(choice);
    const auto found = std::find_if(presets.begin(), presets.end(),
        [&wanted](const ConversionPreset& preset) { return preset.choice == wanted; });
    return found == presets.end() ? nullptr : &*found;
}

ConversionChoice applied(const ConversionPreset& preset, const ConversionChoice& to)
{
    ConversionChoice choice = preset.choice;
    choice.snapshot = to.snapshot;
    choice.keepLayer = to.keepLayer;
    return choice;
}

} // namespace platter::app::ConversionPresets
