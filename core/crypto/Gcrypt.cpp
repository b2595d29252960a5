// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Gcrypt.h"

#include "core/base/Error.h"

#include <gcrypt.h>

#include <mutex>
#include <string>

namespace platter {

void readyGcrypt()
{
    static std::once_flag once;
    std::call_once(once, [] {
        if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
            return; // another library of this process did it
        gcry_check_version(nullptr); // initialises, as its manual demands
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    });
}

void checkGcrypt(unsigned code, const char* action)
{
    if (code != 0)
        throw UnsupportedError(
            "gcrypt", "Cannot " + std::string{action} + ": " + gcry_strerror(code) + ".");
}

} // namespace platter
