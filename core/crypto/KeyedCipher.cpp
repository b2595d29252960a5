// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/KeyedCipher.h"

#include "core/base/Error.h"
#include "core/crypto/Gcrypt.h"

#include <gcrypt.h>
#include <nettle/cbc.h>
#include <nettle/ctr.h>
#include <nettle/twofish.h>
#include <nettle/xts.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <string>
#include <type_traits>

namespace platter {

namespace {

    struct CipherRow {
        BlockCipher cipher;
        const char* name;
        const char* family;
        std::size_t keyLength;
        std::size_t blockLength;
        int gcrypt;
    };

    constexpr auto ciphers = std::to_array<CipherRow>({
        {BlockCipher::Aes128, "aes-128", "aes", 16, 16, GCRY_CIPHER_AES128},
        {BlockCipher::Aes192, "aes-192", "aes", 24, 16, GCRY_CIPHER_AES192},
        {BlockCipher::Aes256, "aes-256", "aes", 32, 16, GCRY_CIPHER_AES256},
        {BlockCipher::Serpent128, "serpent-128", "serpent", 16, 16, GCRY_CIPHER_SERPENT128},
        {BlockCipher::Serpent192, "serpent-192", "serpent", 24, 16, GCRY_CIPHER_SERPENT192},
        {BlockCipher::Serpent256, "serpent-256", "serpent", 32, 16, GCRY_CIPHER_SERPENT256},
        {BlockCipher::Twofish128, "twofish-128", "twofish", 16, 16, GCRY_CIPHER_TWOFISH128},
        {BlockCipher::Twofish192, "twofish-192", "twofish", 24, 16, GCRY_CIPHER_NONE}, // by Nettle
        {BlockCipher::Twofish256, "twofish-256", "twofish", 32, 16, GCRY_CIPHER_TWOFISH},
        {BlockCipher::Cast5, "cast5-128", "cast5", 16, 8, GCRY_CIPHER_CAST5},
    });

    const CipherRow& rowOf(BlockCipher cipher)
    {
        return *std::ranges::find(ciphers, cipher, &CipherRow::cipher);
    }

    struct ModeRow {
        CipherMode mode;
        const char* name;
        int gcrypt;
    };

    constexpr auto modes = std::to_array<ModeRow>({
        {CipherMode::Ecb, "ecb", GCRY_CIPHER_MODE_ECB},
        {CipherMode::Cbc, "cbc", GCRY_CIPHER_MODE_CBC},
        {CipherMode::Ctr, "ctr", GCRY_CIPHER_MODE_CTR},
        {CipherMode::Xts, "xts", GCRY_CIPHER_MODE_XTS},
    });

    const ModeRow& rowOf(CipherMode mode)
    {
        return *std::ranges::find(modes, mode, &ModeRow::mode);
    }

    struct FreeContext {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };

    /// AES by OpenSSL, which uses the processor's instructions for it.
    class OpensslCipher final : public KeyedCipher {
    public:
        OpensslCipher(const EVP_CIPHER* method, const SecretBytes& key)
            : m_method(method)
            , m_key(key)
        {
        }

        void decrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            run(m_decrypting, Direction::Decrypt, vector, data);
        }
        void encrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            run(m_encrypting, Direction::Encrypt, vector, data);
        }

    private:
        enum Direction { Decrypt = 0, Encrypt = 1 }; // OpenSSL's numbers
        using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

        /// The context of each direction is made when first needed: reading never encrypts.
        void run(Context& context, Direction direction, std::span<const std::byte> vector,
            std::span<std::byte> data)
        {
            if (!context) {
                Context made{EVP_CIPHER_CTX_new()};
                require(made != nullptr
                    && EVP_CipherInit_ex(
                        made.get(), m_method, nullptr, m_key.data(), nullptr, direction)
                    && EVP_CIPHER_CTX_set_padding(made.get(), 0));
                context = std::move(made);
            }
            auto* bytes = reinterpret_cast<unsigned char*>(data.data());
            int written = 0;
            require(EVP_CipherInit_ex(context.get(), nullptr, nullptr, nullptr,
                        reinterpret_cast<const unsigned char*>(vector.data()), direction)
                && EVP_CipherUpdate(
                    context.get(), bytes, &written, bytes, static_cast<int>(data.size())));
            assert(static_cast<std::size_t>(written) == data.size());
        }

