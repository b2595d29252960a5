// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/ConversionOrder.h"

#include <QJsonArray>

#include <array>
#include <span>

namespace platter::app {

namespace {

    constexpr int recordVersion = 1;

    struct Damaged { };

    /// Names of values, in the order of an enum.
    constexpr std::array sharings{"stand-still", "look"};
    constexpr std::array compressions{"deflate", "zstd"};
    constexpr std::array levels{"fast", "default", "best"};
    constexpr std::array encryptionFormats{"aes", "luks"};
    constexpr std::array preallocations{"off", "metadata", "falloc", "full"};

    /// Bytes of a name that need not be UTF-8; harmless ones stay as they are.
    QString fromBytes(const std::string& bytes)
    {
        return QString::fromLatin1(
            QByteArray::fromStdString(bytes).toPercentEncoding(QByteArrayLiteral("/ ")));
    }

    /// Puts what is set only.
    class Writer {
    public:
        QJsonObject object;

        void put(const char* key, const QString& value) { object[QLatin1String(key)] = value; }
        void put(const char* key, const std::string& bytes) { put(key, fromBytes(bytes)); }
        void put(const char* key, const std::filesystem::path& path) { put(key, path.native()); }
        void put(const char* key, bool value) { object[QLatin1String(key)] = value; }
        /// As text: a number of JSON has 53 bits.
        void put(const char* key, std::uint64_t value)
        {
            put(key, QString::number(static_cast<qulonglong>(value)));
        }
        void put(const char* key, unsigned value) { put(key, std::uint64_t{value}); }
        void put(const char* key, Bytes value) { put(key, value.value); }
        template <class Value>
        void put(const char* key, const std::optional<Value>& value)
        {
            if (value)
                put(key, *value);
        }
        template <class Enum, std::size_t count>
        void putNamed(const char* key, Enum value, const std::array<const char*, count>& names)
        {
            put(key, QString::fromLatin1(names[static_cast<std::size_t>(value)]));
        }
    };

    /// Throws Damaged for what is of another kind than it should be.
    class Reader {
    public:
        explicit Reader(QJsonObject object)
            : m_object(std::move(object))
        {
        }

        bool has(const char* key) const { return m_object.contains(QLatin1String(key)); }
        QJsonValue value(const char* key) const { return m_object[QLatin1String(key)]; }

        void take(const char* key, QString& to) const
        {
            if (!value(key).isString())
                throw Damaged{};
            to = value(key).toString();
        }
        void take(const char* key, std::string& to) const { to = bytesOf(value(key)); }
        void take(const char* key, std::filesystem::path& to) const { to = bytesOf(value(key)); }
        void take(const char* key, bool& to) const
        {
            if (!value(key).isBool())
                throw Damaged{};
            to = value(key).toBool();
        }
        void take(const char* key, std::uint64_t& to) const
        {
            QString text;
            take(key, text);
            bool isNumber = false;
            to = text.toULongLong(&isNumber);
            if (!isNumber)
                throw Damaged{};
        }
        void take(const char* key, unsigned& to) const
        {
            std::uint64_t wide = 0;
            take(key, wide);
            to = static_cast<unsigned>(wide);
            if (to != wide)
                throw Damaged{};
        }
        void take(const char* key, Bytes& to) const { take(key, to.value); }
        /// Nothing where nothing was put.
        template <class Value>
        void take(const char* key, std::optional<Value>& to) const
        {
            to.reset();
            if (has(key))
                take(key, to.emplace());
        }
        template <class Enum, std::size_t count>
        void takeNamed(const char* key, Enum& to, const std::array<const char*, count>& names) const
        {
            QString name;
            take(key, name);
            for (std::size_t i = 0; i < count; ++i) {
                if (name == QLatin1String(names[i])) {
                    to = static_cast<Enum>(i);
                    return;
                }
            }
            throw Damaged{};
        }

        static std::string bytesOf(const QJsonValue& value)
        {
            if (!value.isString())
                throw Damaged{};
            return QByteArray::fromPercentEncoding(value.toString().toLatin1()).toStdString();
        }

    private:
        QJsonObject m_object;
    };

    /// How it is encrypted, without the passphrase.
    QJsonObject encryptionRecord(const NewEncryption& encryption)
    {
        Writer to;
        const auto putName = [&](const char* key, const auto& value, const auto& nameOf) {
            if (value)
                to.put(key, QString::fromLatin1(nameOf(*value)));
        };
        if (encryption.format)
            to.putNamed("format", *encryption.format, encryptionFormats);
        putName("cipher", encryption.cipher, cipherName);
        putName("mode", encryption.mode, modeName);
        putName("ivRule", encryption.ivRule, ivRuleName);
        putName("ivHash", encryption.ivHash, hashName);
        putName("hash", encryption.hash, hashName);
        if (encryption.iterationTime)
            to.put("milliseconds", static_cast<std::uint64_t>(encryption.iterationTime->count()));
        return to.object;
    }

    NewEncryption encryptionFrom(const Reader& from)
    {
        NewEncryption encryption;
        const auto takeName = [&](const char* key, auto& value, const auto& named) {
            if (!from.has(key))
                return;
            std::string name;
            from.take(key, name);
            value = named(name);
            if (!value)
                throw Damaged{};
        };
        if (from.has("format"))
            from.takeNamed("format", encryption.format.emplace(), encryptionFormats);
        takeName("cipher", encryption.cipher, cipherNamed);
        takeName("mode", encryption.mode, modeNamed);
        takeName("ivRule", encryption.ivRule, ivRuleNamed);
        takeName("ivHash", encryption.ivHash, hashNamed);
        takeName("hash", encryption.hash, hashNamed);
        if (from.has("milliseconds")) {
            unsigned time = 0;
            from.take("milliseconds", time);
            encryption.iterationTime = std::chrono::milliseconds{time};
        }
        return encryption;
    }

