// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/IvGenerator.h"

#include "core/base/Endian.h"
#include "core/base/Error.h"

#include <algorithm>

namespace platter {

namespace {

    struct IvRow {
        IvRule rule;
        const char* name;
    };

    constexpr auto ivRules = std::to_array<IvRow>({
        {IvRule::Plain, "plain"},
        {IvRule::Plain64, "plain64"},
        {IvRule::Essiv, "essiv"},
    });

} // namespace

const char* ivRuleName(IvRule rule)
{
    return std::ranges::find(ivRules, rule, &IvRow::rule)->name;
}

std::optional<IvRule> ivRuleNamed(std::string_view name)
{
    const auto row = std::ranges::find(ivRules, name, &IvRow::name);
    return row == ivRules.end() ? std::nullopt : std::optional{row->rule};
}

std::optional<BlockCipher> essivCipher(BlockCipher data, HashAlgorithm hash)
{
    constexpr std::size_t longVector = 16; // shorter ones cannot hold an encrypted sector number
    if (blockLength(data) < longVector)
        return std::nullopt;
    return cipherOf(cipherFamily(data), digestLength(hash));
}

IvGenerator::IvGenerator(const CipherSpec& spec, const SecretBytes& key)
    : m_rule(spec.ivRule)
    , m_length(blockLength(spec.cipher))
{
    if (m_rule != IvRule::Essiv)
        return;
    const auto cipher = essivCipher(spec.cipher, spec.ivHash);
    if (!cipher)
        throw UnsupportedError("luks-essiv",
            std::string{"The cipher "} + cipherName(spec.cipher)
                + " cannot be used with essiv and this hash.");
    SecretBytes hashed{digestLength(spec.ivHash)};
    digestOf(spec.ivHash, {key.span()}, hashed.span());
    m_essiv = makeKeyedCipher(*cipher, CipherMode::Ecb, hashed);
}

std::span<const std::byte> IvGenerator::vectorFor(std::uint64_t sector)
{
    const auto vector = std::span{m_vector}.first(m_length);
    std::ranges::fill(vector, std::byte{0});
    if (m_rule == IvRule::Plain)
        store(ByteOrder::Little, vector.data(), static_cast<std::uint32_t>(sector));
    else
        store(ByteOrder::Little, vector.data(), sector);
    if (m_essiv)
        m_essiv->encrypt({}, vector);
    return vector;
}

} // namespace platter
