// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <memory>

namespace platter {

/// Has the system store what was written to a file while more is being written, on a thread of its
/// own, so that the flush at the end finds little to do. A file that stays small costs nothing.
/// Thread-safe.
class EarlyWriteback {
public:
    /// @param descriptor  of a regular file; a duplicate of it is used
    explicit EarlyWriteback(int descriptor);
    /// Waits for nothing: a call that is under way ends by itself.
    ~EarlyWriteback();
    EarlyWriteback(const EarlyWriteback&) = delete;
    EarlyWriteback& operator=(const EarlyWriteback&) = delete;

    /// So many bytes more were written, anywhere in the file.
    void wrote(Bytes length);

private:
    struct Shared;
    static void run(Shared& shared);

    std::shared_ptr<Shared> m_shared;
};

} // namespace platter
