// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/raw/RawLayout.h"

namespace platter::raw {

namespace {

    constexpr Bytes diskBlock{4096};

    class RawLayout final : public ImageLayout {
    public:
        explicit RawLayout(const NewImage& image)
            : m_size(image.size)
        {
        }
        Bytes unit() const override { return diskBlock; }
        LayoutSize sizeFor(const ContentCount& count) const override
        {
            return {m_size, diskBlock * count.parts, {}};
        }
        std::optional<QemuFigures> asQemuMeasures(std::uint64_t) const override
        {
            // To QEMU, what is not allocated counts too.
            const Bytes size = wholeSectors(m_size);
            return QemuFigures{size, size};
        }

    private:
        Bytes m_size;
    };

} // namespace

std::unique_ptr<ImageLayout> makeRawLayout(const NewImage& image)
{
    return std::make_unique<RawLayout>(image);
}

} // namespace platter::raw
