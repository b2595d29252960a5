// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace platter {

/// Allocates whole pages. The system copies file content by instructions that take twice as long
/// when their target is not the start of a cache line, and large blocks of the plain allocator
/// begin 16 bytes behind one.
template <class T>
struct PageAllocator {
    using value_type = T;

    PageAllocator() = default;
    template <class U>
    explicit(false) PageAllocator(const PageAllocator<U>& /*other*/)
    {
    }
    T* allocate(std::size_t count)
    {
        return static_cast<T*>(::operator new(count * sizeof(T), page));
    }
    // Not told the size: clang knows no such delete unless it is asked to.
    void deallocate(T* memory, std::size_t /*count*/) { ::operator delete(memory, page); }
    bool operator==(const PageAllocator&) const = default;

private:
    static constexpr std::align_val_t page{4096};
};

/// A buffer that much of a file is read into.
using IoBytes = std::vector<std::byte, PageAllocator<std::byte>>;

} // namespace platter
