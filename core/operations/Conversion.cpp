// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Conversion.h"

#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/ConvertToSet.h"
#include "core/operations/KeepBitmaps.h"
#include "core/operations/KeepEncryption.h"
#include "core/operations/NewImageFile.h"
#include "core/operations/RequireRoom.h"
#include "core/operations/VerifyConversion.h"
#include "core/operations/resume/PartFile.h"

#include <algorithm>

namespace platter {

namespace {

    using Cause = ConversionRefused::Cause;

    BackingChain openSource(ConversionRequest& request, const JobControl& job)
    {
        formatCalled(request.options.format); // throws with the names that there are
        std::string& backingFormat = request.options.image.backingFormat;
        if (!backingFormat.empty())
            backingFormat = formatCalled(backingFormat).id;
        if (request.keepSnapshots + request.eachSnapshot + request.snapshot.has_value() > 1)
            throw ConversionRefused(Cause::OneOrAll, {},
                "Nothing was written. Only one of these can be had: one snapshot (-l), all of them "
                "in one image (--keep-snapshots) or each in a file (--all-snapshots).");
        request.open.requirePassphrase = true;
        return openChain(request.source, request.open, request.policy, job);
    }

    std::optional<std::size_t> wantedSnapshot(
        const ConversionRequest& request, const BackingChain& chain)
    {
        if (!request.snapshot)
            return {};
        return findSnapshot(*chain.layers.front().image, *request.snapshot);
    }

    [[noreturn]] void refuse(Cause cause, const std::filesystem::path& subject, const char* what)
    {
        throw ConversionRefused(
            cause, subject.string(), std::string{"Nothing was written. "} + what);
    }

    /// Encryption is never dropped unless somebody says so, or the format has none.
    void keepEncryptionOf(const Image& source, ConversionRequest& request)
    {
        const std::string& format = request.options.format;
        NewImage& image = request.options.image;
        if (image.compress)
            refuse(Cause::WouldDecrypt, request.source,
                "The source is encrypted, and compressed data cannot be. Leave out one of both, or "
                "say that the data may be stored in the clear (--decrypt).");
        if (canBeEncrypted(format) && !keepEncryption(image, format, source))
            refuse(Cause::WouldDecrypt, request.source,
                "The source is encrypted with LUKS, which the new format does not have. Ask for "
                "its old, weak method (-o encrypt.format=aes), choose qcow2, or say that the data "
                "may be stored in the clear (--decrypt).");
    }

    void decideEncryption(ConversionRequest& request, const Image* source)
    {
        NewImage& image = request.options.image;
        if (request.decrypt && image.encryption)
            refuse(Cause::Contradiction, request.target,
                "The new image shall be encrypted, and its data be stored in the clear; only one "
                "of both can be had.");
        if (source && !request.decrypt)
            keepEncryptionOf(*source, request);
        if (!image.encryption) {
            if (request.targetPassphrase)
                refuse(Cause::Contradiction, request.target,
                    "There is a passphrase for the new image, which will not be encrypted. Say how "
                    "it shall be (-o encrypt.format=luks), or leave the passphrase out.");
            return;
        }
        image.encryption->passphrase = request.targetPassphrase;
        if (!image.encryption->passphrase && request.open.passphrase)
            image.encryption->passphrase
                = std::make_shared<SecretBytes>(std::as_bytes(std::span{*request.open.passphrase}));
        if (!image.encryption->passphrase)
            refuse(Cause::NoPassphrase, request.target,
                "The new image is to be encrypted, and there is no passphrase for it; give one "
                "with --target-passphrase-file.");
    }

    /// The layer of the source that is kept below the new image.
    std::size_t keptLayer(const ConversionRequest& request, const BackingChain& chain)
    {
        NamedFile named;
        named.name = request.options.image.backingName;
        const ResolvedName resolved = resolveName(request.target, named);
        std::error_code ignored;
        for (std::size_t i = 1; i < chain.layers.size(); ++i) {
            if (std::filesystem::equivalent(chain.layers[i].path, resolved.path, ignored))
                return i;
        }
        throw ConversionRefused(Cause::NotInChain, named.name,
            "Nothing was written. The file is not in the backing chain of the source, so the new "
            "image would show other data. Name a file of the chain, as it is seen from the folder "
            "of the new image, or none.");
    }

