// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <cstddef>
#include <optional>
#include <span>

namespace platter {

/// Bytes in a row that are all zero.
struct HexZeros {
    quint64 start = 0;
    quint64 end = 0; ///< behind the last one
};

/// Where a hex view gets its bytes from. Asked on the GUI thread; never waits.
class HexSource {
public:
    HexSource() = default;
    HexSource(const HexSource&) = delete;
    HexSource& operator=(const HexSource&) = delete;
    virtual ~HexSource() = default;

    virtual quint64 size() const = 0;
    /// Copies the bytes at `offset`, all or nothing. @returns false: they are not here yet and were
    /// asked for; the view's dataArrived() tells when it is worth asking again
    virtual bool tryRead(quint64 offset, std::span<std::byte> into) = 0;
    /// The zeros around `offset` as far as they are known; nothing: other bytes, or not known yet.
    virtual std::optional<HexZeros> zerosAround(quint64 offset) const
    {
        Q_UNUSED(offset);
        return {};
    }
};

} // namespace platter
