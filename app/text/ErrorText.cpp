// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/ErrorText.h"

#include "app/text/CoreText.h"
#include "core/base/Error.h"
#include "core/base/Text.h"
#include "core/operations/Conversion.h"
#include "core/operations/VerifyConversion.h"

#include <QCoreApplication>

#include <new>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ErrorText)
    };

    QString nowAfter(const IoError& error)
    {
        if (error.code() == std::errc::no_such_file_or_directory)
            return Words::tr("Check whether the file was moved or renamed.");
        if (error.code() == std::errc::permission_denied
            || error.code() == std::errc::operation_not_permitted)
            return Words::tr("Ask its owner for the right to read it, or open a copy.");
        if (error.code() == std::errc::no_space_on_device)
            return Words::tr("Make room there, or choose another place, then try again.");
        if (error.code() == std::errc::io_error)
            return Words::tr("The disk may be failing: copy the file to another one first.");
        return {};
    }

    /// In words of the window where the core speaks of options.
    ErrorText refusal(const ConversionRefused& error)
    {
        const QString file = shownPath(std::filesystem::path{error.subject()}.filename());
        const QString details = shownText(error.what());
        switch (error.cause()) {
        case ConversionRefused::Cause::TargetExists:
            return {ErrorText::Kind::Other,
                Words::tr("Nothing was written: “%1” exists.").arg(file),
                Words::tr("Choose another name, or say that it may be replaced."), details};
        case ConversionRefused::Cause::WouldDecrypt:
            return {ErrorText::Kind::Other,
                Words::tr("Nothing was written: “%1” is encrypted, the new image would not be.")
                    .arg(file),
                Words::tr("Say that its data may be stored in the clear."), details};
        case ConversionRefused::Cause::NoPassphrase:
            return {ErrorText::Kind::Other,
                Words::tr("Nothing was written: “%1” is to be encrypted.").arg(file),
                Words::tr("Give a passphrase for it."), details};
        case ConversionRefused::Cause::Contradiction:
        case ConversionRefused::Cause::NotInChain:
        case ConversionRefused::Cause::OneOrAll:
        case ConversionRefused::Cause::NoRoom:
        case ConversionRefused::Cause::Impossible: break;
        }
        return {ErrorText::Kind::Other, details, {}, details};
    }

    ErrorText unlikeItsSource(const VerificationError& error)
    {
        const QString details = shownText(error.what());
        if (!error.at())
            return {ErrorText::Kind::Other, details, {}, details};
        return {ErrorText::Kind::Other,
            Words::tr("The new image did not hold what the source holds, from guest offset %1 on, "
                      "and was not kept.")
                .arg(shownText(groupedHexText(error.at()->value))),
            error.suspect() == VerificationError::Suspect::ChangedSource
                ? Words::tr("Another program has changed the source meanwhile: end it and convert "
                            "again.")
                : Words::tr("Convert again; if this comes again, memory or disk of this machine "
                            "may be failing."),
            details};
    }

    ErrorText text(ErrorText::Kind kind, const std::exception& error, const QString& now = {})
    {
        return {kind, shownText(error.what()), now, shownText(error.what())};
    }

} // namespace

ErrorText describeError(const std::exception_ptr& thrown)
{
    using Kind = ErrorText::Kind;
    try {
        std::rethrow_exception(thrown);
    } catch (const IoError& error) {
        ErrorText result = text(Kind::Io, error, nowAfter(error));
        if (!error.path().empty())
            result.details = shownText(error.path()) + QStringLiteral(": ") + result.details;
        return result;
    } catch (const LockedError& error) {
        return text(
            Kind::Locked, error, Words::tr("Shut down the machine that uses it, then try again."));
    } catch (const FormatError& error) {
        return text(Kind::Format, error,
            Words::tr("The image is damaged at this place, or it is not an image of this format."));
    } catch (const UnsupportedError& error) {
        return text(Kind::Unsupported, error);
    } catch (const PassphraseError& error) {
        return text(Kind::Passphrase, error);
    } catch (const ConsentError& error) {
        return text(Kind::Consent, error);
    } catch (const ConversionRefused& error) {
        return refusal(error);
    } catch (const VerificationError& error) {
        return unlikeItsSource(error);
    } catch (const Error& error) {
        return text(Kind::Other, error);
    } catch (const std::bad_alloc&) {
        const QString why = Words::tr("There is not enough memory.");
        return {Kind::Memory, why, Words::tr("Close other programs, then try again."), why};
    } catch (const std::exception& error) {
        return text(Kind::Other, error);
    } catch (...) {
        const QString why = Words::tr("Something unexpected went wrong.");
        return {Kind::Other, why, {}, why};
    }
}

} // namespace platter::app
