// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/KeepEncryption.h"

namespace platter {

namespace {

    using Format = NewEncryption::Format;

    /// Fills what is open with what the fact called `key` names.
    template <class Value, class Lookup>
    void fill(std::optional<Value>& open, const PropertyObject& facts, std::string_view key,
        const Lookup& lookup)
    {
        if (open)
            return;
        if (const auto name = property<std::string>(facts, key))
            open = lookup(*name);
    }

} // namespace

const Image* encryptedLayer(const BackingChain& chain, std::optional<std::size_t> keepFrom)
{
    const std::size_t end = keepFrom.value_or(chain.layers.size());
    for (std::size_t i = 0; i < end; ++i) {
        if (chain.layers[i].image->encryption())
            return chain.layers[i].image.get();
    }
    return nullptr;
}

bool canBeEncrypted(std::string_view format)
{
    return format == "qcow2" || format == "qcow";
}

bool keepEncryption(NewImage& image, std::string_view format, const Image& source)
{
    NewEncryption wanted = image.encryption.value_or(NewEncryption{});
    if (wanted.format)
        return true;
    const bool isLuks = source.encryption()->format == "luks";
    if (isLuks && format != "qcow2")
        return false;
    wanted.format = isLuks ? Format::Luks : Format::Aes;
    if (isLuks) {
        const PropertyObject facts = property<PropertyObject>(source.formatProperties(), "encrypt")
                                         .value_or(PropertyObject{});
        fill(wanted.cipher, facts, "cipher-alg", cipherNamed);
        fill(wanted.mode, facts, "cipher-mode", modeNamed);
        fill(wanted.ivRule, facts, "ivgen-alg", ivRuleNamed);
        if (wanted.ivRule == IvRule::Essiv)
            fill(wanted.ivHash, facts, "ivgen-hash-alg", hashNamed);
        fill(wanted.hash, facts, "hash-alg", hashNamed);
    }
    image.encryption = std::move(wanted);
    return true;
}

} // namespace platter
