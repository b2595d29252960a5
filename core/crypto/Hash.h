// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace platter {

/// The hash functions that LUKS volumes name.
enum class HashAlgorithm { Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Ripemd160 };

inline constexpr std::size_t longestDigest = 64; ///< bytes

/// The algorithm that LUKS calls `name` ("sha256"); nothing: Platter knows none.
std::optional<HashAlgorithm> hashNamed(std::string_view name);
/// The name that LUKS gives it.
const char* hashName(HashAlgorithm algorithm);

/// Bytes, at most longestDigest.
std::size_t digestLength(HashAlgorithm algorithm);

/// Writes the digest of the parts one after another to `digest`, which has digestLength() bytes.
void digestOf(HashAlgorithm algorithm, std::initializer_list<std::span<const std::byte>> parts,
    std::span<std::byte> digest);

/// The digest of bytes that come one stretch after the other. For one thread.
class DigestStream {
public:
    explicit DigestStream(HashAlgorithm algorithm);
    ~DigestStream();
    DigestStream(const DigestStream&) = delete;
    DigestStream& operator=(const DigestStream&) = delete;

    void add(std::span<const std::byte> bytes);
    /// Ends the stream and writes its digest, which has digestLength() bytes.
    void finish(std::span<std::byte> digest);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// A digest as it is printed: two hexadecimal digits for each byte.
std::string digestText(std::span<const std::byte> digest);

/// Told how many more of PBKDF2's iterations are done; may throw to stop the work.
using StretchProgress = std::function<void(std::uint64_t iterations)>;

/// PBKDF2 with HMAC over `algorithm`, filling `key`.
///
/// Calls `progress` at least every 4096 iterations (a millisecond or a few), so that a count taken
/// from a hostile file can be cancelled, which the libraries' own functions do not allow.
/// Source: RFC 8018, section 5.2.
void stretchPassphrase(HashAlgorithm algorithm, std::span<const std::byte> passphrase,
    std::span<const std::byte> salt, std::uint32_t iterations, std::span<std::byte> key,
    const StretchProgress& progress);

/// How many iterations stretchPassphrase() does in all for a key of `keyLength` bytes.
std::uint64_t stretchWork(HashAlgorithm algorithm, std::uint32_t iterations, std::size_t keyLength);

} // namespace platter