    QJsonObject imageRecord(const NewImage& image)
    {
        Writer to;
        to.put("size", image.size);
        to.put("clusterSize", image.clusterSize);
        to.put("version", image.version);
        to.put("refcountBits", image.refcountBits);
        to.put("lazyRefcounts", image.lazyRefcounts);
        to.put("extendedL2", image.extendedL2);
        if (image.compression)
            to.putNamed("compression", *image.compression, compressions);
        to.put("compress", image.compress);
        to.putNamed("level", image.level, levels);
        to.put("backingName", image.backingName);
        to.put("backingFormat", image.backingFormat);
        to.putNamed("preallocation", image.preallocation, preallocations);
        to.put("fixed", image.fixed);
        if (image.uuid) {
            const QByteArray bytes(reinterpret_cast<const char*>(image.uuid->data()),
                static_cast<qsizetype>(image.uuid->size()));
            to.put("uuid", QString::fromLatin1(bytes.toHex()));
        }
        if (image.encryption)
            to.object[QStringLiteral("encryption")] = encryptionRecord(*image.encryption);
        to.put("dataFileName", image.dataFileName);
        to.put("dataFileRaw", image.dataFileRaw);
        return to.object;
    }

    NewImage imageFrom(const Reader& from)
    {
        NewImage image;
        from.take("size", image.size);
        from.take("clusterSize", image.clusterSize);
        from.take("version", image.version);
        from.take("refcountBits", image.refcountBits);
        from.take("lazyRefcounts", image.lazyRefcounts);
        from.take("extendedL2", image.extendedL2);
        if (from.has("compression"))
            from.takeNamed("compression", image.compression.emplace(), compressions);
        from.take("compress", image.compress);
        from.takeNamed("level", image.level, levels);
        from.take("backingName", image.backingName);
        from.take("backingFormat", image.backingFormat);
        from.takeNamed("preallocation", image.preallocation, preallocations);
        from.take("fixed", image.fixed);
        if (from.has("uuid")) {
            QString hex;
            from.take("uuid", hex);
            const QByteArray bytes = QByteArray::fromHex(hex.toLatin1());
            auto& uuid = image.uuid.emplace();
            if (bytes.size() != static_cast<qsizetype>(uuid.size()))
                throw Damaged{};
            std::memcpy(uuid.data(), bytes.constData(), uuid.size());
        }
        if (from.has("encryption")) {
            if (!from.value("encryption").isObject())
                throw Damaged{};
            image.encryption = encryptionFrom(Reader{from.value("encryption").toObject()});
        }
        from.take("dataFileName", image.dataFileName);
        from.take("dataFileRaw", image.dataFileRaw);
        return image;
    }

    ConversionOrder orderOf(const Reader& from)
    {
        ConversionOrder order;
        ConversionRequest& request = order.request;
        from.take("source", request.source);
        from.take("sourceFormat", request.open.format);
        from.take("dataFile", request.open.dataFile);
        from.takeNamed("sharing", request.open.sharing, sharings);
        from.take("snapshot", request.snapshot);
        from.take("target", request.target);
        from.take("overwrite", request.overwrite);
        from.take("keepSnapshots", request.keepSnapshots);
        from.take("keepBitmaps", request.keepBitmaps);
        from.take("eachSnapshot", request.eachSnapshot);
        from.take("decrypt", request.decrypt);
        from.take("encrypted", order.isEncrypted);
        from.take("verify", request.verify);
        from.take("format", request.options.format);
        from.take("sparseBlock", request.options.sparseBlock);
        from.take("threads", request.options.threads);
        if (!from.value("image").isObject() || !from.value("agreed").isArray()
            || request.source.empty() || request.target.empty())
            throw Damaged{};
        request.options.image = imageFrom(Reader{from.value("image").toObject()});
        const QJsonArray agreed = from.value("agreed").toArray();
        for (const QJsonValue& path : agreed)
            order.agreed.insert(Reader::bytesOf(path));
        return order;
    }

} // namespace

QJsonObject recordOf(const ConversionOrder& order)
{
    const ConversionRequest& request = order.request;
    Writer to;
    to.object[QStringLiteral("kind")] = QStringLiteral("convert");
    to.object[QStringLiteral("version")] = recordVersion;
    to.put("source", request.source);
    to.put("sourceFormat", request.open.format);
    to.put("dataFile", request.open.dataFile);
    to.putNamed("sharing", request.open.sharing, sharings);
    to.put("snapshot", request.snapshot);
    to.put("target", request.target);
    to.put("overwrite", request.overwrite);
    to.put("keepSnapshots", request.keepSnapshots);
    to.put("keepBitmaps", request.keepBitmaps);
    to.put("eachSnapshot", request.eachSnapshot);
    to.put("decrypt", request.decrypt);
    to.put("encrypted", order.isEncrypted);
    to.put("verify", request.verify);
    to.put("format", request.options.format);
    to.put("sparseBlock", request.options.sparseBlock);
    to.put("threads", request.options.threads);
    to.object[QStringLiteral("image")] = imageRecord(request.options.image);
    QJsonArray agreed;
    for (const std::filesystem::path& path : order.agreed)
        agreed << fromBytes(path.native());
    to.object[QStringLiteral("agreed")] = agreed;
    return to.object;
}

std::optional<ConversionOrder> orderFrom(const QJsonObject& record)
{
    if (record[QStringLiteral("kind")] != QStringLiteral("convert")
        || record[QStringLiteral("version")] != recordVersion)
        return std::nullopt;
    try {
        return orderOf(Reader{record});
    } catch (const Damaged&) {
        return std::nullopt;
    }
}

} // namespace platter::app
