// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ImageOptions.h"

#include "app/cli/CommandError.h"
#include "core/base/Text.h"

#include <filesystem>
#include <functional>

namespace platter::cli {

namespace {

    using Setter = void (*)(NewImage&, const std::string& value, const char* option);

    constexpr unsigned mostStretching = 3'600'000; ///< milliseconds; Platter's own limit

    [[noreturn]] void refuse(const char* option, const std::string& value, const char* choices)
    {
        throw CommandError("-o",
            std::string{option} + "=" + escapedText(value) + " is not known; it takes " + choices
                + ".");
    }

    void setCompat(NewImage& image, const std::string& value, const char* option)
    {
        image.version = parseVersion(value, option);
    }

    void setCompression(NewImage& image, const std::string& value, const char* option)
    {
        if (value == "zlib")
            image.compression = Compression::Deflate;
        else if (value == "zstd")
            image.compression = Compression::Zstd;
        else
            refuse(option, value, "zlib or zstd");
    }

    void setLevel(NewImage& image, const std::string& value, const char* option)
    {
        if (value == "fast")
            image.level = CompressionLevel::Fast;
        else if (value == "default")
            image.level = CompressionLevel::Default;
        else if (value == "best")
            image.level = CompressionLevel::Best;
        else
            refuse(option, value, "fast, default or best");
    }

    void setPreallocation(NewImage& image, const std::string& value, const char* option)
    {
        using enum NewImage::Preallocation;
        if (value == "off")
            image.preallocation = Off;
        else if (value == "metadata")
            image.preallocation = Metadata;
        else if (value == "falloc")
            image.preallocation = Falloc;
        else if (value == "full")
            image.preallocation = Full;
        else
            refuse(option, value, "off, metadata, falloc or full");
    }

    /// A UUID as it is written, its first three parts stored little endian.
    void setUuid(NewImage& image, const std::string& value, const char* option)
    {
        if (value == "new") {
            image.uuid.emplace();
            return;
        }
        std::string digits;
        for (const char letter : value) {
            if (letter != '-')
                digits += letter;
        }
        std::array<std::byte, 16> uuid{};
        if (digits.size() != 32
            || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
            refuse(option, value, "32 hexadecimal digits, or new");
        for (std::size_t i = 0; i < uuid.size(); ++i)
            uuid[i] = static_cast<std::byte>(std::stoul(digits.substr(i * 2, 2), nullptr, 16));
        std::swap(uuid[0], uuid[3]);
        std::swap(uuid[1], uuid[2]);
        std::swap(uuid[4], uuid[5]);
        std::swap(uuid[6], uuid[7]);
        image.uuid = uuid;
    }

    NewEncryption& encryptionOf(NewImage& image)
    {
        if (!image.encryption)
            image.encryption.emplace();
        return *image.encryption;
    }

    void setEncryptionFormat(NewImage& image, const std::string& value, const char* option)
    {
        if (image.encryption && image.encryption->format)
            throw CommandError("-o",
                "encryption=on is an old word for encrypt.format=aes; only one "
                "of both can be given.");
        if (value == "luks")
            encryptionOf(image).format = NewEncryption::Format::Luks;
        else if (value == "aes")
            encryptionOf(image).format = NewEncryption::Format::Aes;
        else
            refuse(option, value, "luks or aes");
    }

    void setEncryption(NewImage& image, const std::string& value, const char* option)
    {
        if (parseSwitch(value, option))
            setEncryptionFormat(image, "aes", option);
    }

    void setCipher(NewImage& image, const std::string& value, const char* option)
    {
        encryptionOf(image).cipher = cipherNamed(value);
        if (!image.encryption->cipher)
            refuse(option, value,
                "aes-128, aes-192, aes-256, serpent-128, serpent-192, serpent-256, twofish-128, "
                "twofish-192, twofish-256 or cast5-128");
    }

    void setCipherMode(NewImage& image, const std::string& value, const char* option)
    {
        encryptionOf(image).mode = modeNamed(value);
        if (!image.encryption->mode)
            refuse(option, value, "xts, cbc, ctr or ecb");
    }

    void setIvRule(NewImage& image, const std::string& value, const char* option)
    {
        encryptionOf(image).ivRule = ivRuleNamed(value);
        if (!image.encryption->ivRule)
            refuse(option, value, "plain64, plain or essiv");
    }

    HashAlgorithm parseHash(const std::string& value, const char* option)
    {
        const auto hash = hashNamed(value);
        if (!hash)
            refuse(option, value, "sha256, sha512, sha384, sha224, sha1, ripemd160 or md5");
        return *hash;
    }

    [[noreturn]] void refuseSecret(NewImage&, const std::string&, const char* option)
    {
        throw CommandError("-o",
            std::string{option}
                + " is not taken: passphrases come from --target-passphrase-file or "
                  "--passphrase-file.");
    }

    struct ImageOption {
        const char* name;
        const char* formats; ///< ids, each followed by a space
        Setter set;
    };

    constexpr auto options = std::to_array<ImageOption>({
        {"cluster_size", "qcow2 qcow vdi ",
            [](NewImage& image, const std::string& value, const char*) {
                image.clusterSize = Bytes{parseSize(value, "-o cluster_size")};
            }},
        {"compat", "qcow2 ", setCompat},
        {"refcount_bits", "qcow2 ",
            [](NewImage& image, const std::string& value, const char*) {
                image.refcountBits = parseNumber(value, 1, 64, "-o refcount_bits");
            }},
        {"lazy_refcounts", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                image.lazyRefcounts = parseSwitch(value, option);
            }},
        {"extended_l2", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                image.extendedL2 = parseSwitch(value, option);
            }},
        {"compression_type", "qcow2 ", setCompression},
        {"compression_level", "qcow2 qcow ", setLevel},
        {"preallocation", "qcow2 qcow vdi raw ", setPreallocation},
        {"static", "vdi ",
            [](NewImage& image, const std::string& value, const char* option) {
                image.fixed = parseSwitch(value, option);
            }},
        {"uuid", "vdi ", setUuid},
        {"data_file", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                if (value.empty())
                    throw CommandError("-o", std::string{option} + " needs the name of a file.");
                image.dataFileName = value;
            }},
        {"data_file_raw", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                image.dataFileRaw = parseSwitch(value, option);
            }},
        {"encryption", "qcow2 qcow ", setEncryption},
        {"encrypt.format", "qcow2 qcow ", setEncryptionFormat},
        {"encrypt.key-secret", "qcow2 qcow ", refuseSecret},
        {"encrypt.cipher-alg", "qcow2 ", setCipher},
        {"encrypt.cipher-mode", "qcow2 ", setCipherMode},
        {"encrypt.ivgen-alg", "qcow2 ", setIvRule},
        {"encrypt.ivgen-hash-alg", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                encryptionOf(image).ivHash = parseHash(value, option);
            }},
        {"encrypt.hash-alg", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                encryptionOf(image).hash = parseHash(value, option);
            }},
        {"encrypt.iter-time", "qcow2 ",
            [](NewImage& image, const std::string& value, const char* option) {
                encryptionOf(image).iterationTime
                    = std::chrono::milliseconds{parseNumber(value, 1, mostStretching, option)};
            }},
        {"backing_file", "qcow2 qcow ",
            [](NewImage& image, const std::string& value, const char*) {
                image.backingName = value;
            }},
        {"backing_fmt", "qcow2 qcow ",
            [](NewImage& image, const std::string& value, const char*) {
                image.backingFormat = value;
            }},
    });

} // namespace

