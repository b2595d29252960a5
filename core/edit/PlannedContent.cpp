// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/PlannedContent.h"

#include <algorithm>

namespace platter {

void newBytesOf(const EditStep& step, Bytes from, std::span<std::byte> piece)
{
    if (step.kind == EditStep::Kind::Punch) {
        std::fill(piece.begin(), piece.end(), std::byte{0});
    } else if (step.source) {
        step.source(from, piece);
    } else {
        const auto part = std::span{step.after}.subspan(from.value, piece.size());
        std::copy(part.begin(), part.end(), piece.begin());
    }
}

PlannedContent::PlannedContent(const ByteFile& image)
    : m_image(image)
    , m_length(image.size())
{
}

void PlannedContent::apply(const EditStep& step)
{
    Layer layer{step.at, step.length, &step};
    if (step.kind == EditStep::Kind::SetLength) {
        const Bytes length{step.at.value};
        // What is cut off reads as zeros, should the file grow again.
        layer = {step.at, length < m_length ? m_length - length : Bytes{0}, nullptr};
        m_length = length;
    } else if (step.kind == EditStep::Kind::Write) {
        m_length = std::max(m_length, Bytes{(step.at + step.length).value});
    }
    if (layer.length.value == 0)
        return;
    m_touched.add(layer.start, layer.length);
    m_layers.push_back(layer);
}

void PlannedContent::read(HostOffset at, std::span<std::byte> buffer) const
{
    m_image.readPadded(at, buffer);
    if (!isTouched(at, Bytes{buffer.size()}))
        return;
    const HostOffset end = at + Bytes{buffer.size()};
    for (const Layer& layer : m_layers) {
        const HostOffset from = std::max(at, layer.start);
        const HostOffset to = std::min(end, layer.start + layer.length);
        if (from >= to)
            continue;
        const auto part = buffer.subspan((from - at).value, (to - from).value);
        if (layer.step)
            newBytesOf(*layer.step, from - layer.start, part);
        else
            std::fill(part.begin(), part.end(), std::byte{0});
    }
}

} // namespace platter
