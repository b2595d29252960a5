// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace platter {

/// Readies libgcrypt; to be called before any other of its functions, as often as one likes, on any
/// thread.
void readyGcrypt();

/// Throws UnsupportedError (feature "gcrypt") in libgcrypt's words if `code`, a gcry_error_t, is
/// not 0. `action` completes "Cannot …".
void checkGcrypt(unsigned code, const char* action);

} // namespace platter