bool parseSwitch(const std::string& value, const char* option)
{
    if (value == "on" || value == "yes" || value == "true" || value == "y")
        return true;
    if (value == "off" || value == "no" || value == "false" || value == "n")
        return false;
    refuse(option, value, "on or off");
}

unsigned parseVersion(const std::string& value, const char* option)
{
    if (value == "0.10" || value == "v2")
        return 2;
    if (value == "1.1" || value == "v3")
        return 3;
    refuse(option, value, "0.10 or 1.1");
}

void eachImageOption(const std::string& text,
    const std::function<void(const std::string&, const std::string&)>& take)
{
    std::size_t at = 0;
    while (at < text.size()) {
        std::string part;
        for (; at < text.size(); ++at) {
            if (text[at] == ',') {
                if (at + 1 >= text.size() || text[at + 1] != ',')
                    break;
                ++at;
            }
            part += text[at];
        }
        ++at; // the comma
        const std::size_t equals = part.find('=');
        take(part.substr(0, equals),
            equals == std::string::npos ? std::string{"on"} : part.substr(equals + 1));
    }
}

NewImage newImageOptions(const Invocation& invocation, const std::string& format)
{
    NewImage image;
    image.compress = invocation.has("-c");
    eachImageOption(invocation.value("-o").value_or(""),
        [&](const std::string& name, const std::string& value) {
            for (const ImageOption& option : options) {
                if (option.name != name)
                    continue;
                if (std::string_view{option.formats}.find(format + " ") == std::string_view::npos)
                    throw CommandError(
                        "-o", "The format " + escapedText(format) + " has no option " + name + ".");
                option.set(image, value, option.name);
                return;
            }
            std::string known;
            for (const ImageOption& option : options) {
                if (std::string_view{option.formats}.find(format + " ") != std::string_view::npos)
                    known += (known.empty() ? "" : ", ") + std::string{option.name};
            }
            throw CommandError("-o",
                "The option " + escapedText(name) + " is not available in this version; the format "
                    + escapedText(format) + " takes " + known + ".");
        });
    if (image.compress && format != "qcow2" && format != "qcow")
        throw CommandError(
            "-c", "The format " + escapedText(format) + " cannot hold compressed data.");
    return image;
}

void requireFreeName(const Invocation& invocation, const std::string& target)
{
    std::error_code ignored;
    if (!invocation.has("--overwrite")
        && std::filesystem::exists(std::filesystem::symlink_status(target, ignored)))
        throw CommandError(target,
            "Nothing was written. The file exists. Choose another name, or add --overwrite to "
            "replace it.");
}

} // namespace platter::cli
