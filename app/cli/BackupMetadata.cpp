// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Error.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/formats/MetadataBackup.h"
#include "core/operations/NewFile.h"

#include <cerrno>

#include <sys/stat.h>

namespace platter::cli {

namespace {

    /// Tables tell of the disk, and a LUKS header can be tried with passphrases: who may not read
    /// the image may not read its backup either.
    void hideLike(const DiskFile& image, const DiskFile& backup)
    {
        struct stat theirs { };
        struct stat own { };
        if (::fstat(image.descriptor(), &theirs) != 0 || ::fstat(backup.descriptor(), &own) != 0
            || ::fchmod(
                   backup.descriptor(), (own.st_mode & theirs.st_mode & 0777) | S_IRUSR | S_IWUSR)
                != 0)
            throw IoError(backup.name(), "set who may read it",
                std::error_code{errno, std::generic_category()});
    }

} // namespace

int backupMetadata(const Invocation& invocation, Session& session)
{
    const std::string& source = invocation.operands[0];
    const std::string& target = invocation.operands[1];
    std::error_code ignored;
    if (!invocation.has("--overwrite")
        && std::filesystem::exists(std::filesystem::symlink_status(target, ignored)))
        throw CommandError(target,
            "The file exists. Choose another name, or say that it may be replaced (--overwrite).");
    if (std::filesystem::equivalent(source, target, ignored))
        throw CommandError(target, "The backup would replace the image.");
    ProgressLine progress{progressWish(invocation), session.stop};
    const OpenedImage opened
        = openImage(source, openOptions(invocation, Content::StructureOnly), progress.job());
    MetadataBackupFacts facts;
    writeNewFile(target, [&](DiskFile& file) {
        hideLike(*opened.file, file);
        facts = writeMetadataBackup(*opened.image, file, progress.job());
    });
    if (invocation.global.output == GlobalOptions::Output::Json) {
        std::string text;
        appendJson(text,
            {PropertyObject{{"target", {target}}, {"metadata-size", {facts.metadata.value}},
                {"length", {facts.length.value}}}});
        session.out << text << "\n";
    } else if (!invocation.has("-q")) {
        session.out << sizeText(facts.metadata) << " of tables in " << sizeText(facts.length)
                    << ".\n";
    }
    return 0;
}

} // namespace platter::cli
