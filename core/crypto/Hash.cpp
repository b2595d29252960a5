// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Hash.h"

#include "core/base/Endian.h"
#include "core/crypto/Gcrypt.h"
#include "core/crypto/SecretBytes.h"

#include <gcrypt.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <memory>
#include <type_traits>

namespace platter {

namespace {

    struct HashRow {
        HashAlgorithm algorithm;
        const char* name;
        int gcrypt;
    };

    constexpr auto hashes = std::to_array<HashRow>({
        {HashAlgorithm::Md5, "md5", GCRY_MD_MD5},
        {HashAlgorithm::Sha1, "sha1", GCRY_MD_SHA1},
        {HashAlgorithm::Sha224, "sha224", GCRY_MD_SHA224},
        {HashAlgorithm::Sha256, "sha256", GCRY_MD_SHA256},
        {HashAlgorithm::Sha384, "sha384", GCRY_MD_SHA384},
        {HashAlgorithm::Sha512, "sha512", GCRY_MD_SHA512},
        {HashAlgorithm::Ripemd160, "ripemd160", GCRY_MD_RMD160},
    });

    int gcryptId(HashAlgorithm algorithm)
    {
        return std::ranges::find(hashes, algorithm, &HashRow::algorithm)->gcrypt;
    }

    constexpr std::uint64_t iterationsPerReport = 4096;

    struct CloseDigest {
        void operator()(gcry_md_hd_t handle) const { gcry_md_close(handle); }
    };
    using Digest = std::unique_ptr<std::remove_pointer_t<gcry_md_hd_t>, CloseDigest>;

    Digest openDigest(HashAlgorithm algorithm, unsigned flags)
    {
        readyGcrypt();
        gcry_md_hd_t handle = nullptr;
        checkGcrypt(gcry_md_open(&handle, gcryptId(algorithm), flags), "use this hash function");
        return Digest{handle};
    }

    /// Replaces `block` by the HMAC of `parts`; the key stays in `handle`.
    void authenticate(const Digest& handle, std::initializer_list<std::span<const std::byte>> parts,
        std::span<std::byte> block)
    {
        gcry_md_reset(handle.get());
        for (const auto part : parts)
            gcry_md_write(handle.get(), part.data(), part.size());
        std::memcpy(block.data(), gcry_md_read(handle.get(), 0), block.size());
    }

} // namespace

std::optional<HashAlgorithm> hashNamed(std::string_view name)
{
    const auto row = std::ranges::find(hashes, name, &HashRow::name);
    return row == hashes.end() ? std::nullopt : std::optional{row->algorithm};
}

const char* hashName(HashAlgorithm algorithm)
{
    return std::ranges::find(hashes, algorithm, &HashRow::algorithm)->name;
}

std::size_t digestLength(HashAlgorithm algorithm)
{
    return gcry_md_get_algo_dlen(gcryptId(algorithm));
}

void digestOf(HashAlgorithm algorithm, std::initializer_list<std::span<const std::byte>> parts,
    std::span<std::byte> digest)
{
    assert(digest.size() == digestLength(algorithm));
    authenticate(openDigest(algorithm, 0), parts, digest);
}

struct DigestStream::State {
    Digest handle;
    std::size_t length = 0; ///< bytes
};

DigestStream::DigestStream(HashAlgorithm algorithm)
    : m_state(new State{openDigest(algorithm, 0), digestLength(algorithm)})
{
}

DigestStream::~DigestStream() = default;

void DigestStream::add(std::span<const std::byte> bytes)
{
    gcry_md_write(m_state->handle.get(), bytes.data(), bytes.size());
}

void DigestStream::finish(std::span<std::byte> digest)
{
    assert(digest.size() == m_state->length);
    std::memcpy(digest.data(), gcry_md_read(m_state->handle.get(), 0), m_state->length);
}

std::string digestText(std::span<const std::byte> digest)
{
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : digest) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

void stretchPassphrase(HashAlgorithm algorithm, std::span<const std::byte> passphrase,
    std::span<const std::byte> salt, std::uint32_t iterations, std::span<std::byte> key,
    const StretchProgress& progress)
{
    const Digest handle = openDigest(algorithm, GCRY_MD_FLAG_HMAC);
    checkGcrypt(
        gcry_md_setkey(handle.get(), passphrase.data(), passphrase.size()), "use this passphrase");
    const std::size_t length = digestLength(algorithm);
    SecretBytes link{length}; // U of the RFC: each iteration's output is the next one's input
    SecretBytes sum{length}; // T of the RFC
    std::uint64_t sinceReport = 0;
    for (std::uint32_t number = 1; !key.empty(); ++number) {
        std::array<std::byte, 4> blockNumber{};
        storeBig(blockNumber.data(), number);
        authenticate(handle, {salt, blockNumber}, link.span());
        std::ranges::copy(link.span(), sum.span().begin());
        ++sinceReport;
        for (std::uint32_t done = 1; done < iterations; ++done) {
            authenticate(handle, {link.span()}, link.span());
            for (std::size_t i = 0; i < length; ++i)
                sum.span()[i] ^= link.span()[i];
            if (++sinceReport >= iterationsPerReport) {
                progress(sinceReport);
                sinceReport = 0;
            }
        }
        const std::size_t taken = std::min(length, key.size());
        std::ranges::copy(sum.span().first(taken), key.begin());
        key = key.subspan(taken);
    }
    progress(sinceReport);
}

std::uint64_t stretchWork(HashAlgorithm algorithm, std::uint32_t iterations, std::size_t keyLength)
{
    const std::size_t length = digestLength(algorithm);
    return (keyLength + length - 1) / length * std::uint64_t{iterations};
}

} // namespace platter
