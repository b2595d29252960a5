// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter {
class Image;
}

namespace platter::app {

class ImageDocument;

/// What can be chosen of a new image, beside its format and its name.
enum class ConversionOption {
    Compress,
    Codec,
    Level,
    ClusterSize,
    Version,
    RefcountBits,
    ExtendedL2,
    LazyRefcounts,
    Preallocation,
    Fixed,
    State,
    KeepSnapshots,
    KeepBitmaps,
    KeepBacking,
    KeepEncryption,
};

/// What the user has chosen. A value; choices that the others rule out are kept in it, so that they
/// hold again when nothing is against them any more; see effectiveChoice().
struct ConversionChoice {
    std::string format = "qcow2"; ///< id
    NewImage image; ///< what is not given follows the source where the formats allow it
    std::optional<std::string> snapshot; ///< its id; nothing: the present state
    bool keepSnapshots = true; ///< all internal snapshots, where the new image can have them
    bool keepBitmaps = true; ///< those of the present state that the new image can have
    std::optional<std::size_t> keepLayer; ///< index into ConversionSource::below
    bool keepEncryption = true; ///< that of the source, where the new image can have it

    bool verify = false; ///< whether the new image is compared with the source; see ConversionRequest

    bool operator==(const ConversionChoice&) const = default;
};

/// What of an image decides how it can be converted. A value; reads no file.
struct ConversionSource {
    struct Layer {
        std::filesystem::path path; ///< absolute
        std::string formatId;
        std::string encryption; ///< its method: "luks"; empty: none
    };
    std::filesystem::path path; ///< absolute
    std::shared_ptr<const Image> image;
    std::vector<Layer> below; ///< the backing chain, nearest first

    /// Of an image that is Ready.
    static ConversionSource of(const ImageDocument& document);
};

/// Why an option cannot be chosen beside the other choices, for the images that are to be
/// converted; empty: it can be.
QString whyNotChosen(ConversionOption option, const ConversionChoice& choice,
    const std::vector<ConversionSource>& sources);

/// The choice with everything taken out that whyNotChosen() is against.
ConversionChoice effectiveChoice(
    const ConversionChoice& choice, const std::vector<ConversionSource>& sources);

/// How the new image will be made: what effectiveChoice() leaves open is taken from the source or
/// is the format's own choice. Its size is that of the state that is converted. May read the
/// source.
NewImage newImageFor(const ConversionChoice& choice, const ConversionSource& source);

/// What the core is to be given; what is left open it takes from the source. @param folder
/// absolute, of the new image
ConvertOptions convertOptionsFor(const ConversionChoice& choice, const ConversionSource& source,
    const std::filesystem::path& folder);

/// What the source has and the new image will not, each in words: "3 internal snapshots".
/// @param bitmapsLost  how many bitmaps it will not have
QStringList lossesOf(
    const ConversionChoice& choice, const ConversionSource& source, int bitmapsLost);

/// The method by which the data that is converted is encrypted, "luks" or "aes": that of the
/// nearest layer that has one. Empty: it is not.
std::string encryptionOf(const ConversionChoice& choice, const ConversionSource& source);

/// The name by which an image in the folder `folder` names `file`: relative if the file lies in the
/// folder or below. Both paths are absolute.
std::string backingNameFor(const std::filesystem::path& folder, const std::filesystem::path& file);

/// "QCOW2".
QString formatTitle(const std::string& id);

} // namespace platter::app