        static void require(bool worked)
        {
            if (!worked)
                throw UnsupportedError("openssl", "OpenSSL refuses this AES key.");
        }

        const EVP_CIPHER* m_method;
        SecretBytes m_key;
        Context m_decrypting;
        Context m_encrypting;
    };

    /// What OpenSSL lacks: serpent, twofish, cast5, and AES-192 in XTS.
    class GcryptCipher final : public KeyedCipher {
    public:
        GcryptCipher(BlockCipher cipher, CipherMode mode, const SecretBytes& key)
            : m_mode(mode)
        {
            readyGcrypt();
            gcry_cipher_hd_t handle = nullptr;
            checkGcrypt(gcry_cipher_open(&handle, rowOf(cipher).gcrypt, rowOf(mode).gcrypt, 0),
                "use this cipher in this mode");
            m_handle.reset(handle);
            checkGcrypt(gcry_cipher_setkey(handle, key.data(), key.size()), "use this key");
        }

        void decrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            setVector(vector);
            checkGcrypt(gcry_cipher_decrypt(m_handle.get(), data.data(), data.size(), nullptr, 0),
                "decrypt a sector");
        }
        void encrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            setVector(vector);
            checkGcrypt(gcry_cipher_encrypt(m_handle.get(), data.data(), data.size(), nullptr, 0),
                "encrypt a sector");
        }

    private:
        void setVector(std::span<const std::byte> vector)
        {
            if (m_mode == CipherMode::Ctr)
                checkGcrypt(gcry_cipher_setctr(m_handle.get(), vector.data(), vector.size()),
                    "set a counter");
            else if (m_mode != CipherMode::Ecb)
                checkGcrypt(gcry_cipher_setiv(m_handle.get(), vector.data(), vector.size()),
                    "set an initialisation vector");
        }

        struct Close {
            void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
        };

        CipherMode m_mode;
        std::unique_ptr<std::remove_pointer_t<gcry_cipher_hd_t>, Close> m_handle;
    };

    /// Twofish with 192 bits, which libgcrypt lacks too.
    class NettleTwofish final : public KeyedCipher {
    public:
        NettleTwofish(CipherMode mode, const SecretBytes& key)
            : m_mode(mode)
        {
            const std::size_t own = keyLength(BlockCipher::Twofish192);
            twofish_set_key(&m_data, own, key.data());
            if (mode == CipherMode::Xts)
                twofish_set_key(&m_tweak, own, key.data() + own);
        }
        ~NettleTwofish() override
        {
            OPENSSL_cleanse(&m_data, sizeof m_data);
            OPENSSL_cleanse(&m_tweak, sizeof m_tweak);
        }

        void decrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            auto* bytes = reinterpret_cast<std::uint8_t*>(data.data());
            auto state = stateFrom(vector);
            switch (m_mode) {
            case CipherMode::Ecb: return unscramble(&m_data, data.size(), bytes, bytes);
            case CipherMode::Cbc:
                return cbc_decrypt(
                    &m_data, unscramble, state.size(), state.data(), data.size(), bytes, bytes);
            case CipherMode::Ctr:
                return ctr_crypt(
                    &m_data, scramble, state.size(), state.data(), data.size(), bytes, bytes);
            case CipherMode::Xts:
                return xts_decrypt_message(&m_data, &m_tweak, unscramble, scramble, state.data(),
                    data.size(), bytes, bytes);
            }
        }
        void encrypt(std::span<const std::byte> vector, std::span<std::byte> data) override
        {
            auto* bytes = reinterpret_cast<std::uint8_t*>(data.data());
            auto state = stateFrom(vector);
            switch (m_mode) {
            case CipherMode::Ecb: return scramble(&m_data, data.size(), bytes, bytes);
            case CipherMode::Cbc:
                return cbc_encrypt(
                    &m_data, scramble, state.size(), state.data(), data.size(), bytes, bytes);
            case CipherMode::Ctr:
                return ctr_crypt(
                    &m_data, scramble, state.size(), state.data(), data.size(), bytes, bytes);
            case CipherMode::Xts:
                return xts_encrypt_message(
                    &m_data, &m_tweak, scramble, state.data(), data.size(), bytes, bytes);
            }
        }

    private:
        using State = std::array<std::uint8_t, TWOFISH_BLOCK_SIZE>;

        static State stateFrom(std::span<const std::byte> vector)
        {
            State state{};
            std::ranges::transform(vector, state.begin(),
                [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
            return state;
        }
        // Nettle's modes take ciphers with an untyped context.
        static void scramble(
            const void* context, std::size_t size, std::uint8_t* to, const std::uint8_t* from)
        {
            twofish_encrypt(static_cast<const twofish_ctx*>(context), size, to, from);
        }
        static void unscramble(
            const void* context, std::size_t size, std::uint8_t* to, const std::uint8_t* from)
        {
            twofish_decrypt(static_cast<const twofish_ctx*>(context), size, to, from);
        }

        CipherMode m_mode;
        twofish_ctx m_data{};
        twofish_ctx m_tweak{};
    };

    /// OpenSSL's method; nullptr: another library does it.
    const EVP_CIPHER* opensslMethod(BlockCipher cipher, CipherMode mode)
    {
        struct Row {
            BlockCipher cipher;
            CipherMode mode;
            const EVP_CIPHER* (*method)();
        };
        static constexpr auto rows = std::to_array<Row>({
            {BlockCipher::Aes128, CipherMode::Ecb, EVP_aes_128_ecb},
            {BlockCipher::Aes128, CipherMode::Cbc, EVP_aes_128_cbc},
            {BlockCipher::Aes128, CipherMode::Ctr, EVP_aes_128_ctr},
            {BlockCipher::Aes128, CipherMode::Xts, EVP_aes_128_xts},
            {BlockCipher::Aes192, CipherMode::Ecb, EVP_aes_192_ecb},
            {BlockCipher::Aes192, CipherMode::Cbc, EVP_aes_192_cbc},
            {BlockCipher::Aes192, CipherMode::Ctr, EVP_aes_192_ctr},
            {BlockCipher::Aes256, CipherMode::Ecb, EVP_aes_256_ecb},
            {BlockCipher::Aes256, CipherMode::Cbc, EVP_aes_256_cbc},
            {BlockCipher::Aes256, CipherMode::Ctr, EVP_aes_256_ctr},
            {BlockCipher::Aes256, CipherMode::Xts, EVP_aes_256_xts},
        });
        for (const Row& row : rows) {
            if (row.cipher == cipher && row.mode == mode)
                return row.method();
        }
        return nullptr;
    }

} // namespace

