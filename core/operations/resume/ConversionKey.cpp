// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/ConversionKey.h"

#include "core/base/Endian.h"
#include "core/crypto/Hash.h"
#include "core/crypto/SecretBytes.h"

#include <algorithm>
#include <type_traits>

namespace platter {

namespace {

    /// To be raised whenever a writer puts something at another place, or the order of pieces
    /// changes: a part file of another version is not gone on with.
    constexpr std::uint64_t writersVersion = 1;

    constexpr std::uint32_t secretIterations = 1 << 15; ///< of PBKDF2: some hundredths of a second

    /// A change in the same tick of the file system's clock as the one before shows in no time.
    constexpr std::int64_t clockTick = 100'000'000; // nanoseconds

    /// A text that is different for different values.
    class Collector {
    public:
        void add(std::span<const std::byte> bytes)
        {
            add(std::uint64_t{bytes.size()});
            m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
        }
        void add(const std::string& text) { add(std::as_bytes(std::span{text})); }
        void add(Bytes length) { add(length.value); }
        template <class Number>
        requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void add(Number number)
        {
            std::byte bytes[8];
            storeBig(bytes, static_cast<std::uint64_t>(number));
            m_bytes.insert(m_bytes.end(), bytes, bytes + 8);
        }
        template <class Value>
        void add(const std::optional<Value>& value)
        {
            add(value.has_value());
            if (value)
                add(*value);
        }
        void add(const VdiOrigin& origin)
        {
            const auto& [uuid, modification, comment, legacy, geometry, size, fixed] = origin;
            add(std::span<const std::byte>{uuid});
            add(std::span<const std::byte>{modification});
            add(std::span<const std::byte>{comment});
            for (const auto* const numbers : {&legacy, &geometry})
                std::for_each(numbers->begin(), numbers->end(), [&](auto number) { add(number); });
            add(size);
            add(fixed);
        }
        void add(const std::array<std::byte, 16>& uuid) { add(std::span<const std::byte>{uuid}); }
        /// A member that is added to the options does not compile until it is thought of here.
        void add(const NewImage& image)
        {
            const auto& [size, clusterSize, imageVersion, refcountBits, lazyRefcounts, extendedL2,
                compression, compress, level, backingName, backingFormat, preallocation, fixed,
                uuid, vdiOrigin, encryption, key, dataFileName, dataFileRaw, dataFile]
                = image;
            add(size);
            add(clusterSize);
            add(imageVersion);
            add(refcountBits);
            add(lazyRefcounts);
            add(extendedL2);
            add(compression);
            add(compress);
            add(level);
            add(backingName);
            add(backingFormat);
            add(preallocation);
            add(fixed);
            add(uuid);
            add(vdiOrigin);
            add(dataFileName);
            add(dataFileRaw);
            add(encryption);
            // Both are made on the way.
            static_cast<void>(key);
            static_cast<void>(dataFile);
        }
        void add(const NewEncryption& encryption)
        {
            const auto& [format, cipher, mode, ivRule, ivHash, hash, iterationTime, passphrase]
                = encryption;
            add(format);
            add(cipher);
            add(mode);
            add(ivRule);
            add(ivHash);
            add(hash);
            add(iterationTime.has_value() ? iterationTime->count() : -1);
            // The passphrase of a LUKS key has to open that of the part file.
            if (format == NewEncryption::Format::Aes && passphrase)
                addSecret(passphrase->span());
        }
        /// What it is, so that it cannot be told from the sum.
        void addSecret(std::span<const std::byte> secret)
        {
            part::Digest stretched{};
            const part::Digest salt = digest();
            stretchPassphrase(HashAlgorithm::Sha256, secret, salt, secretIterations, stretched,
                [](std::uint64_t) {});
            add(std::span<const std::byte>{stretched});
        }
        void add(const DiskFile::Stamp& stamp)
        {
            add(stamp.identity.device);
            add(stamp.identity.inode);
            add(stamp.length);
            add(stamp.contentChanged);
            add(stamp.statusChanged);
        }
        part::Digest digest() const { return journal::sha256({m_bytes}); }

    private:
        std::vector<std::byte> m_bytes;
    };

    /// Another passphrase for the old AES encryption makes other data of the same file.
    void addKeyOf(const Image& image, Collector& all)
    {
        const auto encryption = image.encryption();
        if (!encryption || encryption->format == "luks" || !image.cipher())
            return;
        SecretBytes sector{SectorCipher::sectorSize};
        std::ranges::fill(sector.span(), std::byte{0});
        image.cipher()->encrypt(0, sector.span());
        all.addSecret(sector.span());
    }

    bool isSettled(const DiskFile& file, const DiskFile::Stamp& stamp, std::int64_t now)
    {
        return !file.isBlockDevice() && stamp.statusChanged < now - clockTick
            && stamp.contentChanged < now - clockTick;
    }

} // namespace

std::optional<ConversionKey> ConversionKey::of(const BackingChain& chain, What what,
    const std::filesystem::path& target, const ConvertOptions& options)
{
    ConversionKey key;
    const auto now = static_cast<std::int64_t>(journal::now());
    Collector all;
    all.add(writersVersion);
    all.add(std::filesystem::weakly_canonical(std::filesystem::absolute(target)).string());
    all.add(what.snapshot);
    all.add(what.allStates);
    const auto& [format, image, keepFrom, bitmaps, sparseBlock, threads, verification, resume]
        = options;
    all.add(format);
    all.add(image);
    all.add(keepFrom);
    all.add(bitmaps.size());
    for (const std::size_t bitmap : bitmaps)
        all.add(bitmap);
    all.add(sparseBlock);
    // The bytes do not depend on the number of threads, nor on how the run before ended.
    static_cast<void>(threads);
    static_cast<void>(verification);
    static_cast<void>(resume);
    for (const OpenedImage& layer : chain.layers) {
        if (layer.file->stamp() != layer.stamp || !isSettled(*layer.file, layer.stamp, now))
            return std::nullopt;
        all.add(layer.image->formatId());
        all.add(layer.stamp);
        addKeyOf(*layer.image, all);
        key.m_sources.push_back({layer.file.get(), layer.stamp});
        if (!layer.image->externalDataFile())
            continue;
        const auto* const data = dynamic_cast<const DiskFile*>(&layer.image->guestDataFile());
        if (!data)
            return std::nullopt;
        const DiskFile::Stamp stamp = data->stamp();
        if (!isSettled(*data, stamp, now))
            return std::nullopt;
        all.add(stamp);
        key.m_sources.push_back({data, stamp});
    }
    key.m_digest = all.digest();
    return key;
}

bool ConversionKey::sourceIsSame() const
{
    return std::all_of(m_sources.begin(), m_sources.end(),
        [](const Source& source) { return source.file->stamp() == source.stamp; });
}

} // namespace platter
