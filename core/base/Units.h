// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <bit>
#include <compare>
#include <cstdint>

namespace platter {

/// A length in bytes.
struct Bytes {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Bytes&) const = default;

    /// Throws OverflowError past 2^64: operands may come from a hostile file.
    friend constexpr Bytes operator+(Bytes a, Bytes b)
    {
        Bytes sum;
        if (__builtin_add_overflow(a.value, b.value, &sum.value))
            throw OverflowError("A sum of lengths passes 2^64 bytes.");
        return sum;
    }
    /// Throws OverflowError below zero.
    friend constexpr Bytes operator-(Bytes a, Bytes b)
    {
        Bytes difference;
        if (__builtin_sub_overflow(a.value, b.value, &difference.value))
            throw OverflowError("A difference of lengths falls below zero.");
        return difference;
    }
    /// Throws OverflowError past 2^64.
    friend constexpr Bytes operator*(Bytes a, std::uint64_t times)
    {
        Bytes product;
        if (__builtin_mul_overflow(a.value, times, &product.value))
            throw OverflowError("A product of lengths passes 2^64 bytes.");
        return product;
    }
    constexpr Bytes& operator+=(Bytes by) { return *this = *this + by; }
    constexpr Bytes& operator-=(Bytes by) { return *this = *this - by; }
};

/// A position in `Space`, in bytes. Offsets of two spaces neither mix nor compare.
template <class Space>
struct Offset {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Offset&) const = default;

    /// Throws OverflowError past 2^64: operands may come from a hostile file.
    friend constexpr Offset operator+(Offset at, Bytes by)
    {
        Offset sum;
        if (__builtin_add_overflow(at.value, by.value, &sum.value))
            throw OverflowError("An offset passes 2^64 bytes.");
        return sum;
    }
    /// Throws OverflowError below zero.
    friend constexpr Offset operator-(Offset at, Bytes by)
    {
        Offset difference;
        if (__builtin_sub_overflow(at.value, by.value, &difference.value))
            throw OverflowError("An offset falls below zero.");
        return difference;
    }
    /// The distance from `from` to `to`; throws OverflowError if `to` lies before `from`.
    friend constexpr Bytes operator-(Offset to, Offset from)
    {
        return Bytes{to.value} - Bytes{from.value};
    }
    constexpr Offset& operator+=(Bytes by) { return *this = *this + by; }
};

using GuestOffset = Offset<struct GuestSpace>; ///< what the virtual machine sees
using HostOffset = Offset<struct HostSpace>; ///< where it lies in the image file

/// The index of a cluster in `Space`.
template <class Space>
struct Cluster {
    std::uint64_t index = 0;

    constexpr auto operator<=>(const Cluster&) const = default;
};

using GuestCluster = Cluster<GuestSpace>;
using HostCluster = Cluster<HostSpace>;

/// The only place that knows cluster_bits: no shift by it is written anywhere else.
class ClusterSize {
public:
    /// `bits` must already be checked against the header's rule (0 to 63 keeps the shifts defined).
    static constexpr ClusterSize ofBits(unsigned bits)
    {
        if (bits > 62)
            throw OverflowError("A cluster size passes 2^62 bytes.");
        return ClusterSize{bits};
    }

    constexpr unsigned bits() const { return m_bits; }
    constexpr Bytes bytes() const { return {std::uint64_t{1} << m_bits}; }

    template <class S>
    constexpr Cluster<S> clusterOf(Offset<S> at) const
    {
        return {at.value >> m_bits};
    }
    /// Throws OverflowError past 2^64.
    template <class S>
    constexpr Offset<S> startOf(Cluster<S> cluster) const
    {
        if (cluster.index > (~std::uint64_t{0} >> m_bits))
            throw OverflowError("A cluster index passes 2^64 bytes.");
        return {cluster.index << m_bits};
    }
    /// The bytes between the start of its cluster and `at`.
    template <class S>
    constexpr Bytes within(Offset<S> at) const
    {
        return {at.value & (bytes().value - 1)};
    }
    template <class S>
    constexpr bool aligned(Offset<S> at) const
    {
        return within(at).value == 0;
    }
    /// How many clusters `length` needs, rounded up; never overflows.
    constexpr std::uint64_t clustersFor(Bytes length) const
    {
        return (length.value >> m_bits) + (within(Offset<HostSpace>{length.value}).value != 0);
    }

private:
    constexpr explicit ClusterSize(unsigned bits)
        : m_bits(bits)
    {
    }
    unsigned m_bits;
};

constexpr Bytes operator""_B(unsigned long long value)
{
    return {value};
}
constexpr Bytes operator""_KiB(unsigned long long value)
{
    return {value << 10};
}
constexpr Bytes operator""_MiB(unsigned long long value)
{
    return {value << 20};
}
constexpr Bytes operator""_GiB(unsigned long long value)
{
    return {value << 30};
}

} // namespace platter