    void requireFreeFolder(const std::filesystem::path& name)
    {
        if (!isFreeForSet(name))
            refuse(Cause::TargetExists, name,
                "There is something of this name that is no empty folder. Choose another name for "
                "the folder.");
    }

    void requireFreeName(const std::filesystem::path& name)
    {
        std::error_code ignored;
        if (std::filesystem::exists(std::filesystem::symlink_status(name, ignored)))
            refuse(Cause::TargetExists, name,
                "The file exists. Choose another name, or say that it may be replaced "
                "(--overwrite).");
    }

    /// Opening has already met damage: tables that the file has lost read as zeros, so that a
    /// conversion of them succeeds.
    std::string damageOf(const Image& image)
    {
        std::vector<Finding> damage = image.quickLook().findings;
        std::erase_if(damage,
            [](const Finding& finding) { return finding.kind->severity != Severity::Corruption; });
        if (damage.empty())
            return {};
        return "The source is damaged, and the new image may lack data; a check says more. "
            + std::string{damage.size() == 1 ? "What was met: " : "The first that was met: "}
        + describe(damage.front());
    }

    std::string textOf(const LostData& lost)
    {
        return "The file ends too early: " + sizeText(lost.length)
            + " of its data, from guest offset " + hexText(lost.first.value)
            + " on, are missing and become zeros in the new image.";
    }

