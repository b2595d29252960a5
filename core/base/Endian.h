// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace platter {

enum class ByteOrder { Big, Little };

/// The value with its bytes in reverse order.
template <std::unsigned_integral T>
constexpr T byteSwapped(T value)
{
    if constexpr (sizeof(T) == 8)
        return __builtin_bswap64(value);
    else if constexpr (sizeof(T) == 4)
        return __builtin_bswap32(value);
    else if constexpr (sizeof(T) == 2)
        return __builtin_bswap16(value);
    else
        return value;
}

/// Reads an integer of sizeof(T) bytes at `from`, which needs no alignment.
template <std::unsigned_integral T>
T load(ByteOrder order, const std::byte* from)
{
    T value;
    std::memcpy(&value, from, sizeof value);
    const bool native
        = (order == ByteOrder::Little) == (std::endian::native == std::endian::little);
    return native ? value : byteSwapped(value);
}

/// Writes sizeof(T) bytes at `to`.
template <std::unsigned_integral T>
void store(ByteOrder order, std::byte* to, T value)
{
    const bool native
        = (order == ByteOrder::Little) == (std::endian::native == std::endian::little);
    const T stored = native ? value : byteSwapped(value);
    std::memcpy(to, &stored, sizeof stored);
}

template <std::unsigned_integral T>
T loadBig(const std::byte* from)
{
    return load<T>(ByteOrder::Big, from);
}

template <std::unsigned_integral T>
void storeBig(std::byte* to, T value)
{
    store(ByteOrder::Big, to, value);
}

} // namespace platter
