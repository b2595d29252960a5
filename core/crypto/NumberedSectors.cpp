// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/NumberedSectors.h"

#include "core/crypto/ContextPool.h"

#include <cassert>

namespace platter {

namespace {

    /// What one thread needs to work on sectors.
    struct Context {
        std::unique_ptr<KeyedCipher> cipher;
        IvGenerator vectors;
    };

    class NumberedSectors final : public SectorCipher {
    public:
        NumberedSectors(const CipherSpec& spec, const SecretBytes& key)
            : m_contexts([spec, key] {
                return Context{
                    makeKeyedCipher(spec.cipher, spec.mode, key), IvGenerator{spec, key}};
            })
        {
        }

        void decrypt(std::uint64_t firstSector, std::span<std::byte> data) const override
        {
            run<&KeyedCipher::decrypt>(firstSector, data);
        }
        void encrypt(std::uint64_t firstSector, std::span<std::byte> data) const override
        {
            run<&KeyedCipher::encrypt>(firstSector, data);
        }

    private:
        template <auto Step>
        void run(std::uint64_t sector, std::span<std::byte> data) const
        {
            assert(data.size() % sectorSize == 0);
            m_contexts.use([&](Context& context) {
                for (; !data.empty(); data = data.subspan(sectorSize), ++sector)
                    (*context.cipher.*Step)(
                        context.vectors.vectorFor(sector), data.first(sectorSize));
            });
        }

        mutable ContextPool<Context> m_contexts; // locks for itself
    };

} // namespace

std::unique_ptr<SectorCipher> makeSectorCipher(const CipherSpec& spec, const SecretBytes& key)
{
    return std::make_unique<NumberedSectors>(spec, key);
}

} // namespace platter