    std::string holderOf(const FileUse& use)
    {
        if (use.holders.empty())
            return "Another program";
        const FileHolder& first = use.holders.front();
        return escapedText(first.command) + " (pid " + std::to_string(first.pid) + ")";
    }

} // namespace

Conversion::Conversion(ConversionRequest request, const JobControl& job)
    : m_request(std::move(request))
    , m_disk([&] {
        BackingChain chain = openSource(m_request, job);
        const auto snapshot = wantedSnapshot(m_request, chain);
        return VirtualDisk{std::move(chain), snapshot};
    }())
{
    const BackingChain& chain = m_disk.chain();
    const Image& source = *chain.layers.front().image;
    ConvertOptions& options = m_request.options;
    keepWhatSourceHas(options.image, options.format, source);
    if (!options.image.backingName.empty()) {
        options.keepFrom = keptLayer(m_request, chain);
        if (options.image.backingFormat.empty())
            options.image.backingFormat = chain.layers[*options.keepFrom].image->formatId();
    }
    decideEncryption(m_request, encryptedLayer(chain, options.keepFrom));
    options.bitmaps.clear();
    if (m_request.keepBitmaps && !m_request.snapshot)
        options.bitmaps = bitmapsToKeep(source, options, job);
    std::vector<std::filesystem::path> written{m_request.target};
    if (!options.image.dataFileName.empty())
        written.push_back(dataFilePath(options.image));
    for (const std::filesystem::path& name : written) {
        requireNotItself(m_disk, name);
        if (!m_request.overwrite && !m_request.eachSnapshot)
            requireFreeName(name);
    }
    if (m_request.eachSnapshot)
        requireFreeFolder(m_request.target);
    m_lost = findLostData(m_disk, job);
    if (m_request.keepSnapshots || m_request.eachSnapshot) {
        for (std::size_t i = 0; i < source.snapshots().size() && !m_lost; ++i)
            m_lost = findLostData(VirtualDisk{chain, i}, job);
    }
}

std::vector<std::string> Conversion::losses() const
{
    const BackingChain& chain = m_disk.chain();
    const ConvertOptions& options = m_request.options;
    const Image& source = *chain.layers.front().image;
    std::vector<std::string> lost = whatConversionLoses(source, options.bitmaps,
        m_request.keepSnapshots || m_request.eachSnapshot || m_request.snapshot.has_value());
    if (!options.image.encryption && encryptedLayer(chain, options.keepFrom))
        lost.push_back("the encryption");
    if (m_request.eachSnapshot) {
        const auto memories = std::count_if(source.snapshots().begin(), source.snapshots().end(),
            [](const SnapshotInfo& snapshot) { return snapshot.vmStateSize.value > 0; });
        if (memories > 0)
            lost.push_back("the saved memory of " + std::to_string(memories)
                + (memories == 1 ? " snapshot" : " snapshots"));
    }
    return lost;
}

std::vector<ConversionRemark> Conversion::remarks() const
{
    using Kind = ConversionRemark::Kind;
    std::vector<ConversionRemark> remarks;
    for (const OpenedImage& layer : m_disk.chain().layers) {
        std::string damage = damageOf(*layer.image);
        if (m_lost && &layer == &m_disk.chain().layers[m_lost->layer])
            damage += (damage.empty() ? "" : " ") + textOf(*m_lost);
        if (!damage.empty())
            remarks.push_back({Kind::Damage, layer.path, damage});
        if (layer.use.mayBeWritten)
            remarks.push_back({Kind::InUse, layer.path,
                holderOf(layer.use)
                    + " may write the source meanwhile, so that the new image may be "
                      "inconsistent."});
    }
    return remarks;
}

ConversionResult Conversion::run(
    const JobControl& job, const std::function<void()>& verifying) const
{
    ConversionResult result;
    ConvertOptions options = m_request.options;
    if (m_request.verify)
        options.verification = Verification{
            verifying, [&](const VerifiedState& state) { result.verified.push_back(state); }};
    try {
        write(options, job);
    } catch (const UnsupportedError& error) {
        if (error.feature() != "target-kind" && error.feature() != "new-image")
            throw;
        throw ConversionRefused(Cause::Impossible, m_request.target.string(), error.what());
    } catch (const VerificationError& error) {
        using Suspect = VerificationError::Suspect;
        const Suspect suspect = changes().empty() ? Suspect::Machine : Suspect::ChangedSource;
        throw VerificationError(std::string{error.what()}
                + (suspect == Suspect::Machine
                        ? " It was not kept. Convert again; if this comes again, memory or disk of "
                          "this machine may be failing."
                        : " It was not kept. Another program has changed the source meanwhile; end "
                          "that program and convert again."),
            error.at(), suspect);
    }
    result.remarks = changes();
    return result;
}

const SnapshotInfo* Conversion::snapshotOf(const VerifiedState& state) const
{
    const Image& source = *m_disk.chain().layers.front().image;
    const auto index = m_request.snapshot ? std::optional{findSnapshot(source, *m_request.snapshot)}
                                          : state.snapshot;
    return index ? &source.snapshots()[*index] : nullptr;
}

void Conversion::write(const ConvertOptions& options, const JobControl& job) const
{
    if (const auto free = freeSpaceAt(m_request.target)) {
        if (const auto why = whyNoRoom(m_disk, options, *free + heldByPart(m_request.target), job))
            throw ConversionRefused(Cause::NoRoom, m_request.target.string(), *why);
    }
    if (m_request.keepSnapshots)
        convertWithSnapshots(m_disk.chain(), m_request.target, options, job);
    else if (m_request.eachSnapshot)
        convertToSet(m_disk.chain(), m_request.target, options, job);
    else
        convert(m_disk, m_request.target, options, job);
}

/// What another program has written meanwhile.
std::vector<ConversionRemark> Conversion::changes() const
{
    std::vector<ConversionRemark> remarks;
    for (const OpenedImage& layer : m_disk.chain().layers) {
        if (layer.file->stamp() != layer.stamp)
            remarks.push_back({ConversionRemark::Kind::Changed, layer.path,
                "The source was changed while it was read, so that the new image may be "
                "inconsistent."});
    }
    return remarks;
}

} // namespace platter