const char* cipherName(BlockCipher cipher)
{
    return rowOf(cipher).name;
}

std::optional<BlockCipher> cipherOf(std::string_view family, std::size_t keyLength)
{
    for (const CipherRow& row : ciphers) {
        if (row.family == family && row.keyLength == keyLength)
            return row.cipher;
    }
    return std::nullopt;
}

std::optional<BlockCipher> cipherNamed(std::string_view name)
{
    const auto row = std::ranges::find(ciphers, name, &CipherRow::name);
    return row == ciphers.end() ? std::nullopt : std::optional{row->cipher};
}

const char* cipherFamily(BlockCipher cipher)
{
    return rowOf(cipher).family;
}

std::size_t keyLength(BlockCipher cipher)
{
    return rowOf(cipher).keyLength;
}

std::size_t blockLength(BlockCipher cipher)
{
    return rowOf(cipher).blockLength;
}

const char* modeName(CipherMode mode)
{
    return rowOf(mode).name;
}

std::optional<CipherMode> modeNamed(std::string_view name)
{
    const auto row = std::ranges::find(modes, name, &ModeRow::name);
    return row == modes.end() ? std::nullopt : std::optional{row->mode};
}

std::unique_ptr<KeyedCipher> makeKeyedCipher(
    BlockCipher cipher, CipherMode mode, const SecretBytes& key)
{
    assert(key.size() == keyLength(cipher) * (mode == CipherMode::Xts ? 2 : 1));
    if (const EVP_CIPHER* method = opensslMethod(cipher, mode))
        return std::make_unique<OpensslCipher>(method, key);
    if (cipher == BlockCipher::Twofish192)
        return std::make_unique<NettleTwofish>(mode, key);
    return std::make_unique<GcryptCipher>(cipher, mode, key);
}

} // namespace platter
