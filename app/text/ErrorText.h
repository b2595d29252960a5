// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>

#include <exception>

namespace platter::app {

/// An error as people are told it: why something did not happen and what to do now.
struct ErrorText {
    enum class Kind { Io, Locked, Format, Unsupported, Passphrase, Consent, Memory, Other };
    Kind kind = Kind::Other;
    QString why; ///< a whole sentence, safe to show as plain text
    QString now; ///< what can be done, a whole sentence; empty: nothing is known to help
    QString details; ///< the text that platter-cli prints, with offsets; for copying
};

/// Describes what a worker threw. Cancelled must have been dealt with before.
ErrorText describeError(const std::exception_ptr& thrown);

} // namespace platter::app

Q_DECLARE_METATYPE(platter::app::ErrorText)
